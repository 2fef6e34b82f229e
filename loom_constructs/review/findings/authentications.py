"""Authentications that Linkerd's webhook would refuse, or that nobody can pass."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from .. import mesh
from ..authorization import LINKERD
from ..ends import Object
from ..manifests import name_of
from ..numbered import EVERYWHERE
from ..review import Review


def find(review: Review) -> Iterator[str]:
    """Wrong identities and wrong networks; nothing where Linkerd does not run."""
    if review.linkerd is None:
        return
    for authentication in review.manifests.of(LINKERD, "MeshTLSAuthentication"):
        yield from (f"{name_of(authentication)}: {line}" for line in _identities(authentication))
    for authentication in review.manifests.of(LINKERD, "NetworkAuthentication"):
        yield from (f"{name_of(authentication)}: {line}" for line in _networks(authentication))


def _identities(authentication: Object) -> Iterator[str]:
    identities, references = authentication["spec"].get("identities"), authentication["spec"].get("identityRefs")
    if bool(identities) == bool(references):
        yield f"exactly one of identities and identityRefs must be given, got {'both' if identities else 'none'}"
    for identity in identities or ():
        if not _possible(str(identity)):
            known = mesh.identity("<serviceaccount>", "<namespace>")
            yield f'identity "{identity}" matches no identity; they are {known}'
    for reference in references or ():
        if reference.get("kind") not in ("ServiceAccount", "Namespace"):
            yield f"identityRefs must be of kind ServiceAccount or Namespace, got {reference.get('kind')!r}"
        if reference.get("kind") == "Namespace" and reference.get("namespace"):
            yield f"a reference to Namespace {reference.get('name')} must not have a namespace"
        if not reference.get("name"):
            yield f"a reference to a {reference.get('kind')} must have a name, got none"


def _possible(identity: str) -> bool:
    """Whether some service account could have it."""
    if identity == "*":
        return True
    shape = mesh.identity("*", "*").split(".")
    starred = identity.startswith("*.")
    wanted = (identity[2:] if starred else identity).split(".")
    if (len(wanted) >= len(shape)) if starred else (len(wanted) != len(shape)):
        return False
    return "*" not in wanted and all(s in (w, "*") for s, w in zip(shape[-len(wanted) :], wanted, strict=True))


def _networks(authentication: Object) -> Iterator[str]:
    networks = authentication["spec"].get("networks") or ()
    if not networks:
        yield "networks must not be empty; nobody comes from there"
    missing = [everywhere for everywhere in EVERYWHERE if everywhere not in {n["cidr"] for n in networks}]
    if len(missing) == 1:
        kind, other = ("IPv6", "IPv4") if missing[0] == "::/0" else ("IPv4", "IPv6")
        yield f"networks hold every {other} address and no {kind} one, which clients may have; add {missing[0]}"
    for network in networks:
        cidr = network["cidr"]
        outer = ip_network(cidr, strict=False)
        for exception in network.get("except") or ():
            inner = ip_network(exception, strict=False)
            if inner.network_address not in outer or inner.prefixlen < outer.prefixlen:
                yield f"except {exception} is not inside {cidr}, so nothing is excepted"
