"""Linkerd's control plane: installed, or brought to the version; an identity that is there is never made anew."""

from __future__ import annotations

from typing import Any

from ..kubectl import DeliveryError, find, kubectl
from .helm import release
from .programs import linkerd
from .send import listed, send
from .steps import NOTHING
from .versions import chart, numbers

NAMESPACE = "linkerd"
DEPLOYMENTS = ("linkerd-identity", "linkerd-destination", "linkerd-proxy-injector")

_RESOURCES = {"cpu": {"request": "100m"}, "memory": {"request": "50Mi", "limit": "250Mi"}}
HIGH_AVAILABILITY: dict[str, Any] = {
    "controllerReplicas": 3,
    "enablePodAntiAffinity": True,
    "enablePodDisruptionBudget": True,
    "deploymentStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": "25%"}},
    # no pod may come up outside of the mesh because the injector is away
    "webhookFailurePolicy": "Fail",
    "proxy": {"resources": {"cpu": {"request": "100m"}, "memory": {"request": "20Mi", "limit": "250Mi"}}},
    "destinationResources": _RESOURCES,
    "identityResources": _RESOURCES,
    "proxyInjectorResources": _RESOURCES,
    "spValidatorResources": _RESOURCES,
    "heartbeatResources": _RESOURCES,
}
"""What the chart's own `values-ha.yaml` sets; that file lies in the chart, where `--values` cannot name it."""


def versions() -> dict[str, str]:
    """The version of each Deployment of the control plane that is there."""
    found = listed("deployments", NAMESPACE, "--selector", "linkerd.io/control-plane-ns=linkerd")
    labels = {o["metadata"]["name"]: o["metadata"]["labels"] for o in found}
    return {name: labels[name].get("app.kubernetes.io/version", "?") for name in DEPLOYMENTS if name in labels}


def definitions(version: str, *, by_helm: bool, timeout: int) -> str:
    """Linkerd's definitions: Servers can be there before anything asks for them."""
    if by_helm:
        values = {"installGatewayAPI": False}
        changed = _released("linkerd-crds", version=version, values=values, timeout=timeout)
    else:
        changed = _definitions_by_cli(version)
    return f"{'applied' if changed else NOTHING} ({version})"


def by_cli(version: str, *, timeout: int) -> str:
    """With `linkerd install`, which makes trust anchor and issuer once, or `linkerd upgrade`, which keeps them."""
    found = versions()
    if found == _all(version):
        done = NOTHING
    elif _by_cli_before():
        send(linkerd("upgrade"))
        done = f"upgraded from {', '.join(sorted(set(found.values()))) or 'an unfinished install'}"
    else:
        # what a failed attempt left would be taken for an installation; no proxy has an identity from it yet
        begun = ["--ignore-cluster"] if find("namespace", NAMESPACE) else []
        send(linkerd("install", "--linkerd-cni-enabled", *begun))
        done = "installed"
    ready(timeout)
    return f"{done} ({version})"


def by_helm(version: str, *, high_availability: bool, timeout: int) -> str:
    """With its chart, and the identity that cert-manager keeps."""
    values: dict[str, Any] = {
        **(HIGH_AVAILABILITY if high_availability else {}),
        "cniEnabled": True,
        "identity": {"externalCA": True, "issuer": {"scheme": "kubernetes.io/tls"}},
    }
    changed = _released("linkerd-control-plane", version=version, values=values, timeout=timeout)
    ready(timeout)
    return f"{'installed' if changed else NOTHING} ({version}, chart {chart(version)})"


def ready(timeout: int) -> None:
    """Waits for the control plane, and has Linkerd's own check look at it."""
    for name in DEPLOYMENTS:
        kubectl("rollout", "status", f"deployment/{name}", "--namespace", NAMESPACE, f"--timeout={timeout}s")
    linkerd("check", "--output", "short", "--wait", f"{timeout}s")


def _definitions_by_cli(version: str) -> bool:
    found, before = versions(), _by_cli_before()
    newer = sorted(v for v in found.values() if numbers(v) > numbers(version))
    if newer:
        raise DeliveryError(f"Linkerd must be {version} or older, got {newer[-1]}; it is not taken back")
    if found == _all(version):
        return False
    if found and not before:
        raise DeliveryError(f"Linkerd in namespace {NAMESPACE} must be of `linkerd install`, got one of another way")
    if find("namespace", NAMESPACE) is None:
        linkerd("check", "--pre", "--linkerd-cni-enabled", "--output", "short")
    of_install = ("install", "--crds", "--set", "installGatewayAPI=false")
    changed = send(linkerd("upgrade", "--crds") if before else linkerd(*of_install))
    kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd/servers.policy.linkerd.io")
    return changed


def _by_cli_before() -> bool:
    """Whether `linkerd install` has been here: it keeps its settings, and so the identity can be kept."""
    return find("secret", "linkerd-config-overrides", "--namespace", NAMESPACE) is not None


def _all(version: str) -> dict[str, str]:
    return dict.fromkeys(DEPLOYMENTS, version)


def _released(name: str, *, version: str, values: dict[str, Any], timeout: int) -> bool:
    return release(name, name, namespace=NAMESPACE, version=chart(version), values=values, timeout=timeout)
