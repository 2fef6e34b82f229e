"""What the clients of NATS and its servers get: addresses, passwords, certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..kubernetes import EnvValue, SecretRef
from ..traffic import Endpoint
from .nats_files import password_variable
from .nats_tls import CLIENT_FOLDER


def nats_variables(endpoint: Endpoint, host: str) -> Mapping[str, EnvValue]:
    """`NATS_URL`, with the login in it."""
    return _variables(endpoint, "nats", host)


def tls_variables(endpoint: Endpoint, host: str) -> Mapping[str, EnvValue]:
    """The same for TLS, and who is trusted: Loom's programs read no other variable of their own for that."""
    return {**_variables(endpoint, "tls", host), "SSL_CERT_DIR": CLIENT_FOLDER}


def _variables(endpoint: Endpoint, scheme: str, host: str) -> Mapping[str, EnvValue]:
    if endpoint.login is None:
        return {"NATS_URL": f"{scheme}://{host}:{endpoint.port}"}
    env: dict[str, EnvValue] = {"NATS_PASSWORD": endpoint.login.password}
    user: str = "$(NATS_USER)"
    if isinstance(endpoint.login.username, str):
        user = endpoint.login.username
    else:
        env["NATS_USER"] = endpoint.login.username
    return {**env, "NATS_URL": f"{scheme}://{user}:$(NATS_PASSWORD)@{host}:{endpoint.port}"}


def password_variables(users: Sequence[str], secret: SecretRef) -> dict[str, EnvValue]:
    """The password of each user, for the servers."""
    env: dict[str, EnvValue] = {}
    for user in users:
        name = password_variable(user)
        # NATS reads a variable as it reads its file: only in quotes is every password a string
        env |= {f"RAW_{name}": secret.key(user), name: f'"$(RAW_{name})"'}
    return env
