"""Where rendered policies differ from what is meant: as a whole, and each half alone."""

from __future__ import annotations

from . import missing, unexpected, wider, wider_linkerd
from .intention import Intention
from .paths import Paths
from .scope import Scope


def differences(paths: Paths, intention: Intention) -> list[str]:
    """All differences, one line each; none if what is rendered is what is meant."""
    scope = Scope(paths, intention)
    ways = list(unexpected.open_and_not_meant(scope))
    said = {(w.client, w.server, w.wire, w.protocol) for w in ways}
    found = [*missing.peers(scope), *missing.missing(scope), *unexpected.unlimited(scope)]
    found += [*unexpected.unexpected(scope, ways), *wider.egress(scope, said), *wider.ingress(scope, said)]
    found += wider_linkerd.linkerd(scope)
    return list(dict.fromkeys(found))
