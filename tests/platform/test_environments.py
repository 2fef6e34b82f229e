import dataclasses
import json

import pytest
from cdk8s import App

from loom_constructs.platform import ENVIRONMENTS, LOCAL, PRODUCTION, STAGING, LoomPlatform, reasons
from loom_constructs.platform.environment import Environment
from tests.conftest import ROOT


def changed(environment, **changes):
    values = {f.name: getattr(environment, f.name) for f in dataclasses.fields(environment)}
    return Environment(**{**values, **changes})


def test_an_unknown_environment_is_refused():
    with pytest.raises(ValueError, match="name must be one of local, staging, production, got 'qa'"):
        changed(LOCAL, name="qa")


def test_a_value_without_a_reason_is_refused():
    missing = {k: v for k, v in LOCAL.reasons.items() if k != "nats.storage"}

    with pytest.raises(ValueError, match="reasons must be given for every value, also for nats.storage"):
        changed(LOCAL, reasons=missing)


def test_a_reason_for_nothing_is_refused():
    with pytest.raises(ValueError, match=r"reasons must be given for values that exist, got \['nats.colour'\]"):
        changed(LOCAL, reasons={**LOCAL.reasons, "nats.colour": "blue"})


def test_an_unpinned_image_is_refused():
    with pytest.raises(ValueError, match="images.loom must be an image with a tag .*got 'loom:latest'"):
        dataclasses.replace(LOCAL.images, loom="loom:latest")


def test_pools_that_exceed_max_connections_fail_the_synthesis(tmp_path):
    greedy = changed(LOCAL, pgbouncer=dataclasses.replace(LOCAL.pgbouncer, pool_size=80, max_client_conn=200))
    app = App(outdir=str(tmp_path))
    LoomPlatform(app, greedy)

    with pytest.raises(RuntimeError, match=r"max_connections of loom-db must be at least 252 \(.*\), got 150"):
        app.synth()


def test_more_control_planes_than_the_pooler_takes_fail_the_synthesis(tmp_path):
    few = changed(STAGING, pgbouncer=dataclasses.replace(STAGING.pgbouncer, max_client_conn=30))
    app = App(outdir=str(tmp_path))
    LoomPlatform(app, few)

    with pytest.raises(
        RuntimeError,
        match=r"max_client_conn of pgbouncer must be at least 77, so that 1 of its poolers takes 77 clients "
        r"\(loom 75, reserved 2\), got 30",
    ):
        app.synth()


def test_the_written_reasons_are_current():
    assert (ROOT / "docs" / "environments.json").read_text() == reasons(ENVIRONMENTS)


def test_production_is_never_smaller_than_staging():
    assert PRODUCTION.postgres.max_connections >= STAGING.postgres.max_connections
    assert PRODUCTION.nats.replicas == STAGING.nats.replicas == 3
    table = json.loads(reasons(ENVIRONMENTS))
    assert set(table) == {"local", "staging", "production"}
    assert all(entry["reason"] for values in table.values() for entry in values.values())
