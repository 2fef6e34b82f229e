"""`make bench`: what a synthesis costs, as ratios within one run, since machines and moments differ."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5

FLOOR = """
import sys, json, loom_constructs
from cdk8s import ApiObject, ApiObjectMetadata, App, Chart, JsonPatch
import cdk8s_plus_27
for environment, files in json.load(open(sys.argv[1])).items():
    app = App(outdir=f"{sys.argv[2]}/{environment}")
    for name, objects in files.items():
        chart = Chart(app, name)
        for i, o in enumerate(objects):
            made = ApiObject(chart, str(i), api_version=o["apiVersion"], kind=o["kind"],
                             metadata=ApiObjectMetadata(**{k: v for k, v in o["metadata"].items() if k in ("name", "namespace", "labels")}))
            rest = {k: v for k, v in o.items() if k not in ("apiVersion", "kind", "metadata")}
            if rest:
                made.add_json_patch(*(JsonPatch.add(f"/{k}", v) for k, v in rest.items()))
    app.synth()
"""


SERVICES = 200

CURVE = """
import sys, tempfile, time
from loom_constructs import *
from loom_constructs.kubernetes import Kind, Labels, Workload
from cdk8s import App, Chart
services, calls = map(int, sys.argv[1:])
app = App(outdir=tempfile.mkdtemp())
chart = Chart(app, "c", namespace="n", disable_resource_name_hashes=True)
workloads = [Workload(chart, f"s{i}", kind=Kind.DEPLOYMENT, labels=Labels("s", f"s{i}", "x", "1"),
                      containers=[Container("m", "m:1", Resources.small())], user=1) for i in range(services)]
endpoints = [Endpoint(Peer.of(w), "http", f"s{i}", 80, wire=Wire.HTTP) for i, w in enumerate(workloads)]
times = [time.perf_counter()]
for step in range(1, calls // services + 1):
    for i, workload in enumerate(workloads):
        Peer.of(workload).calls(endpoints[(i + step) % services])
times.append(time.perf_counter())
network = NetworkPolicies(chart, "network", mesh=Mesh(MeshMode.ON))
MeshPolicies(chart, "mesh", network=network)
ServiceProfiles(chart, "profiles", mesh=network.mesh)
times.append(time.perf_counter())
app.synth()
times.append(time.perf_counter())
print("  ".join(f"{(b - a) / calls * 1000:6.2f}" for a, b in zip(times, times[1:])))
"""


def curve() -> None:
    """An app of 200 services with ever more calls: what each call costs."""
    print(f"\n{SERVICES} services; milliseconds for each call: to say it, to derive policies, to write them")
    for calls in (200, 400, 600, 800, 1000):
        done = subprocess.run(
            [sys.executable, "-c", CURVE, str(SERVICES), str(calls)],
            check=True,
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        print(f"{calls:5} calls  {done.stdout.strip()}")


def seconds(*command: str) -> float:
    """The median of some runs."""
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return sorted(taken)[ROUNDS // 2]


def main() -> None:
    """Prints the table."""
    import yaml

    content = {
        folder.name: {
            f.name.removesuffix(".k8s.yaml"): list(yaml.safe_load_all(f.read_text()))
            for f in folder.rglob("*.k8s.yaml")
        }
        for folder in sorted((ROOT / "dist").iterdir())
    }
    count = sum(len(objects) for files in content.values() for objects in files.values())
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch, "objects.json")
        data.write_text(json.dumps(content))
        empty = seconds(sys.executable, "-c", "import loom_constructs, cdk8s; cdk8s.App()")
        floor = seconds(sys.executable, "-c", FLOOR, str(data), scratch)
        ours = seconds(sys.executable, "main.py", "--check")
    print(f"{count} objects, median of {ROUNDS} runs")
    for name, value in (
        ("import cdk8s and an empty app", empty),
        ("the same objects, bare cdk8s", floor),
        ("make synth", ours),
    ):
        print(f"{name:32} {value:6.2f} s  {value / floor:5.2f} of bare cdk8s")
    curve()


if __name__ == "__main__":
    main()
