"""`loom-constructs upgrade`."""

import io
import json

import pytest
import yaml

from loom_constructs.cli import main

from .objects import GONE, changed, made

SET = made("StatefulSet")
OLD = [SET, made("Deployment"), made("ConfigMap"), made("Service")]
NEW = [
    changed(SET, {"spec__volumeClaimTemplates__0__spec__storageClassName": "fast"}),
    made("Deployment", spec__template__spec__containers__0__image="registry.example.org/shop:2"),
    made("ConfigMap", data__colour="blue"),
    made("Service", spec__clusterIP="None"),
]


@pytest.fixture
def upgrade(capsys, tmp_path):
    """Runs it on two lists of objects; returns the exit code, what was printed and what was complained about."""

    def run(old, new, *arguments):
        files = []
        for name, items in (("old.yaml", old), ("new.yaml", new)):
            (tmp_path / name).write_text(yaml.safe_dump_all(items))
            files.append(str(tmp_path / name))
        code = main(["upgrade", *files, *arguments])
        printed = capsys.readouterr()
        return code, printed.out.splitlines(), printed.err

    return run


def test_worst_first_and_a_summary(upgrade):
    code, lines, _ = upgrade(OLD, NEW)

    assert code == 1
    assert [line.split("  ")[0].strip() for line in lines[:-1]] == [
        "loses data",
        "needs re-creation",
        "restarts pods",
        "safe",
    ]
    assert lines[-1] == "1 loses data, 1 needs re-creation, 1 restarts pods, 1 is safe"
    assert lines[0].split()[2] == "StatefulSet/shop"


def test_restarts_alone_do_not_fail(upgrade):
    assert upgrade(OLD[1:3], NEW[1:3])[0] == 0


def test_nothing_changes(upgrade):
    assert upgrade(OLD, OLD) == (0, ["nothing changes"], "")


def test_what_is_allowed_by_name(upgrade):
    assert upgrade(OLD, NEW, "--allow", "StatefulSet/shop")[0] == 1
    code, lines, _ = upgrade(OLD, NEW, "--allow", "StatefulSet/shop", "--allow", "Service/upgrade-proof/shop")

    assert code == 0
    assert lines[0].startswith("loses data (allowed) ")
    assert lines[-1].startswith("1 loses data (1 allowed), 1 needs re-creation (1 allowed), ")


def test_a_name_that_allows_nothing_is_said(upgrade):
    code, lines, _ = upgrade(OLD, OLD, "--allow", "StatefulSet/shop")

    assert (code, lines) == (0, ["nothing changes; --allow StatefulSet/shop allows nothing"])


@pytest.mark.parametrize("name", ["StatefulSet/shops", "shop", "Statefulset/shop", "StatefulSet/other/shop"])
def test_an_unknown_name_is_an_error(upgrade, name):
    code, _, error = upgrade(OLD, NEW, "--allow", name)

    assert code == 1
    assert error == f"loom-constructs: --allow must name an object of OLD or NEW as Kind/name, got {name!r}\n"


def test_what_disappears_can_be_allowed(upgrade):
    assert upgrade(OLD, OLD[1:])[0] == 1
    assert upgrade(OLD, OLD[1:], "--allow", "StatefulSet/shop")[0] == 0


def test_for_another_program(upgrade):
    code, lines, _ = upgrade(OLD, NEW, "--format", "json", "--allow", "Service/shop")
    answer = json.loads("\n".join(lines))

    assert code == 1
    assert answer["summary"] == {"loses data": 1, "needs re-creation": 1, "restarts pods": 1, "safe": 1}
    assert [c["allowed"] for c in answer["changes"]] == [False, True, False, False]
    assert answer["changes"][2]["object"] == {
        "group": "apps",
        "kind": "Deployment",
        "namespace": "upgrade-proof",
        "name": "shop",
    }
    field = {
        "path": "spec.template.spec.containers[shop].image",
        "old": "registry.example.org/shop:1",
        "new": "registry.example.org/shop:2",
    }
    assert answer["changes"][2]["fields"] == [field]


def test_no_secret_is_in_it(upgrade):
    variable = {"name": "PASSWORD", "value": "hunter2"}
    argument = {"args": ["--password=hunter2", "nats://shop:hunter2@nats:4222"]}
    container = {"name": "a", "image": "a:1", "env": [variable], **argument}
    new = [
        made("Secret", stringData={"a": "hunter2"}),
        made("Deployment", spec__template__spec__containers=[container]),
    ]
    for format in ("json", "table"):
        for old in (
            [made("Secret"), made("Deployment")],
            [
                made("Secret"),
                changed(
                    new[1],
                    {
                        "spec__template__spec__containers__0__env": GONE,
                        "spec__template__spec__containers__0__args": GONE,
                    },
                ),
            ],
        ):
            _, lines, _ = upgrade(old, new, "--format", format)

            assert len(lines) > 2
            assert "hunter2" not in "\n".join(lines)
            assert "aHVudGVyMg" not in "\n".join(lines)


def test_objects_with_one_safe_change_share_a_line(upgrade):
    several = [made("ConfigMap", metadata__name=f"a{n}") for n in range(6)]
    _, lines, _ = upgrade([], several)

    assert lines == ["safe  ConfigMap/a0, a1, a2 and 3 more  is new", "6 are safe"]


def test_namespaces_are_shown_where_there_are_several(upgrade):
    _, lines, _ = upgrade([], [made("ConfigMap"), made("Service", metadata__namespace="other")])

    assert lines[0].split()[1] == "ConfigMap/upgrade-proof/shop"


def test_one_side_may_be_piped_in(monkeypatch, capsys, tmp_path):
    (tmp_path / "old.yaml").write_text(yaml.safe_dump_all(OLD))
    monkeypatch.setattr("sys.stdin", io.StringIO(yaml.safe_dump_all(OLD)))

    assert main(["upgrade", str(tmp_path / "old.yaml"), "-"]) == 0
    assert capsys.readouterr().out == "nothing changes\n"


def test_both_may_not(capsys):
    assert main(["upgrade", "-", "-"]) == 1
    assert "OLD and NEW must be two inputs, got - twice" in capsys.readouterr().err


def test_a_path_that_is_not_there(capsys):
    assert main(["upgrade", "/nowhere", "-"]) == 1
    assert "path must be a file, a folder or -" in capsys.readouterr().err
