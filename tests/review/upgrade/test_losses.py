"""What loses data though the API server accepts it."""

import base64
from typing import ClassVar

import pytest

from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.rules.databases import major_of
from loom_constructs.review.upgrade.verdict import Verdict

from .objects import GONE, changed, made

POD = "spec__template__spec__"
FIRST = f"{POD}containers__0__"


def worst(old, new):
    """The worst change, if it is said once."""
    found = judge(old, new)
    assert sum(c.verdict == Verdict.LOSES for c in found) <= 1, found
    return found[0]


def loses(old, new):
    change = worst(old, new)
    assert change.verdict == Verdict.LOSES, change
    return f"{change.what}. {change.todo}"


def custom(api, kind, spec, name="shop"):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec}


def database(image, **changes):
    return made("StatefulSet", **{f"{FIRST}image": image, "metadata__name": "db", **changes})


@pytest.mark.parametrize(
    ("image", "major"),
    [
        ("postgres:15-alpine", "15"),
        ("postgres:16.4@sha256:1234", "16"),
        ("docker.io/library/postgres:9.6.24", "9.6"),
        ("registry.example.org:5000/bitnami/postgresql:15.4.0-debian-11-r10", "15"),
        ("ghcr.io/cloudnative-pg/postgresql:17.2-1-bookworm", "17"),
        ("postgis/postgis:15-3.4", "15"),
        ("timescale/timescaledb:2.17.2-pg16", "16"),
        ("pgvector/pgvector:pg16", "16"),
        ("pgvector/pgvector:0.8.0-pg17", "17"),
        ("ghcr.io/zalando/spilo-15:3.0-p1", "15"),
        ("postgres:latest", None),
        ("postgres", None),
        ("registry.example.org:5000/postgres", None),
        ("prom/postgres-exporter:15", None),
        ("nginx:15", None),
    ],
)
def test_the_major_version_of_an_image(image, major):
    assert major_of(image) == major


@pytest.mark.parametrize(
    ("new", "word"),
    [("postgres:16-alpine", "pg_upgrade"), ("postgres:14", "restore a dump"), ("bitnami/postgresql:16", "pg_upgrade")],
)
def test_another_major_version_of_postgresql(new, word):
    assert word in loses([database("postgres:15-alpine")], [database(new)])


def test_the_same_major_version_only_restarts():
    change = worst([database("postgres:15.1")], [database("postgres:15.10")])

    assert (change.verdict, change.what) == (Verdict.RESTARTS, "image of shop: postgres:15.1 → postgres:15.10")


def test_another_major_version_in_another_folder_begins_empty():
    folder = f"{FIRST}env__1"
    old = database("postgres:15", **{folder: {"name": "PGDATA", "value": "/data/15"}})
    new = changed(old, {f"{FIRST}image": "postgres:18", folder: {"name": "PGDATA", "value": "/data/18"}})

    found = judge([old], [new])

    assert [c.verdict for c in found] == [Verdict.LOSES, Verdict.LOSES]
    assert "PostgreSQL 18 begins empty there: restore a dump; what 15 wrote stays." in [c.todo for c in found]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("postgres:15-alpine", "postgres:15"),
        ("postgres:15.19-alpine3.24", "postgres:15.19-bookworm"),
        ("registry.example.org:5000/pgvector/pgvector:pg16", "registry.example.org:5000/pgvector/pgvector:pg16-alpine"),
    ],
)
def test_alpine_and_debian_do_not_share_data(old, new):
    for one, other in ((old, new), (new, old)):
        assert "sort differently" in loses([database(one)], [database(other)])


