"""Objects of operators that keep data, those that touch no pods, and all others."""

from __future__ import annotations

from collections.abc import Iterator

from ..pair import Pair
from ..shown import listed, values
from ..verdict import Change, Verdict
from .cloud_native_pg import cloud_native_pg

STREAMS = {"Stream": ("name", "storage"), "KeyValue": ("bucket", "storage"), "ObjectStore": ("bucket", "storage")}
KEEPING = frozenset(
    [("jetstream.nats.io", k) for k in STREAMS]
    + [("postgresql.cnpg.io", "Cluster"), ("postgresql.cnpg.io", "Database"), ("acid.zalan.do", "postgresql")]
    + [("apiextensions.k8s.io", "CustomResourceDefinition")]
)
"""Group and kind of what holds data: deleted, the data may be gone."""

PODLESS = (
    *("policy.linkerd.io", "linkerd.io", "gateway.networking.k8s.io", "monitoring.coreos.com", "cert-manager.io"),
    *("trust.cert-manager.io", "cilium.io", "networking.istio.io", "security.istio.io", "traefik.io", "kyverno.io"),
)
"""Groups of kinds that are read while pods go on."""


def custom(pair: Pair) -> Iterator[Change]:
    """Changes of kinds that are not Kubernetes' own."""
    if pair.builtin:
        return
    if pair.key.group == "jetstream.nats.io" and pair.key.kind in STREAMS:
        for field in STREAMS[pair.key.kind]:
            for taken in pair.take("spec", field):
                what = f"{taken.field}: {values(taken)}"
                todo = "It cannot be changed: a new, empty one is made. Copy the messages first."
                yield Change(Verdict.LOSES, pair.key, what, todo, [taken])
    yield from cloud_native_pg(pair)
    left = pair.take("spec") + pair.take_where(lambda d: d.path[0] not in ("spec", "metadata"))
    if not left:
        return
    shown = listed([f"{d.field}: {values(d, length=30)}" for d in left], 2)
    if pair.key.group in PODLESS:
        yield Change(Verdict.SAFE, pair.key, shown, "", left)
    elif pair.key.group == "external-secrets.io":
        todo = "The Secret follows; pods that read it as variables see it at their next restart."
        yield Change(Verdict.RESTARTS, pair.key, shown, todo, left)
    else:
        todo = f"Changed; cannot be judged: ask what serves {pair.key.group}; it may restart pods."
        yield Change(Verdict.RESTARTS, pair.key, shown, todo, left)
