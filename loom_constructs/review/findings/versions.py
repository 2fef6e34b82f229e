"""Objects at versions that no cluster serves: they are refused, or nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator

from .. import mesh
from ..manifests import group_of, name_of, version_of
from ..review import Review

MOVED = {("extensions", "NetworkPolicy"): "networking.k8s.io/v1"}


def find(review: Review) -> Iterator[str]:
    """Objects at other versions than those served, and kinds that are not understood here."""
    for item in review.manifests.objects:
        group, kind = group_of(item), item["kind"]
        served = mesh.SERVED.get((group, kind))
        if (group, kind) in MOVED:
            yield f"{name_of(item)}: {item['apiVersion']} is not served; say {MOVED[group, kind]}"
        elif served and version_of(item) not in served:
            yield f"{name_of(item)}: {item['apiVersion']} is not served; say {group}/{served[0]}"
        elif (group, kind) == ("policy.linkerd.io", "ServerAuthorization"):
            yield f"{name_of(item)} is not understood here and counts as not there; say AuthorizationPolicy"
