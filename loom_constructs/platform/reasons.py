"""Reasons that hold in every environment."""

from __future__ import annotations

from collections.abc import Mapping

COMMON: Mapping[str, str] = {
    "namespace": "the documents' namespace; environments are told apart by cluster and label",
    "images.pgbouncer": "the most used image of PgBouncer; 1.25.2 mends CVE-2026-6664 to 6667",
    "images.nats": "the older supported line, which Loom's client was made for",
    "images.nats_box": "the newest of the line that was tried; it holds `nats`, `jq` and a shell",
    "images.temporal": "newest release of the server; auto-setup is deprecated",
    "images.temporal_admin": "of the server's version: it brings the schema that the server needs",
    "images.temporal_ui": "the version that Temporal's chart pins",
    "images.busybox": "the stable line; shell and nc for waits",
    "images.rclone": "sends backups to a bucket and encrypts them, where an environment wants that",
    "images.postgres_exporter": "the Prometheus community's; newest release",
    "images.nats_exporter": "NATS' own; newest release",
    "provider": "the original of all OpenAI-compatible services; put yours. The key is in loom-provider, if anywhere",
    "control_plane.remote_connectors": "today's connectors service serves no gRPC: the control plane runs them",
    "network.dns": "CoreDNS and kube-dns have this label everywhere; NodeLocal DNSCache needs its address too",
    "postgres.engine.folder": "one server on one volume, which needs nothing in the cluster; a new major version of "
    "PostgreSQL gets another folder beside this one",
    "network.api_server": "nothing of Loom calls it",
    "network.internet": "443: git over HTTPS, language models, GitHub; 22: git over SSH",
}
