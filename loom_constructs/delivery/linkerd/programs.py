"""The programs that do the work: the user's own, of the versions that go together."""

from __future__ import annotations

import shutil
import subprocess

from ..kubectl import DeliveryError
from .versions import HELM, chart, numbers

_LINKERD = "curl --proto '=https' --tlsv1.2 -sSfL https://run.linkerd.io/install-edge | LINKERD2_VERSION={version} sh"
_HELM = "see https://helm.sh/docs/intro/install/"


def run(program: str, *arguments: str, stdin: str | None = None) -> str:
    """Runs a program and returns what it printed.

    Raises:
        DeliveryError: It is not installed, or it failed; with its own words.
    """
    if shutil.which(program) is None:
        raise DeliveryError(f"{program} is not on the PATH")
    done = subprocess.run([program, *arguments], input=stdin, text=True, capture_output=True, check=False)
    if done.returncode:
        # `linkerd check` says on its output what is wrong
        words = "\n".join(said for said in (done.stdout.strip(), done.stderr.strip()) if said)
        raise DeliveryError(f"{program} {' '.join(_command(arguments))} failed: {words}")
    return done.stdout


def linkerd(*arguments: str) -> str:
    """Runs Linkerd's command line. What it prints may hold keys: it goes on to kubectl, and is never shown."""
    return run("linkerd", *arguments)


def refuse_other_versions(version: str, *, with_helm: bool) -> str:
    """Stops unless the programs are there and of the right versions. Returns what is there."""
    get_linkerd = "get it with: " + _LINKERD.format(version=version)
    if shutil.which("linkerd") is None:
        raise DeliveryError(f"linkerd is not on the PATH; {get_linkerd}")
    found = linkerd("version", "--client", "--short").strip()
    if found != version:
        raise DeliveryError(f"linkerd must be {version}, got {found}; {get_linkerd}")
    if not with_helm:
        return f"linkerd {found}"
    if shutil.which("helm") is None:
        raise DeliveryError(f"helm is not on the PATH; {_HELM}")
    helm = run("helm", "version", "--short").strip()
    if str(next(iter(numbers(helm)), "")) not in HELM:
        raise DeliveryError(f"helm must be of version {' or '.join(HELM)}, got {helm}; {_HELM}")
    return f"linkerd {found}, helm {helm}, charts {chart(version)}"


def _command(arguments: tuple[str, ...]) -> list[str]:
    """The first words, up to the options."""
    words = list(arguments)
    return words[: next((n for n, word in enumerate(words) if word.startswith("-")), len(words))]
