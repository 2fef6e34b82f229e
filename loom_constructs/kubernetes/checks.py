"""Argument checks that say which argument broke which rule, and what was given."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SERVICE_NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
_SECRET_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_DNS_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[A-Za-z0-9]([-._A-Za-z0-9]{0,61}[A-Za-z0-9])?")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def refuse(argument: str, rule: str, value: object) -> ValueError:
    """The one form that every refusal has: `<argument> must be <rule>, got <value>`."""
    return ValueError(f"{argument} must be {rule}, got {value!r}")


def dns_label(argument: str, value: str, *, longest: int = 63) -> str:
    """A name that Kubernetes takes for Services, containers and namespaces (RFC 1123 label)."""
    if not isinstance(value, str) or not _DNS_LABEL.fullmatch(value) or len(value) > longest:
        raise refuse(argument, f"a DNS label (lower-case letters, digits and '-', at most {longest})", value)
    return value


def dns_name(argument: str, value: str) -> str:
    """A name that Kubernetes takes for most objects (RFC 1123 subdomain)."""
    if not isinstance(value, str) or not _DNS_NAME.fullmatch(value):
        raise refuse(argument, "a DNS name (lower-case letters, digits, '-' and '.', at most 253)", value)
    return value


def service_name(argument: str, value: str, *, longest: int = 52) -> str:
    """A name for a Service and the workload behind it (RFC 1035 label).

    The longest leaves room for what is appended: a StatefulSet's revision (11 characters), `wait-for-` in a container.
    """
    if not isinstance(value, str) or not _SERVICE_NAME.fullmatch(value) or len(value) > longest:
        rule = f"a DNS label that starts with a letter (lower-case letters, digits and '-', at most {longest})"
        raise refuse(argument, rule, value)
    return value


def secret_key(argument: str, value: str) -> str:
    """The name of an entry of a Secret or ConfigMap."""
    if not isinstance(value, str) or not _SECRET_KEY.fullmatch(value):
        raise refuse(argument, "the name of an entry (letters, digits, '-', '_' and '.')", value)
    return value


def instance(argument: str, value: object, *types: type) -> None:
    """A value of one of these types."""
    if not isinstance(value, types):
        raise refuse(argument, " or ".join(map(_with_article, types)), value)


def _with_article(kind: type) -> str:
    if kind is type(None):
        return "None"
    return f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}"


def texts(argument: str, values: object) -> None:
    """Several strings; a single string is not meant, though it is a sequence of letters."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Iterable):
        raise refuse(argument, "a list of strings", values)
    for value in values:
        if not isinstance(value, str) or not value:
            raise refuse(argument, "a list of strings that are not empty", value)


def text_map(argument: str, values: Mapping[str, str]) -> None:
    """Strings by strings, as labels and annotations are."""
    instance(argument, values, Mapping)
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise refuse(f"{argument}[{key!r}]", "a string", value)


def label(argument: str, key: str, value: str) -> None:
    """A label that Kubernetes takes: at most 63 letters, digits, '-', '_' and '.' after an optional prefix."""
    prefix, _, name = key.rpartition("/")
    if (prefix and not _DNS_NAME.fullmatch(prefix)) or not _LABEL.fullmatch(name):
        raise refuse(argument, "a mapping with keys that Kubernetes takes for labels", key)
    if value and not _LABEL.fullmatch(value):
        raise refuse(f"{argument}[{key!r}]", "a label value (letters, digits, '-', '_' and '.', at most 63)", value)


def sql_identifier(argument: str, value: str) -> str:
    """A PostgreSQL name that never needs quoting, so that no tool has to."""
    if not isinstance(value, str) or not _IDENTIFIER.fullmatch(value):
        raise refuse(argument, "a PostgreSQL name (lower-case letters, digits and '_', at most 63)", value)
    return value


def variable(argument: str, value: str) -> str:
    """A name of an environment variable."""
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise refuse(argument, "a variable name (letters, digits and '_', not starting with a digit)", value)
    return value


def at_least(argument: str, value: int, least: int) -> int:
    """A whole number that is not below a limit."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise refuse(argument, f"at least {least}", value)
    return value


def port(argument: str, value: int) -> int:
    """A TCP port."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise refuse(argument, "a port from 1 to 65535", value)
    return value


def one_of(argument: str, value: object, allowed: Collection[object]) -> None:
    """A value of a closed set."""
    if value not in allowed:
        raise refuse(argument, "one of " + ", ".join(str(a) for a in allowed), value)


def absolute(argument: str, value: str) -> None:
    """A path from the root."""
    if not isinstance(value, str) or not value.startswith("/") or ":" in value:
        raise refuse(argument, "an absolute path without ':'", value)


def unique(argument: str, values: Iterable[str]) -> None:
    """Values of which none is there twice."""
    seen: set[str] = set()
    for value in values:
        if value in seen:
            raise refuse(argument, "without repetition", value)
        seen.add(value)
