"""The inventory as a bill of materials: CycloneDX 1.6, JSON."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from .reference import DOCKER_HUB, Reference
from .report import UNRESOLVED, Inventory


def cyclonedx(found: Inventory, *, name: str) -> str:
    """A component for each image. The same images give the same text: no time, and a serial number from the content.

    Args:
        name: What it is the bill of, such as `loom-production`.
    """
    components = [_component(reference, users) for reference, users in found.items()]
    subject = {"type": "application", "bom-ref": name, "name": name}
    content = json.dumps([subject, components], sort_keys=True)
    bill = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}",
        "version": 1,
        "metadata": {"component": subject},
        "components": components,
        "dependencies": [{"ref": name, "dependsOn": sorted(c["bom-ref"] for c in components)}],
    }
    return json.dumps(bill, indent=2) + "\n"


def _component(reference: Reference, users: Sequence[str]) -> dict[str, Any]:
    properties = [
        {"name": "loom-constructs:reference", "value": str(reference)},
        {"name": "loom-constructs:digest", "value": reference.digest or UNRESOLVED},
        *({"name": "loom-constructs:runBy", "value": user} for user in users),
    ]
    group, _, last = reference.path.rpartition("/")
    return {
        "type": "container",
        "bom-ref": str(reference),
        "group": f"{reference.registry}/{group}" if group else reference.registry,
        "name": last,
        "version": reference.tag or reference.digest or "latest",
        "purl": _purl(reference),
        "properties": properties,
    }


def _purl(reference: Reference) -> str:
    """`pkg:oci` names an image by its digest; by a tag alone it is `pkg:docker`."""
    last = reference.path.rpartition("/")[2]
    tag = quote(reference.tag or "latest", safe="")
    if reference.digest:
        where = quote(f"{reference.registry}/{reference.path}", safe="")
        return f"pkg:oci/{last}@{quote(reference.digest, safe='')}?repository_url={where}&tag={tag}"
    home = "" if reference.registry == DOCKER_HUB else f"?repository_url={quote(reference.registry, safe='')}"
    return f"pkg:docker/{reference.path}@{tag}{home}"
