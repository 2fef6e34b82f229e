"""Services: their address is given once."""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..shown import values
from ..verdict import Change, Verdict

AGAIN = "Delete it and apply: clients fail in between, and must look the name up again."


def services(pair: Pair) -> Iterator[Change]:
    """Changes of a Service's address and type."""
    if pair.key.kind != "Service" or pair.key.group:
        return
    old, new = pair.specs
    before, after = old.get("type", "ClusterIP"), new.get("type", "ClusterIP")
    addresses = [*pair.take("spec", "clusterIP"), *pair.take("spec", "clusterIPs")]
    if addresses and "ExternalName" not in (before, after):
        was, now = (s.get("clusterIP") or (s.get("clusterIPs") or [None])[0] for s in (old, new))
        if now is None and was == "None":
            todo = f"Accepted, but the API server keeps None, so it stays headless. {AGAIN}"
            yield Change(Verdict.RECREATION, pair.key, "clusterIP: None → an address", todo, addresses)
        elif now is None:
            yield Change(Verdict.SAFE, pair.key, f"clusterIP {was} is no longer said", "It keeps it.", addresses)
        else:
            what = f"clusterIP: {was or 'an address'} → {now}"
            yield Change(Verdict.RECREATION, pair.key, what, f"Refused. {AGAIN}", addresses)
    if before == after == "LoadBalancer":
        for field in ("loadBalancerClass", "healthCheckNodePort"):
            for taken in pair.take("spec", field):
                what = f"{taken.field}: {values(taken)}"
                yield Change(Verdict.RECREATION, pair.key, what, f"Refused. {AGAIN}", [taken])
    families = [s.get("ipFamilies") or [] for s in (old, new)]
    if all(families) and families[0][0] != families[1][0]:
        taken_families = pair.take("spec", "ipFamilies")
        what = f"first of ipFamilies: {families[0][0]} → {families[1][0]}"
        yield Change(Verdict.RECREATION, pair.key, what, f"Refused. {AGAIN}", taken_families)
    types = pair.take("spec", "type")
    if types:
        types += pair.take("spec", "externalName")
        lost = "Its own address goes: clients must look it up again." if after == "ExternalName" else ""
        opened = "It is open to outside the cluster then." if after in ("NodePort", "LoadBalancer") else ""
        closed = "Its ports on the nodes close, and its load balancer goes." if before != "ExternalName" else ""
        types += pair.take_where(lambda d: d.path[-1] == "nodePort")
        yield Change(Verdict.SAFE, pair.key, f"type: {before} → {after}", lost or opened or closed, types)
    _say = {"selector": "Traffic goes to other pods at once.", "ports": "Clients of a port that goes fail at once."}
    for field, todo in _say.items():
        changed = pair.take("spec", field)
        if changed:
            shown = ", ".join(f"{d.field.removeprefix('spec.')}: {values(d)}" for d in changed[:3])
            gone = any(d.old is not None for d in changed)
            yield Change(Verdict.SAFE, pair.key, shown, todo if gone else "", changed)