def test_another_release_of_the_same_kind_of_image_shares_it():
    for old, new in (
        ("postgres:15-alpine3.21", "postgres:15.19-alpine3.24"),
        ("postgres:15@sha256:1", "postgres@sha256:2"),
    ):
        assert worst([database(old)], [database(new)]).verdict == Verdict.RESTARTS


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("nats:2.14.5-alpine", "nats:2.12.15-alpine", "settings that only 2.14 knows are offline on 2.12"),
        ("docker.io/bitnami/nats:2.12.1", "docker.io/bitnami/nats:2.10.29", "that only 2.12 knows are offline on 2.10"),
        ("temporalio/server:1.29.1", "temporalio/server:1.31.2", "one minor release at a time"),
        ("temporalio/server:1.29.1", "temporalio/server:1.31.2", "go to 1.30 first"),
        ("temporalio/server:1.31.2", "temporalio/server:1.29.1", "go to 1.30 first"),
        (
            "registry.example.org:5000/temporalio/auto-setup:v1.22.0",
            "temporalio/auto-setup:v1.24.0",
            "go to 1.23 first",
        ),
    ],
)
def test_steps_between_releases_that_nobody_has_promised(old, new, words):
    assert words in loses([database(old)], [database(new)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("nats:2.12.15", "nats:2.14.5"),
        ("nats:2.14.5", "nats:2.14.1"),
        ("nats:2", "nats:1"),
        ("natsio/nats-box:0.19.7", "natsio/nats-box:0.18.0"),
        ("temporalio/server:1.30.6", "temporalio/server:1.31.2"),
        ("temporalio/server:1.31.2", "temporalio/server:1.30.6"),
        ("temporalio/ui:2.52.0", "temporalio/ui:2.40.0"),
        ("temporalio/server:1.31.2", "elsewhere:1.0"),
    ],
)
def test_steps_that_are_usual(old, new):
    assert worst([database(old)], [database(new)]).verdict == Verdict.RESTARTS


def test_a_nats_that_keeps_nothing_may_become_older():
    old = made("Deployment", **{f"{FIRST}image": "nats:2.14.5"})

    assert worst([old], [changed(old, {f"{FIRST}image": "nats:2.12.15"})]).verdict == Verdict.RESTARTS


def test_a_client_with_its_image_keeps_no_data():
    wait = {f"{POD}initContainers": [{"name": "wait", "image": "postgres:15"}]}
    old = made("Deployment", **wait)

    change = worst([old], [changed(old, {f"{POD}initContainers__0__image": "postgres:16"})])

    assert change.verdict == Verdict.RESTARTS


def test_a_backup_runs_no_server():
    pod = "spec__jobTemplate__spec__template__spec__"
    volume = {f"{pod}volumes": [{"name": "backups", "persistentVolumeClaim": {"claimName": "backups"}}]}
    mount = {f"{pod}containers__0__volumeMounts": [{"name": "backups", "mountPath": "/var/backup"}]}
    old = made("CronJob", **{**volume, **mount, f"{pod}containers__0__image": "postgres:15"})

    assert worst([old], [changed(old, {f"{pod}containers__0__image": "postgres:18"})]).verdict == Verdict.SAFE


def test_a_cluster_of_cloudnativepg():
    api = "postgresql.cnpg.io/v1"
    spec = {
        "imageName": "ghcr.io/cloudnative-pg/postgresql:16.2",
        "storage": {"size": "10Gi"},
        "backup": {"target": "primary"},
    }
    old = custom(api, "Cluster", spec)

    assert "CloudNativePG 1.26" in loses(
        [old], [changed(old, {"spec__imageName": "ghcr.io/cloudnative-pg/postgresql:17.2"})]
    )
    assert "never shrink" in loses([old], [changed(old, {"spec__storage__size": "5Gi"})])
    assert "No backups" in loses([old], [changed(old, {"spec__backup": GONE})])
    assert "disappears" in loses([old], [])
    assert worst([old], [changed(old, {"spec__storage__size": "20Gi"})]).verdict == Verdict.RESTARTS


