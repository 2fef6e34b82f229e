"""Writes what the engines say of each manifest of the corpus: `make verdicts`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from loom_constructs import GatekeeperPolicies, KyvernoPolicies
from tests import go
from tests.conftest import ROOT
from tests.production.admission import engines
from tests.production.admission.corpus import manifests
from tests.production.admission.server import server, wait_for_account

PAGE = ROOT / "docs" / "proof" / "admission-verdicts.md"
ENGINES = ("API server", "Gatekeeper", "Kyverno")
HEAD = """\
# Verdicts

What three engines say of each manifest of the corpus, with the policies of `ValidatingAdmissionPolicies`,
`GatekeeperPolicies` and `KyvernoPolicies` in force: the rules that it breaks, or that it passes. `make verdicts` writes
this page by running them; [how it is proven](admission.md).

"""


def page(verdicts: dict[str, engines.Verdicts]) -> str:
    """The page, of verdicts by the names of the engines."""
    names = list(manifests())
    lines = [f"| manifest | {' | '.join(verdicts)} |", "| --- " * (len(verdicts) + 1) + "|"]
    for name in names:
        said = " | ".join(", ".join(found[name]) or "passes" for found in verdicts.values())
        lines.append(f"| `{name}` | {said} |")
    refused = [sum(bool(found[name]) for name in names) for found in verdicts.values()]
    total = (
        f"{len(names)} manifests; refused by {', '.join(f'{e} {n}' for e, n in zip(verdicts, refused, strict=True))}.\n"
    )
    return HEAD + total + "\n" + "\n".join(lines) + "\n"


def column(engine: str) -> engines.Verdicts:
    """What the page says of one engine."""
    rows = [line.strip("| \n").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    at = ENGINES.index(engine) + 1
    return {row[0].strip("`"): () if row[at] == "passes" else tuple(row[at].split(", ")) for row in rows}


def main() -> None:
    """Runs all three."""
    if shutil.which("gator") is None:
        sys.exit("needs gator on the PATH (README, Proofs)")
    objects = list(manifests().values())
    with tempfile.TemporaryDirectory() as folder:
        judge = go.build(ROOT / "tests" / "servers" / "admission", Path(folder) / "kyverno-judge")
        gatekeeper = engines.gator(engines.rendered(GatekeeperPolicies), objects, Path(folder))
        kyverno = engines.judge(judge, engines.rendered(KyvernoPolicies), objects, Path(folder))
    with server() as there:
        for namespace in (there.refusing, there.warning):
            wait_for_account(there, namespace)
        asked = there.verdicts(objects)
    PAGE.write_text(page(dict(zip(ENGINES, (asked, gatekeeper, kyverno), strict=True))))
    print(f"{PAGE.relative_to(ROOT)}: {len(objects)} manifests")


if __name__ == "__main__":
    main()
