"""The mesh's identities where cert-manager issues them: a trust anchor, and an issuer that it signs.

cert-manager renews the issuer every two days on its own. trust-manager writes the anchors that proxies trust into a
ConfigMap: the current one and the previous one, so that both hold while the anchor is replaced.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..kubectl import DeliveryError, find, kubectl
from .send import send
from .steps import NOTHING

CONTROL_PLANE = "linkerd"
ANCHORS = "cert-manager"
_DEFINITIONS = {
    "certificates.cert-manager.io": "helm upgrade --install cert-manager oci://quay.io/jetstack/charts/cert-manager "
    "--namespace cert-manager --create-namespace --set crds.enabled=true --wait",
    "bundles.trust.cert-manager.io": "helm upgrade --install trust-manager oci://quay.io/jetstack/charts/trust-manager "
    "--namespace cert-manager --set app.trust.namespace=cert-manager --wait",
}


def refuse_missing_managers() -> None:
    """Stops unless cert-manager and trust-manager are installed, with the commands that install them."""
    missing = [name for name in _DEFINITIONS if find("customresourcedefinition", name) is None]
    if missing:
        commands = "; ".join(_DEFINITIONS[name] for name in missing)
        raise DeliveryError(f"the cluster must have {' and '.join(missing)}, got none; install with: {commands}")


def ensure(folder: Path, *, timeout: int, pause: float = 2) -> str:
    """Applies the rendered anchor, issuer and bundle, and waits until Linkerd can be installed with them.

    Args:
        folder: Holds the Namespace, Issuers, Certificates and the Bundle.
    """
    refuse_missing_managers()
    if not (folder / "kustomization.yaml").is_file():
        raise DeliveryError(f"{folder} is not there; render it first (make synth)")
    changed = send(folder)
    current = f"Secret linkerd-trust-anchor in {ANCHORS}"
    anchor = _until(current, lambda: _anchor("linkerd-trust-anchor"), timeout, pause)
    if _anchor("linkerd-previous-anchor") is None:
        # without its second source the bundle is not written; later it is what stays trusted during a rotation
        kubectl("create", "-f", "-", stdin=json.dumps(_previous(anchor)))
        changed = True
    _until(f"Secret linkerd-identity-issuer in {CONTROL_PLANE}", _issuer, timeout, pause)
    _until(f"ConfigMap linkerd-identity-trust-roots in {CONTROL_PLANE}", _roots, timeout, pause)
    return "anchor, issuer and trust roots are there" if changed else f"{NOTHING}, anchor, issuer and roots are there"


def _previous(anchor: dict[str, Any]) -> dict[str, Any]:
    """A copy of the anchor that can be trusted, and signs nothing: without its key."""
    data = {key: value for key, value in anchor["data"].items() if key in ("tls.crt", "ca.crt")}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "linkerd-previous-anchor", "namespace": ANCHORS},
        "type": "Opaque",
        "data": data,
    }


def _anchor(name: str) -> dict[str, Any] | None:
    found = find("secret", name, "--namespace", ANCHORS)
    return found if found and found.get("data", {}).get("tls.crt") else None


def _issuer() -> dict[str, Any] | None:
    found = find("secret", "linkerd-identity-issuer", "--namespace", CONTROL_PLANE)
    data = (found or {}).get("data") or {}
    return found if data.get("tls.crt") and data.get("tls.key") else None


def _roots() -> dict[str, Any] | None:
    found = find("configmap", "linkerd-identity-trust-roots", "--namespace", CONTROL_PLANE)
    return found if ((found or {}).get("data") or {}).get("ca-bundle.crt", "").strip() else None


def _until(what: str, condition: Callable[[], dict[str, Any] | None], timeout: float, pause: float) -> dict[str, Any]:
    end = time.monotonic() + timeout
    while (found := condition()) is None:
        if time.monotonic() > end:
            raise DeliveryError(
                f"{what} is not there after {timeout:.0f} s; "
                "see: kubectl describe certificates,certificaterequests -A; "
                "kubectl describe bundle linkerd-identity-trust-roots"
            )
        time.sleep(pause)
    return found
