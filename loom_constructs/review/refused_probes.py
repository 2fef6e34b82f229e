"""Whether the kubelet's probes get through Linkerd."""

from __future__ import annotations

from collections.abc import Iterator

from .authorization import Authorization
from .ends import Object, Pod
from .linkerd import Inbound, Linkerd
from .manifests import Workload, name_of
from .probes import probe_port, probes
from .routes import HEALTH, Route


def refused(linkerd: Linkerd, workload: Workload, pod: Pod) -> Iterator[str]:
    """One line for the probes of a meshed workload that the proxy would refuse for the same reason, with the remedy.

    exec probes never leave the pod, and for tcpSocket the proxy itself accepts the connection: both pass.
    """
    found: dict[tuple[str, str], list[str]] = {}
    for kind, container, probe in probes(workload):
        why = _why(linkerd, pod, container, probe)
        if why:
            found.setdefault((container["name"], why), []).append(kind)
    for (name, why), kinds in found.items():
        yield f"{workload}: {', '.join(kinds)} of {name}: {why}"


def _why(linkerd: Linkerd, pod: Pod, container: Object, probe: Object) -> str | None:
    if "grpc" in probe:
        return _grpc(linkerd.inbound(pod, probe["grpc"]["port"]), probe["grpc"]["port"])
    port = probe_port(container, probe["httpGet"].get("port")) if "httpGet" in probe else None
    return _http(linkerd.inbound(pod, port), probe["httpGet"], port) if port is not None else None


def _http(inbound: Inbound, probe: Object, port: int) -> str | None:
    path = (probe.get("path") or "/").partition("?")[0]
    if any(a.for_probes for a in inbound.authorizations) and (not inbound.routes or _matching(inbound, path)):
        return None
    if inbound.opaque:
        return (
            f"httpGet probe at port {port} is refused, because the port is opaque and Linkerd sees no request in it; "
            "take the port off the opaque ports, or use exec"
        )
    if str(probe.get("scheme", "HTTP")).upper() == "HTTPS":
        return f"httpGet probe by HTTPS at port {port} is refused: Linkerd sees no request in it; use exec"
    if inbound.server is not None and inbound.server["spec"].get("proxyProtocol") == "gRPC":
        return f"httpGet probe at port {port} is refused by {name_of(inbound.server)}, which is for gRPC; use exec"
    if not inbound.routes:
        return None  # Linkerd adds a route for the probe by itself
    let_in = [a for r in _matching(inbound, path) for a in r.authorizations if a.for_probes]
    if let_in:
        return _one_family(f"httpGet probe at port {port}", let_in)
    attached = ", ".join(name_of(r.text) for r in inbound.routes)
    return (
        f"httpGet probe GET {path} at port {port} is refused, because Linkerd adds no route for probes beside "
        f"{attached}; attach an HTTPRoute for {path} and authorize it by a NetworkAuthentication"
    )


def _matching(inbound: Inbound, path: str) -> list[Route]:
    return [r for r in inbound.routes if r.text["kind"] == "HTTPRoute" and any(_takes(m, path) for m in r.matches)]


def _takes(match: Object, path: str) -> bool:
    if match.get("method") not in (None, "GET") or match.get("headers") or match.get("queryParams"):
        return False
    wanted = match.get("path") or {}
    value = wanted.get("value") or "/"
    if wanted.get("type", "PathPrefix") == "PathPrefix":
        return path == value or path.startswith(value.rstrip("/") + "/")
    return bool(path == value)


def _grpc(inbound: Inbound, port: int) -> str | None:
    if any(a.for_probes for a in inbound.authorizations) and not inbound.routes:
        return None
    for route in inbound.routes:
        let_in = [a for a in (*inbound.authorizations, *route.authorizations) if a.for_probes]
        if let_in and route.text["kind"] == "GRPCRoute" and any(_takes_health(m) for m in route.matches):
            return _one_family(f"grpc probe at port {port}", let_in)
    return (
        f"grpc probe at port {port} is refused, because Linkerd adds no route for gRPC probes; attach a GRPCRoute for "
        f"{HEALTH} and authorize it by a NetworkAuthentication, or use exec"
    )


def _one_family(probe: str, let_in: list[Authorization]) -> str | None:
    missing = [a.one_family_of_two for a in let_in]
    if not all(missing):
        return None
    kind = "IPv6" if missing[0] == "::/0" else "IPv4"
    return f"{probe} is refused where nodes have {kind} addresses; add {missing[0]} to the networks of {let_in[0].by}"


def _takes_health(match: Object) -> bool:
    method = match.get("method") or {}
    return method.get("service") in (None, HEALTH) and method.get("method") in (None, "Check")
