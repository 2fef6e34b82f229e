"""From environments to files: all of them, or none."""

from __future__ import annotations

import filecmp
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cdk8s import App

from ..kubernetes.checks import unique
from ..policies import Mesh, MeshMode
from .charts import LoomChart
from .environment import Environment
from .platform import LoomPlatform

_KUSTOMIZATION = "kustomization.yaml"


@dataclass(frozen=True)
class Summary:
    """What a synthesis wrote, compared with what was there."""

    files: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    traffic: Mapping[str, str] = field(default_factory=dict)
    """Tables of who is meant to reach whom (`render`)."""

    @property
    def same(self) -> bool:
        """Whether nothing changed."""
        return not (self.added or self.changed or self.removed)

    def __str__(self) -> str:
        changes = {"+": self.added, "~": self.changed, "-": self.removed}
        lines = [f"{sign} {name}" for sign, names in changes.items() for name in names]
        total = "nothing changed" if self.same else f"{len(lines)} changed"
        return "\n".join([*lines, f"{self.files} files, {total}"])


def render(environments: Sequence[Environment], folder: Path) -> dict[str, str]:
    """Writes `<folder>/<environment>/`: one file for each chart and a kustomization that lists them.

    Add-ons lie in folders of their own below, each with its kustomization.

    Returns:
        Tables (JSON) of who is meant to reach whom: by environment, and for add-ons by `<environment>-<add-on>`.

    Raises:
        ValueError: Two environments have the same name.
        RuntimeError: A validation failed; its message says which construct is wrong and what to do.
    """
    unique("environments", (e.name for e in environments))
    tables: dict[str, str] = {}
    for environment in environments:
        target = folder / environment.name
        target.mkdir(parents=True)
        app = App(outdir=str(target))
        platform = LoomPlatform(app, environment)
        platform.guard()
        app.synth()
        for chart in app.node.children:
            if isinstance(chart, LoomChart) and chart.folder:
                (target / chart.folder).mkdir(exist_ok=True)
                name = f"{chart.node.id}.k8s.yaml"
                (target / name).rename(target / chart.folder / name)
        for lists in [target, *(d for d in target.iterdir() if d.is_dir())]:
            _kustomize(lists)
        tables |= _traffic(platform)
    return tables


def _kustomize(folder: Path) -> None:
    listed = "".join(f"  - {f.name}\n" for f in sorted(folder.iterdir()) if f.is_file())
    text = f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n{listed}"
    (folder / _KUSTOMIZATION).write_text(text)


def _traffic(platform: LoomPlatform) -> dict[str, str]:
    """Who is meant to reach whom, as JSON: `<environment>`, and `<environment>-linkerd` where that is an add-on."""
    environment = platform.environment
    mesh = environment.mesh.mesh
    tables = {environment.name: platform.intended_traffic(mesh)}
    if mesh.mode is MeshMode.ADD_ON:
        tables[f"{environment.name}-linkerd"] = tables[environment.name]
        tables[environment.name] = platform.intended_traffic(Mesh(MeshMode.OFF))
    return {name: json.dumps(table, indent=1) + "\n" for name, table in tables.items()}


def reasons(environments: Sequence[Environment]) -> str:
    """The values of all environments and why they are so, as JSON."""
    table = {
        e.name: {name: {"value": value, "reason": e.reasons[name]} for name, value in e.values()} for e in environments
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def synthesize(environments: Sequence[Environment], folder: Path, *, check: bool = False) -> Summary:
    """Renders beside the folder, compares, and swaps: a failure leaves what was there untouched.

    Args:
        check: Only compare; nothing is written.
    """
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        tables = render(environments, fresh)
        summary = replace(compare(folder, fresh), traffic=tables)
        if not check and not summary.same:
            old = folder.with_name(folder.name + ".old")
            shutil.rmtree(old, ignore_errors=True)
            if folder.exists():
                folder.rename(old)
            fresh.rename(folder)
            shutil.rmtree(old, ignore_errors=True)
        return summary
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def compare(old: Path, new: Path) -> Summary:
    """What differs between two folders."""
    before, after = _files(old), _files(new)
    return Summary(
        files=len(after),
        added=tuple(sorted(after - before)),
        changed=tuple(sorted(n for n in after & before if not filecmp.cmp(old / n, new / n, shallow=False))),
        removed=tuple(sorted(before - after)),
    )


def _files(folder: Path) -> set[str]:
    found: Iterable[Path] = folder.rglob("*") if folder.is_dir() else ()
    return {str(f.relative_to(folder)) for f in found if f.is_file()}
