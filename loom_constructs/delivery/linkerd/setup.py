"""Everything from an empty cluster to a platform in the mesh, in steps that can be taken again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..kubectl import DeliveryError
from . import cluster, cni, control_plane, gateway_api, identity, programs, viz
from .platforms import PLATFORMS
from .roll import Roll
from .steps import Step, walk
from .versions import LINKERD


def setup(
    folder: Path,
    *,
    environment: str,
    namespace: str,
    mesh: Literal["add-on", "on"],
    version: str = LINKERD,
    platform: str | None = None,
    gateway_api_file: str | None = None,
    with_viz: bool | None = None,
    high_availability: bool = True,
    timeout: int = 300,
    say: Callable[[str], None] = print,
) -> None:
    """Installs Linkerd and brings a running environment into its mesh without cutting it off.

    Each step is verified before the next one begins, and finds on its own whether there is anything to do: after a
    failure the same command goes on, and on a finished system it changes nothing.

    Args:
        folder: The rendered environment. With the add-on its sub-folder `linkerd` holds what the mesh adds; where the
            mesh is on, its sub-folder `linkerd-identity` holds the trust anchor and the issuer.
        mesh: `add-on` installs with Linkerd's own command line, which makes an identity that lasts for a year; `on`
            with Helm, and an identity that cert-manager renews.
        version: Linkerd's; the program `linkerd` must be of it.
        platform: A key of `PLATFORMS`; found out if it is None.
        gateway_api_file: Definitions of the Gateway API, applied if the cluster has none or too old ones.
        with_viz: Whether to install the dashboard; if None, with the add-on only.
        high_availability: Three of each part of the control plane, where the mesh is on. Needs three nodes.
        timeout: Seconds that each thing has to come up.
        say: Takes a line for each step.

    Raises:
        DeliveryError: A step failed; with what was done and what is left.
    """
    if platform is not None and platform not in PLATFORMS:
        raise DeliveryError(f"platform must be one of {', '.join(PLATFORMS)}, got {platform!r}")
    by_helm = mesh == "on"
    high_availability = by_helm and high_availability
    folders = [folder] if by_helm else [folder, folder / "linkerd"]
    for needed in folders:
        if not (needed / "kustomization.yaml").is_file():
            raise DeliveryError(f"{needed} is not there; render it first (make synth)")

    def install() -> str:
        if by_helm:
            return control_plane.by_helm(version, high_availability=high_availability, timeout=timeout)
        return control_plane.by_cli(version, timeout=timeout)

    steps = [
        Step("programs", lambda: programs.refuse_other_versions(version, with_helm=by_helm)),
        Step(
            "cluster",
            lambda: cluster.refuse_others(
                namespace=namespace, environment=environment, high_availability=high_availability
            ),
        ),
        Step("Gateway API", lambda: gateway_api.ensure(gateway_api_file)),
        Step("CNI plugin", lambda: cni.install(version, platform=platform, by_helm=by_helm, timeout=timeout)),
    ]
    if by_helm:
        steps.append(Step("identity", lambda: identity.ensure(folder / "linkerd-identity", timeout=timeout)))
    roll = Roll(namespace, folders, timeout, say)
    steps.append(
        Step("definitions", lambda: control_plane.definitions(version, by_helm=by_helm, timeout=timeout)),
    )
    # a pod that comes up by chance as soon as Linkerd is there must not be cut off either
    steps += [*roll.opening(), Step("control plane", install), *roll.closing()]
    if with_viz if with_viz is not None else not by_helm:
        steps.append(Step("viz", lambda: viz.install(version, timeout=timeout)))
    walk(steps, say)
    say(f"Linkerd {version} is set up for {environment}. Next: make linkerd-check ENV={environment}")
