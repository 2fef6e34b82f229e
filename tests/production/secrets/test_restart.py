"""Who is restarted when a Secret changes, and who is not."""

import pytest

from loom_constructs import Container, Resources, SecretRef, Volume, restart_on_change
from loom_constructs.kubernetes import Kind, Labels, Workload

SECRET = SecretRef("db")


def workload(chart, name, kind=Kind.DEPLOYMENT, init=(), **main):
    container = Container("main", "x:1", Resources.small(), **main)
    spec = {"serviceName": name} if kind is Kind.STATEFUL_SET else {}
    Workload(
        chart, name, kind=kind, labels=Labels("x", name, "x", "1"), containers=[container], init_containers=init, user=1,
        spec=spec,
    )  # fmt: skip


def test_those_with_the_secret_in_variables_are_restarted(chart, render):
    reads = {"P": SECRET.key("password")}
    workload(chart, "web", env=reads)
    workload(chart, "db", Kind.STATEFUL_SET, init=[Container("prepare", "x:1", Resources.small(), env=reads)])
    workload(chart, "pooler", mounts={"/login": Volume.secrets("login", {"p": SECRET.key("password")})})
    workload(chart, "other", env={"P": SecretRef("another").key("password")})
    workload(chart, "job", Kind.JOB, env=reads)

    restarted = restart_on_change(chart, SECRET, SecretRef("unused"))

    assert restarted == ("Deployment/web",)
    marked = {
        name: o["metadata"]["annotations"]["secret.reloader.stakater.com/reload"]
        for name, o in render().items()
        if "secret.reloader.stakater.com/reload" in o["metadata"].get("annotations", {})
    }
    assert marked == {"Deployment/web": "db"}


def test_a_secret_that_nobody_reads_is_refused(chart):
    workload(chart, "web")

    with pytest.raises(ValueError, match="secrets must be in a variable of a workload in the scope, got 'db'"):
        restart_on_change(chart, SECRET)
