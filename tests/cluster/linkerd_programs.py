"""Programs that stand in for Linkerd's on a real cluster, and a kubectl that does the injector's work.

`linkerd` and `helm` are scripts that write down how they were called and print, or apply, small manifests. `kubectl` is
the real one, behind a script by which a restart also adds a container `linkerd-proxy`. It listens on 4143, as the real
one does, so what a NetworkPolicy lets through between two pods in the mesh, and between pods of which one is outside, is
what it would be with Linkerd.
"""

from __future__ import annotations

import json
import shutil
import stat
import sys
from pathlib import Path

from tests.cluster.linkerd_proof import MESH_PORT, Object, made, serves, sleeps, workload

VERSION = "edge-26.8.3"
CONTROL_PLANE = ("linkerd-identity", "linkerd-destination", "linkerd-proxy-injector")


def control_plane() -> list[Object]:
    labels = {"app.kubernetes.io/version": VERSION, "linkerd.io/control-plane-ns": "linkerd"}
    return [workload("Deployment", name, "linkerd", sleeps("it"), labels=labels) for name in CONTROL_PLANE]


def plugin() -> Object:
    return workload("DaemonSet", "linkerd-cni", "linkerd-cni", sleeps("install-cni"), labels={})


PROGRAM = """#!{python}
import json, os, pathlib, subprocess, sys
here, words = pathlib.Path({here!r}), sys.argv[1:]
program = pathlib.Path(sys.argv[0]).name
line = " ".join([program, *words])
with open(here / "calls", "a") as calls:
    calls.write(line + "\\n")
fails = here / "fails"
if fails.is_file() and line.startswith(fails.read_text()):
    sys.exit(program + " was told to fail")
if program == "kubectl":
    if words[:2] == ["rollout", "restart"]:
        patch = json.dumps({{"spec": {{"template": {{"spec": {{"containers": [{proxy!r}]}}}}}}}})
        words = ["patch", *words[2:], "--patch", patch]
    os.execv({kubectl!r}, ["kubectl", *words])
for known, manifest in json.loads((here / "manifests.json").read_text()).items():
    if line.startswith(known):
        text = manifest.replace("MADE-UP", os.urandom(8).hex())
        if program == "helm":
            subprocess.run([{kubectl!r}, "apply", "--server-side", "-f", "-"], input=text, text=True, check=True)
        else:
            print(text)
        break
if words[:1] == ["version"]:
    print("{version}" if program == "linkerd" else "v3.19.0+g3d8990f")
if words[:3] == ["check", "--output", "json"]:
    print(json.dumps({{"success": True, "categories": []}}))
if program == "helm":
    known = here / "releases.json"
    releases = json.loads(known.read_text()) if known.is_file() else {{}}
    if words[0] == "list":
        name = words[words.index("--filter") + 1].strip("^$")
        print(json.dumps([releases[name]] if name in releases else []))
    if words[:2] == ["get", "values"]:
        print(json.dumps(releases[words[2]]["values"]))
    if words[0] == "upgrade":
        chart = words[3] + "-" + words[words.index("--version") + 1]
        releases[words[2]] = {{"chart": chart, "status": "deployed", "values": json.loads(sys.stdin.read())}}
        known.write_text(json.dumps(releases))
"""


def programs(here: Path, crds: Path) -> Path:
    """The scripts, in a folder for the PATH."""
    kubectl = shutil.which("kubectl")
    assert kubectl
    secret = {"group": "v1", "labels": {}}
    identity = made("Secret", "linkerd-identity-issuer", "linkerd", stringData={"key": "MADE-UP"}, **secret)
    overrides = made("Secret", "linkerd-config-overrides", "linkerd", **secret)
    viz_labels = {"app.kubernetes.io/version": VERSION}
    viz = workload("Deployment", "metrics-api", "linkerd-viz", sleeps("metrics-api"), labels=viz_labels)
    viz_secret = made("Secret", "tap-k8s-tls", "linkerd-viz", stringData={"key": "MADE-UP"}, **secret)

    def manifest(*objects: Object) -> str:
        return "\n---\n".join(json.dumps(o) for o in objects)

    def namespace(name: str) -> Object:
        return made("Namespace", name, "", group="v1", labels={})

    definitions = "\n---\n".join(path.read_text() for path in sorted((crds / "linkerd2").glob("*.yaml")))
    manifests = {
        "linkerd install-cni": manifest(namespace("linkerd-cni"), plugin()),
        "linkerd install --crds": definitions,
        "linkerd install": manifest(namespace("linkerd"), identity, overrides, *control_plane()),
        "linkerd viz install": manifest(namespace("linkerd-viz"), viz_secret, viz),
        "helm upgrade --install linkerd-cni": manifest(plugin()),
        "helm upgrade --install linkerd-crds": definitions,
        "helm upgrade --install linkerd-control-plane": manifest(*control_plane()),
    }
    folder = here / "bin"
    folder.mkdir(parents=True)
    (here / "manifests.json").write_text(json.dumps(manifests))
    (here / "calls").touch()
    for name in ("kubectl", "linkerd", "helm"):
        script = folder / name
        proxy = serves("linkerd-proxy", MESH_PORT)
        words = {"python": sys.executable, "here": str(here), "kubectl": kubectl, "proxy": proxy, "version": VERSION}
        script.write_text(PROGRAM.format(**words))
        script.chmod(script.stat().st_mode | stat.S_IEXEC)
    return folder
