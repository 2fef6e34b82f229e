"""The pages in docs/constructs say what is so: their examples run, and make what the pages show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest
import yaml
from constructs import Construct

import loom_constructs
from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "constructs"
PAGES = sorted(FOLDER.glob("*.md"))
INDEX = FOLDER / "README.md"


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """The code of a language on a page, each with the number of its first line."""
    text = page.read_text(encoding="utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(text.count("\n", 0, m.start()) + 2, m[1]) for m in found]


def lacking(excerpt: Any, real: Any, where: str = "") -> Iterator[str]:
    """What an excerpt says that the real thing does not.

    A dictionary is an excerpt if each of its keys is; a list, if each item is an excerpt of one of the items, in their
    order; a text of several lines, if its lines occur in their order. Anything else must be equal.
    """
    if isinstance(excerpt, dict) and isinstance(real, dict):
        for key, value in excerpt.items():
            if key in real:
                yield from lacking(value, real[key], f"{where}.{key}")
            else:
                yield f"{where}.{key} is not there"
    elif isinstance(excerpt, list) and isinstance(real, list):
        rest = iter(real)
        for index, item in enumerate(excerpt):
            if not any(contained(item, candidate) for candidate in rest):
                nearest = min((list(lacking(item, r)) for r in real), key=len, default=[])
                yield f"{where}[{index}] is not there, or not in this order{'; '.join(['', *nearest])}"
                return
    elif isinstance(excerpt, str) and isinstance(real, str) and "\n" in real:
        rest = iter(real.splitlines())
        for line in excerpt.splitlines():
            if line.strip() and line not in rest:
                yield f"{where} has no line, or not in this order: {line}"
                return
    elif type(excerpt) is not type(real) or excerpt != real:
        yield f"{where} is {real!r}, not {excerpt!r}"


def contained(excerpt: Any, real: Any) -> bool:
    """Whether an excerpt says nothing that the real thing does not."""
    return not any(lacking(excerpt, real))


def unfounded(excerpt: dict[str, Any], objects: list[dict[str, Any]]) -> list[str]:
    """What an excerpt of an object says that none of the objects does. Its name may end in `-*`, for a hash."""
    kind, metadata = excerpt["kind"], excerpt["metadata"]
    name = re.escape(metadata["name"].removesuffix("*")) + ("[0-9a-f]{8}" if metadata["name"].endswith("-*") else "")
    named = [o for o in objects if o["kind"] == kind and re.fullmatch(name, o["metadata"]["name"])]
    where = f"{kind}/{metadata['name']}"
    problems = [
        list(lacking({**excerpt, "metadata": {**metadata, "name": real["metadata"]["name"]}}, real, where))
        for real in named
    ]
    return min(problems, key=len, default=[f"{where} is not made"])


def run(page: Path) -> dict[str, Any]:
    """Runs the examples of a page, one after the other, and returns the names they made."""
    names: dict[str, Any] = {"__name__": page.stem}
    for line, code in blocks(page, "python"):
        # the traceback of a failing example names the page and the line
        exec(compile("\n" * (line - 1) + code, str(page), "exec"), names)
    return names


def synthesized(names: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects of all charts of the example's app."""
    charts = [node for node in names["app"].node.find_all() if isinstance(node, cdk8s.Chart)]
    return [made for chart in charts for made in cdk8s.Testing.synth(chart)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_example_makes_what_the_page_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if page == INDEX:
        assert not blocks(page, "python")
        return
    assert blocks(page, "python"), "a page needs an example"
    monkeypatch.chdir(tmp_path)

    objects = synthesized(run(page))

    assert not list(tmp_path.iterdir()), "an example must not write files"
    excerpts = [(line, e) for line, text in blocks(page, "yaml") for e in yaml.safe_load_all(text)]
    assert excerpts, "a page shows what its example makes"
    assert all("apiVersion" in excerpt for _, excerpt in excerpts), "an excerpt says of which version it is"
    problems = [f"{page.name}:{line}: {p}" for line, excerpt in excerpts for p in unfounded(excerpt, objects)]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert not broken


@pytest.mark.parametrize("page", [p for p in PAGES if p != INDEX], ids=lambda p: p.stem)
def test_the_example_finds_the_bundled_node(page: Path) -> None:
    """`loom_constructs` says where Node is, and cdk8s starts it when it is imported."""
    first = next(re.findall(r"^(?:from|import) (\w+)", code, re.MULTILINE)[0] for _, code in blocks(page, "python"))

    assert first == "loom_constructs"


def test_every_page_is_listed() -> None:
    listed = set(re.findall(r"\]\(([\w-]+\.md)\)", INDEX.read_text(encoding="utf-8")))

    assert listed == {p.name for p in PAGES if p != INDEX}


def test_every_public_construct_has_a_page() -> None:
    text = "".join(p.read_text(encoding="utf-8") for p in PAGES if p != INDEX)
    public = {name: getattr(loom_constructs, name) for name in loom_constructs.__all__}
    constructs = [name for name, value in public.items() if isinstance(value, type) and issubclass(value, Construct)]

    assert [name for name in constructs if f"`{name}`" not in text] == []


REAL = {
    "kind": "Job",
    "metadata": {"name": "schema-0123abcd", "labels": {"a": "b"}},
    "spec": {"replicas": 1, "ports": [{"name": "http", "port": 80}, {"name": "grpc", "port": 90}], "text": "a\nb\nc\n"},
}


@pytest.mark.parametrize(
    "spec",
    [{}, {"replicas": 1}, {"ports": [{"port": 90}]}, {"ports": [{"port": 80}, {"name": "grpc"}]}, {"text": "a\nc\n"}],
)
def test_an_excerpt_is_contained(spec: dict[str, Any]) -> None:
    assert contained(spec, REAL["spec"])
    assert unfounded({"kind": "Job", "metadata": {"name": "schema-*"}, "spec": spec}, [REAL]) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"replicas": 2}, "Job/schema-*.spec.replicas is 1, not 2"),
        ({"replicas": "1"}, "Job/schema-*.spec.replicas is 1, not '1'"),
        ({"replicas": True}, "Job/schema-*.spec.replicas is 1, not True"),
        ({"replica": 1}, "Job/schema-*.spec.replica is not there"),
        ({"ports": [{"name": "http", "port": 90}]}, "Job/schema-*.spec.ports[0] is not there"),
        ({"ports": [{"port": 90}, {"port": 80}]}, "Job/schema-*.spec.ports[1] is not there, or not in this order"),
        ({"ports": {"http": 80}}, "Job/schema-*.spec.ports is [{"),
        ({"text": "c\na\n"}, "Job/schema-*.spec.text has no line, or not in this order: a"),
        ({"text": "ab\n"}, "Job/schema-*.spec.text has no line"),
    ],
)
def test_a_changed_value_is_noticed(spec: dict[str, Any], problem: str) -> None:
    assert not contained(spec, REAL["spec"])
    [found] = unfounded({"kind": "Job", "metadata": {"name": "schema-*"}, "spec": spec}, [REAL])
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "CronJob", "metadata": {"name": "schema-*"}},
        {"kind": "Job", "metadata": {"name": "schem-*"}},
        {"kind": "Job", "metadata": {"name": "schema"}},
    ],
)
def test_an_object_that_is_not_made_is_noticed(wrong: dict[str, Any]) -> None:
    assert unfounded(wrong, [REAL]) == [f"{wrong['kind']}/{wrong['metadata']['name']} is not made"]


def test_a_wrong_page_fails(tmp_path: Path) -> None:
    """The whole way, from a page to the problem."""
    page = tmp_path / "page.md"
    code = (
        'from loom_constructs import Namespace\nfrom cdk8s import App, Chart\n\napp = App()\nNamespace(Chart(app, "c"),'
    )
    page.write_text(f'```python\n{code} "n", name="loom")\n```\n', encoding="utf-8")

    objects = synthesized(run(page))

    good = {"kind": "Namespace", "metadata": {"name": "loom", "labels": {"app.kubernetes.io/name": "loom"}}}
    bad = {"kind": "Namespace", "metadata": {"name": "loom", "labels": {"app.kubernetes.io/name": "room"}}}
    assert unfounded(good, objects) == []
    assert unfounded(bad, objects) == [
        "Namespace/loom.metadata.labels.app.kubernetes.io/name is 'loom', not 'room'",
    ]
