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
            f.name.removesuffix(".k8s.yaml"): list(yaml.safe_load_all(f.read_text())) for f in folder.glob("*.k8s.yaml")
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


if __name__ == "__main__":
    main()
