"""The app: which environments are rendered into `dist/`. `make synth` and `cdk8s synth` run this file."""

import os
import sys
import warnings
from pathlib import Path

from loom_constructs.platform import ENVIRONMENTS, reasons, synthesize

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Renders all environments, or with `--check` only compares."""
    check = "--check" in sys.argv[1:]
    warnings.showwarning = lambda message, *rest: print(f"warning: {message}", file=sys.stderr)
    summary = synthesize(ENVIRONMENTS, Path(os.environ.get("CDK8S_OUTDIR") or HERE / "dist"), check=check)
    explained, text = HERE / "docs" / "environments.json", reasons(ENVIRONMENTS)
    print(summary)
    if not check:
        explained.write_text(text)
    elif not summary.same or explained.read_text() != text:
        sys.exit("dist/ or docs/environments.json is not what the code renders: run `make synth` and commit")


if __name__ == "__main__":
    main()
