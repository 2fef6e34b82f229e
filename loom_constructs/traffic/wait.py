"""Waits: init containers that hold a client back until a server answers in its own protocol.

A TCP connection proves nothing behind a mesh proxy, which accepts first. So each wait speaks: a query, a round trip on
the bus, a GET, a gRPC health check.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..kubernetes import Container, EnvValue, Login, Mount, Resources, Volume
from ..kubernetes.checks import refuse
from ..kubernetes.image import pinned

REQUIRED_SECONDS = 120
"""After this a required wait fails, and the kubelet starts it anew, later and later."""

OPTIONAL_SECONDS = 30
"""After this an optional wait goes on without the server."""

USER = 65534
"""`nobody`: a wait owns nothing."""


@dataclass(frozen=True)
class Wait:
    """How to ask a server whether it serves.

    Busybox's `nc -w` limits the connecting only, so `timeout` limits the rest: a server may accept and say nothing.

    Args:
        image: What has the programs of the check: `sh` and its own.
        check: A shell command that succeeds once the server at `$HOST:$PORT` answers; it must end by itself.
        login: Whether the check logs in, as `$LOGIN_USER` with `$LOGIN_PASSWORD`.
        env: Further variables of the check.
    """

    image: str
    check: str
    login: bool = False
    env: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        pinned("image", self.image)

    @classmethod
    def postgres(cls, image: str, database: str) -> Wait:
        """A query as the client will send it: through the pooler if there is one, with its login, in its database."""
        check = (
            'PGHOST=$HOST PGPORT=$PORT PGUSER=$LOGIN_USER PGPASSWORD=$LOGIN_PASSWORD timeout 10 psql -XAtqc "SELECT 1"'
        )
        return cls(image, f"{check} >/dev/null", True, {"PGDATABASE": database, "PGCONNECT_TIMEOUT": "5"})

    @classmethod
    def nats(cls, image: str, stream: str | None = None) -> Wait:
        """A login and an answer of JetStream's API: in a cluster that means that there is a leader.

        With a stream, the answer is about that: it is there.
        """
        if stream is not None and not re.fullmatch(r"[A-Za-z0-9_-]+", stream):
            raise refuse("stream", "the name of a stream (letters, digits, '-' and '_')", stream)
        asked, answer = (f"STREAM.INFO.{stream}", "stream_info") if stream else ("INFO", "account_info")
        check = r"""{
  printf 'CONNECT {"verbose":false,"user":"%s","pass":"%s"}\r\n' \
    "$(escaped "$LOGIN_USER")" "$(escaped "$LOGIN_PASSWORD")"
  printf 'SUB _INBOX.wait 1\r\nPUB $JS.API.%s _INBOX.wait 0\r\n\r\n'
  sleep 1
} | timeout 10 nc -w 5 "$HOST" "$PORT" | grep '%s_response' | grep -qv '"error"'"""
        return cls(
            image, check.replace("$JS.API.%s", f"$JS.API.{asked}").replace("%s_response", f"{answer}_response"), True
        )

    @classmethod
    def http(cls, image: str, path: str = "/", *, any_status: bool = False) -> Wait:
        """A GET that succeeds; or, with `any_status`, is answered at all."""
        if not re.fullmatch(r"/[A-Za-z0-9/_.?=&-]*", path):
            raise refuse("path", "a path of letters, digits and /_.?=&-", path)
        good = "" if any_status else " 2"
        check = f"""{{
  printf 'GET {path} HTTP/1.0\\r\\nHost: %s\\r\\n\\r\\n' "$HOST"
  sleep 1
}} | timeout 10 nc -w 5 "$HOST" "$PORT" | head -n 1 | grep -q '^HTTP/1.[01]{good}'"""
        return cls(image, check)

    @classmethod
    def grpc(cls, image: str, service: str = "") -> Wait:
        """A call of `grpc.health.v1.Health/Check` that answers SERVING, written byte by byte: busybox has no client."""
        request = "".join(f"\\{byte:03o}" for byte in _health_check(service))
        serving = "00000000020801"  # an uncompressed message of two bytes: field 1 (status) = 1 (SERVING)
        check = f"""{{
  printf '{request}'
  sleep 1
}} | timeout 10 nc -w 5 "$HOST" "$PORT" | hexdump -ve '1/1 "%02x"' | grep -q {serving}"""
        return cls(image, check)

    def container(
        self,
        name: str,
        *,
        host: str,
        port: int,
        login: Login | None,
        required: bool,
        env: Mapping[str, EnvValue] | None = None,
        mounts: Mapping[str, Volume | Mount] | None = None,
    ) -> Container:
        """The init container that waits.

        Args:
            env: Further variables, such as those of TLS.
            mounts: What the check and these name.
        """
        env = {"HOST": host, "PORT": str(port), **self.env, **(env or {})}
        if self.login and login:
            env |= {"LOGIN_USER": login.username, "LOGIN_PASSWORD": login.password}
        return Container(
            name=name,
            image=self.image,
            command=["sh", "-c", _script(self.check, required)],
            env=env,
            resources=Resources.small(),
            mounts=mounts or {},
            user=USER,
        )


def _script(check: str, required: bool) -> str:
    limit = REQUIRED_SECONDS if required else OPTIONAL_SECONDS
    give_up = (
        'echo "$HOST:$PORT does not answer; giving up" >&2; exit 1'
        if required
        else 'echo "$HOST:$PORT does not answer; going on without it"; exit 0'
    )
    escaped = """escaped() { printf '%s' "$1" | sed 's/[\\\\"]/\\\\&/g'; }\n""" if "escaped" in check else ""
    # as the first process of its container the shell would ignore the request to stop
    return f"""trap 'exit 143' TERM
{escaped}answers() {{
{check}
}}
end=$(($(date +%s) + {limit}))
until answers; do
  if [ "$(date +%s)" -ge "$end" ]; then {give_up}; fi
  echo "waiting for $HOST:$PORT"
  sleep 1
done
echo "$HOST:$PORT answers"
"""


def _health_check(service: str) -> bytes:
    def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

    def text(value: str) -> bytes:
        return bytes([len(value)]) + value.encode()

    # HPACK, nothing indexed: POST and http from the static table, the rest literal (RFC 7541, 6.2.2)
    headers = b"\x83\x86\x04" + text("/grpc.health.v1.Health/Check") + b"\x01" + text("wait")
    headers += b"\x0f\x10" + text("application/grpc") + b"\x00" + text("te") + text("trailers")
    message = b"\x0a" + text(service) if service else b""
    body = b"\x00" + len(message).to_bytes(4, "big") + message
    return b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, headers) + frame(0, 1, 1, body)
