"""What `linkerd check` finds, in lines."""

from __future__ import annotations

import json
import subprocess

from ..kubectl import DeliveryError

_ANCHOR_ENDS = "trust anchors are valid for at least 60 days"
_ISSUER_ENDS = "issuer cert is valid for at least 60 days"


def findings(*arguments: str, renewed_issuer: bool) -> list[str]:
    """Runs `linkerd check` and returns a line for each thing that it finds wrong.

    Of its warnings only those count that say that a certificate is about to end; the others, such as that a newer
    Linkerd exists, are not of this cluster.

    Args:
        renewed_issuer: The issuer is renewed every other day, so it always ends soon.
    """
    command = ["linkerd", "check", "--output", "json", *arguments]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise DeliveryError(f"linkerd check failed: {done.stderr.strip() or done.stdout.strip()}") from None
    ends = {_ANCHOR_ENDS} if renewed_issuer else {_ANCHOR_ENDS, _ISSUER_ENDS}
    lines = [
        f"linkerd check: {check['description']}: {' '.join(str(check.get('error', check['result'])).split())}"
        for category in answer["categories"]
        for check in category["checks"] or []
        if check["result"] == "error" or (check["result"] == "warning" and check["description"] in ends)
    ]
    if not lines and not answer["success"]:
        return ["linkerd check: it failed, and did not say why"]
    return lines
