"""How people reach Loom from outside the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from ..kubernetes import Labels, Manifest, checks, namespace_of, plain
from ..kubernetes.whole import whole
from ..traffic import Call, Endpoint, Peer, Wire

SOLVER_PORT = 8089
"""Where the pods listen that cert-manager starts for HTTP-01."""


@whole
class LoomIngress(Construct):
    """An Ingress with TLS: everything goes to the control plane, `/webhook` to the connectors service.

    While cert-manager asks for a certificate by HTTP-01, the controller may also call the pods that answer for it.

    Args:
        api: `LoomControlPlane.api`.
        webhooks: `ConnectorsService.webhooks`; without it, webhooks are not reachable from outside.
        controller: The pods of the ingress controller; they may call both.
        host: The DNS name that people use.
        class_name: Which ingress controller serves it.
        issuer: A cert-manager ClusterIssuer that makes the certificate in Secret `<name>-tls`.
        annotations: What the controller needs to be told, such as its time-outs: Loom's event streams stay quiet for
            minutes.
    """

    manifest: Manifest
    """The Ingress."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api: Endpoint,
        controller: Peer,
        host: str,
        class_name: str,
        issuer: str,
        webhooks: Endpoint | None = None,
        annotations: Mapping[str, str] | None = None,
        name: str = "loom",
    ) -> None:
        checks.dns_name("host", host)
        checks.dns_name("class_name", class_name)
        checks.dns_name("issuer", issuer)
        checks.service_name("name", name)
        checks.text_map("annotations", annotations or {})
        here = namespace_of(scope)
        for argument, endpoint in (("api", api), ("webhooks", webhooks)):
            checks.instance(argument, endpoint, Endpoint, type(None))
            if endpoint is not None:
                endpoint.expected(argument, "http")
            if endpoint is not None and endpoint.server.namespace != here:
                raise checks.refuse(argument, f"in the Ingress's own namespace {here}", endpoint.server.namespace)
        super().__init__(scope, id)
        paths = [_path("/webhook", "Exact", webhooks)] if webhooks else []
        labels = Labels("loom-ingress", name, "ingress", "1")
        self.manifest = Manifest(
            self,
            "ingress",
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "Ingress",
                "spec": plain(
                    ingressClassName=class_name,
                    tls=[{"hosts": [host], "secretName": f"{name}-tls"}],
                    rules=[{"host": host, "http": {"paths": [*paths, _path("/", "Prefix", api)]}}],
                ),
            },
            name=name,
            labels={k: v for k, v in labels.all.items() if "version" not in k and k != "app"},
            annotations={"cert-manager.io/cluster-issuer": issuer, **(annotations or {})},
        )
        api.allow_from(controller)
        if webhooks:
            webhooks.allow_from(controller)
        solver = Peer("acme-solver", here, {"acme.cert-manager.io/http01-solver": "true"})
        Call(self, "solver", client=controller, to=Endpoint(solver, "http", "acme-solver", SOLVER_PORT, wire=Wire.HTTP))
        self.node.default_child = self.manifest


def _path(path: str, kind: str, to: Endpoint) -> dict[str, Any]:
    return {
        "path": path,
        "pathType": kind,
        "backend": {"service": {"name": to.host, "port": {"name": to.name}}},
    }
