"""Makes the Secrets that are missing. What is there is never changed, and nothing secret is printed."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping

from .kubectl import find, kubectl, refuse_other_environment

RANDOM_BYTES = 32
"""As many as the key of HMAC-SHA-256, which signs Loom's tokens; written as 64 hexadecimal digits."""


def create_missing(
    required: Mapping[str, Mapping[str, str | None]], *, namespace: str, environment: str, namespace_object: str
) -> list[str]:
    """Makes Secrets and entries that are not there yet.

    Args:
        required: Names of Secrets; for each entry its value, or None for something random.
        namespace_object: The file with the namespace, which is applied first if it is missing.

    Returns:
        One line for each Secret: what was done.
    """
    refuse_other_environment(namespace, environment)
    if find("namespace", namespace) is None:
        kubectl("apply", "--server-side", "-f", namespace_object)
    lines = []
    for name, entries in required.items():
        known = find("secret", name, "--namespace", namespace)
        present = set((known or {}).get("data") or {})
        missing = {key: value for key, value in entries.items() if key not in present}
        data = {key: _encoded(value) for key, value in missing.items()}
        if known is None:
            body = {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": namespace},
                "type": "Opaque",
                "data": data,
            }
            kubectl("create", "-f", "-", stdin=json.dumps(body))
            lines.append(f"{name}: made with {', '.join(missing)}")
        elif missing:
            # the version makes this fail, rather than overwrite, if somebody else was faster
            patch = {"metadata": {"resourceVersion": known["metadata"]["resourceVersion"]}, "data": data}
            kubectl(
                "patch", "secret", name, "--namespace", namespace, "--patch-file", "/dev/stdin", stdin=json.dumps(patch)
            )
            lines.append(f"{name}: added {', '.join(missing)}")
        else:
            lines.append(f"{name}: complete")
    return lines


def _encoded(value: str | None) -> str:
    return base64.b64encode((value or secrets.token_hex(RANDOM_BYTES)).encode()).decode()
