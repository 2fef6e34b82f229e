"""Linkerd's setup against a real API server, real NetworkPolicies and real pods; of Linkerd only the commands."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loom_constructs.delivery import DeliveryError
from loom_constructs.delivery.linkerd import check, setup
from loom_constructs.delivery.linkerd.roll import Roll
from tests import kube
from tests.cluster import linkerd_programs
from tests.cluster import linkerd_proof as proof

NAMESPACE, TWIN = "linkerd-proof", "linkerd-proof-twin"
MADE = [NAMESPACE, TWIN, "linkerd", "linkerd-cni", "linkerd-viz", "cert-manager"]
KINDS = "deployments,statefulsets,daemonsets,services,secrets,configmaps,networkpolicies,serviceaccounts"


@pytest.fixture(scope="module")
def crds() -> Path:
    kube.needed()
    if not os.environ.get("LOOM_CRDS"):
        pytest.skip("needs the real definitions: LOOM_CRDS is not set")
    return Path(os.environ["LOOM_CRDS"])


@pytest.fixture(scope="module", autouse=True)
def as_it_was(crds: Path) -> Iterator[None]:
    """Deletes what the proof makes, and definitions that were not there before and that nobody uses."""
    there = [ns for ns in MADE if kube.kubectl("get", "namespace", ns, "--ignore-not-found").strip()]
    if there:
        pytest.fail(f"namespaces {', '.join(there)} exist already: this proof makes and deletes them, so it stops here")
    before = set(_definitions())
    try:
        yield
    finally:
        kube.kubectl("delete", "namespace", *MADE, "--ignore-not-found", "--wait", fail=False)
        for name in set(_definitions()) - before:
            if not kube.kubectl("get", name, "-A", "-o", "name", fail=False).strip():
                kube.kubectl("delete", "crd", name, fail=False)


@pytest.fixture
def programs(tmp_path: Path, crds: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for linkerd and helm, and a kubectl that injects; returns the folder with what they wrote down."""
    folder = linkerd_programs.programs(tmp_path / "programs", crds)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "programs"


def _definitions() -> list[str]:
    items = json.loads(kube.kubectl("get", "crd", "-o", "json"))["items"]
    return [o["metadata"]["name"] for o in items]


def _started(namespace: str) -> None:
    """The platform as it ran before: outside of the mesh, everything denied but the application's port."""
    objects = [*proof.platform(namespace), *proof.policies(namespace, proof.APP_PORT)]
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    kube.kubectl("apply", "--server-side", "-f", "-", stdin=items)
    kube.wait_ready(namespace, seconds=120)
    kube.until("answers", lambda: "reached" in _words(namespace)[-5:], seconds=60)
    kube.kubectl("exec", "-n", namespace, "deployment/client", "-c", "client", "--", "sh", "-c", "rm /out/*")


def _words(namespace: str) -> list[str]:
    """What became of each question, of all clients that there ever were."""
    return kube.kubectl(
        "exec", "-n", namespace, "deployment/client", "-c", "client", "--", "sh", "-c", "cat /out/*"
    ).split()


