"""Looks whether everything that `setup` brought is still so. Changes nothing."""

from __future__ import annotations

from typing import Literal

from ..kubectl import refuse_other_environment
from . import cni, control_plane, opaque_ports, programs, rollout_policy, servers
from .linkerd_check import findings
from .pods import aged, names, unmeshed
from .versions import LINKERD


def check(*, environment: str, namespace: str, mesh: Literal["add-on", "on"], version: str = LINKERD) -> list[str]:
    """A line for each problem; none if all is well.

    Raises:
        DeliveryError: It cannot be looked at: a program or the cluster is not there, or it is another environment.
    """
    programs.refuse_other_versions(version, with_helm=False)
    refuse_other_environment(namespace, environment)
    problems = _versions(version)
    if problems:
        # everything below would only say the same in other words
        return problems
    problems += [line for line in [cni.lacking()] if line]
    problems += _lines_of_linkerd(namespace, renewed_issuer=mesh == "on")
    if outside := unmeshed(namespace):
        problems.append(f"outside of the mesh: {names(outside)}")
    if old := aged(namespace, version):
        problems.append(f"with a proxy of another version than {version}, restart them: {names(old)}")
    if left := servers.left_in_audit(namespace):
        problems.append(f"Servers in audit, which refuse nobody: {', '.join(sorted(left))}")
    if rollout_policy.is_open(namespace):
        problems.append(f"NetworkPolicy {rollout_policy.NAME} is left, which opens namespace {namespace} to itself")
    return problems + opaque_ports.differences(namespace)


def _versions(version: str) -> list[str]:
    found = control_plane.versions()
    if not found:
        return [f"Linkerd is not installed: namespace {control_plane.NAMESPACE} has no control plane"]
    return [
        f"{name} must be {version}, got {found.get(name, 'none')}"
        for name in control_plane.DEPLOYMENTS
        if found.get(name) != version
    ]


def _lines_of_linkerd(namespace: str, *, renewed_issuer: bool) -> list[str]:
    of_all = findings(renewed_issuer=renewed_issuer)
    of_pods = findings("--proxy", "--namespace", namespace, renewed_issuer=renewed_issuer)
    # the second one looks at the control plane again
    return list(dict.fromkeys(of_all + of_pods))
