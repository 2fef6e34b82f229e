"""Reads manifests: folders, files, or what `helm template` prints."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import yaml

from .ends import Object

WITH_SPEC = (
    *("Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "HTTPRoute", "GRPCRoute"),
    *("Server", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication"),
)
"""Kinds that mean nothing without one, in these groups."""
GROUPS = ("", "apps", "batch", "policy.linkerd.io", "gateway.networking.k8s.io")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The quick loader, which also takes `=` for the text that it is (matchers of alerts have it)."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))


def load(paths: Sequence[str | Path], stdin: IO[str] | None = None) -> list[Object]:
    """The objects of all paths; of two with the same kind and name the later one counts, as when they are applied.

    Args:
        paths: A file; a folder, with what its kustomization.yaml lists or else its own *.yaml and *.yml; `-` for
            the standard input.

    Raises:
        ValueError: A path is not there, or holds something else than Kubernetes objects.
    """
    found: dict[tuple[str, ...], Object] = {}
    for path in paths:
        for item in _objects(path, stdin or sys.stdin):
            metadata = item["metadata"]
            namespace = str(metadata.get("namespace") or "")
            name = metadata.get("name") or f"generated {len(found)}"
            found[item["apiVersion"], item["kind"], namespace, str(name)] = item
    return list(found.values())


def _objects(path: str | Path, stdin: IO[str]) -> Iterator[Object]:
    if str(path) == "-":
        yield from parse(stdin.read(), "standard input")
        return
    place = Path(path)
    if place.is_dir():
        for inner in _inside(place):
            yield from _objects(inner, stdin)
    elif place.is_file():
        yield from parse(place.read_text(), str(place))
    else:
        raise ValueError(f"path must be a file, a folder or -, got {str(path)!r}")


def _inside(folder: Path) -> Iterable[Path]:
    for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
        if (folder / name).is_file():
            listed = yaml.load((folder / name).read_text(), _Loader) or {}
            return [folder / r for r in listed.get("resources") or ()]
    return sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml") and p.is_file())


def parse(text: str, source: str) -> Iterator[Object]:
    """The objects of a text with any number of documents; lists are opened.

    Raises:
        ValueError: It is no YAML, or a document is no Kubernetes object.
    """
    for number, document in enumerate(documents(text, source), 1):
        if document is not None:
            yield from _opened(document, f"document {number} of {source}")


def documents(text: str, source: str) -> list[Any]:
    """The documents of a text, whatever they are.

    Raises:
        ValueError: It is no YAML.
    """
    try:
        return list(yaml.load_all(text, _Loader))
    except yaml.YAMLError as error:
        raise ValueError(f"{source} must be YAML: {error}") from error


def _opened(document: Any, where: str) -> Iterator[Object]:
    if not isinstance(document, dict) or "kind" not in document or "apiVersion" not in document:
        raise ValueError(f"{where} must be a Kubernetes object with apiVersion and kind, got {str(document)[:60]!r}")
    if document["kind"] == "Kustomization":
        return  # says what to read, and is no object of the cluster
    if document["kind"].endswith("List") and isinstance(document.get("items"), list):
        for item in document["items"]:
            yield from _opened(item, where)
    elif not isinstance(document.get("metadata"), dict):
        raise ValueError(f"{where} must have metadata, got a {document['kind']} without")
    elif _needs_spec(document) and not isinstance(document.get("spec"), dict):
        raise ValueError(f"{where} must have a spec, got a {document['kind']} without")
    else:
        yield document


def _needs_spec(document: Object) -> bool:
    group, slash, _ = str(document["apiVersion"]).rpartition("/")
    return document["kind"] in WITH_SPEC and (group if slash else "") in GROUPS
