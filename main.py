"""The app: which environments are rendered into `dist/`. `make synth` and `cdk8s synth` run this file."""

import os
import sys
import warnings
from pathlib import Path

from loom_constructs import ImageLock
from loom_constructs.platform import ENVIRONMENTS, reasons, synthesize, unresolved
from loom_constructs.review.images.found import inventory
from loom_constructs.review.images.sbom import cyclonedx
from loom_constructs.review.load import load

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Renders all environments, or with `--check` only compares."""
    check = "--check" in sys.argv[1:]
    warnings.showwarning = lambda message, *rest: print(f"warning: {message}", file=sys.stderr)
    folder = Path(os.environ.get("CDK8S_OUTDIR") or HERE / "dist").resolve()
    lock = ImageLock.parse((HERE / "images.lock.yaml").read_text())
    environments = [e.locked(lock) for e in ENVIRONMENTS]
    summary = synthesize(environments, folder, check=check)
    print(summary)
    for environment in environments:
        if images := unresolved(environment):
            print(f"{environment.name}: {len(images)} images without a digest, allowed by name: {', '.join(images)}")
    stale = check and not summary.same
    if folder == HERE / "dist":
        texts = {"environments.json": reasons(ENVIRONMENTS)}
        texts |= {f"traffic/{name}.json": table for name, table in summary.traffic.items()}
        for environment in environments:
            bill = cyclonedx(inventory(load([folder / environment.name])), name=f"loom-{environment.name}")
            texts[f"sbom/{environment.name}.cdx.json"] = bill
        for file, text in ((HERE / "docs" / name, text) for name, text in texts.items()):
            if not check:
                file.parent.mkdir(exist_ok=True)
                file.write_text(text)
            stale = stale or file.read_text() != text
    if stale:
        sys.exit("dist/ or docs/ is not what the code renders: run `make synth` and commit")


if __name__ == "__main__":
    main()
