"""Makes the bindings of imports/schemas/ anew: `make imports`.

`cdk8s import` writes them under a module name of ours (`loom:=...`). Two imports of one API group in one process
collide: the first one loaded wins, and what only the second one has disappears. Under another name both live side by
side.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
BOUND = ("external-secrets",)
"""The schemas that get bindings. Objects of the others are emitted as plain manifests, and checked by their schemas."""
STATE = HERE / "generated.json"


def made_from() -> dict[str, str]:
    """The schemas by their hashes, and the generator: what the bindings are a function of."""
    schemas = [HERE / "schemas" / f"{name}.yaml" for name in BOUND]
    hashes = {f"schemas/{s.name}": hashlib.sha256(s.read_bytes()).hexdigest() for s in schemas}
    return {"generator": os.environ["CDK8S_CLI"], **hashes}


def generate(schema: Path, target: Path) -> None:
    """One schema's bindings, as a package of their own."""
    with tempfile.TemporaryDirectory() as scratch:
        command = ["npx", "--yes", os.environ["CDK8S_CLI"], "import", f"loom:={schema}", "-l", "python", "-o", scratch]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=scratch)
        [package] = [p.parent for p in Path(scratch, "loom").rglob("__init__.py") if p.parent.name != "_jsii"]
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(package, target, ignore=shutil.ignore_patterns("__pycache__"))


def main() -> None:
    """Makes all of them."""
    for schema in [HERE / "schemas" / f"{name}.yaml" for name in BOUND]:
        name = schema.stem.replace("-", "_")
        generate(schema, HERE / name)
        print(f"imports/{name} from {schema.name}")
    STATE.write_text(json.dumps(made_from(), indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())