class TestEngines:
    API = "postgresql.cnpg.io/v1"
    SPEC: ClassVar = {
        "imageName": "ghcr.io/cloudnative-pg/postgresql:16.2",
        "storage": {"size": "10Gi"},
        "walStorage": {"size": "4Gi"},
        "bootstrap": {"initdb": {"database": "shop"}},
        "plugins": [{"name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": True}],
    }

    def cluster(self, **changes):
        return changed(custom(self.API, "Cluster", self.SPEC), changes)

    def test_the_archive_ends_or_the_log_has_less_room(self):
        old = self.cluster()

        assert "no way back to a moment" in loses([old], [self.cluster(spec__plugins=GONE)])
        off = [{"name": "barman-cloud.cloudnative-pg.io", "isWALArchiver": True, "enabled": False}]
        assert "no way back to a moment" in loses([old], [self.cluster(spec__plugins=off)])
        assert "never shrink" in loses([old], [self.cluster(spec__walStorage__size="2Gi")])
        assert worst([old], [self.cluster(spec__walStorage=GONE)]).verdict == Verdict.RECREATION

    def test_another_start_of_a_cluster_that_is_there(self):
        other = {"recovery": {"source": "origin"}}

        change = worst([self.cluster()], [self.cluster(spec__bootstrap=other)])

        assert change.verdict == Verdict.SAFE and "this one stays as it is" in change.todo

    def test_it_is_renamed(self):
        assert "is called shop-2 now" in loses([self.cluster()], [self.cluster(metadata__name="shop-2")])
        # unless the new one starts from its backup
        heir = self.cluster(metadata__name="shop-2", spec__bootstrap={"recovery": {"source": "origin"}})
        assert "disappears" in loses([self.cluster()], [heir])

    def test_another_engine(self):
        embedded = made("StatefulSet")
        operated = self.cluster(metadata=embedded["metadata"])

        to = loses([embedded], [operated])
        assert "is a Cluster of postgresql.cnpg.io now" in to and "data-shop-*" in to and "move the data" in to
        back = loses([operated], [embedded])
        assert "is a StatefulSet now" in back and "move the data" in back

    def test_another_bucket(self):
        old = custom("barmancloud.cnpg.io/v1", "ObjectStore", {"configuration": {"destinationPath": "s3://one"}})

        assert "another bucket" in loses([old], [changed(old, {"spec__configuration__destinationPath": "s3://two"})])

    @pytest.mark.parametrize(("kind", "field"), [("Database", "name"), ("Database", "cluster"), ("Pooler", "cluster")])
    def test_what_the_definition_refuses(self, kind, field):
        old = custom(self.API, kind, {"name": "shop", "cluster": {"name": "db"}})
        new = {"cluster": {"name": "other"}, "name": "other"}[field]

        assert worst([old], [changed(old, {f"spec__{field}": new})]).verdict == Verdict.RECREATION


class TestPlaces:
    def test_a_claim_is_mounted_elsewhere(self):
        old = made("StatefulSet")

        assert "mounted at /store, no longer at /data" in loses(
            [old], [changed(old, {f"{FIRST}volumeMounts__0__mountPath": "/store"})]
        )
        assert "subPath pg" in loses([old], [changed(old, {f"{FIRST}volumeMounts__0__subPath": "pg"})])
        assert "no longer mounted" in loses([old], [changed(old, {f"{FIRST}volumeMounts": []})])

    def test_pgdata(self):
        old = made("StatefulSet", **{f"{FIRST}env": [{"name": "PGDATA", "value": "/data/a"}]})

        assert "PGDATA: /data/a → /data/b" in loses([old], [changed(old, {f"{FIRST}env__0__value": "/data/b"})])

    def test_another_claim_or_none(self):
        volume = {"name": "data", "persistentVolumeClaim": {"claimName": "a"}}
        old = made(
            "Deployment",
            **{f"{POD}volumes": [volume], f"{FIRST}volumeMounts": [{"name": "data", "mountPath": "/data"}]},
        )
        other = changed(old, {f"{POD}volumes__0__persistentVolumeClaim__claimName": "b"})
        none = changed(old, {f"{POD}volumes__0": {"name": "data", "emptyDir": {}}})
        renamed = changed(old, {f"{POD}volumes__0__name": "store", f"{FIRST}volumeMounts__0__name": "store"})

        assert "claim a → claim b" in loses([old], [other])
        assert "claim a → no claim" in loses([old], [none])
        assert worst([old], [renamed]).verdict == Verdict.RESTARTS

    def test_what_only_reads_a_claim_loses_nothing(self):
        old = made("StatefulSet", **{f"{FIRST}volumeMounts__0__readOnly": True})

        assert worst([old], [changed(old, {f"{FIRST}volumeMounts__0__mountPath": "/x"})]).verdict == Verdict.RESTARTS


