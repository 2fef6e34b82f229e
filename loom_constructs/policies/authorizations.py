"""Linkerd's policies for one port: who may call it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from constructs import Construct

from ..kubernetes import Manifest, plain
from ..kubernetes.checks import refuse
from ..traffic import EVERYWHERE, Peer
from .rules import labels, parts

GROUP = "policy.linkerd.io"
ROUTES = "gateway.networking.k8s.io"


def server(scope: Construct, name: str, *, selector: Mapping[str, Any], port: int | str, protocol: str) -> Manifest:
    """A port of some pods; nobody may call it but whom an AuthorizationPolicy names."""
    spec = {"podSelector": dict(selector), "port": port, "proxyProtocol": protocol, "accessPolicy": "deny"}
    return Manifest(
        scope,
        f"server-{name}",
        {"apiVersion": f"{GROUP}/v1beta3", "kind": "Server", "spec": spec},
        name=name,
        labels=labels(name),
    )


def allow_identities(scope: Construct, name: str, target: Mapping[str, str], clients: Sequence[Peer]) -> list[Manifest]:
    """Lets in who proves to be one of these ServiceAccounts."""
    refs = {c.identity: _identity(c) for c in clients}
    known = _authentication(scope, name, "MeshTLSAuthentication", {"identityRefs": [refs[i] for i in sorted(refs)]})
    return [known, _authorization(scope, name, target, known)]


def _identity(client: Peer) -> dict[str, str]:
    """One ServiceAccount; of a peer that is a whole namespace, all in it."""
    if client.labels:
        return {"kind": "ServiceAccount", "name": client.service_account, "namespace": client.namespace}
    return {"kind": "Namespace", "name": client.namespace}


def allow_networks(
    scope: Construct, name: str, target: Mapping[str, str], networks: Sequence[Mapping[str, Any]]
) -> list[Manifest]:
    """Lets in who has such an address, with or without an identity."""
    known = _authentication(scope, name, "NetworkAuthentication", {"networks": [dict(n) for n in networks]})
    return [known, _authorization(scope, name, target, known)]


def addresses(clients: Sequence[Peer]) -> list[dict[str, Any]]:
    """The networks of clients without a proxy. Addresses of pods are not known: network policies tell them apart."""
    if any(not c.is_outside for c in clients):
        return everywhere()
    known: dict[str, set[str]] = {}
    for client in clients:
        for cidr in client.networks:
            # what one of them leaves out, another one may bring
            known[cidr] = set(parts(client, cidr)) & known.get(cidr, set(parts(client, cidr)))
    return [plain(cidr=cidr, **{"except": sorted(known[cidr])}) for cidr in sorted(known)]


def everywhere() -> list[dict[str, Any]]:
    """All addresses."""
    return [{"cidr": cidr} for cidr in EVERYWHERE]


def is_everyone(networks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these networks leave nobody out."""
    return all(network in networks for network in everywhere())


def _authentication(scope: Construct, name: str, kind: str, spec: Mapping[str, Any]) -> Manifest:
    return Manifest(
        scope,
        f"{kind}-{name}",
        {"apiVersion": f"{GROUP}/v1alpha1", "kind": kind, "spec": dict(spec)},
        name=name,
        labels=labels(name),
        finish=_names_somebody,
    )


def _authorization(scope: Construct, name: str, target: Mapping[str, str], known: Manifest) -> Manifest:
    ref = {"group": GROUP, "kind": known.kind, "name": known.name}
    return Manifest(
        scope,
        f"authorization-{name}",
        {
            "apiVersion": f"{GROUP}/v1alpha1",
            "kind": "AuthorizationPolicy",
            "spec": {"targetRef": dict(target), "requiredAuthenticationRefs": [ref]},
        },
        name=name,
        labels=labels(name),
        finish=_names_somebody,
    )


def _names_somebody(rendered: dict[str, Any]) -> None:
    """To Linkerd an empty list of authentications means everyone, so none may be rendered, not even by a patch."""
    spec = rendered["spec"]
    for field in ("requiredAuthenticationRefs", "identities", "identityRefs", "networks"):
        if field in spec and not spec[field]:
            raise refuse(f"{field} of {rendered['kind']} {rendered['metadata']['name']}", "not empty", spec[field])
    wanted = {
        "AuthorizationPolicy": {"requiredAuthenticationRefs"},
        "MeshTLSAuthentication": {"identities", "identityRefs"},
        "NetworkAuthentication": {"networks"},
    }[rendered["kind"]]
    if not wanted & set(spec):
        rule = f"with {' or '.join(sorted(wanted))}"
        raise refuse(f"{rendered['kind']} {rendered['metadata']['name']}", rule, dict(spec))
