"""Values of environment variables: literals, and what the cluster fills in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, Union

from .checks import dns_name, instance, refuse, secret_key


@dataclass(frozen=True)
class SecretRef:
    """A Secret that exists in the cluster, or will: it is named here, never made.

    A pod waits for the Secrets it names, for as long as it takes, and starts when they are there.

    Args:
        name: Its name.
        namespace: Where it lies, if that is known; a pod can only read Secrets of its own namespace.
    """

    name: str
    namespace: str | None = None

    def __post_init__(self) -> None:
        if not self.name:
            raise refuse("secret", "the name of a Secret", self.name)
        dns_name("secret", self.name)

    def key(self, key: str, *, optional: bool = False) -> SecretKey:
        """One entry. An optional one that is missing leaves its variable unset and holds nothing up."""
        return SecretKey(self, key, optional)


@dataclass(frozen=True)
class SecretKey:
    """One entry of a Secret."""

    secret: SecretRef
    key: str
    optional: bool = False

    def __post_init__(self) -> None:
        instance("secret", self.secret, SecretRef)
        if not self.key:
            raise refuse("key", f"the name of an entry of Secret {self.secret.name}", self.key)
        secret_key("key", self.key)


@dataclass(frozen=True)
class ConfigMapKey:
    """One entry of a ConfigMap that exists in the cluster, or will: what is public, such as a certificate.

    Args:
        config_map: Its name.
    """

    config_map: str
    key: str

    def __post_init__(self) -> None:
        dns_name("config_map", self.config_map)
        secret_key("key", self.key)


@dataclass(frozen=True)
class PodField:
    """A field of the pod that reads it, such as `metadata.name` or `status.podIP`."""

    path: str


EnvValue: TypeAlias = Union[str, SecretKey, PodField]


@dataclass(frozen=True)
class Login:
    """Who a client logs in as."""

    username: str | SecretKey
    password: SecretKey

    def __post_init__(self) -> None:
        instance("username", self.username, str, SecretKey)
        # a literal would be rendered, and committed
        instance("password", self.password, SecretKey)

    @property
    def values(self) -> tuple[EnvValue, EnvValue]:
        """Both."""
        return self.username, self.password

    @property
    def entries(self) -> dict[str, SecretKey]:
        """Each entry by the name of a variable: this login, and the one before it, while a rotation has both.

        That one is in optional entries of the same Secret, `previous-username` and `previous-password`.
        """
        entries = {"username": self.username} if isinstance(self.username, SecretKey) else {}
        entries["password"] = self.password
        before = {f"previous_{n}": replace(e, key=f"previous-{e.key}", optional=True) for n, e in entries.items()}
        # a username that is no secret is the same for ever
        return entries | (before if len(entries) == 2 else {})

    @classmethod
    def of(cls, secret: SecretRef) -> Login:
        """The login in a Secret of type `kubernetes.io/basic-auth`: keys `username` and `password`."""
        return cls(secret.key("username"), secret.key("password"))


def readable(argument: str, values: Iterable[EnvValue], namespace: str) -> None:
    """Refuses Secrets that are known to lie in another namespace than the pods that would read them."""
    for value in values:
        home = value.secret.namespace if isinstance(value, SecretKey) else None
        if isinstance(value, SecretKey) and home not in (None, namespace):
            rule = f"in a Secret of namespace {namespace} (an endpoint takes one: `endpoint.with_login(...)`)"
            raise refuse(argument, rule, f"{home}/{value.secret.name}")


def variable(name: str, value: EnvValue) -> dict[str, Any]:
    """A variable as it stands in a container."""
    if isinstance(value, SecretKey):
        source: dict[str, Any] = {"name": value.secret.name, "key": value.key}
        if value.optional:
            source["optional"] = True
        return {"name": name, "valueFrom": {"secretKeyRef": source}}
    if isinstance(value, PodField):
        # the server would fill the version in, and a later apply by another manager would call that a conflict
        return {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": value.path}}}
    if not isinstance(value, str):
        raise refuse(f"env[{name!r}]", "a string, SecretKey or PodField", value)
    return {"name": name, "value": value}


def variables(env: Mapping[str, EnvValue]) -> list[dict[str, Any]]:
    """Variables as they stand in a container: secrets and fields first, since `$(NAME)` only sees what is above it."""
    ordered = sorted(env.items(), key=lambda item: isinstance(item[1], str))
    return [variable(name, value) for name, value in ordered]
