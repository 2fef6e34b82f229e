"""What looks like a credential, in an object that is about to be written.

Three signs: the place (a Secret's entry), the value (a form that an issuer gave it, a password in an address, or too
much disorder for a word), and the name (a literal beside `DB_PASSWORD`). A reference is none: `$(NAME)`, `${NAME}`,
`{{ .name }}`.
"""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FORMS: Mapping[str, re.Pattern[str]] = {
    # RFC 7468; OpenSSH's and PGP's own headers have the same shape
    "a private key": re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----"),
    # docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html, unique identifiers
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    # cloud.google.com/docs/authentication/api-keys; the file of a service account has the private key above
    "a Google API key": re.compile(r"\bAIza[\w-]{35}\b"),
    # learn.microsoft.com/azure/storage/common/storage-configure-connection-string
    "an Azure account key": re.compile(r"\b(?:Account|SharedAccess)Key=[A-Za-z0-9+/]{40,}={0,2}"),
    # github.blog/2021-04-05-behind-githubs-new-authentication-token-formats
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    # docs.gitlab.com/security/tokens, token prefixes
    "a GitLab token": re.compile(r"\bgl(?:pat|dt|rt|ptt|oas|agent)-[\w-]{20,}"),
    # api.slack.com/authentication/token-types
    "a Slack token": re.compile(r"\bxox[abeoprs]-[\w-]{10,}"),
    # docs.stripe.com/keys
    "a Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    # platform.openai.com and docs.anthropic.com: project, service and API keys
    "a key of a model's provider": re.compile(r"\bsk-(?:proj-|svcacct-|ant-)?[\w-]{32,}"),
    # docs.npmjs.com/about-access-tokens
    "an npm token": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
    # developer.hashicorp.com/vault/docs/concepts/tokens
    "a Vault token": re.compile(r"\bhv[sbr]\.[\w-]{20,}"),
    # RFC 7519: a header that is JSON begins with eyJ in base64
    "a JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    # docs.nats.io/using-nats/developer/connecting/nkey: the seed of an account, operator, user, server or cluster
    "a NATS seed": re.compile(r"\bS[ACNOUX][A-Z2-7]{56}\b"),
    # age-encryption.org
    "an age key": re.compile(r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    # RFC 3986, userinfo
    "a password in an address": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]*:(?![$<{%*])[^\s/@'\"]+@"),
}
"""What issuers of credentials make them look like, with the source of each."""

_NAMES = (
    "password|passwd|passphrase|pwd|secret|token|credentials?"
    "|(?:api|access|private|signing|encryption|account)[-_. ]?key"
)
_NAMED = re.compile(
    rf"(?i:(?:^|[-_. /])(?:{_NAMES})$)|(?:Password|Passphrase|Secret|Token|Credentials?|(?:Api|Access|Private)Key)$"
)
"""What a credential is called: the end of its name says what it is, `token_path` says where one is."""

_LINE = re.compile(
    r"""^[ \t]*(?:export[ ]|-[ ]|--)?["']?(?P<name>[A-Za-z][\w.-]*)["']?[ \t]*(?:[:=][ \t]*|[ ])"""
    r"""(?P<value>"[^"]*"|'[^']*'|[^\s#;,]+)[ \t]*[;,]?[ \t]*$""",
    re.MULTILINE,
)
_REFERENCE = re.compile(r"\$[({\w]|\{\{|^<.*>$|^ENC\[")
_HARMLESS = re.compile(r"(?i)^(?:true|false|yes|no|on|off|none|null|nil|~|\d{1,5}|[|>][-+]?|/[\w./-]*|\*+)?$")
_DISORDER = re.compile(r"^[A-Za-z0-9+/_=-]{24,}$")
_HEX = re.compile(r"^[0-9a-f]{32,}$", re.IGNORECASE)
_OF_KUBERNETES = ("secretKey", "secretName", "tokenSecret")
_ENTRIES = ("data", "stringData")


@dataclass(frozen=True)
class Finding:
    """A value that looks like a credential; the value itself is never repeated.

    Args:
        where: `Kind/name` and the path of the value.
        what: What it looks like.
    """

    where: str
    what: str


def findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    """All of one object."""
    name = f"{manifest.get('kind')}/{manifest.get('metadata', {}).get('name', '')}"
    for path, key, value in _texts(manifest, "", ""):
        of_secret = manifest.get("kind") == "Secret" and manifest.get("apiVersion") == "v1"
        if what := _entry(path, value) if of_secret and _is_entry(path) else _looks_like(manifest, path, key, value):
            yield Finding(f"{name} {path}", what)


def sealed(value: str) -> bool:
    """Whether it is what `kubeseal` makes of a value.

    Two bytes with the length of an encrypted key (of an RSA key with 2048 or 4096 bits), that key, and a text with its
    16 bytes of signature.
    """
    try:
        raw = base64.b64decode(value, validate=True)
    except ValueError:
        return False
    length = int.from_bytes(raw[:2], "big")
    return length in (256, 512) and len(raw) >= 2 + length + 16


def _is_entry(path: str) -> bool:
    return path.split(".", 1)[0] in _ENTRIES


def _entry(path: str, value: str) -> str | None:
    return None if not value or value.startswith("ENC[") else "an entry of a Secret"


def _looks_like(manifest: Mapping[str, Any], path: str, key: str, value: str) -> str | None:
    if manifest.get("kind") == "SealedSecret" and path.startswith("spec.encryptedData.") and sealed(value):
        return None
    for what, form in FORMS.items():
        if form.search(value):
            return what
    if "\n" in value or key in ("args", "command"):
        for line in _LINE.finditer(value):
            if _is_credential(line["name"], line["value"].strip("\"'")):
                return f"a value for {line['name']}"
        return None
    if _is_credential(key, value):
        return f"a value for {key}"
    # a program's own settings are words, numbers and addresses
    setting = path.endswith(".value") or (manifest.get("kind") == "ConfigMap" and _is_entry(path))
    return "too disorderly for a setting" if setting and _disorderly(value) else None


def _is_credential(name: str, value: str) -> bool:
    return bool(
        name not in _OF_KUBERNETES
        and _NAMED.search(name)
        and not _HARMLESS.search(value)
        and not _REFERENCE.search(value)
    )


def _disorderly(value: str) -> bool:
    """Whether a character carries 4.5 bits, or 3 of a hexadecimal value: the limits of Yelp's detect-secrets."""
    if _HEX.match(value):
        return _bits(value.lower()) > 3
    return bool(_DISORDER.match(value)) and _bits(value) > 4.5


def _bits(value: str) -> float:
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values())


def _texts(node: Any, path: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Every text of an object, with its path and the name that it has there."""
    if isinstance(node, str):
        yield path, key, node
    elif isinstance(node, Mapping):
        # a variable: its name stands beside it
        named = node.get("name") if isinstance(node.get("value"), str) else None
        for name, inner in node.items():
            label = str(named) if named is not None and name == "value" else str(name)
            yield from _texts(inner, f"{path}.{name}" if path else str(name), label)
    elif isinstance(node, Sequence):
        for number, inner in enumerate(node):
            yield from _texts(inner, f"{path}[{number}]", key)
