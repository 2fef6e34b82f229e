"""The command line of the mesh: `mesh setup`, `mesh check`, `mesh dashboard`."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Literal

from ..kubectl import DeliveryError
from .check import check
from .dashboard import dashboard
from .platforms import PLATFORMS
from .setup import setup

SUMMARY = "Installs Linkerd and brings an environment into its mesh; looks after it; opens its dashboard."


def add(parser: argparse.ArgumentParser) -> None:
    """Adds what can be asked for, as `given.verb`; `setup` and `check` take an environment."""
    verbs = parser.add_subparsers(metavar="VERB", required=True, dest="verb")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text)

    setting_up = verb(
        "setup", "Installs Linkerd and brings an environment into its mesh without cutting it off; goes on if repeated."
    )
    checking = verb("check", "Says in a line each what is wrong with Linkerd and the mesh; changes nothing.")
    for added in (setting_up, checking):
        added.add_argument("environment", metavar="ENVIRONMENT", help="a folder of --dist, such as local")
    setting_up.add_argument("--dist", type=Path, default=Path("dist"), help="where the environments lie")
    setting_up.add_argument("--platform", choices=list(PLATFORMS), help="found out from the nodes if not given")
    setting_up.add_argument(
        "--gateway-api", metavar="FILE", help="applied if the cluster has no definitions of it, or too old ones"
    )
    setting_up.add_argument(
        "--viz", action=argparse.BooleanOptionalAction, help="the dashboard (default: with the add-on)"
    )
    setting_up.add_argument("--no-ha", action="store_true", help="one of each part of Linkerd, for less than 3 nodes")
    setting_up.add_argument("--timeout", type=int, default=300, help="seconds that each thing has to come up")
    verb("dashboard", "Opens Linkerd's dashboard.")


def run(given: argparse.Namespace, *, namespace: str, mesh: str, viz: bool | None = None) -> int:
    """Does what was asked for; returns the exit code.

    Args:
        namespace: Of the environment. `dashboard` needs neither this nor the others.
        mesh: `add-on` or `on`, as the environment was rendered.
        viz: Whether the dashboard is installed where nobody says; if None, with the add-on only.
    """
    if given.verb == "dashboard":
        dashboard()
        return 0
    if mesh not in ("add-on", "on"):
        raise DeliveryError(f"mesh of {given.environment} must be add-on or on, got {mesh}")
    mode: Literal["add-on", "on"] = "on" if mesh == "on" else "add-on"
    if given.verb == "check":
        problems = check(environment=given.environment, namespace=namespace, mesh=mode)
        print("\n".join(problems) or "all is well")
        return int(bool(problems))
    setup(
        given.dist / given.environment,
        environment=given.environment,
        namespace=namespace,
        mesh=mode,
        platform=given.platform,
        gateway_api_file=given.gateway_api,
        with_viz=viz if given.viz is None else given.viz,
        high_availability=not given.no_ha,
        timeout=given.timeout,
        # a step can take minutes: its line is not held back
        say=partial(print, flush=True),
    )
    return 0
