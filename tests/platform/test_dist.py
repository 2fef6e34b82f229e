"""What holds for every rendered object of every environment."""

import functools
import json
import re

import kubernetes_validate
import pytest
import yaml

from tests.conftest import ROOT
from tests.pods import all_containers, pod_spec, template, workloads

ENVIRONMENTS = ("local", "staging", "production")
LOWEST, NEWEST = "1.29", "1.37"


@functools.cache
def _parsed(environment):
    folder = ROOT / "dist" / environment
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
    # pure Python would take most of these tests' time
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return json.dumps([o for name in listed for o in yaml.load_all((folder / name).read_text(), loader)])


def objects(environment):
    """Every object of an environment, fresh for each caller."""
    return json.loads(_parsed(environment))


def lean_schemas():
    found = {}
    for path in (ROOT / "imports" / "schemas").glob("*.yaml"):
        for definition in yaml.safe_load_all(path.read_text()):
            for version in definition["spec"]["versions"]:
                api = f"{definition['spec']['group']}/{version['name']}"
                found[api, definition["spec"]["names"]["kind"]] = version["schema"]["openAPIV3Schema"]
    return found


@pytest.fixture(params=ENVIRONMENTS)
def rendered(request):
    return objects(request.param)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_kustomization_lists_every_file(environment):
    folder = ROOT / "dist" / environment
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]

    assert sorted(listed) == sorted(f.name for f in folder.glob("*.k8s.yaml"))


@pytest.mark.parametrize("version", [LOWEST, NEWEST])
def test_every_object_is_valid_in_the_lowest_and_the_newest_kubernetes(rendered, version):
    import jsonschema

    schemas = lean_schemas()
    for o in rendered:
        custom = schemas.get((o["apiVersion"], o["kind"]))
        if custom is None:
            kubernetes_validate.validate(o, version, strict=True)
        else:
            jsonschema.validate(o, custom)


def test_the_schemas_notice_a_misspelt_field(rendered):
    broken = next(o for o in rendered if o["kind"] == "StatefulSet")
    pod_spec(broken)["containers"][0]["imagePulPolicy"] = "Always"

    with pytest.raises(kubernetes_validate.ValidationError, match="imagePulPolicy"):
        kubernetes_validate.validate(broken, NEWEST, strict=True)


def test_every_container_is_hardened_and_limited(rendered):
    for workload in workloads(rendered):
        pod = pod_spec(workload)
        assert pod["automountServiceAccountToken"] is False
        assert pod["serviceAccountName"] != "default"
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["securityContext"]["runAsNonRoot"] is True
        for container in all_containers(workload):
            where = f"{workload['metadata']['name']}/{container['name']}"
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False, where
            assert context["readOnlyRootFilesystem"] is True, where
            assert context["runAsNonRoot"] is True, where
            assert context["capabilities"] == {"drop": ["ALL"]}, where
            assert context["seccompProfile"] == {"type": "RuntimeDefault"}, where
            amounts = container["resources"]
            assert set(amounts["requests"]) == set(amounts["limits"]) == {"cpu", "memory", "ephemeral-storage"}


def test_every_service_account_is_used_by_one_workload_and_has_no_token(rendered):
    accounts = {o["metadata"]["name"]: o for o in rendered if o["kind"] == "ServiceAccount"}
    used = [pod_spec(w)["serviceAccountName"] for w in workloads(rendered)]

    assert sorted(accounts) == sorted(used)
    assert all(a["automountServiceAccountToken"] is False for a in accounts.values())


def test_labels_stand_on_objects_and_pods_and_selectors_are_small(rendered):
    for o in rendered:
        labels = o["metadata"]["labels"]
        expected = {"app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/part-of", "environment"}
        if o["kind"] != "PersistentVolumeClaim":
            expected.add("app.kubernetes.io/managed-by")
        assert expected <= set(labels), o["metadata"]["name"]
        assert labels["app.kubernetes.io/part-of"] == "loom"
    for workload in workloads(rendered):
        labels = template(workload)["metadata"]["labels"]
        assert {"app", "version", "environment", "app.kubernetes.io/version"} <= set(labels)
        selector = workload["spec"].get("selector", {}).get("matchLabels")
        if workload["kind"] not in ("Job", "CronJob"):
            assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}
        for claim in workload["spec"].get("volumeClaimTemplates", []):
            assert set(claim["metadata"]["labels"]) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}


