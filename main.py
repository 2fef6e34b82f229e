"""The app: which environments are rendered into `dist/`. `make synth` and `cdk8s synth` run this file."""

import os
import sys
from pathlib import Path

from loom_constructs.platform import ENVIRONMENTS, reasons, synthesize

HERE = Path(__file__).resolve().parent

if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    summary = synthesize(ENVIRONMENTS, Path(os.environ.get("CDK8S_OUTDIR") or HERE / "dist"), check=check)
    explained = HERE / "docs" / "environments.json"
    if not check:
        explained.write_text(reasons(ENVIRONMENTS))
    print(summary)
    if check and not (summary.same and explained.read_text() == reasons(ENVIRONMENTS)):
        sys.exit("dist/ or docs/environments.json is not what the code renders: run `make synth` and commit")
