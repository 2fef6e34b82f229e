"""Whom Linkerd's AuthorizationPolicies let in: identities, networks, or both together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network

from . import mesh
from .ends import End, Object, Pod
from .manifests import Manifests, name_of, namespace_of
from .numbered import EVERYWHERE, Ends

LINKERD = "policy.linkerd.io"
Network = tuple[str, tuple[str, ...]]
"""A network and the exceptions inside it."""


@dataclass(frozen=True)
class Authorization:
    """Who may come in: whoever proves one of the identities and comes from one of the networks.

    Args:
        by: The object or setting that says so.
        identities: None: nobody has to prove anything.
        networks: None: from anywhere.
    """

    by: str
    identities: tuple[str, ...] | None
    networks: tuple[Network, ...] | None

    def with_identity(self, ends: Ends) -> int:
        """Whom it lets in who come with their identity."""
        return self._set(ends, "with identity", lambda e: isinstance(e, Pod) and e.meshed and self._knows(e))

    def plain(self, ends: Ends) -> int:
        """Whom it lets in who prove nothing."""
        return 0 if self.identities is not None else self._set(ends, "plain", lambda e: True)

    def _set(self, ends: Ends, what: str, condition: Callable[[End], bool]) -> int:
        key = (what, self.identities, self.networks)
        if key not in ends.remembered:
            ends.remembered[key] = ends.those(lambda e: condition(e) and self.from_there(e))
        found: int = ends.remembered[key]
        return found

    def _knows(self, pod: Pod) -> bool:
        if self.identities is None:
            return True
        name = mesh.identity(pod.service_account, pod.namespace)
        return any(mesh.identity_matches(i, name) for i in self.identities)

    def from_there(self, end: End) -> bool:
        """Whether its networks hold an end; a pod of unknown address has an IPv4 one of the cluster's networks."""
        if self.networks is None:
            return True
        ip = end.ip
        for cidr, exceptions in self.networks:
            network = ip_network(cidr, strict=False)
            if ip is None:
                if any(_overlap(cidr, c) for c in mesh.CLUSTER_NETWORKS if ":" not in c):
                    return True
            elif ip in network and not any(ip in ip_network(e, strict=False) for e in exceptions):
                return True
        return False

    @property
    def for_probes(self) -> bool:
        """Whether nobody has to prove anything, as a kubelet cannot; where it comes from nobody knows."""
        return self.identities is None

    @property
    def one_family_of_two(self) -> str | None:
        """`0.0.0.0/0` or `::/0`, where the networks are all addresses of one kind and the other one is missing."""
        named = {cidr for cidr, _ in self.networks or ()}
        missing = [n for n in EVERYWHERE if n not in named]
        return missing[0] if len(missing) == 1 else None


def _overlap(first: str, second: str) -> bool:
    a, b = ip_network(first, strict=False), ip_network(second, strict=False)
    return a.version == b.version and a.overlaps(b)


def of_setting(by: str, value: str) -> Authorization | None:
    """What a value of accessPolicy or of the annotation lets in; nothing, if it denies."""
    identities, networks = mesh.POLICIES[value]
    if identities == ():
        return None
    return Authorization(by, identities, None if networks is None else tuple((n, ()) for n in networks))


class Authorizations:
    """All AuthorizationPolicies of the manifests, with what they refer to."""

    def __init__(self, manifests: Manifests) -> None:
        self.policies = manifests.of(LINKERD, "AuthorizationPolicy")
        self._authentications = {
            name_of(a): a
            for kind in ("MeshTLSAuthentication", "NetworkAuthentication")
            for a in manifests.of(LINKERD, kind)
        }
        self._read = {id(p): self._authorization(p) for p in self.policies}

    def targeting(self, kinds: Iterable[str], name: str, namespace: str) -> list[Authorization]:
        """What the policies with this target say; those whose references are missing are ignored, as Linkerd does.

        Args:
            kinds: `group/Kind`; the group of the core is empty.
        """
        found = []
        for policy in self.policies:
            target = policy["spec"].get("targetRef") or {}
            group = target.get("group") or ""
            kind = f"{'' if group == 'core' else group}/{target.get('kind')}"
            if namespace_of(policy) == namespace and kind in kinds and target.get("name") == name:
                authorization = self._read[id(policy)]
                if authorization is not None:
                    found.append(authorization)
        return found

    def authentication(self, policy: Object, reference: Object) -> Object | None:
        """The object that a reference means."""
        namespace = reference.get("namespace") or namespace_of(policy)
        return self._authentications.get(f"{reference['kind']} {namespace}/{reference['name']}")

    def _authorization(self, policy: Object) -> Authorization | None:
        identities: tuple[str, ...] | None = None
        networks: tuple[Network, ...] | None = None
        for reference in policy["spec"].get("requiredAuthenticationRefs") or ():
            kind = reference.get("kind")
            if kind == "ServiceAccount":
                if identities is not None:
                    return None
                namespace = reference.get("namespace") or namespace_of(policy)
                identities = (mesh.identity(reference["name"], namespace),)
                continue
            authentication = self.authentication(policy, reference)
            if authentication is None:
                return None
            if kind == "MeshTLSAuthentication":
                if identities is not None:
                    return None
                identities = tuple(identities_of(authentication))
            else:
                if networks is not None:
                    return None
                networks = tuple(
                    (n["cidr"], tuple(n.get("except") or ())) for n in authentication["spec"].get("networks") or ()
                )
        return Authorization(name_of(policy), identities, networks)


def identities_of(authentication: Object) -> list[str]:
    """The identities that a MeshTLSAuthentication means."""
    spec = authentication["spec"]
    found = [str(i) for i in spec.get("identities") or ()]
    for reference in spec.get("identityRefs") or ():
        if reference.get("kind") == "Namespace":
            found.append(f"*.{reference.get('name')}.serviceaccount.identity.{mesh.CONTROL_PLANE}.cluster.local")
        else:
            namespace = reference.get("namespace") or namespace_of(authentication)
            found.append(mesh.identity(reference.get("name", "*"), namespace))
    return found