class TestSettings:
    @pytest.mark.parametrize(
        "text", ["numHistoryShards: %d", "persistence:\n  numHistoryShards: %d  # fixed", '{"numHistoryShards": %d}']
    )
    def test_temporals_shards(self, text):
        old, new = (made("ConfigMap", data={"server.yaml": text % n}) for n in (4, 512))

        assert "numHistoryShards in server.yaml: 4 → 512" in loses([old], [new])

    def test_they_may_be_a_variable(self):
        old, new = (
            made("Deployment", **{f"{FIRST}env": [{"name": "NUM_HISTORY_SHARDS", "value": n}]}) for n in ("4", "8")
        )

        assert "numHistoryShards of shop: 4 → 8" in loses([old], [new])

    def test_templates_in_the_text_do_not_hide_them(self):
        text = 'user: {{ env "SQL_USER" | quote }}\nnumHistoryShards: %d\n'

        assert loses([made("ConfigMap", data={"a": text % 4})], [made("ConfigMap", data={"a": text % 8})])

    def test_other_lines_of_the_text_are_no_loss(self):
        old, new = (
            made("ConfigMap", data={"server.yaml": f"numHistoryShards: 4\nlevel: {x}\n"}) for x in ("info", "debug")
        )

        assert worst([old], [new]).verdict == Verdict.SAFE

    def test_the_store_of_nats(self):
        texts = ["jetstream {\n  store_dir: /data\n}\n", 'jetstream {\n  store_dir: "/store"\n}\n']
        old, new = (made("ConfigMap", data={"nats.conf": t}) for t in texts)
        assert "store_dir in nats.conf: /data → /store" in loses([old], [new])

        hidden = [made("Secret", stringData={"nats.conf": t}) for t in texts]
        assert "/data → /store" in loses(hidden[:1], hidden[1:])

        flags = [made("Deployment", **{f"{FIRST}args": ["-js", "-sd", d]}) for d in ("/a", "/b")]
        assert "store_dir of shop: /a → /b" in loses(flags[:1], flags[1:])

    def test_a_comment_is_no_setting(self):
        old, new = (made("ConfigMap", data={"nats.conf": f"# store_dir: {d}\nport: 4222\n"}) for d in ("/a", "/b"))

        assert worst([old], [new]).verdict == Verdict.SAFE

    def test_the_domain_of_jetstream(self):
        old, new = (
            made("ConfigMap", data={"nats.conf": f"jetstream {{\n  store_dir: /data\n  {d}\n}}\n"})
            for d in ("domain: hub", "")
        )

        assert "JetStream domain in nats.conf: hub → none" in loses([old], [new])

    def test_the_name_of_a_configmap_that_follows_from_its_content(self):
        old, new = (
            made("ConfigMap", metadata__name=f"shop-{h}", data={"a": f"numHistoryShards: {n}"})
            for h, n in (("6ct58987ht", 4), ("g2h4k8m6bt", 8))
        )

        assert "4 → 8" in loses([old], [new])


class TestSecrets:
    def reading(self, name, image="registry.example.org/shop:1", variable="DB_PASSWORD"):
        env = [{"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": "password"}}}]
        return made("Deployment", **{f"{FIRST}env": env, f"{FIRST}image": image})

    def test_another_secret_for_a_database(self):
        said = loses([self.reading("old")], [self.reading("new")])

        assert said.startswith("Secret old → new (variable DB_PASSWORD of shop)") and "not in NEW" in said

    def test_it_is_not_missing_if_it_comes_along(self):
        assert "not in NEW" not in loses(
            [self.reading("old")], [self.reading("new"), made("Secret", metadata__name="new")]
        )

    def test_other_secrets_only_restart(self):
        assert (
            worst([self.reading("a", variable="COLOUR")], [self.reading("b", variable="COLOUR")]).verdict
            == Verdict.RESTARTS
        )

    def test_a_volume_counts_too(self):
        old, new = (
            made("Deployment", **{f"{POD}volumes": [{"name": "login", "secret": {"secretName": n}}]})
            for n in ("postgres-a", "postgres-b")
        )

        assert "postgres-a → postgres-b (volume login)" in loses([old], [new])

    def test_a_name_that_follows_from_the_content_is_the_same_secret(self):
        names = "db-6ct58987ht", "db-g2h4k8m6bt"
        old, new = ([self.reading(n), made("Secret", metadata__name=n)] for n in names)

        assert worst(old, new).verdict == Verdict.RESTARTS


