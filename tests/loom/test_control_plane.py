import pytest
from cdk8s import Chart, Size

from loom_constructs import (
    Claim,
    ConnectorsService,
    Container,
    Database,
    Endpoint,
    Ephemeral,
    LlmProvider,
    LoomControlPlane,
    NatsJetStream,
    NatsUser,
    NodePorts,
    Peer,
    PodOptions,
    PostgresCluster,
    Resources,
    SecretRef,
    Wire,
    calls_in,
)
from tests.pods import container, env_of, init_names, pod_spec

IMAGE = "loom:1.0"


@pytest.fixture
def control_plane(chart, pooler, postgres, nats):
    def make(**changes):
        arguments = {
            "image": IMAGE,
            "database": pooler.sql,
            "migrations": postgres.sql,
            "events": nats.client("control-plane"),
            "secret": SecretRef("loom-secret"),
            **changes,
        }
        return LoomControlPlane(chart, "loom", **arguments)

    return make


def test_matches_snapshot(control_plane, render, snapshot):
    control_plane()

    names = ("/loom", "/loom-config", "/loom-data")
    assert {k: v for k, v in render().items() if k.endswith(names)} == snapshot


def test_its_arguments_are_its_calls(chart, control_plane):
    made = control_plane()

    mine = [c for c in calls_in(chart) if c.client == Peer.of(made.workload)]
    assert [f"{c.to.server.name}:{c.to.name}" for c in mine] == ["loom-db:sql", "nats:client", "pgbouncer:sql"]


