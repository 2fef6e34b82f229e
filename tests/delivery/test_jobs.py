"""Backups, drills and restores by hand."""

import json

import pytest

from loom_constructs.delivery import DeliveryError, jobs

CRON_JOB = {
    "metadata": {"name": "db-backup-restore", "namespace": "loom"},
    "spec": {
        "jobTemplate": {
            "metadata": {"labels": {"a": "b"}},
            "spec": {
                "backoffLimit": 0,
                "template": {
                    "spec": {
                        "initContainers": [{"name": "fetch"}],
                        "containers": [{"name": "restore", "env": [{"name": "X", "value": "1"}]}],
                    }
                },
            },
        }
    },
}


@pytest.fixture
def cluster(monkeypatch):
    """A kubectl that knows one CronJob, and ends each Job as it is told."""

    class Cluster:
        def __init__(self):
            self.items = [CRON_JOB]
            self.end = "Complete"
            self.made = None

        def kubectl(self, *arguments, stdin=None):
            if arguments[0] == "create":
                self.made = json.loads(stdin)
                return ""
            if arguments[:2] == ("get", "cronjobs"):
                return json.dumps({"items": self.items})
            if arguments[:2] == ("get", "job"):
                return json.dumps({"status": {"conditions": [{"type": self.end, "status": "True"}]}})
            assert arguments[0] == "logs"
            return "what it printed\n"

    made = Cluster()
    monkeypatch.setattr(jobs, "kubectl", made.kubectl)
    monkeypatch.setattr(jobs, "refuse_other_environment", lambda *a: None)
    return made


def run(**more):
    said = []
    jobs.run_now("restore", namespace="loom", environment="staging", say=said.append, pause=0, **more)
    return said


def test_a_job_is_made_of_the_cron_job_with_what_was_asked_for(cluster):
    said = run(env={"BACKUP": "x"})

    spec = cluster.made["spec"]
    assert cluster.made["metadata"]["name"].startswith("db-backup-restore-")
    assert cluster.made["metadata"]["labels"] == {"a": "b"}
    assert spec["template"]["spec"]["containers"][0]["env"] == [
        {"name": "X", "value": "1"},
        {"name": "BACKUP", "value": "x"},
    ]
    # the container that fetches a backup must know which one
    assert spec["template"]["spec"]["initContainers"][0]["env"] == [{"name": "BACKUP", "value": "x"}]
    assert said[-1] == "what it printed"


def test_another_command_is_that_of_the_main_container_only(cluster):
    run(command=["true"])

    pod = cluster.made["spec"]["template"]["spec"]
    assert pod["containers"][0]["command"] == ["true"] and "command" not in pod["initContainers"][0]


def test_a_failed_job_is_an_error_with_what_it_said(cluster):
    cluster.end = "Failed"

    with pytest.raises(DeliveryError, match="job db-backup-restore-.* failed: what it printed"):
        run()


def test_it_is_not_waited_for_without_end(cluster):
    cluster.end = "Suspended"

    with pytest.raises(DeliveryError, match="runs on after 0 s; kubectl logs"):
        run(timeout=0)


@pytest.mark.parametrize(
    ("items", "got"), [([], "none"), ([CRON_JOB, CRON_JOB], "db-backup-restore, db-backup-restore")]
)
def test_there_must_be_one_cron_job(cluster, items, got):
    cluster.items = items

    with pytest.raises(DeliveryError, match=f"must have one CronJob labelled .*=restore, got {got}"):
        run()
    assert cluster.made is None


def test_the_stream_has_cron_jobs_of_its_own(cluster, monkeypatch):
    asked = []
    known = cluster.kubectl
    monkeypatch.setattr(jobs, "kubectl", lambda *a, **k: asked.append(a) or known(*a, **k))

    run(of=jobs.STREAM)

    selector = "app.kubernetes.io/name=nats-stream-backup,app.kubernetes.io/component=restore"
    assert any(selector in call for call in asked)
