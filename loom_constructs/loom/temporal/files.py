"""The files and scripts of Temporal."""

from __future__ import annotations

from collections.abc import Mapping

from ...traffic import SslMode, Tls
from .roles import GRPC_PORTS, MEMBERSHIP_PORTS, METRICS_PORT, TemporalRole

SCHEMA_VERSIONS: Mapping[tuple[int, int], tuple[str, str]] = {(1, 31): ("1.19", "1.14")}
"""For each release of the server, what its two schemas must be at least (schema/postgresql/v12 of its source): it
refuses to start on less. A release that is not here is refused: look its schemas up, and add it."""

DYNAMIC_CONFIGURATION = """\
# a poll is answered before a mesh gives up on it, after 60 s
matching.longPollExpirationInterval:
  - value: 50s
"""
"""Overrides of Temporal's dynamic configuration; the server stops without the file."""


def configuration(
    *,
    database: str,
    visibility: str,
    address: str,
    frontend: str,
    shards: int,
    connections: int,
    tls: Tls | None = None,
    ca_file: str | None = None,
) -> str:
    """The server's configuration file; Temporal fills in what is in double braces when it starts."""
    encryption = ""
    if tls is not None and tls.mode is not SslMode.DISABLE:
        # without host verification lib/pq checks the authority all the same, if there is one
        encryption = f"""\
        tls:
          enabled: true
          enableHostVerification: {str(tls.mode is SslMode.VERIFY_FULL).lower()}
""" + (f"          caFile: {ca_file}\n" if ca_file else "")
    services = "".join(
        f"""\
  {role.value}:
    rpc:
      grpcPort: {GRPC_PORTS[role]}
      membershipPort: {MEMBERSHIP_PORTS[role]}
      bindOnIP: 0.0.0.0
"""
        for role in TemporalRole
    )
    stores = "".join(
        f"""\
    {name}:
      sql:
        pluginName: postgres12
        databaseName: {store}
        connectAddr: {address}
        connectProtocol: tcp
        user: {{{{ env "SQL_USER" | quote }}}}
        password: {{{{ env "SQL_PASSWORD" | quote }}}}
        maxConns: {connections}
        maxIdleConns: {connections}
        maxConnLifetime: 1h
{encryption}"""
        for name, store in (("default", database), ("visibility", visibility))
    )
    return f"""\
# enable-template
log:
  stdout: true
  level: info
  format: json
persistence:
  numHistoryShards: {shards}
  defaultStore: default
  visibilityStore: visibility
  datastores:
{stores}global:
  membership:
    maxJoinDuration: 30s
    broadcastAddress: {{{{ env "POD_IP" | quote }}}}
  metrics:
    prometheus:
      listenAddress: 0.0.0.0:{METRICS_PORT}
services:
{services}clusterMetadata:
  enableGlobalNamespace: false
  failoverVersionIncrement: 10
  masterClusterName: active
  currentClusterName: active
  clusterInformation:
    active:
      enabled: true
      initialFailoverVersion: 1
      rpcName: frontend
      rpcAddress: {frontend}
dcRedirectionPolicy:
  policy: noop
publicClient:
  hostPort: {frontend}
dynamicConfigClient:
  filepath: /etc/temporal/loom/dynamic.yaml
  pollInterval: 60s
"""


def schema_script(database: str, visibility: str) -> str:
    """Makes or updates both schemas; what is there already is left as it is."""
    return f"""\
set -eu
schema() {{
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema \\
    --schema-dir "/etc/temporal/schema/postgresql/v12/$2/versioned"
}}
schema {database} temporal
schema {visibility} visibility
"""


def schema_check(database: str, visibility: str, versions: tuple[str, str]) -> str:
    """Succeeds once both schemas are new enough for the server."""
    query = "SELECT string_to_array(curr_version, '.')::int[] >= string_to_array('$2', '.')::int[] FROM schema_version"
    return f"""\
at_least() {{
  PGHOST=$HOST PGPORT=$PORT PGUSER=$LOGIN_USER PGPASSWORD=$LOGIN_PASSWORD timeout 10 \\
    psql -XAtq -d "$1" -c "{query}" | grep -qx t
}}
at_least {database} {versions[0]} && at_least {visibility} {versions[1]}"""


def namespace_script(namespace: str, retention_days: int) -> str:
    """Makes the namespace if it is missing."""
    return f"""\
set -eu
if temporal operator namespace describe --namespace {namespace} >/dev/null 2>&1; then
  echo "namespace {namespace} is there"
else
  temporal operator namespace create --namespace {namespace} --retention {retention_days}d
fi
"""