def test_all_the_arguments(chart, control_plane, nats, render):
    connectors = ConnectorsService(chart, "connectors", image=IMAGE, events=nats.client("connectors"))
    temporal = Endpoint(Peer("temporal", "loom"), "grpc", "temporal", 7233, wire=Wire.GRPC)
    otel = Endpoint(Peer("otel", "monitoring"), "otlp", "collector", 4317)
    control_plane(
        temporal=temporal,
        temporal_namespace="loom",
        connectors=connectors.grpc,
        remote_connectors=True,
        provider=LlmProvider(
            "https://llm.example.org/v1", "m", SecretRef("loom-provider").key("api-key", optional=True)
        ),
        telemetry=otel,
        git=SecretRef("loom-git"),
        data=Claim(Size.gibibytes(5), storage_class="fast"),
        node_ports=NodePorts(30081, 30090),
        max_concurrent=4,
        resources=Resources.small(),
        log_level="debug",
        pod=PodOptions(env={"EXTRA": "1"}),
    )

    objects = render()
    rendered = objects["Deployment/loom"]
    env = env_of(rendered)
    assert env["TEMPORAL_HOST"] == "temporal:7233" and env["TEMPORAL_NAMESPACE"] == "loom"
    assert env["CONNECTORS_SERVICE_ADDR"] == "connectors-service:50051"
    assert env["LOOM_PROVIDER_URL"] == "https://llm.example.org/v1"
    assert env["LOOM_PROVIDER_API_KEY"]["secretKeyRef"] == {"name": "loom-provider", "key": "api-key", "optional": True}
    assert env["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector.monitoring.svc:4317"
    assert env["GITHUB_TOKEN"]["secretKeyRef"]["optional"] is True
    assert env["LOG_LEVEL"] == "debug" and env["EXTRA"] == "1"
    assert "max_concurrent: 4\n" in objects["ConfigMap/loom-config"]["data"]["config.yaml"]
    assert "wait-for-connectors-service" in init_names(rendered)
    claim = objects["PersistentVolumeClaim/loom-data"]["spec"]
    assert claim["storageClassName"] == "fast" and claim["accessModes"] == ["ReadWriteOnce"]
    ports = {p["name"]: p["nodePort"] for p in objects["Service/loom"]["spec"]["ports"]}
    assert ports == {"http": 30081, "grpc": 30090}
    assert objects["Service/loom"]["spec"]["type"] == "NodePort"


def test_the_data_source_name_always_fits_the_pooler(control_plane, render):
    control_plane()

    text = render()["ConfigMap/loom-config"]["data"]["config.yaml"]
    assert "binary_parameters=yes" in text
    assert "password" not in text


def test_waits_come_first_and_migrations_go_straight_to_postgres(control_plane, render):
    control_plane()

    objects = render()
    rendered = objects["Deployment/loom"]
    assert init_names(rendered) == ["wait-for-pgbouncer", "wait-for-nats", "home", "migrate"]
    waits = {v["name"]: v.get("value") for v in container(rendered, "migrate")["env"]}
    assert waits["PGHOST"] == "loom-db"
    assert env_of(rendered)["POSTGRES_HOST"] == "pgbouncer"
    job = migration(objects)
    assert init_names(job) == ["wait-for-loom-db", "look", "migrate"]
    assert {v["name"]: v.get("value") for v in container(job, "migrate")["env"]}["POSTGRES_HOST"] == "loom-db"
    assert env_of(job)["PGHOST"] == "loom-db"


def migration(objects):
    [job] = [o for o in objects.values() if o["kind"] == "Job"]
    return job


def release_of(job_or_deployment, name):
    [release] = [v["value"] for v in container(job_or_deployment, name)["env"] if v["name"] == "RELEASE"]
    return release


def test_pods_wait_for_the_job_of_their_own_release(app, manifests):
    def rendered(id, **changes):
        chart = Chart(app, id, namespace=id, disable_resource_name_hashes=True)
        postgres = PostgresCluster(chart, "postgres", databases=[Database("loom", SecretRef("login"))])
        nats = NatsJetStream(chart, "nats", users=[NatsUser("control-plane")], passwords=SecretRef("loom-nats"))
        arguments = {
            "image": IMAGE,
            "database": postgres.sql,
            "events": nats.client("control-plane"),
            "secret": SecretRef("loom-secret"),
            **changes,
        }
        LoomControlPlane(chart, "loom", **arguments)
        return manifests(chart)

    one, same, other = rendered("one"), rendered("two", log_level="debug"), rendered("three", image="loom:1.1")
    for objects in (one, same, other):
        assert release_of(migration(objects), "record") == release_of(objects["Deployment/loom"], "migrate")
    releases = [release_of(migration(o), "record") for o in (one, same, other)]
    assert releases[0] == releases[1] != releases[2]
    # a Job cannot be changed
    names = {migration(o)["metadata"]["name"] for o in (one, same, other)}
    assert len(names) == 3
    assert all(n.startswith("loom-migrate-") for n in names)


def test_nothing_beside_the_migration_keeps_its_job_from_ending(control_plane, render):
    beside = Container("beside", "beside:1", Resources.small())
    control_plane(pod=PodOptions(containers=[beside], tolerations=[{"operator": "Exists"}]))

    job = migration(render())
    assert [c["name"] for c in pod_spec(job)["containers"]] == ["record"]
    assert pod_spec(job)["tolerations"] == [{"operator": "Exists"}]
    assert pod_spec(job)["restartPolicy"] == "OnFailure"
    assert "ttlSecondsAfterFinished" not in job["spec"]


def test_what_looks_up_releases_has_psql(control_plane, render):
    control_plane(psql_image="postgres:15.19-alpine")

    objects = render()
    images = [container(migration(objects), n)["image"] for n in ("look", "record")]
    images.append(container(objects["Deployment/loom"], "migrate")["image"])
    assert set(images) == {"postgres:15.19-alpine"}


def test_it_keeps_the_images_entrypoint(control_plane, render):
    control_plane()

    assert "command" not in container(render()["Deployment/loom"], "loom")


def test_probes_never_ask_for_all_dependencies(control_plane, render):
    control_plane()

    main = container(render()["Deployment/loom"], "loom")
    assert main["livenessProbe"]["httpGet"]["path"] == "/health/live"
    assert main["readinessProbe"]["httpGet"]["path"] == "/health/ready"
    assert main["readinessProbe"]["timeoutSeconds"] > 5


def test_every_writable_path_is_a_volume(control_plane, render):
    control_plane()

    mounts = {m["mountPath"] for m in container(render()["Deployment/loom"], "loom")["volumeMounts"]}
    assert mounts >= {"/app/data", "/app/.beads", "/app/.cache", "/tmp", "/home/loom", "/app/config.yaml"}


@pytest.mark.parametrize("shared", [False, True])
def test_one_pod_at_a_time_on_one_set_of_beads(control_plane, render, shared):
    control_plane(data=Claim(Size.gibibytes(1), shared=shared))

    assert render()["Deployment/loom"]["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize("data", [Claim(Size.gibibytes(1), shared=True), Ephemeral(Size.gibibytes(1))])
def test_several_replicas_warn(control_plane, render, data):
    with pytest.warns(UserWarning, match="2 replicas; in today's program the newest one takes the durable consumer"):
        control_plane(replicas=2, data=data)

    rendered = render()["Deployment/loom"]
    assert rendered["spec"]["replicas"] == 2
    assert rendered["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    [volume] = [v for v in pod_spec(rendered)["volumes"] if v["name"] == "data"]
    assert ("emptyDir" in volume) is isinstance(data, Ephemeral)


def test_without_temporal_it_renders_cleanly(control_plane, render):
    control_plane()

    rendered = render()["Deployment/loom"]
    assert "TEMPORAL_HOST" not in env_of(rendered)
    assert not any("temporal" in name for name in init_names(rendered))


def test_connectors_stay_in_the_process_unless_told_otherwise(chart, control_plane, nats, render):
    connectors = ConnectorsService(chart, "connectors", image=IMAGE, events=nats.client("connectors"))
    made = control_plane(connectors=connectors.grpc)

    assert "CONNECTORS_SERVICE_ADDR" not in env_of(render()["Deployment/loom"])
    assert any(c.to == connectors.grpc for c in calls_in(chart) if c.client == Peer.of(made.workload))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": "loom:latest"}, "image must be an image with a tag other than latest, .*got 'loom:latest'"),
        ({"psql_image": "postgres:latest"}, "psql_image must be an image with a tag other than latest"),
        ({"name": "l" * 47}, "name must be a DNS label .* at most 46"),
        ({"image": ""}, "image must be an image with a tag .*got ''"),
        ({"replicas": 0}, "replicas must be at least 1, got 0"),
        ({"replicas": -2}, "replicas must be at least 1, got -2"),
        ({"replicas": 2}, "replicas must be 1 with a claim that one node mounts .*got 2"),
        ({"secret": None}, "secret must be a SecretRef, got None"),
        ({"secret": "loom-secret"}, "secret must be a SecretRef, got 'loom-secret'"),
        ({"log_level": "loud"}, "log_level must be one of debug, info, warn, error, got 'loud'"),
        ({"max_concurrent": 0}, "max_concurrent must be at least 1, got 0"),
        ({"remote_connectors": True}, "connectors must be given with remote_connectors=True, got None"),
        ({"name": "Loom"}, "name must be a DNS label .*got 'Loom'"),
        ({"temporal_namespace": "a: b"}, "temporal_namespace must be a DNS label .*got 'a: b'"),
        ({"data": Size.gibibytes(1)}, "data must be a Claim or an Ephemeral or None, got"),
        ({"git": "loom-git"}, "git must be a SecretRef or None, got 'loom-git'"),
        ({"provider": "http://x"}, "provider must be a LlmProvider or None, got 'http://x'"),
        ({"events": None}, "events must be an Endpoint, got None"),
        ({"database": None}, "database must be an Endpoint, got None"),
        ({"pod": {}}, "pod must be a PodOptions or None, got {}"),
        ({"node_ports": NodePorts(80, 30090)}, "node_port must be from 30000 to 32767, got 80"),
    ],
)
def test_bad_arguments_are_refused(control_plane, changes, message):
    with pytest.raises(ValueError, match=message):
        control_plane(**changes)


@pytest.mark.parametrize("argument", ["database", "migrations", "events", "temporal", "connectors"])
def test_an_endpoint_of_another_kind_is_refused(control_plane, nats, argument):
    with pytest.raises(ValueError, match=f"{argument} must be "):
        control_plane(**{argument: nats.monitoring})


def test_on_an_empty_database_one_of_several_replicas_goes_first(control_plane, render):
    with pytest.warns(UserWarning):
        control_plane(replicas=2, data=Claim(Size.gibibytes(1), shared=True))

    rendered = render()["Deployment/loom"]
    assert init_names(rendered)[-2:] == ["take-turns", "migrate"]
    [beads] = [m for m in container(rendered, "loom")["volumeMounts"] if m["mountPath"] == "/app/.beads"]
    assert beads["subPathExpr"] == "beads/$(POD_NAME)"
    assert env_of(rendered)["POD_NAME"] == {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}}


