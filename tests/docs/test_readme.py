"""README says what works."""

import re
import subprocess
import sys

import yaml

from tests.conftest import ROOT

TEXT = (ROOT / "README.md").read_text()


def test_the_example_runs(tmp_path):
    [code] = re.findall(r"```python\n(.*?)```", TEXT, re.S)

    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all((tmp_path / "dist" / "orders.k8s.yaml").read_text()))
    [web] = [o for o in objects if o["kind"] == "Deployment" and o["metadata"]["name"].startswith("orders-web")]
    assert web["spec"]["template"]["spec"]["initContainers"][0]["name"] == "wait-for-pgbouncer"


def test_every_make_target_that_is_named_exists_and_the_other_way_round():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.M)) - {"clean"}
    named = set(re.findall(r"`?make ([a-z0-9-]+)", TEXT))

    assert named <= targets
    assert targets == named


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target


def test_the_pinned_command_line_is_the_one_of_the_makefile():
    pinned = re.search(r"^CDK8S_CLI := (\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]

    assert f"npx {pinned} synth" in TEXT
    assert f"{pinned} synth" in (ROOT / ".github" / "workflows" / "ci.yaml").read_text()
