"""Changes a database's login while its clients go on: a second login, everybody moves over, the first one goes.

What has been done stands in the Secret and in the cluster: stopped at any point, it goes on there when it is run again.
Nothing secret is printed.
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from .kubectl import DeliveryError, find, kubectl, refuse_other_environment
from .readers import ROTATION, Reader, jobs_of_before, roll, taken_over, who_follows
from .secrets import RANDOM_BYTES

MANAGER = "loom-constructs-rotate"
_LONGEST = 61
"""PostgreSQL's names have 63 bytes; the second login's name has two more."""


def rotate_login(
    secret: str,
    *,
    namespace: str,
    environment: str,
    timeout: float = 900,
    say: Callable[[str], None] = print,
    pause: float = 2,
) -> None:
    """Gives the database of a Secret with `username` and `password` another login, and ends the old one.

    Args:
        secret: It keeps its name. Meanwhile it has `previous-username` and `previous-password` as well.
        timeout: Seconds for each wait: until the servers know the new login, and until the programs use it.
        say: Takes what is done.

    Raises:
        DeliveryError: There is no such Secret, nobody would apply it, or a wait took too long. Both logins work then.
    """
    refuse_other_environment(namespace, environment)
    known = _secret(secret, namespace)
    followers = who_follows(secret, namespace)
    if not any(f.container == "logins" for f in followers):
        raise DeliveryError(
            f"no PostgreSQL of namespace {namespace} follows Secret {secret} while it runs (the embedded engine does); "
            "nothing was changed; see docs/how-to/rotate-secrets.md"
        )
    if "previous-username" not in known["data"]:
        _patch(known, _second_login(known), secrets.token_hex(8))
        known = _secret(secret, namespace)
        say(f"{secret}: login {_name(known)} beside {_name(known, 'previous-username')}")
    else:
        say(f"{secret}: going on with login {_name(known)} beside {_name(known, 'previous-username')}")

    def both() -> bool:
        return all(taken_over(f, _name(known), _name(known, "previous-username")) for f in followers)

    _wait(both, f"{secret} is not applied everywhere", timeout, pause, followers, known)
    say("the server and its poolers know both")
    for name in roll(secret, namespace, _rotation(known), timeout):
        say(f"{name}: uses {_name(known)}")
    since = _changed_at(known)
    _wait(lambda: not jobs_of_before(secret, namespace, since), "a job still uses the old login", timeout, pause)
    _patch(known, {"previous-username": None, "previous-password": None}, _rotation(known))
    known = _secret(secret, namespace)
    _wait(
        lambda: all(taken_over(f, _name(known), None) for f in followers),
        "the old login is not ended everywhere",
        timeout,
        pause,
        followers,
        known,
    )
    say(f"{secret}: the old login is dead")


def rotate_password(
    secret: str,
    entry: str,
    *,
    namespace: str,
    environment: str,
    timeout: float = 900,
    say: Callable[[str], None] = print,
) -> None:
    """Gives an entry another random value at once, and restarts who reads it: there is no second one meanwhile."""
    refuse_other_environment(namespace, environment)
    known = _secret(secret, namespace)
    rotation = secrets.token_hex(8)
    _patch(known, {entry: _encoded(secrets.token_hex(RANDOM_BYTES))}, rotation)
    say(f"{secret}: {entry} is another one")
    for name in roll(secret, namespace, rotation, timeout):
        say(f"{name}: uses it")


def _secret(name: str, namespace: str) -> dict[str, Any]:
    found = find("secret", name, "--namespace", namespace, "--show-managed-fields")
    if found is None or not found.get("data"):
        raise DeliveryError(f"namespace {namespace} has no Secret {name}; `make k8s-secrets` makes it")
    return found


def _second_login(known: Mapping[str, Any]) -> dict[str, str]:
    data = known["data"]
    if missing := {"username", "password"} - set(data):
        raise DeliveryError(f"Secret {known['metadata']['name']} has no {min(missing)}: it is no login")
    name = _name(known)
    if len(name.encode()) > _LONGEST:
        raise DeliveryError(f"the username must have at most {_LONGEST} bytes, got {name}")
    return {
        "previous-username": data["username"],
        "previous-password": data["password"],
        "username": _encoded(name.removesuffix("_b") if name.endswith("_b") else f"{name}_b"),
        "password": _encoded(secrets.token_hex(RANDOM_BYTES)),
    }


def _patch(known: Mapping[str, Any], data: Mapping[str, str | None], rotation: str) -> None:
    """All of it or nothing; and nothing, if somebody else changed the Secret meanwhile."""
    metadata = known["metadata"]
    body = {
        "metadata": {"resourceVersion": metadata["resourceVersion"], "annotations": {ROTATION: rotation}},
        "data": data,
    }
    kubectl(
        "patch", "secret", metadata["name"], "--namespace", metadata["namespace"], "--type", "merge",
        "--field-manager", MANAGER, "--patch-file", "/dev/stdin", stdin=json.dumps(body),
    )  # fmt: skip


def _wait(
    condition: Callable[[], bool],
    lacking: str,
    timeout: float,
    pause: float,
    followers: list[Reader] | None = None,
    known: Mapping[str, Any] | None = None,
) -> None:
    # a pod that changes is looked at by its kubelet at once, and not within a minute and a half
    for follower in followers or []:
        mark = f"{ROTATION}={known['metadata']['resourceVersion'] if known else ''}"
        kubectl("annotate", "pod", follower.pod, "--namespace", follower.namespace, "--overwrite", mark)
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            raise DeliveryError(f"{lacking} after {timeout:.0f} s; both logins stay; run it again: it goes on there")
        time.sleep(pause)


def _changed_at(known: Mapping[str, Any]) -> str:
    """When, by the cluster's clock."""
    times = [str(f["time"]) for f in known["metadata"].get("managedFields", []) if f.get("manager") == MANAGER]
    # a second login that somebody else put there: whoever was there before now is waited for
    return max(times, default="9999")


def _rotation(known: Mapping[str, Any]) -> str:
    """What the programs that use the new login are marked with."""
    metadata = known["metadata"]
    return str(metadata.get("annotations", {}).get(ROTATION) or metadata["resourceVersion"])


def _name(known: Mapping[str, Any], entry: str = "username") -> str:
    return base64.b64decode(known["data"][entry]).decode()


def _encoded(value: str) -> str:
    return base64.b64encode(value.encode()).decode()