def test_every_service_selects_exactly_one_workload_and_its_ports_exist(rendered):
    for service in (o for o in rendered if o["kind"] == "Service"):
        selector = service["spec"]["selector"].items()
        [workload] = [w for w in workloads(rendered) if selector <= template(w)["metadata"]["labels"].items()]
        ports = {p["name"] for c in pod_spec(workload)["containers"] for p in c.get("ports", [])}
        assert {p["targetPort"] for p in service["spec"]["ports"]} <= ports


def test_names_are_those_of_the_documents(rendered):
    names = {f"{o['kind']}/{o['metadata']['name']}" for o in rendered}
    environment = next(o["metadata"]["labels"]["environment"] for o in rendered)
    embedded = {"StatefulSet/loom-db", "Service/loom-db"}

    assert names >= {
        *({"Cluster/loom-db"} if environment == "production" else embedded),
        "Service/loom",
        "Service/connectors-service",
        "Service/pgbouncer",
        "Service/nats",
        "Service/nats-headless",
        "Service/temporal",
        "Deployment/loom-agent-coder",
        "Deployment/loom-agent-reviewer",
        "Namespace/loom",
    }
    control_planes = [w for w in workloads(rendered) if template(w)["metadata"]["labels"]["app"] == "loom"]
    assert [w["metadata"]["name"] for w in control_planes] == ["loom"]
    inits = {c["name"] for c in pod_spec(control_planes[0])["initContainers"]}
    assert {"migrate", "wait-for-temporal"} <= inits


def test_no_secret_is_rendered(rendered):
    assert not [o for o in rendered if o["kind"] == "Secret"]
    for workload in workloads(rendered):
        for container in all_containers(workload):
            for variable in container.get("env", []):
                if re.search("PASSWORD|SECRET|TOKEN|API_KEY", variable["name"]):
                    value = variable.get("value", "")
                    assert re.fullmatch(r'"?(\$\([A-Z_]+\))?"?', value), variable["name"]


def test_only_local_opens_node_ports_and_only_it_needs_nothing_in_the_cluster():
    for environment in ENVIRONMENTS:
        types = {o["spec"].get("type") for o in objects(environment) if o["kind"] == "Service"}
        assert ("NodePort" in types) is (environment == "local")
    builtin = {"v1", "apps/v1", "batch/v1", "networking.k8s.io/v1"}
    assert {o["apiVersion"] for o in objects("local")} <= builtin


def test_local_fits_a_laptop():
    cpu = memory = limit = storage = 0
    for o in objects("local"):
        if o["kind"] == "PersistentVolumeClaim":
            storage += _mebibytes(o["spec"]["resources"]["requests"]["storage"])
    for workload in workloads(objects("local")):
        pod = pod_spec(workload)
        inits, mains = pod.get("initContainers", []), pod["containers"]
        cpu += max([sum(_requests(c, "cpu") for c in mains), *(_requests(c, "cpu") for c in inits)])
        memory += max([sum(_requests(c, "memory") for c in mains), *(_requests(c, "memory") for c in inits)])
        limit += sum(_mebibytes(c["resources"]["limits"]["memory"]) for c in mains)
        for claim in workload["spec"].get("volumeClaimTemplates", []):
            storage += _mebibytes(claim["spec"]["resources"]["requests"]["storage"])

    print(f"\nlocal: {cpu}m CPU and {memory}Mi requested, limits {limit}Mi, claims {storage // 1024}Gi")
    assert cpu <= 1500 and memory <= 3 * 1024 and limit <= 8 * 1024 and storage <= 20 * 1024


def _requests(container, kind):
    value = container["resources"]["requests"][kind]
    if kind == "memory":
        return _mebibytes(value)
    return int(value[:-1]) if value.endswith("m") else int(value) * 1000


def _mebibytes(value):
    return int(value[:-2]) * {"Mi": 1, "Gi": 1024}[value[-2:]]


def test_what_has_two_pods_or_more_has_one_budget_and_nothing_else_has(rendered):
    budgets = sorted(o["metadata"]["name"] for o in rendered if o["kind"] == "PodDisruptionBudget")
    several = sorted(w["metadata"]["name"] for w in workloads(rendered) if w["spec"].get("replicas", 1) > 1)
    local = rendered[0]["metadata"]["labels"]["environment"] == "local"

    # agents say no number: their work is in a queue
    assert budgets == ([] if local else several)
    assert local or {"connectors-service", "loom", "nats", "pgbouncer"} <= set(budgets)
