"""Where Linkerd's certificates come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from ..kubernetes import Manifest, checks
from ..kubernetes.whole import whole
from .rules import labels

ANCHOR = "linkerd-trust-anchor"
PREVIOUS_ANCHOR = "linkerd-previous-anchor"
ISSUER = "linkerd-identity-issuer"
TRUST_ROOTS = "linkerd-identity-trust-roots"
"""Names that Linkerd looks for, and those of its own guide to cert-manager."""

ANCHOR_YEARS = 10
ISSUER_HOURS = 48
RENEW_ISSUER_HOURS = 25
"""The issuer is renewed every day, while the certificates it has signed, for 24 hours, are still good."""


@whole
class LinkerdIdentity(Construct):
    """Linkerd's trust anchor and issuer, kept by cert-manager, and the bundle that proxies trust, by trust-manager.

    The bundle holds the current anchor and the previous one, so that an anchor is replaced while certificates of both
    are around. Secret `linkerd-previous-anchor` must be there, at first as a copy of the current one: `make
    linkerd-setup` makes it. Put it into a chart without a namespace of its own, and apply it before Linkerd, which is
    installed with `identity.externalCA=true` and `identity.issuer.scheme=kubernetes.io/tls`.

    Args:
        namespace: Of Linkerd's control plane.
        cert_manager: Of cert-manager, which must be trust-manager's trust namespace, too.
        trust_domain: The end of every identity.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """

    anchor: Manifest
    """The Certificate of the trust anchor: its key stays with cert-manager."""

    issuer: Manifest
    """The Certificate that signs those of the proxies."""

    bundle: Manifest
    """What proxies trust."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        namespace: str = "linkerd",
        cert_manager: str = "cert-manager",
        trust_domain: str = "cluster.local",
    ) -> None:
        checks.dns_label("namespace", namespace)
        checks.dns_label("cert_manager", cert_manager)
        checks.dns_name("trust_domain", trust_domain)
        super().__init__(scope, id)
        Manifest(
            self,
            "namespace",
            {"apiVersion": "v1", "kind": "Namespace"},
            name=namespace,
            labels={
                **labels(namespace),
                "linkerd.io/is-control-plane": "true",
                "linkerd.io/control-plane-ns": namespace,
                # its own pods must start without its own webhooks
                "config.linkerd.io/admission-webhooks": "disabled",
            },
            annotations={"linkerd.io/inject": "disabled"},
        )
        self_signed = self._issuer("Issuer", "linkerd-trust-root-issuer", {"selfSigned": {}}, cert_manager)
        self.anchor = self._certificate(
            ANCHOR,
            namespace=cert_manager,
            issuer=self_signed,
            name=f"root.linkerd.{trust_domain}",
            hours=ANCHOR_YEARS * 365 * 24,
            renew_before=365 * 24,
        )
        signs = self._issuer("ClusterIssuer", ISSUER, {"ca": {"secretName": ANCHOR}}, None)
        self.issuer = self._certificate(
            ISSUER,
            namespace=namespace,
            issuer=signs,
            name=f"identity.linkerd.{trust_domain}",
            hours=ISSUER_HOURS,
            renew_before=RENEW_ISSUER_HOURS,
            usages=["cert sign", "crl sign", "server auth", "client auth"],
        )
        self.bundle = self._bundle(namespace)
        self.node.default_child = self.bundle

    def _issuer(self, kind: str, name: str, spec: Mapping[str, Any], namespace: str | None) -> Manifest:
        body = {"apiVersion": "cert-manager.io/v1", "kind": kind, "spec": dict(spec)}
        return Manifest(self, f"{kind}-{name}", body, name=name, namespace=namespace, labels=labels(name))

    def _certificate(
        self,
        secret: str,
        *,
        namespace: str,
        issuer: Manifest,
        name: str,
        hours: int,
        renew_before: int,
        usages: Sequence[str] = (),
    ) -> Manifest:
        spec = {
            "isCA": True,
            "commonName": name,
            "dnsNames": [name],
            "secretName": secret,
            "duration": f"{hours}h0m0s",
            "renewBefore": f"{renew_before}h0m0s",
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
            "issuerRef": {"group": "cert-manager.io", "kind": issuer.kind, "name": issuer.name},
            **({"usages": list(usages)} if usages else {}),
        }
        body = {"apiVersion": "cert-manager.io/v1", "kind": "Certificate", "spec": spec}
        return Manifest(self, f"certificate-{secret}", body, name=secret, namespace=namespace, labels=labels(secret))

    def _bundle(self, namespace: str) -> Manifest:
        spec = {
            "sources": [{"secret": {"name": name, "key": "tls.crt"}} for name in (ANCHOR, PREVIOUS_ANCHOR)],
            "target": {
                "configMap": {"key": "ca-bundle.crt"},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
            },
        }
        body = {"apiVersion": "trust.cert-manager.io/v1alpha1", "kind": "Bundle", "spec": spec}
        return Manifest(self, "bundle", body, name=TRUST_ROOTS, labels=labels(TRUST_ROOTS))
