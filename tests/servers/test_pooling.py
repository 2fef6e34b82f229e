"""Each pooling mode that can be rendered, against Go's lib/pq as Loom uses it: no error, and no wrong answer.

The pair that cannot be rendered is tried too: there the judge must see wrong answers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cdk8s import Chart

from loom_constructs import Database, EmbeddedPostgres, PgBouncer, Pooling, PostgresCluster, SecretRef
from tests.conftest import Objects
from tests.harness import pooling_judge
from tests.servers.conftest import Machine
from tests.servers.test_pgbouncer import Pooler
from tests.servers.test_postgres import LOGINS, Postgres

CLIENTS = 100


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pooling_judge.build(tmp_path_factory.mktemp("pooling"))


@dataclass
class Trial:
    """A pooler with fewer server connections than clients, where its mode allows that, and its judge."""

    machine: Machine
    judge: Path
    chart: Chart
    manifests: Callable[[Chart], Objects]

    def verdict(self, pooling: Pooling, *, seconds: float, changed: dict[str, str] | None = None) -> dict[str, Any]:
        postgres = Postgres(self.machine)
        assert postgres.prepare().returncode == 0
        postgres.start()
        databases = [Database("loom", SecretRef("login"))]
        database = PostgresCluster(
            self.chart, "postgres", databases=databases, engine=EmbeddedPostgres(max_connections=400)
        ).sql
        size = 20 if pooling is Pooling.TRANSACTION else CLIENTS
        PgBouncer(
            self.chart, "p", upstream=database, replicas=1, pooling=pooling, pool_size=size, max_client_conn=CLIENTS
        )
        pooler = Pooler(self.machine, postgres, list(self.manifests(self.chart).values()))
        pooler.start()
        dsn = pooling_judge.data_source_name("127.0.0.1", pooler.port, "loom")
        for old, new in (changed or {}).items():
            assert old in dsn
            dsn = dsn.replace(old, new)
        # where a user without rights can run it
        program = shutil.copy(self.judge, self.machine.path("/pooling"))
        command = [str(program), "-clients", str(CLIENTS), "-seconds", str(seconds)]
        done = self.machine.run(command, {"DSN": dsn, "PGPASSWORD": LOGINS["loom_password"]}, timeout=120)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        print(f"\n{pooling}: {said}")
        return said


@pytest.fixture
def trial(machine: Machine, judge: Path, chart: Chart, manifests: Callable[[Chart], Objects]) -> Trial:
    return Trial(machine, judge, chart, manifests)


@pytest.mark.parametrize("pooling", list(Pooling))
def test_a_mode_that_can_be_rendered_answers_what_was_asked(trial: Trial, pooling: Pooling) -> None:
    said = trial.verdict(pooling, seconds=5)

    assert said["questions"] > 1000
    assert (said["errors"], said["wrong"]) == (0, 0), said["messages"]


def test_the_pair_that_cannot_be_rendered_answers_other_questions(trial: Trial) -> None:
    said = trial.verdict(Pooling.TRANSACTION, seconds=4, changed={"binary_parameters=yes": "binary_parameters=no"})

    assert said["wrong"] > 0, said
