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
    print(summary)
    docs = {"environments.json": reasons(ENVIRONMENTS)}
    docs |= {f"traffic/{name}.json": table for name, table in summary.traffic.items()}
    for name, text in docs.items():
        if check:
            current = summary.same and (HERE / "docs" / name).is_file() and (HERE / "docs" / name).read_text() == text
            if not current:
                sys.exit("dist/ or docs/ is not what the code renders: run `make synth` and commit")
        else:
            (HERE / "docs" / name).parent.mkdir(exist_ok=True)
            (HERE / "docs" / name).write_text(text)


if __name__ == "__main__":
    main()
