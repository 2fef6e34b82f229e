"""The engines, run on manifests with the policies that we render."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from cdk8s import App, Chart, Testing

from loom_constructs import (
    AdmissionMode,
    AdmissionRule,
    AdmissionScope,
    GatekeeperPolicies,
    KyvernoPolicies,
    ValidatingAdmissionPolicies,
    admission_rules,
)
from loom_constructs.platform import ENVIRONMENTS, references
from loom_constructs.production.admission.rule import RESOURCES
from tests.production.admission.corpus import NAMESPACE, UNRESOLVED, UNTAGGED

Object = dict[str, Any]
Verdicts = dict[str, tuple[str, ...]]
"""The rules that each manifest breaks, by its name."""
ALL = admission_rules(
    digests=True, unresolved=(UNRESOLVED, *UNTAGGED, *(i for e in ENVIRONMENTS for i in references(e).values()))
)
PREFIX = "corpus"
KINDS = {r.kind for resources in RESOURCES.values() for r in resources}
"""What the rules are about."""


def rendered(
    construct: type[ValidatingAdmissionPolicies] | type[GatekeeperPolicies] | type[KyvernoPolicies],
    rules: Iterable[AdmissionRule] = ALL,
    *,
    namespace: str = NAMESPACE,
    mode: AdmissionMode = AdmissionMode.DENY,
    name: str = PREFIX,
) -> list[Object]:
    """The policies of an engine."""
    chart = Chart(App(), "policies", disable_resource_name_hashes=True)
    construct(chart, "admission", mode=mode, rules=tuple(rules), namespaces=AdmissionScope((namespace,)), name=name)
    made: list[Object] = Testing.synth(chart)
    return made


def _write(folder: Path, name: str, objects: Iterable[Object]) -> str:
    target = folder / name
    between = "---\n" if name.endswith(".yaml") else ""
    target.write_text(between.join(json.dumps(o) + "\n" for o in objects))
    return str(target)


def namespace(name: str = NAMESPACE) -> Object:
    """Where the manifests lie."""
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}},
    }


def gator(policies: list[Object], objects: Collection[Object], folder: Path) -> Verdicts:
    """What Gatekeeper says."""
    files = [
        _write(folder, "policies.yaml", policies),
        _write(folder, "objects.yaml", [namespace(objects_namespace(objects)), *objects]),
    ]
    command = ["gator", "test", "-o", "json", *(a for f in files for a in ("-f", f))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1) and done.stdout.strip(), f"gator: {done.stderr or done.stdout}"
    found = defaultdict(set)
    for result in json.loads(done.stdout) or []:
        assert result["enforcementAction"] == "deny", result
        rule = result["constraint"]["metadata"]["name"].removeprefix(f"{PREFIX}-")
        assert result["msg"].startswith(f"{rule}: "), f"no verdict, but an error: {result['msg']}"
        found[result["violatingObject"]["metadata"]["name"]].add(rule)
    return _sorted(found, objects)


def kyverno(policies: list[Object], objects: Collection[Object], folder: Path) -> Verdicts:
    """What Kyverno says."""
    where = objects_namespace(objects)
    values = {
        "apiVersion": "cli.kyverno.io/v1alpha1",
        "kind": "Values",
        "metadata": {"name": "values"},
        "namespaceSelector": [{"name": where, "labels": namespace(where)["metadata"]["labels"]}],
    }
    command = [
        "kubectl-kyverno",
        "apply",
        _write(folder, "policies.yaml", policies),
        "--resource",
        _write(folder, "objects.yaml", objects),
        "--values-file",
        _write(folder, "values.yaml", [values]),
        "--policy-report",
        "--output-format",
        "json",
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    start = done.stdout.find("{")
    assert done.returncode in (0, 1) and start >= 0, f"kyverno: {done.stderr or done.stdout}"
    found: dict[str, set[str]] = defaultdict(set)
    judged = 0
    for result in json.loads(done.stdout[start:])["results"]:
        assert result["result"] in ("pass", "fail", "skip"), result
        judged += result["result"] != "skip"
        if result["result"] == "fail":
            [about] = result["resources"]
            found[about["name"]].add(result["policy"].removeprefix(f"{PREFIX}-"))
    assert judged, "nothing was judged"
    return _sorted(found, objects)


def judge(program: Path, policies: list[Object], objects: Collection[Object], folder: Path) -> Verdicts:
    """What Kyverno's matcher and compiler say (tests/servers/admission)."""
    where = objects_namespace(objects)
    command = [
        str(program),
        _write(folder, "policies.json", policies),
        _write(folder, "namespace.json", [namespace(where)]),
    ]
    text = "\n".join(json.dumps(o) for o in objects)
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = defaultdict(set)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == len(policies) * len(objects)
    for result in results:
        assert result["result"] in ("pass", "fail", "skip"), result
        if result["result"] == "fail":
            rule = result["policy"].removeprefix(f"{PREFIX}-")
            assert result["message"].startswith(f"{rule}: "), result
            found[result["object"]].add(rule)
    assert any(result["result"] == "pass" for result in results), "nothing was judged"
    return _sorted(found, objects)


def objects_namespace(objects: Collection[Object]) -> str:
    """The one namespace of all of them."""
    [found] = {o["metadata"]["namespace"] for o in objects if "namespace" in o["metadata"]}
    return str(found)


def _sorted(found: Mapping[str, set[str]], objects: Iterable[Object]) -> Verdicts:
    return {o["metadata"]["name"]: tuple(sorted(found.get(o["metadata"]["name"], ()))) for o in objects}


def load(*files: Path) -> list[Object]:
    """Everything in files."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return [o for f in files for o in yaml.load_all(f.read_text(), loader) if o]


def jobs_of(objects: Iterable[Object]) -> list[Object]:
    """The Jobs that are made from CronJobs, as `loom-constructs backup` makes them."""
    return [
        {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                **o["spec"]["jobTemplate"]["metadata"],
                "name": f"{o['metadata']['name']}-now",
                "namespace": o["metadata"]["namespace"],
            },
            "spec": o["spec"]["jobTemplate"]["spec"],
        }
        for o in objects
        if o["kind"] == "CronJob"
    ]
