"""The rendered alerts in Prometheus' own judgement: each fires when it should, and only then."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.servers.conftest import needed
from tests.servers.worlds import NATS, POSTGRES, SERVERS, cases, stream, well

Rules = list[dict[str, Any]]


def groups(environment: str = "production") -> Rules:
    text = (ROOT / "dist" / environment / "alerts.k8s.yaml").read_text()
    [found] = [o for o in yaml.safe_load_all(text) if o["kind"] == "PrometheusRule"]
    listed: Rules = found["spec"]["groups"]
    return listed


def alerts(environment: str = "production") -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in groups(environment) for rule in group["rules"]}


def judged(folder: Path, rules: Rules, tests: list[dict[str, Any]]) -> subprocess.CompletedProcess[str]:
    """What promtool says about the tests; all alerts are looked at every minute."""
    (folder / "rules.yaml").write_text(json.dumps({"groups": [{**g, "interval": "1m"} for g in rules]}))
    (folder / "tests.yaml").write_text(
        json.dumps({"rule_files": ["rules.yaml"], "evaluation_interval": "1m", "tests": tests})
    )
    command = ["promtool", "test", "rules", "tests.yaml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)


def severities() -> dict[str, str]:
    return {name: rule["labels"]["severity"] for name, rule in alerts().items()}


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_prometheus_takes_the_rules(tmp_path: Path, environment: str) -> None:
    needed("promtool")
    (tmp_path / "rules.yaml").write_text(json.dumps({"groups": groups(environment)}))

    done = subprocess.run(["promtool", "check", "rules", "rules.yaml"], cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert f"SUCCESS: {len(alerts(environment))} rules found" in done.stdout


def test_each_fires_when_it_should_and_no_other_does(tmp_path: Path) -> None:
    needed("promtool")
    tried = cases()
    assert set(alerts()) == {name for c in tried for name in c.fires}, "an alert that is never seen to fire"

    done = judged(tmp_path, groups(), [c.test(severities()) for c in tried])

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_nobody_measures_is_told(tmp_path: Path) -> None:
    """Without any series of ours: an exporter, its pod or the scrape is gone."""
    needed("promtool")
    ours = {n: f"{v}x100" for n, v in well().items() if POSTGRES not in n and NATS not in n}
    told = {
        "PostgresDown",
        "BackupMissing",
        "DrillMissing",
        "NatsServerDown",
        "NatsQuorumLost",
        "StreamUnderReplicated",
    }
    test = cases()[0].test(severities())
    test["input_series"] = [{"series": n, "values": v} for n, v in ours.items()]
    test["promql_expr_test"][0].update(  # type: ignore[index]
        exp_samples=[{"labels": f'{{alertname="{a}",severity="{severities()[a]}"}}', "value": 1} for a in told],
        eval_time="90m",
    )

    done = judged(tmp_path, groups(), [test])

    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_said_is_filled_in(tmp_path: Path) -> None:
    needed("promtool")
    slot = f'loom_postgres_slot_retained_bytes{{{POSTGRES},slot_name="archive"}}'
    series = {
        **{stream("total_messages", n): "1" for n in SERVERS[1:]},
        slot: str(30 * 1024**3),
        f"loom_postgres_connections{{{POSTGRES}}}": "399",
        f"loom_postgres_connections_limit{{{POSTGRES}}}": "420",
    }
    said = {
        "StreamUnderReplicated": ({"stream_name": "LOOM"}, {"{{ $labels.stream_name }}": "LOOM", "{{ $value }}": "2"}),
        "PostgresSlotRetainsLog": (
            {"namespace": "loom", "job": "loom-db-exporter", "slot_name": "archive"},
            {"{{ $labels.slot_name }}": "archive", "{{ $value | humanize1024 }}": "30Gi"},
        ),
        "PostgresConnectionsNearLimit": (
            {"namespace": "loom", "job": "loom-db-exporter"},
            {"{{ $value | humanizePercentage }}": "95%"},
        ),
    }
    expected = []
    for name, (labels, filled) in said.items():
        texts = json.dumps(alerts()[name]["annotations"])
        for template, value in filled.items():
            assert template in texts
            texts = texts.replace(template, value)
        firing = {"exp_labels": {**labels, "severity": severities()[name]}, "exp_annotations": json.loads(texts)}
        expected.append({"alertname": name, "eval_time": "30m", "exp_alerts": [firing]})
    listed = [{"series": n, "values": f"{v}x60"} for n, v in series.items()]

    done = judged(tmp_path, groups(), [{"interval": "1m", "input_series": listed, "alert_rule_test": expected}])

    assert done.returncode == 0, done.stdout + done.stderr


def mutations(expr: str) -> Iterator[tuple[str, str]]:
    """Every way in which one part of an expression may be wrong or missing."""
    for found in re.finditer(r" (==|>|<) ", expr):
        for other in {"==", ">", "<", "!="} - {found[1]}:
            if (found[1], other) == ("==", "<"):
                continue  # what is 0 or 1 is never less
            yield f"{found[1]} is {other}", expr[: found.start(1)] + other + expr[found.end(1) :]
    for found in re.finditer(r" or (absent\([^)]*\)|vector\(0\))", expr):
        yield f"without {found[1][:20]}", expr[: found.start()] + expr[found.end() :]
    one, both, other = expr.partition(" or loom_")
    if both:
        yield "the first only", one
        yield "the second only", "loom_" + other
    for label in sorted(set(re.findall(r'(?<=[{,])(\w+)="', expr))):
        # of a ratio both sides: one alone would find no partner in another job
        yield f"any {label}", re.sub(rf'(?<=[{{,]){label}="[^"]*",?', "", expr).replace(",}", "}")
        for found in re.finditer(r"absent\(.*?\)", expr):
            wider = re.sub(rf'(?<=[{{,]){label}="[^"]*",?', "", found[0]).replace(",}", "}")
            yield f"absent with any {label}", expr[: found.start()] + wider + expr[found.end() :]
    for found in re.finditer(r"(?<= [<>] )[\d.]+", expr):
        for factor in (0.5, 1.5):
            yield (
                f"{found[0]} × {factor}",
                expr[: found.start()] + f"{float(found[0]) * factor:g}" + expr[found.end() :],
            )
    for found in re.finditer(r"count by \(server_name\) ", expr):
        yield "counted twice", expr[: found.start()] + expr[found.end() :]
    if " - min by" in expr:
        yield "the same twice", expr.replace(" - min by", " - max by")
        yield "nothing is taken away", expr.partition(" - min by")[0] + " > 1000"


def mutants() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """All alerts, each with one mistake."""
    for name, rule in alerts().items():
        for what, expr in mutations(rule["expr"]):
            yield name, what, {**rule, "expr": expr}
        for factor in (0, 3):
            yield name, f"for × {factor}", {**rule, "for": f"{int(rule['for'][:-1]) * factor}s"}
        yield name, "another severity", {**rule, "labels": {"severity": "info"}}


def unnoticed(folder: Path, every: int = 1) -> tuple[list[str], int]:
    left, tried = [], list(mutants())[::every]
    tests = [c.test(severities()) for c in cases()]
    for name, what, rule in tried:
        watched = [{"name": "mutated", "rules": [rule]}]
        # the others are right, and not looked at again
        listed: dict[str, dict[str, Any]] = {}
        for test in tests:
            [looked] = test["promql_expr_test"]  # type: ignore[misc]
            own = [s for s in looked["exp_samples"] if f'"{name}"' in s["labels"]]
            series = [s for s in test["input_series"] if s["series"].partition("{")[0] in rule["expr"]]  # type: ignore[attr-defined]
            less = {**test, "input_series": series, "promql_expr_test": [{**looked, "exp_samples": own}]}
            listed.setdefault(json.dumps({**less, "name": ""}), less)
        done = judged(folder, watched, list(listed.values()))
        assert "parse error" not in done.stdout + done.stderr, (name, what, done.stderr)
        if done.returncode == 0:
            left.append(f"{name}: {what}")
    return left, len(tried)


def test_some_mistakes_are_noticed(tmp_path: Path) -> None:
    needed("promtool")

    assert unnoticed(tmp_path, every=12)[0] == []


@pytest.mark.long
def test_every_mistake_is_noticed(tmp_path: Path) -> None:
    needed("promtool")

    left, tried = unnoticed(tmp_path)

    print(f"\n{tried} mistakes in {len(alerts())} alerts")
    assert left == []
    assert tried > 150
