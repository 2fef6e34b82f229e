import pytest
from cdk8s import Size

from loom_constructs import (
    AgentRole,
    Endpoint,
    LlmProvider,
    LoomAgent,
    LoomAgentPools,
    Peer,
    PodOptions,
    Resources,
    SecretRef,
    Wait,
    Wire,
)
from tests.pods import container, env_of, init_names, pod_spec

API = Endpoint(
    Peer("loom", "loom"),
    "http",
    "loom",
    8081,
    wire=Wire.HTTP,
    env=lambda endpoint, host: {"CONTROL_PLANE_URL": f"http://{host}:{endpoint.port}"},
    wait=Wait.http("busybox:1.37.0", "/health/live"),
)


def agent(chart, nats, **changes):
    arguments = {
        "role": AgentRole.CODER,
        "project": "default",
        "image": "loom:1.0",
        "events": nats.client("agents"),
        "control_plane": API,
        **changes,
    }
    return LoomAgent(chart, "agent", **arguments)


def test_matches_snapshot(chart, nats, render, snapshot):
    agent(chart, nats)

    assert {k: v for k, v in render().items() if "/loom-agent" in k} == snapshot


def test_all_the_arguments(chart, nats, render):
    agent(
        chart,
        nats,
        role=AgentRole.PM,
        project="shop",
        name="loom-agent-shop-pm",
        provider=LlmProvider("https://llm.example.org/v1", "m", SecretRef("loom-provider").key("api-key")),
        telemetry=Endpoint(Peer("otel", "loom"), "otlp", "collector", 4317),
        workspace=Size.gibibytes(3),
        max_loop_iterations=7,
        resources=Resources.small(),
        log_level="debug",
        pod=PodOptions(pull_secrets=["registry"]),
    )

    rendered = render()["Deployment/loom-agent-shop-pm"]
    env = env_of(rendered)
    assert (
        env.items()
        >= {
            "PROJECT_ID": "shop",
            "AGENT_ROLE": "pm",
            "SERVICE_ID": "loom-agent-shop-pm",
            "MAX_LOOP_ITERATIONS": "7",
            "PROVIDER_ENDPOINT": "https://llm.example.org/v1",
            "PROVIDER_MODEL": "m",
            "OTEL_ENDPOINT": "collector:4317",
            "CONTROL_PLANE_URL": "http://loom:8081",
            "WORK_DIR": "/workspace",
            "PERSONA_BASE_PATH": "/app/personas",
            "ACTION_LOOP_ENABLED": "true",
            "LOG_LEVEL": "debug",
        }.items()
    )
    assert env["INSTANCE_ID"] == {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}
    assert {"name": "workspace", "emptyDir": {"sizeLimit": "3Gi"}} in pod_spec(rendered)["volumes"]
    assert init_names(rendered) == ["wait-for-nats", "wait-for-loom"]


def test_it_renders_no_replicas(chart, nats, render):
    agent(chart, nats)

    assert "replicas" not in render()["Deployment/loom-agent-coder"]["spec"]


def test_all_roles_in_one_process(chart, nats, render):
    agent(chart, nats, role=None)

    env = env_of(render()["Deployment/loom-agent-all"])
    assert "AGENT_ROLE" not in env and "MAX_LOOP_ITERATIONS" not in env
    assert env["SERVICE_ID"] == "loom-agent-all"


def test_only_the_control_plane_is_called_loom(chart, nats, render):
    agent(chart, nats)

    assert (
        render()["Deployment/loom-agent-coder"]["spec"]["template"]["metadata"]["labels"]["app"] == "loom-agent-coder"
    )


@pytest.mark.parametrize(
    ("role", "limit"),
    [("coder", "25"), ("reviewer", "15"), ("qa", "10"), ("public-relations-manager", "20"), ("pm", None)],
)
def test_loop_limits_are_looms_own(chart, nats, render, role, limit):
    agent(chart, nats, role=AgentRole(role))

    assert env_of(render()[f"Deployment/loom-agent-{role}"]).get("MAX_LOOP_ITERATIONS") == limit


def test_pools_are_one_deployment_for_each_role(chart, nats, render):
    roles = (AgentRole.CODER, AgentRole.QA)
    made = LoomAgentPools(
        chart,
        "agents",
        roles=roles,
        project="default",
        image="loom:1.0",
        events=nats.client("agents"),
        control_plane=API,
        pod=PodOptions(node_selector={"pool": "agents"}),
    )

    assert tuple(made.pools) == roles
    for role in roles:
        rendered = render()[f"Deployment/loom-agent-{role.value}"]
        assert pod_spec(rendered)["nodeSelector"] == {"pool": "agents"}
        assert container(rendered, "agent")["command"] == ["/app/loom-project-agent"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"role": "juggler"}, "role must be one of coder, .*, got 'juggler'"),
        ({"project": ""}, "project must be a project id of letters, .*got ''"),
        ({"project": "a.b"}, "project must be a project id of letters, .*got 'a.b'"),
        ({"image": "loom"}, "image must be an image with a tag"),
        ({"max_loop_iterations": 0}, "max_loop_iterations must be at least 1, got 0"),
        ({"log_level": "x"}, "log_level must be one of"),
        ({"name": "A"}, "name must be a DNS label"),
        ({"control_plane": None}, "control_plane must be an Endpoint, got None"),
        ({"workspace": "3Gi"}, "workspace must be a Size or None, got '3Gi'"),
    ],
)
def test_bad_arguments_are_refused(chart, nats, changes, message):
    with pytest.raises(ValueError, match=message):
        agent(chart, nats, **changes)


@pytest.mark.parametrize("roles", [[], [AgentRole.QA, AgentRole.QA]])
def test_pools_need_roles_without_repetition(chart, nats, roles):
    with pytest.raises(ValueError, match="roles must be"):
        LoomAgentPools(
            chart, "agents", roles=roles, project="p", image="loom:1.0", events=nats.client("agents"), control_plane=API
        )
