"""Secrets that lie in git encrypted, for teams without a store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from cdk8s import ApiObject, ApiObjectMetadata
from constructs import Construct

from ...kubernetes import Manifest, checks, namespace_of
from ...kubernetes.labels import MANAGER
from ...kubernetes.manifest import plain
from ...kubernetes.whole import whole
from .credentials import sealed

_ENCRYPTED = "ENC[AES256_GCM,"
_KEYS = ("age", "pgp", "kms", "gcp_kms", "azure_kv", "hc_vault")


@whole
class SealedSecret(Construct):
    """A `SealedSecret` (bitnami.com/v1alpha1): the controller in the cluster makes the Secret, and nobody else can.

    Args:
        name: Of the Secret. By default a value is sealed for this name and namespace, and opens nowhere else.
        entries: Ciphertexts: what `kubeseal --raw --name NAME --namespace NAMESPACE` prints for each entry.
        login: Whether the Secret is of type `kubernetes.io/basic-auth`.

    Raises:
        ValueError: An entry is no ciphertext; nothing is rendered then.
    """

    manifest: Manifest
    """The object."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, entries: Mapping[str, str], login: bool = False
    ) -> None:
        checks.dns_name("name", name)
        if not entries:
            raise checks.refuse("entries", "at least one entry", dict(entries))
        for key, value in entries.items():
            checks.secret_key("entries", key)
            if not sealed(value):
                # what was given may be the secret itself
                raise checks.refuse(f"entries[{key!r}]", "what `kubeseal --raw` printed", "another text")
        if login and not {"username", "password"} <= set(entries):
            raise checks.refuse("entries", "also username and password for a login", sorted(entries))
        super().__init__(scope, id)
        labels = {
            "app.kubernetes.io/name": "sealed-secret",
            "app.kubernetes.io/instance": name,
            "app.kubernetes.io/managed-by": MANAGER,
        }
        template = plain(
            metadata={"name": name, "namespace": namespace_of(self)},
            type="kubernetes.io/basic-auth" if login else None,
        )
        body = {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "spec": {"encryptedData": dict(entries), "template": template},
        }
        self.manifest = Manifest(self, "sealed", body, name=name, labels=labels)
        self.node.default_child = self.manifest


@whole
class SopsSecret(Construct):
    """A Secret from a file that SOPS encrypted, as it is: whoever delivers it decrypts it (Flux, a plug-in of Argo CD).

    Nothing in it is changed, not even labels are added: SOPS signs the whole file.

    Args:
        file: Path of a Secret in YAML or JSON, encrypted with `sops encrypt --encrypted-regex '^(data|stringData)$'`.

    Raises:
        ValueError: A value is not encrypted, or the file is no Secret of SOPS; nothing is rendered then.
    """

    name: str
    """The Secret's name."""

    manifest: ApiObject
    """The object."""

    def __init__(self, scope: Construct, id: str, *, file: str | Path) -> None:
        read = _read(Path(file))
        metadata = read["metadata"]
        if metadata.get("namespace") not in (None, namespace_of(scope)):
            raise checks.refuse("file", f"of namespace {namespace_of(scope)}", metadata["namespace"])
        super().__init__(scope, id)
        self.name = metadata["name"]
        self.manifest = _AsItIs(self, "secret", read)
        self.node.default_child = self.manifest


class _AsItIs(ApiObject):
    def __init__(self, scope: Construct, id: str, read: Mapping[str, Any]) -> None:
        metadata = ApiObjectMetadata(name=read["metadata"]["name"], namespace=read["metadata"].get("namespace"))
        super().__init__(scope, id, api_version="v1", kind="Secret", metadata=metadata)
        self._read = read

    def to_json(self) -> Any:
        """The object as it was read, in its order."""
        return self._read


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise checks.refuse("file", "a file that is there", str(file))
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(read, dict) or (read.get("apiVersion"), read.get("kind")) != ("v1", "Secret"):
        raise checks.refuse("file", "one Secret (v1)", str(file))
    if not isinstance(read.get("metadata"), dict):
        raise checks.refuse("file", "a Secret with a name", str(file))
    checks.dns_name("file's metadata.name", read["metadata"].get("name", ""))
    for part in ("data", "stringData"):
        for key, value in (read.get(part) or {}).items():
            if not isinstance(value, str) or not value.startswith(_ENCRYPTED) or not value.endswith("]"):
                raise checks.refuse(
                    f"{part}.{key} of {file.name}", "encrypted by SOPS (ENC[AES256_GCM,...])", "plain text"
                )
    if not (read.get("data") or read.get("stringData")):
        raise checks.refuse("file", "a Secret with entries", str(file))
    sops = read.get("sops")
    if not isinstance(sops, dict) or not str(sops.get("mac", "")).startswith(_ENCRYPTED):
        raise checks.refuse("file", "encrypted by SOPS (it has no signature sops.mac)", str(file))
    groups = [g for g in sops.get("key_groups") or [sops] if isinstance(g, dict)]
    if not any(group.get(key) for group in groups for key in _KEYS):
        raise checks.refuse("file", f"encrypted for a key ({', '.join(_KEYS)})", str(file))
    try:
        json.dumps(read)
    except TypeError:
        raise checks.refuse("file", "of texts and numbers only", str(file)) from None
    return read