class TestRetention:
    def test_of_a_volume(self):
        old, new = (
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": "a"},
                "spec": {"persistentVolumeReclaimPolicy": p},
            }
            for p in ("Retain", "Delete")
        )

        assert "Retain → Delete" in loses([old], [new])
        assert worst([new], [old]).verdict == Verdict.SAFE

    def test_fewer_pods_with_their_claims(self):
        policy = {"spec__persistentVolumeClaimRetentionPolicy": {"whenScaled": "Delete"}}
        old, new = (made("StatefulSet", **policy, spec__replicas=n) for n in (3, 1))

        assert "replicas: 3 → 1, and whenScaled is Delete" in loses([old], [new])

    def test_fewer_pods_without(self):
        old, new = (made("StatefulSet", spec__replicas=n) for n in (3, 1))

        assert worst([old], [new]).verdict == Verdict.RESTARTS
        assert "their claims stay" in worst([old], [new]).todo


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("Stream", "name"),
        ("Stream", "storage"),
        ("KeyValue", "bucket"),
        ("KeyValue", "storage"),
        ("ObjectStore", "bucket"),
    ],
)
def test_streams_and_buckets(kind, field):
    old, new = (custom("jetstream.nats.io/v1beta2", kind, {field: v, "replicas": 1}) for v in ("a", "b"))

    assert "new, empty one" in loses([old], [new])
    assert loses([old], [])


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (made("CronJob", metadata__name="db-backup", spec__suspend=False), "suspend"),
        (made("CronJob", metadata__labels={"app.kubernetes.io/component": "backup"}, spec__suspend=False), "suspend"),
        (custom("postgresql.cnpg.io/v1", "ScheduledBackup", {"schedule": "0 0 3 * * *"}), "suspend"),
        (custom("velero.io/v1", "Schedule", {"schedule": "0 3 * * *"}), "paused"),
    ],
)
def test_a_backup_that_disappears_or_sleeps(item, field):
    assert "No more backups" in loses([item], [])
    assert "No backups" in loses([item], [changed(item, {f"spec__{field}": True})])


@pytest.mark.parametrize(("kind", "component"), [("Deployment", "archive"), ("CronJob", "base")])
def test_an_archive_that_disappears(kind, component):
    labels = {"app.kubernetes.io/name": "postgresql-archive", "app.kubernetes.io/component": component}

    assert "No more backups" in loses([made(kind, metadata__labels=labels)], [])


@pytest.mark.parametrize("name", ["db-backup-restore", "db-backup-drill"])
def test_what_only_uses_backups_makes_none(name):
    assert worst([made("CronJob", metadata__name=name)], []).verdict == Verdict.RECREATION


@pytest.mark.parametrize(
    ("api", "verdict", "words"),
    [
        ("example.org/v1", Verdict.RESTARTS, "Changed; cannot be judged: ask what serves example.org"),
        ("policy.linkerd.io/v1beta3", Verdict.SAFE, ""),
        ("external-secrets.io/v1", Verdict.RESTARTS, "at their next restart"),
    ],
)
def test_changes_of_custom_resources(api, verdict, words):
    change = worst([custom(api, "Thing", {"a": 1})], [custom(api, "Thing", {"a": 2})])

    assert (change.verdict, change.what) == (verdict, "spec.a: 1 → 2")
    assert words in change.todo


def test_secret_content_is_not_in_the_answer():
    old, new = (made("Secret", stringData={"a": word}) for word in ("hunter1", "hunter2"))
    text = str([(c.what, c.todo) for c in judge([old], [new])])

    assert "hunter" not in text and base64.b64encode(b"hunter2").decode() not in text


def test_other_cronjobs_may_sleep():
    old, new = (made("CronJob", spec__suspend=s) for s in (False, True))

    assert worst([old], [new]).verdict == Verdict.SAFE


def test_a_path_of_the_node_counts_as_data():
    mount = {f"{FIRST}volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    old, new = (
        made("Deployment", **{f"{POD}volumes": [{"name": "data", "hostPath": {"path": p}}]}, **mount)
        for p in ("/a", "/b")
    )

    assert "path /a of the node → path /b of the node" in loses([old], [new])


def test_another_volumeattributesclass_is_for_the_driver():
    change = worst(
        [made("PersistentVolumeClaim")], [made("PersistentVolumeClaim", spec__volumeAttributesClassName="fast")]
    )

    assert (change.verdict, change.what) == (Verdict.SAFE, "volumeAttributesClassName")


@pytest.mark.parametrize(
    ("expands", "verdict", "words"),
    [
        (True, Verdict.SAFE, "which it can"),
        (False, Verdict.RECREATION, "no allowVolumeExpansion"),
        (None, Verdict.SAFE, "see allowVolumeExpansion of upgrade-proof"),
    ],
)
def test_a_larger_claim_needs_a_class_that_expands(expands, verdict, words):
    classes = (
        [] if expands is None else [made("StorageClass", metadata__name="upgrade-proof", allowVolumeExpansion=expands)]
    )
    larger = made("PersistentVolumeClaim", spec__resources__requests__storage="20Gi")

    change = worst([made("PersistentVolumeClaim"), *classes], [larger, *classes])

    assert (change.verdict, change.what) == (verdict, "grows from 10Gi to 20Gi")
    assert words in change.todo
