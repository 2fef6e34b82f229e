"""Every alert has a page, and what the page says to type exists."""

import functools
import re

import pytest
import yaml

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "runbooks"
PAGES = sorted(p for p in FOLDER.glob("*.md") if p.name != "README.md")


@functools.cache
def rendered(file, environment="production"):
    return list(yaml.safe_load_all((ROOT / "dist" / environment / f"{file}.k8s.yaml").read_text()))


def alerts():
    [rules] = [o for o in rendered("alerts") if o["kind"] == "PrometheusRule"]
    return [rule for group in rules["spec"]["groups"] for rule in group["rules"]]


def test_every_alert_has_a_page_and_every_page_an_alert():
    pages = {rule["annotations"]["runbook_url"].rpartition("/")[2]: rule["alert"] for rule in alerts()}

    assert set(pages) == {p.name for p in PAGES}
    for name, alert in pages.items():
        assert (FOLDER / name).read_text().startswith(f"# {alert}\n")
        assert f"[{alert}]({name})" in (FOLDER / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_says_what_to_look_at_what_to_do_and_how_it_ends(page):
    text = page.read_text()

    assert re.findall(r"^## (.*)$", text, re.M) == ["First look", "Then", "How it ends"]
    assert "```" in text
    for target in re.findall(r"\]\(([^)#]+)\)", text):
        assert (FOLDER / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_it_says_to_type_exists(page):
    text = page.read_text()
    files = ("data", "monitoring", "loom")
    objects = [o for file in files for environment in ("staging", "production") for o in rendered(file, environment)]
    names = {(o["kind"].lower(), o["metadata"]["name"]) for o in objects}
    labels = {
        f"{key}={value}"
        for o in objects
        for place in (o, o.get("spec", {}).get("template", {}), o.get("spec", {}).get("jobTemplate", {}))
        for key, value in place.get("metadata", {}).get("labels", {}).items()
    }
    # what CloudNativePG gives its pods
    labels |= {f"cnpg.io/cluster={name}" for kind, name in names if kind == "cluster"}
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.M))

    assert set(re.findall(r"(?:^|`)make ([a-z0-9-]+)", text, re.M)) <= targets
    assert set(re.findall(r"-l ([\w./-]+=[\w-]+)", text)) <= labels
    for kind, name in re.findall(r"\b(deployment|cronjob|service)[/ ]([a-z][a-z-]+[a-z])", text):
        if (kind, name) != ("cronjob", "job"):
            assert (kind, name) in names, f"{kind} {name}"
    for pod in re.findall(r"\b(loom-db|nats)-\d", text):
        assert ("statefulset", pod) in names
