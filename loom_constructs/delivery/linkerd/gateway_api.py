"""The definitions of the Gateway API, which Linkerd needs and does not own."""

from __future__ import annotations

from typing import Any

from ..kubectl import DeliveryError, find, kubectl
from .send import parsed
from .steps import NOTHING
from .versions import GATEWAY_API, GATEWAY_API_NEWEST, numbers

ROUTES = ("httproutes.gateway.networking.k8s.io", "grpcroutes.gateway.networking.k8s.io")
BUNDLE = "gateway.networking.k8s.io/bundle-version"
_RELEASE = "https://github.com/kubernetes-sigs/gateway-api/releases/download/v{version}/standard-install.yaml"


def ensure(file: str | None) -> str:
    """Looks for the definitions; applies a file that holds them if it is given and they are missing or too old.

    They belong to the whole cluster and often to somebody else, such as an ingress controller or the cloud, so nothing
    is fetched on its own, and nothing newer is ever overwritten.

    Args:
        file: A file, folder or address, as kubectl's `-f` takes it.
    """
    found = [find("customresourcedefinition", name) for name in ROUTES]
    versions = [_bundle(definition) for definition in found if definition]
    if len(versions) == len(ROUTES) and numbers(min(versions, key=numbers)) >= numbers(GATEWAY_API):
        newest = max(versions, key=numbers)
        if numbers(newest) > numbers(GATEWAY_API_NEWEST):
            return (
                f"{NOTHING}, {newest} is there; it is newer than {GATEWAY_API_NEWEST}: Linkerd ignores a route that "
                f"uses what {GATEWAY_API} does not have"
            )
        return f"{NOTHING}, {newest} is there"
    what = f"got {' and '.join(versions)}" if versions else "and none is there"
    if file is None:
        address = _RELEASE.format(version=GATEWAY_API)
        raise DeliveryError(
            f"the Gateway API must be {GATEWAY_API} to {GATEWAY_API_NEWEST}, {what}; apply it with: "
            f"kubectl apply --server-side -f {address}; or give a file of it with --gateway-api FILE"
        )
    _refuse_other_files(file, versions)
    kubectl("apply", "--server-side", "-f", file)
    kubectl("wait", "--for=condition=Established", "--timeout=60s", *(f"crd/{name}" for name in ROUTES))
    return f"applied {file}"


def _bundle(definition: dict[str, Any]) -> str:
    return str((definition["metadata"].get("annotations") or {}).get(BUNDLE, "v0.0"))


def _refuse_other_files(file: str, there: list[str]) -> None:
    """Stops if the file holds anything but definitions of the Gateway API, of a version that will do."""
    found = parsed(kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", file))
    for definition in found:
        name, version = definition["metadata"]["name"], _bundle(definition)
        if not name.endswith(".gateway.networking.k8s.io") or definition["kind"] != "CustomResourceDefinition":
            raise DeliveryError(
                f"gateway_api must hold definitions of the Gateway API only, got {definition['kind']} {name}"
            )
        if not numbers(GATEWAY_API) <= numbers(version) <= numbers(GATEWAY_API_NEWEST):
            raise DeliveryError(
                f"gateway_api must be of version {GATEWAY_API} to {GATEWAY_API_NEWEST}, got {version} of {name}"
            )
        if any(numbers(version) < numbers(other) for other in there):
            raise DeliveryError(f"gateway_api must not be older than what is there, got {version} over {max(there)}")
    missing = set(ROUTES) - {o["metadata"]["name"] for o in found}
    if missing:
        raise DeliveryError(f"gateway_api must hold {' and '.join(ROUTES)}, got none of {', '.join(sorted(missing))}")
