"""Into the mesh without cutting anybody off."""

import pytest

from loom_constructs.delivery import DeliveryError
from loom_constructs.delivery.linkerd.roll import Roll
from tests.delivery.linkerd_objects import NAMESPACE, pod, thing, workload
from tests.delivery.linkerd_world import managed, rendered, running, start  # noqa: F401

ON = {"mesh": "on", "high_availability": False}


@pytest.mark.parametrize("arguments", [{}, ON], ids=["add-on", "on"])
def test_it_may_fail_at_any_command_and_a_second_run_completes_it(start, arguments):
    # also when the command did what it should before it failed, such as a wait that ran out
    server_first = after_all = bool(arguments)
    objects = running(server_first=server_first) + (managed() if arguments else [])
    whole = start(objects)
    whole(**arguments)
    commands = len(whole.programs.calls)

    for number in range(1, commands + 1):
        run = start(objects)
        run.programs.fails, run.programs.fails_after_all = number, after_all
        with pytest.raises(DeliveryError) as failed:
            run(**arguments)
        assert "it failed" in str(failed.value), run.programs.calls[-1]
        if number > 1:
            assert "the same command again goes on from here" in str(failed.value)
        run.programs.fails = None
        run(**arguments)
        assert run.programs.cut_off == [], f"after {run.programs.calls[number - 1]} had failed"
        assert run.programs.get("Server", "server")["spec"]["accessPolicy"] == "deny"
        assert run.programs.get("NetworkPolicy", "linkerd-rollout") is None
        assert all(p["spec"]["containers"][1:] for p in run.programs.objects.values() if p["kind"] == "Pod")


@pytest.mark.parametrize("left_out", ["open_up", "audit"])
def test_without_the_temporary_policy_or_without_audit_somebody_would_be_cut_off(start, monkeypatch, left_out):
    run = start(running(server_first=True) + managed())
    # without audit the files are applied as they are
    instead = {"open_up": lambda roll: "left out", "audit": lambda roll: str(roll.enforce())}
    monkeypatch.setattr(Roll, left_out, instead[left_out])

    run(**ON)

    assert run.programs.cut_off != []


def test_an_empty_namespace_needs_no_opening(start):
    run = start([o for o in running() if o["metadata"].get("namespace") != NAMESPACE and o["kind"] != "Namespace"])

    lines = run()

    assert "temporary policy: nothing to do, every pod is in the mesh" in lines
    assert "every pod is in the mesh: no pod runs yet" in lines
    assert not [c for c in run.programs.changes if "linkerd-rollout" in c]


def test_surging_deployments_first_and_stateful_sets_last(start):
    more = [
        workload("Deployment", "stops-first", strategy={"type": "Recreate"}),
        workload("Deployment", "worker", strategy={"type": "RollingUpdate"}),
    ]
    pods = [pod("stops-first-1", "stops-first"), pod("worker-1", "worker")]
    run = start(running() + more + pods)

    run()

    rolled = [call.split()[2:4] for call in run.programs.said("kubectl rollout") if "--namespace loom" in call]
    order = ["deployment/client", "deployment/worker", "deployment/stops-first", "statefulset/server"]
    # what rolls out already is waited for; then it is restarted, and waited for before the next one
    assert rolled == [[verb, name] for name in order for verb in ("status", "restart", "status")]


def test_the_first_pod_that_comes_up_outside_stops_it_while_everything_still_works(start):
    run = start(running())
    run.programs.injects = False

    with pytest.raises(DeliveryError, match="deployment/client must have pods with the container linkerd-proxy"):
        run()

    assert len(run.programs.said("kubectl rollout restart")) == 1
    assert run.programs.cut_off == []
    assert run.programs.get("Server", "server")["spec"]["accessPolicy"] == "audit"
    assert run.programs.get("NetworkPolicy", "linkerd-rollout") is not None


def test_a_job_that_runs_outside_is_waited_for_and_one_that_stays_outside_on_purpose_is_not(start):
    jobs = [
        pod("outside-on-purpose", "job", owner="Job", annotations={"linkerd.io/inject": "disabled"}),
        {**pod("has-ended", "job", owner="Job"), "status": {"phase": "Succeeded"}},
    ]
    run = start(running() + jobs)
    run()

    run = start([*running(), *jobs, pod("backup", "backup", owner="Job")])
    with pytest.raises(DeliveryError, match="jobs outside of the mesh run on after 0 s: backup; until then"):
        run()
    assert run.programs.get("Server", "server")["spec"]["accessPolicy"] == "audit"


def test_pods_that_nobody_here_can_restart_are_named(start):
    run = start([*running(), pod("loom-db-1", "database", owner="Cluster")])

    with pytest.raises(DeliveryError, match="outside of the mesh: loom-db-1; restart them by hand; until then"):
        run()


def test_pods_that_are_not_ready_keep_it_open(start):
    lame = pod("server-1", "server", meshed=True)
    lame["status"]["conditions"] = []
    run = start([*running(), lame])
    run.programs._restart = lambda app: run.programs._put(pod(f"{app}-{0 if app == 'server' else 1}", app, meshed=True))

    with pytest.raises(DeliveryError, match="in the mesh, but not ready: server-1; until then"):
        run()


@pytest.fixture
def stops(monkeypatch):
    """Every run fails once the temporary policy is there."""

    def fail(folders):
        raise DeliveryError("it failed")

    monkeypatch.setattr("loom_constructs.delivery.linkerd.servers.send_in_audit", fail)


def test_where_nothing_is_denied_the_temporary_policy_takes_nothing_away(start, stops):
    run = start([o for o in running() if o["kind"] != "NetworkPolicy"])
    for _ in ("once", "and again over what it made itself"):
        with pytest.raises(DeliveryError):
            run()
    spec = run.programs.get("NetworkPolicy", "linkerd-rollout")["spec"]
    assert (spec["ingress"], spec["egress"]) == ([{}], [{}])


def test_the_temporary_policy_opens_the_namespace_to_itself_and_to_callers_that_are_named(start, stops, monkeypatch):
    ingress = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}
    rules = [{"from": [{"podSelector": {}}, ingress], "ports": [{"port": 4143}]}]
    spec = {"podSelector": {"matchLabels": {"a": "b"}}, "ingress": rules}
    policy = thing("NetworkPolicy", "web", NAMESPACE, spec=spec)
    monkeypatch.setattr("loom_constructs.delivery.linkerd.roll.rendered", lambda folder: [policy])
    run = start(running())
    with pytest.raises(DeliveryError):
        run()
    made = run.programs.get("NetworkPolicy", "linkerd-rollout")
    assert made["spec"]["ingress"] == [{"from": [{"podSelector": {}}, ingress]}]
    assert made["spec"]["egress"][0] == {"to": [{"podSelector": {}}]}
    assert "run it again if it is left" in made["metadata"]["annotations"]["kubernetes.io/description"]
