"""Ten workloads as other teams write them: none of them says what production asks for."""

from __future__ import annotations

from pathlib import Path

import cdk8s_plus_27 as plus
from cdk8s import ApiObject, ApiObjectMetadata, Chart, Cron, Include, JsonPatch
from cdk8s_plus_27 import k8s

from loom_constructs import Container, Probe, Resources
from loom_constructs.kubernetes import Kind, Labels, Workload

IMAGE = "busybox:1.37.0"
# it ends at once when it is told to, as programs do that know nothing of Services
SERVE = ["sh", "-c", "echo ready > /tmp/index.html; trap exit TERM; httpd -f -p 8080 -h /tmp & wait"]
NAMES = ("web", "shop", "report", "nightly", "store", "collector", "included", "plain", "ours", "sidecar")


def ten(chart: Chart) -> None:
    """All of them, in one chart."""
    asked = plus.Probe.from_http_get("/", port=8080)

    # 1 plain cdk8s-plus, behind a Service
    web = plus.Deployment(
        chart,
        "web",
        metadata=ApiObjectMetadata(name="web"),
        replicas=2,
        containers=[plus.ContainerProps(image=IMAGE, command=SERVE, port_number=8080, readiness=asked)],
    )
    web.expose_via_service(name="web", ports=[plus.ServicePort(port=80, target_port=8080)])

    # 2 with an init container
    plus.Deployment(
        chart,
        "shop",
        metadata=ApiObjectMetadata(name="shop"),
        containers=[plus.ContainerProps(image=IMAGE, command=SERVE, port_number=8080, readiness=asked)],
        init_containers=[plus.ContainerProps(image=IMAGE, name="migrate", command=["true"])],
    )

    # 3 and 4: what ends by itself
    plus.Job(
        chart,
        "report",
        metadata=ApiObjectMetadata(name="report"),
        containers=[plus.ContainerProps(image=IMAGE, command=["true"])],
    )
    plus.CronJob(
        chart,
        "nightly",
        metadata=ApiObjectMetadata(name="nightly"),
        schedule=Cron.daily(),
        containers=[plus.ContainerProps(image=IMAGE, command=["true"])],
    )

    # 5 generated classes, with a claim template
    store = {"app": "store"}
    k8s.KubeStatefulSet(
        chart,
        "store",
        metadata=k8s.ObjectMeta(name="store"),
        spec=k8s.StatefulSetSpec(
            service_name="store",
            replicas=3,
            selector=k8s.LabelSelector(match_labels=store),
            template=k8s.PodTemplateSpec(
                metadata=k8s.ObjectMeta(labels=store),
                spec=k8s.PodSpec(
                    containers=[
                        k8s.Container(
                            name="store",
                            image=IMAGE,
                            command=["sleep", "infinity"],
                            volume_mounts=[k8s.VolumeMount(name="data", mount_path="/data")],
                            readiness_probe=k8s.Probe(exec=k8s.ExecAction(command=["true"])),
                        )
                    ]
                ),
            ),
            volume_claim_templates=[
                k8s.KubePersistentVolumeClaimProps(
                    metadata=k8s.ObjectMeta(name="data"),
                    spec=k8s.PersistentVolumeClaimSpec(
                        access_modes=["ReadWriteOnce"],
                        resources=k8s.ResourceRequirements(requests={"storage": k8s.Quantity.from_string("1Gi")}),
                    ),
                )
            ],
        ),
    )
    k8s.KubeService(
        chart,
        "store-service",
        metadata=k8s.ObjectMeta(name="store"),
        spec=k8s.ServiceSpec(cluster_ip="None", selector=store, ports=[k8s.ServicePort(port=80)]),
    )

    # 6 one on each node
    plus.DaemonSet(
        chart,
        "collector",
        metadata=ApiObjectMetadata(name="collector"),
        containers=[plus.ContainerProps(image=IMAGE, command=SERVE, port_number=8080, readiness=asked)],
    )

    # 7 a hand-written file
    Include(chart, "included", url=str(Path(__file__).with_name("included.yaml")))

    # 8 an ApiObject and patches
    plain = ApiObject(
        chart, "plain", api_version="apps/v1", kind="Deployment", metadata=ApiObjectMetadata(name="plain")
    )
    container = {"name": "plain", "image": IMAGE, "command": ["sleep", "infinity"]}
    plain.add_json_patch(
        JsonPatch.add(
            "/spec",
            {
                "replicas": 1,
                "selector": {"matchLabels": {"app": "plain"}},
                "template": {
                    "metadata": {"labels": {"app": "plain"}},
                    "spec": {"containers": [{**container, "readinessProbe": {"exec": {"command": ["true"]}}}]},
                },
            },
        )
    )

    # 9 one of ours
    Workload(
        chart,
        "ours",
        kind=Kind.DEPLOYMENT,
        labels=Labels("ours", "ours", "proof", "1.37.0"),
        containers=[
            Container("ours", IMAGE, Resources.small(), command=["sleep", "infinity"], readiness=Probe.command("true"))
        ],
        user=10001,
        spec={"replicas": 2},
    )

    # 10 generated classes, with a sidecar, as many as an autoscaler wants
    sidecar, hundred = {"app": "sidecar"}, k8s.Quantity.from_string("100Mi")
    probe = k8s.Probe(exec=k8s.ExecAction(command=["true"]))
    k8s.KubeDeployment(
        chart,
        "sidecar",
        metadata=k8s.ObjectMeta(name="sidecar"),
        spec=k8s.DeploymentSpec(
            selector=k8s.LabelSelector(match_labels=sidecar),
            template=k8s.PodTemplateSpec(
                metadata=k8s.ObjectMeta(labels=sidecar),
                spec=k8s.PodSpec(
                    containers=[
                        k8s.Container(name=n, image=IMAGE, command=["sleep", "infinity"], readiness_probe=probe)
                        for n in ("app", "log-shipper")
                    ],
                    volumes=[k8s.Volume(name="logs", empty_dir=k8s.EmptyDirVolumeSource(size_limit=hundred))],
                ),
            ),
        ),
    )
    k8s.KubeHorizontalPodAutoscalerV2(
        chart,
        "sidecar-autoscaler",
        metadata=k8s.ObjectMeta(name="sidecar"),
        spec=k8s.HorizontalPodAutoscalerSpecV2(
            scale_target_ref=k8s.CrossVersionObjectReferenceV2(
                api_version="apps/v1", kind="Deployment", name="sidecar"
            ),
            min_replicas=2,
            max_replicas=5,
        ),
    )
