"""Traffic that nearly every peer of a namespace has: DNS, the mesh's control plane, scraping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from .row import Call, namespace_of

SHARE = 0.6
FEWEST = 4

Side = Literal["client", "server"]


class Crowd(NamedTuple):
    """Peers of one namespace that are drawn as one end of an edge, because they all call or are called alike."""

    namespace: str
    side: Side
    members: tuple[str, ...]


def crowds(calls: Sequence[Call]) -> dict[Call, Crowd]:
    """The crowd that stands for one end of a call, for the calls that have one.

    A server of another namespace, or outside the cluster, that more than 60 % (and at least four) of a namespace's
    peers call is called by their crowd. In the same way a client that calls as many of them calls their crowd.
    """
    peers: dict[str, set[str]] = {}
    for name in [end for call in calls for end in (call.client, call.server)]:
        namespace = namespace_of(name)
        if namespace is not None:
            peers.setdefault(namespace, set()).add(name)
    found: dict[Call, Crowd] = {}
    for side in ("client", "server"):
        alike: dict[tuple[str, str, bool], list[Call]] = {}
        for call in calls:
            one, other = (call.client, call.server) if side == "client" else (call.server, call.client)
            namespace = namespace_of(one)
            if call not in found and namespace is not None and namespace != namespace_of(other):
                alike.setdefault((namespace, other, call.identity is not None), []).append(call)
        for (namespace, _, _), same in alike.items():
            members = tuple(sorted({getattr(call, side) for call in same}))
            if len(members) >= FEWEST and len(members) > SHARE * len(peers[namespace]):
                found.update(dict.fromkeys(same, Crowd(namespace, side, members)))
    return found
