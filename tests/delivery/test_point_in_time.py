"""A restore to a moment: what is asked of the cluster, and in which order."""

import json

import pytest

from loom_constructs.delivery import DeliveryError, jobs, point_in_time

CONTAINER = {
    "name": "restore",
    "command": ["sh", "restore.sh"],
    "env": [{"name": "PGHOST", "value": "db"}],
}
MOMENT = "2026-01-31T15:05:00+01:00"


@pytest.fixture
def cluster(monkeypatch):
    """A kubectl that writes down what it was asked for, and Jobs that end as they are told."""

    class Cluster:
        def __init__(self):
            self.done = []
            self.failing = None
            self.active = []
            self.pods = [1, 0]

        def kubectl(self, *arguments, stdin=None):
            if arguments[:2] == ("get", "statefulset"):
                return json.dumps({"spec": {"selector": {"matchLabels": {"app": "db"}}}})
            if arguments[:2] == ("get", "pods"):
                left = self.pods.pop(0) if len(self.pods) > 1 else self.pods[0]
                return json.dumps({"items": [{}] * left})
            if arguments[:2] == ("get", "jobs"):
                return json.dumps({"items": self.active})
            self.done.append(" ".join([arguments[0], *(a for a in arguments if a.isdigit())]))
            return ""

        def run_now(self, component, **more):
            self.done.append(f"{component} {json.dumps(more.get('env'))}")
            if component == self.failing:
                raise DeliveryError(f"{component} failed")

    made = Cluster()
    cron_job = {"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [CONTAINER]}}}}}}
    monkeypatch.setattr(point_in_time, "kubectl", made.kubectl)
    monkeypatch.setattr(point_in_time, "run_now", made.run_now)
    monkeypatch.setattr(point_in_time, "cron_job", lambda *a: cron_job)
    monkeypatch.setattr(point_in_time, "refuse_other_environment", lambda *a: None)
    return made


def restore(target=MOMENT, **more):
    said = []
    point_in_time.restore_to(target, namespace="loom", environment="staging", say=said.append, pause=0, **more)
    return said


ASKED = 'drill {"TARGET": "2026-01-31T14:05:00.000000Z", "DRY_RUN": "yes"}'
RESTORED = 'restore {"TARGET": "2026-01-31T14:05:00.000000Z", "SERVER_STOPPED": "yes"}'


def test_the_archive_is_asked_before_anything_stops(cluster):
    restore(overwrite=True)

    assert cluster.done == [ASKED, "scale 0", RESTORED, "scale 1", "rollout", "base null"]


def test_a_dry_run_only_asks(cluster):
    restore(dry_run=True)

    assert cluster.done == [ASKED]


def test_without_permission_it_only_asks(cluster):
    with pytest.raises(DeliveryError, match="all databases of db would go back .* nothing was changed"):
        restore()
    assert cluster.done == [ASKED]


def test_what_the_archive_refuses_stops_nothing(cluster):
    cluster.failing = "drill"

    with pytest.raises(DeliveryError, match="drill failed"):
        restore(overwrite=True)
    assert cluster.done == [ASKED]


def test_a_restore_that_fails_starts_the_server_again(cluster):
    cluster.failing = "restore"

    with pytest.raises(DeliveryError, match="restore failed"):
        restore(overwrite=True)
    assert cluster.done == [ASKED, "scale 0", RESTORED, "scale 1"]


def test_a_restore_that_still_runs_keeps_the_server_down(cluster):
    cluster.failing = "restore"
    cluster.active = [{"metadata": {"name": "db-restore-1"}, "status": {"active": 1}}]

    with pytest.raises(DeliveryError):
        restore(overwrite=True)
    assert cluster.done == [ASKED, "scale 0", RESTORED]


def test_a_server_that_does_not_stop_is_left_alone(cluster, monkeypatch):
    monkeypatch.setattr(point_in_time, "STOP_SECONDS", -1)
    cluster.pods = [1]

    with pytest.raises(DeliveryError, match="db did not stop within .* nothing was changed"):
        restore(overwrite=True)
    assert cluster.done == [ASKED, "scale 0", "scale 1"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("latest", "latest"),
        ("0/3000060", "0/3000060"),
        ("2026-01-31T14:05:00Z", "2026-01-31T14:05:00.000000Z"),
        ("2026-01-31 14:05:00.5+00:00", "2026-01-31T14:05:00.500000Z"),
    ],
)
def test_a_target_is_understood(text, target):
    assert point_in_time.moment(text) == target


@pytest.mark.parametrize("text", ["", "yesterday", "2026-01-31T14:05:00", "2026-02-30T14:05:00Z", "0/", "2026-01-31"])
def test_a_target_without_a_zone_or_sense_is_refused(text):
    with pytest.raises(DeliveryError, match="--at must be latest, a moment with its zone"):
        point_in_time.moment(text)


def test_the_jobs_are_those_of_the_archive(monkeypatch):
    asked = []

    def kubectl(*arguments, stdin=None):
        asked.append(arguments[arguments.index("--selector") + 1])
        return json.dumps({"items": [{"metadata": {}}]})

    monkeypatch.setattr(jobs, "kubectl", kubectl)
    jobs.cron_job("base", "loom", jobs.ARCHIVE)
    assert asked == ["app.kubernetes.io/name=postgresql-archive,app.kubernetes.io/component=base"]
