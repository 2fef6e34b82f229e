"""What NetworkPolicies allow (networking.k8s.io/v1): the client's egress and the server's ingress, each alone.

    ends = Ends([web, database], namespaces={"shop": {}})
    policies = NetworkPolicies(ends, [object, ...])
    policies.allows(web, database, 5432)

Policies only add: a pod that no policy selects for a direction is open there; one that some policy selects may do
what any of its policies' rules say, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from .ends import End, Object, Pod
from .numbered import Ends
from .rule import Policy, Rule


class NetworkPolicies:
    """All policies of a cluster, and what they allow.

    Args:
        ends: Who there is. Policies that were seen with the same ends before are not read again.
        policies: NetworkPolicy objects as they were read; the same object must not have been changed since.
    """

    def __init__(self, ends: Ends, policies: Iterable[Object]) -> None:
        self.ends = ends
        self.policies: Sequence[Policy] = tuple(self._policy(text) for text in policies)

    def _policy(self, text: Object) -> Policy:
        known = self.ends.remembered.get(("policy", id(text)))
        if known is None:  # the text is kept with it, so that its id stays its own
            known = self.ends.remembered["policy", id(text)] = Policy(self.ends, text)
        found: Policy = known
        return found

    @cached_property
    def _by_pod(self) -> dict[tuple[End, str], list[Policy]]:
        found: dict[tuple[End, str], list[Policy]] = {}
        for policy in self.policies:
            for pod in self.ends.listed(policy.subjects):
                for kind in policy.types:
                    found.setdefault((pod, kind), []).append(policy)
        return found

    def egress_policies(self, client: End) -> Sequence[Policy]:
        """The policies that limit what a pod may reach; none: nothing is limited."""
        return self._by_pod.get((client, "Egress"), ())

    def ingress_policies(self, server: End) -> Sequence[Policy]:
        """The policies that limit who may reach a pod; none: nothing is limited."""
        return self._by_pod.get((server, "Ingress"), ())

    def egress(self, client: End, port: int, protocol: str = "TCP", surely: bool = False) -> int:
        """Everyone whom a client's own policies let it reach at a port, as a set of `ends`.

        Args:
            surely: Only whom they let it reach with every network plugin.
        """
        policies = self.egress_policies(client)
        if not policies:
            return self.ends.everyone
        allowed = 0
        for policy in policies:
            for rule in policy.egress:
                allowed |= rule.egress_to(self.ends, port, protocol, surely)
        return allowed

    def ingress(self, server: End, port: int, protocol: str = "TCP", surely: bool = False) -> int:
        """Everyone whom a server's own policies let in at a port, as a set of `ends`.

        Args:
            surely: Only whom they let in with every network plugin.
        """
        policies = self.ingress_policies(server)
        if not policies or not isinstance(server, Pod):
            return self.ends.everyone
        allowed = 0
        for policy in policies:
            for rule in policy.ingress:
                if rule.ingress_at(server, port, protocol):
                    allowed |= rule.surely if surely else rule.peers
        return allowed

    def egress_allows(self, client: End, server: End, port: int, protocol: str = "TCP") -> bool:
        """Whether the client's half allows it."""
        return bool(self.egress(client, port, protocol) >> self.ends.index[server] & 1)

    def ingress_allows(self, client: End, server: End, port: int, protocol: str = "TCP") -> bool:
        """Whether the server's half allows it."""
        return bool(self.ingress(server, port, protocol) >> self.ends.index[client] & 1)

    def allows(self, client: End, server: End, port: int, protocol: str = "TCP") -> bool:
        """Whether both halves allow it; a pod always reaches itself."""
        return client is server or (
            self.egress_allows(client, server, port, protocol) and self.ingress_allows(client, server, port, protocol)
        )

    def rules_that_allow(self, client: End, server: End, port: int, protocol: str) -> tuple[list[Rule], list[Rule]]:
        """The rules that let it out, and those that let it in."""
        index = self.ends.index
        out = [
            rule
            for policy in self.egress_policies(client)
            for rule in policy.egress
            if rule.egress_to(self.ends, port, protocol) >> index[server] & 1
        ]
        inwards = [
            rule
            for policy in self.ingress_policies(server)
            for rule in policy.ingress
            if isinstance(server, Pod) and rule.ingress_at(server, port, protocol) and rule.peers >> index[client] & 1
        ]
        return out, inwards
