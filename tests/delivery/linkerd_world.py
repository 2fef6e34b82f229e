"""A running platform outside of the mesh, on the stand-ins' cluster, and its rendered folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loom_constructs.delivery.linkerd import setup
from tests.delivery.linkerd_doubles import Programs
from tests.delivery.linkerd_objects import (
    APP_PORT,
    MESH_PORT,
    NAMESPACE,
    ROUTES,
    Object,
    definition,
    network_policy,
    pod,
    server,
    thing,
    workload,
)

MANAGERS = ("certificates.cert-manager.io", "bundles.trust.cert-manager.io")


def running(*, nodes: int = 1, kubelet: str = "v1.34.4", server_first: bool = False) -> list[Object]:
    """A client and a server that know no mesh, everything denied but the server's port.

    Args:
        server_first: The kinds are such that the server is restarted before its client, as a pooler is.
    """
    kinds = ("StatefulSet", "Deployment") if server_first else ("Deployment", "StatefulSet")
    info = {"nodeInfo": {"kubeletVersion": kubelet}}
    return [
        *(thing("Node", f"kind-{n}", spec={"providerID": "kind://"}, status=info) for n in range(nodes)),
        *(definition(name, "v1.2.1") for name in ROUTES),
        thing("Namespace", NAMESPACE, labels={"environment": "local"}),
        network_policy(APP_PORT),
        workload(kinds[0], "client"),
        workload(kinds[1], "server"),
        pod("client-1", "client"),
        pod("server-0", "server", owner="StatefulSet"),
    ]


def managed() -> list[Object]:
    """What cert-manager and trust-manager would have made."""
    certificate = {"tls.crt": "certificate", "tls.key": "key", "ca.crt": "authority"}
    return [
        *(definition(name) for name in MANAGERS),
        thing("Secret", "linkerd-trust-anchor", "cert-manager", data=certificate),
        thing("Secret", "linkerd-identity-issuer", "linkerd", data=certificate),
        thing("ConfigMap", "linkerd-identity-trust-roots", "linkerd", data={"ca-bundle.crt": "certificate"}),
    ]


def rendered(folder: Path, objects: list[Object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kustomization.yaml").touch()
    (folder / "objects.json").write_text(json.dumps({"kind": "List", "items": objects}))


def environment(folder: Path) -> Path:
    """Both shapes in one folder: what the mesh adds stands in `linkerd`, and where the mesh is on in the folder itself."""
    rendered(folder, [network_policy(MESH_PORT), server("deny")])
    rendered(folder / "linkerd", [server("deny")])
    rendered(folder / "linkerd-identity", [thing("Namespace", "linkerd")])
    return folder


class Setup:
    """`setup` on the stand-ins."""

    def __init__(self, folder: Path, programs: Programs) -> None:
        self.folder, self.programs = folder, programs
        self.lines: list[str] = []

    def __call__(self, **arguments: Any) -> list[str]:
        """Runs it; returns the lines that it said."""
        self.lines = []
        given = {
            "environment": "local",
            "namespace": NAMESPACE,
            "mesh": "add-on",
            "timeout": 0,
            "say": self.lines.append,
        }
        setup(self.folder, **{**given, **arguments})
        return self.lines


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Object]], Setup]:
    """Makes a cluster of objects, and a setup on it."""
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")
    folder = environment(tmp_path / "dist" / "local")

    def begin(objects: list[Object]) -> Setup:
        programs = Programs(objects)
        monkeypatch.setattr("subprocess.run", programs.run)
        return Setup(folder, programs)

    return begin
