"""docs/how-to/upgrade.md shows what is printed."""

import re

from loom_constructs.review.upgrade.allow import Allowed
from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.report import table
from loom_constructs.review.upgrade.verdict import WORDS
from tests.conftest import ROOT

from .objects import made

TEXT = (ROOT / "docs" / "how-to" / "upgrade.md").read_text(encoding="utf-8")
IMAGE = "spec__template__spec__containers__0__image"
NAME = "spec__template__spec__containers__0__name"


def both(kind, name, field, old, new, **always):
    return [made(kind, **always, metadata__name=name, **({} if v is None else {field: v})) for v in (old, new)]


def test_the_example():
    pairs = [
        both(
            "ConfigMap",
            "temporal-config",
            "data",
            {"server.yaml": "numHistoryShards: 4"},
            {"server.yaml": "numHistoryShards: 512"},
        ),
        both("StatefulSet", "nats", "spec__serviceName", "nats", "nats-headless"),
        both(
            "Deployment",
            "pgbouncer",
            IMAGE,
            "pgbouncer:1.24",
            "pgbouncer:1.25",
            **{NAME: "pgbouncer"},
            spec__replicas=1,
        ),
        both("Service", "loom", "spec__ports__0__nodePort", None, 30081, spec__type="NodePort"),
    ]
    lines = table(judge([p[0] for p in pairs], [p[1] for p in pairs]), Allowed([], []))

    [example] = re.findall(r"```\n(loses data .*?)```", TEXT, re.DOTALL)
    assert example.splitlines() == lines


def test_every_verdict_is_explained():
    assert re.findall(r"^\| (\S.*?) \|", TEXT, re.MULTILINE)[1:] == ["---", *WORDS.values()]
