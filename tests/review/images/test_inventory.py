"""Which images rendered YAML names."""

from __future__ import annotations

import json

import pytest

from loom_constructs.cli import main
from loom_constructs.review.images.found import inventory
from loom_constructs.review.images.reference import Reference
from loom_constructs.review.images.report import table
from loom_constructs.review.images.sbom import cyclonedx
from loom_constructs.review.load import load, parse
from tests.conftest import ROOT
from tests.pods import all_containers, workloads

DIGEST = "sha256:" + "0123456789abcdef" * 4
OBJECTS = f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: nightly, namespace: n}}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{{name: a, image: "registry.example.org:5000/team/a:1"}}]
          containers:
            - {{name: b, image: "b@{DIGEST}", imagePullPolicy: Always}}
          volumes: [{{name: model, image: {{reference: "models/small:2"}}}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: operator, namespace: n}}
spec:
  template:
    spec:
      containers:
        - name: c
          image: c
          args: ["--default-sidecar-image=quay.io/x/sidecar:3", "--image-policy=Always", "--level=a:1"]
          env:
            - {{name: RELATED_IMAGE_D, value: "d:4"}}
            - {{name: IMAGE_POLICY, value: IfNotPresent}}
            - {{name: NOT_A_PICTURE, value: "e:5"}}
---
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {{name: db, namespace: n}}
spec: {{imageName: "ghcr.io/cloudnative-pg/postgresql:18.4"}}
---
apiVersion: postgresql.cnpg.io/v1
kind: ImageCatalog
metadata: {{name: catalog, namespace: n}}
spec: {{images: [{{major: 18, image: "ghcr.io/cloudnative-pg/postgresql:18.4"}}]}}
---
apiVersion: monitoring.example.org/v1
kind: Anything
metadata: {{name: x}}
spec: {{image: {{registry: docker.io, repository: y/z, tag: "6", pullPolicy: Always}}, configReloaderImage: "w:7"}}
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: text}}
data: {{image: "no/image:1"}}
"""


def test_images_are_found_wherever_they_are() -> None:
    found = {str(r): users for r, users in inventory(parse(OBJECTS, "here")).items()}

    assert found == {
        f"b@{DIGEST}": ["CronJob n/nightly"],
        "c": ["Deployment n/operator"],
        "d:4": ["Deployment n/operator"],
        "docker.io/y/z:6": ["Anything default/x"],
        "ghcr.io/cloudnative-pg/postgresql:18.4": ["Cluster n/db", "ImageCatalog n/catalog"],
        "models/small:2": ["CronJob n/nightly"],
        "quay.io/x/sidecar:3": ["Deployment n/operator"],
        "registry.example.org:5000/team/a:1": ["CronJob n/nightly"],
        "w:7": ["Anything default/x"],
    }


@pytest.mark.parametrize("environment", ["local", "staging", "production"])
def test_no_image_of_ours_is_forgotten(environment: str) -> None:
    objects = load([ROOT / "dist" / environment])
    named = {c["image"] for w in workloads(objects) for c in all_containers(w)}
    named |= {o["spec"]["imageName"] for o in objects if "imageName" in o.get("spec", {})}

    assert {str(r) for r in inventory(objects)} == named


@pytest.mark.parametrize(
    ("text", "registry", "path", "tag", "digest"),
    [
        ("busybox", "docker.io", "library/busybox", "", ""),
        ("a/b:1", "docker.io", "a/b", "1", ""),
        ("quay.io/a/b:v1-p0", "quay.io", "a/b", "v1-p0", ""),
        ("localhost/b:1", "localhost", "b", "1", ""),
        (f"r:5000/b:1@{DIGEST}", "r:5000", "b", "1", DIGEST),
    ],
)
def test_a_reference_is_taken_apart(text: str, registry: str, path: str, tag: str, digest: str) -> None:
    reference = Reference.parse(text)

    assert reference is not None and str(reference) == text
    assert (reference.registry, reference.path, reference.tag, reference.digest) == (registry, path, tag, digest)


@pytest.mark.parametrize("text", ["", "Always", "a b", "https://a/b", "a:", "a@sha256:12", "$(IMAGE)"])
def test_other_text_is_no_reference(text: str) -> None:
    assert Reference.parse(text) is None


def test_the_table_counts() -> None:
    lines = table(inventory(parse(OBJECTS, "here")))

    assert lines[0].split() == ["IMAGE", "TAG", "DIGEST", "RUN", "BY"]
    assert lines[1].split()[:3] == ["b", "-", DIGEST]
    assert lines[-1] == "9 images, 1 by digest, 8 unresolved"
    assert table({}) == ["no images"]


def test_the_command_line_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", str(ROOT / "dist" / "local"), "--format", "json"]) == 0

    listed = json.loads(capsys.readouterr().out)["images"]
    [nats] = [i for i in listed if i["repository"] == "library/nats"]
    assert "StatefulSet loom/nats" in nats["runBy"] and nats["digest"] is None


def test_a_bill_of_materials_is_valid_cyclonedx_and_the_same_each_time() -> None:
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator
    from packageurl import PackageURL

    bill = cyclonedx(inventory(parse(OBJECTS, "here")), name="loom-x")

    judge = JsonStrictValidator(SchemaVersion.V1_6)
    assert judge.validate_str(bill) is None
    # the judge notices a mistake
    assert judge.validate_str(bill.replace('"container"', '"contaner"', 1)) is not None
    assert bill == cyclonedx(inventory(reversed(list(parse(OBJECTS, "here")))), name="loom-x")
    content = json.loads(bill)
    other = json.loads(cyclonedx(inventory(parse(OBJECTS.replace("w:7", "w:8"), "here")), name="loom-x"))
    assert content["serialNumber"] != other["serialNumber"] and "timestamp" not in content["metadata"]
    purls = {c["name"]: PackageURL.from_string(c["purl"]) for c in content["components"]}
    assert (purls["b"].type, purls["b"].version) == ("oci", DIGEST)
    assert purls["b"].qualifiers["repository_url"] == "docker.io/library/b"
    assert str(purls["a"]) == "pkg:docker/team/a@1?repository_url=registry.example.org:5000"