def test_a_literal_key_is_refused():
    with pytest.raises(ValueError, match="api_key must be a SecretKey, got 'sk-1'"):
        LlmProvider("https://a.b", "m", "sk-1")


def test_two_equal_node_ports_are_refused():
    with pytest.raises(ValueError, match=r"grpc must be another node port than api \(30081\), got 30081"):
        NodePorts(30081, 30081)


def test_a_database_without_a_login_is_refused(control_plane):
    with pytest.raises(ValueError, match="database must be a database with a login, got 'x:sql'"):
        control_plane(database=Endpoint(Peer("x", "loom"), "sql", "x", 5432))


@pytest.mark.parametrize("url", ["llm.example.org", "ftp://x", ""])
def test_a_provider_needs_a_url(url):
    with pytest.raises(ValueError, match=f"url must be an http or https URL, got '{url}'"):
        LlmProvider(url, "m", SecretRef("p").key("k"))


def test_a_providers_port_follows_its_scheme():
    key = SecretRef("p").key("k")
    ports = [LlmProvider(u, "m", key).endpoint.port for u in ("https://a.b/v1", "http://a.b", "http://a.b:8000/v1")]

    assert ports == [443, 80, 8000]


def test_migrations_with_a_login_of_another_namespace_are_refused(app, control_plane):
    elsewhere = Chart(app, "elsewhere", namespace="other", disable_resource_name_hashes=True)
    far = PostgresCluster(elsewhere, "postgres", databases=[Database("loom", SecretRef("login"))])

    with pytest.raises(ValueError, match=r"migrations must be in a Secret of namespace loom .*got 'other/login'"):
        control_plane(migrations=far.sql)