def _versions(namespaces: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for namespace in namespaces:
        for o in kube.get(f"{KINDS},servers.policy.linkerd.io", namespace):
            found[f"{namespace}/{o['kind']}/{o['metadata']['name']}"] = o["metadata"]["resourceVersion"]
        for name in _meshed(namespace):
            found[f"{namespace}/{name}"] = "is there"
        space = json.loads(kube.kubectl("get", "namespace", namespace, "-o", "json"))
        found[namespace] = space["metadata"]["resourceVersion"]
    return found


def _meshed(namespace: str) -> dict[str, bool]:
    """Whether each live pod has a proxy."""
    return {
        pod["metadata"]["name"]: any(c["name"] == "linkerd-proxy" for c in pod["spec"]["containers"])
        for pod in kube.get("pods", namespace)
        if not pod["metadata"].get("deletionTimestamp")
    }


def _server(namespace: str) -> str:
    [server] = kube.get("servers.policy.linkerd.io", namespace)
    policy: str = server["spec"]["accessPolicy"]
    return policy


def _left(namespace: str) -> str:
    return kube.kubectl("get", "networkpolicy", "linkerd-rollout", "-n", namespace, "--ignore-not-found", "-o", "name")


def test_a_client_reaches_its_server_all_the_while_though_the_setup_fails_half_way(
    programs: Path, crds: Path, tmp_path: Path
) -> None:
    _started(NAMESPACE)
    folder = proof.environment(tmp_path / "dist" / "proof", NAMESPACE)
    lines: list[str] = []

    def run() -> None:
        setup(
            folder,
            environment="proof",
            namespace=NAMESPACE,
            mesh="add-on",
            platform="kind",
            gateway_api_file=str(crds / "gateway-api-1.2.1"),
            timeout=120,
            say=lines.append,
        )

    # the client is in the mesh by then, its server is not
    (programs / "fails").write_text("kubectl rollout restart deployment/server")
    with pytest.raises(DeliveryError, match=r"pods: kubectl rollout failed: kubectl was told to fail"):
        run()
    time.sleep(5)
    assert "failed" not in _words(NAMESPACE)
    assert sorted(_meshed(NAMESPACE).values()) == [False, False, True]
    assert _server(NAMESPACE) == "audit"
    assert _left(NAMESPACE)

    (programs / "fails").unlink()
    began = time.monotonic()
    run()
    took = time.monotonic() - began

    time.sleep(5)
    words = _words(NAMESPACE)
    print(f"\n{len(words)} questions during two runs (the second: {took:.0f} s), {words.count('failed')} failed")
    print("\n".join(lines))
    assert words.count("failed") == 0
    assert len(words) > 100
    assert set(_meshed(NAMESPACE).values()) == {True}
    assert _server(NAMESPACE) == "deny"
    assert not _left(NAMESPACE)

    _nothing_changes_once_more(programs, run)
    _is_checked()


def _nothing_changes_once_more(programs: Path, run: Callable[[], None]) -> None:
    spaces = [NAMESPACE, "linkerd", "linkerd-cni", "linkerd-viz"]
    before = _versions(spaces)
    calls = (programs / "calls").read_text()
    run()
    assert _versions(spaces) == before
    again = (programs / "calls").read_text().removeprefix(calls)
    assert not [
        c for c in again.splitlines() if c.startswith(("linkerd install -", "linkerd upgrade", "linkerd viz ins"))
    ]
    assert "linkerd-rollout -f" not in again and "rollout restart" not in again


def _is_checked() -> None:
    def problems() -> list[str]:
        return check(environment="proof", namespace=NAMESPACE, mesh="add-on")

    assert problems() == []
    audit = '{"spec": {"accessPolicy": "audit"}}'
    kube.kubectl("patch", "servers.policy.linkerd.io", "server", "-n", NAMESPACE, "--type=merge", "-p", audit)
    opaque = f"config.linkerd.io/opaque-ports={proof.APP_PORT}"
    kube.kubectl("annotate", "service", "server", "-n", NAMESPACE, opaque)
    assert problems() == [
        "Servers in audit, which refuse nobody: server",
        f"Service server: config.linkerd.io/opaque-ports must say of port {proof.APP_PORT}: not opaque, got opaque",
    ]


def test_without_the_temporary_policy_the_client_would_be_cut_off(programs: Path, crds: Path, tmp_path: Path) -> None:
    kube.kubectl("apply", "--server-side", "-f", str(crds / "linkerd2"))
    _started(TWIN)
    folder = proof.environment(tmp_path / "dist" / "proof", TWIN)
    roll = Roll(TWIN, [folder, folder / "linkerd"], timeout=120, say=print)

    for step in [*roll.opening(), *roll.closing()]:
        if step.name != "temporary policy":
            step.take()

    failed = _words(TWIN).count("failed")
    print(f"\nwithout it: {failed} questions failed")
    assert failed > 0
    # and once all are in the mesh they reach each other again
    kube.until("answers", lambda: set(_words(TWIN)[-10:]) == {"reached"}, seconds=30)


def test_production_waits_for_its_identity_and_keeps_the_previous_anchor(
    programs: Path, crds: Path, tmp_path: Path
) -> None:
    folder = proof.environment(tmp_path / "dist" / "proof", TWIN)
    proof.render(folder, servers_and_all := [*proof.platform(TWIN), *proof.policies(TWIN, proof.MESH_PORT)])
    proof.render(folder, [*servers_and_all, *proof.servers(TWIN)])
    lines: list[str] = []

    def run() -> None:
        setup(
            folder,
            environment="proof",
            namespace=TWIN,
            mesh="on",
            high_availability=False,
            gateway_api_file=str(crds / "gateway-api-1.2.1"),
            timeout=60,
            say=lines.append,
        )

    if not {"certificates.cert-manager.io", "bundles.trust.cert-manager.io"} & set(_definitions()):
        with pytest.raises(DeliveryError, match="the cluster must have certificates.cert-manager.io and bundles"):
            run()
    kube.kubectl("apply", "--server-side", "-f", str(crds / "cert-manager"), "-f", str(crds / "trust-manager"))
    kube.established("issuers.cert-manager.io", "certificates.cert-manager.io", "bundles.trust.cert-manager.io")
    for namespace in ("cert-manager", "linkerd"):
        if not kube.kubectl("get", "namespace", namespace, "--ignore-not-found").strip():
            kube.kubectl("create", "namespace", namespace)
    kube.kubectl("delete", "secret", "linkerd-identity-issuer", "-n", "linkerd", "--ignore-not-found")
    issuer = {"apiVersion": "cert-manager.io/v1", "kind": "Issuer", "spec": {"selfSigned": {}}}
    proof.render(
        folder / "linkerd-identity",
        [
            proof.made("Namespace", "linkerd", "", group="v1"),
            {**issuer, "metadata": {"name": "a", "namespace": "linkerd"}},
        ],
    )
    # what cert-manager and trust-manager would make
    for namespace, name in (("cert-manager", "linkerd-trust-anchor"), ("linkerd", "linkerd-identity-issuer")):
        parts = [f"--from-literal={key}={name}" for key in ("tls.crt", "tls.key", "ca.crt")]
        kube.kubectl("create", "secret", "generic", name, "-n", namespace, *parts)
    roots = "linkerd-identity-trust-roots"
    kube.kubectl("create", "configmap", roots, "-n", "linkerd", "--from-literal=ca-bundle.crt=both")

    run()

    previous: dict[str, Any] = json.loads(
        kube.kubectl("get", "secret", "linkerd-previous-anchor", "-n", "cert-manager", "-o", "json")
    )["data"]
    assert set(previous) == {"tls.crt", "ca.crt"}
    assert base64.b64decode(previous["tls.crt"]) == b"linkerd-trust-anchor"
    assert _server(TWIN) == "deny"
    assert set(_meshed(TWIN).values()) == {True}

    spaces = [TWIN, "linkerd", "linkerd-cni", "cert-manager"]
    before = _versions(spaces)
    lines.clear()
    run()
    assert _versions(spaces) == before
    assert [line for line in lines if line.startswith("identity: nothing to do")]
