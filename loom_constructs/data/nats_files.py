"""The configuration file of a NATS server."""

from __future__ import annotations

import json
from collections.abc import Sequence

from .nats_user import NatsUser


def configuration(
    *,
    name: str,
    peers: Sequence[str],
    ports: tuple[int, int, int],
    limits: tuple[int, int],
    lame_duck: tuple[int, int],
    account: str,
    users: Sequence[NatsUser],
    system_user: str,
    certificates: str | None = None,
) -> str:
    """`nats.conf`: ports are client, cluster and monitoring; limits are memory and file storage in MiB."""
    client, cluster, monitoring = ports
    listed = "\n".join(_user(u) for u in users)
    return f"""\
server_name: $SERVER_NAME
port: {client}
http_port: {monitoring}
pid_file: /var/run/nats/nats.pid
lame_duck_grace_period: {lame_duck[0]}s
lame_duck_duration: {lame_duck[1]}s

jetstream {{
  store_dir: /data
  max_memory_store: {limits[0]}MiB
  max_file_store: {limits[1]}MiB
}}
{_tls(certificates, "")}{_cluster(name, cluster, peers, certificates)}
accounts {{
  {account} {{
    jetstream: enabled
    users: [
{listed}
    ]
  }}
  SYS {{ users: [ {{ user: {system_user}, password: ${password_variable(system_user)} }} ] }}
}}
system_account: SYS
"""


def password_variable(user: str) -> str:
    """The variable with a user's password, in quotes."""
    return "PASSWORD_" + user.upper().replace("-", "_")


def _tls(certificates: str | None, indent: str, *, verify: bool = False) -> str:
    if certificates is None:
        return ""
    lines = [f'{entry}_file: "{certificates}/{file}"' for entry, file in _FILES]
    # who connects shows a certificate as well
    lines += ["verify: true"] if verify else []
    return "\n".join([f"{indent}tls {{", *(f"{indent}  {line}" for line in lines), f"{indent}}}\n"])


_FILES = (("cert", "tls.crt"), ("key", "tls.key"), ("ca", "ca.crt"))


def _cluster(name: str, port: int, peers: Sequence[str], certificates: str | None) -> str:
    if not peers:
        return ""
    routes = "\n".join(f"    nats://{peer}" for peer in peers)
    return f"""
cluster {{
  name: {name}
  port: {port}
  # addresses of pods change; clients come back through the Service
  no_advertise: true
{_tls(certificates, "  ", verify=True)}  routes: [
{routes}
  ]
}}
"""


def _user(user: NatsUser) -> str:
    # who waits for NATS asks JetStream's API, and gets its answer in an inbox
    publish = _with("$JS.API.INFO", user.publish)
    subscribe = _with("_INBOX.>", user.subscribe)
    rights = f"publish: {json.dumps(publish)}, subscribe: {json.dumps(subscribe)}"
    return f"      {{ user: {user.name}, password: ${password_variable(user.name)}, permissions: {{ {rights} }} }}"


def _with(subject: str, subjects: Sequence[str]) -> list[str]:
    return list(subjects) if {">", subject} & set(subjects) else [*subjects, subject]
