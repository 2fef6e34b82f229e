"""Objects that disappear, move, are renamed, or come."""

import pytest

from loom_constructs.review.upgrade.judge import judge
from loom_constructs.review.upgrade.verdict import Verdict

from .objects import GONE, changed, made

SET = made("StatefulSet", spec__replicas=1)


def only(old, new):
    [change] = judge(old, new)
    return change


def said(old, new, verdict):
    found = [c for c in judge(old, new) if c.verdict == verdict]
    assert len(found) == 1, judge(old, new)
    return f"{found[0].what}. {found[0].todo}"


def test_a_stateful_set_leaves_its_claims():
    assert "orphaned (data-shop-*)" in said([SET], [], Verdict.LOSES)
    deleting = changed(SET, {"spec__persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}})
    assert "deleted with it (data-shop-*)" in said([deleting], [], Verdict.LOSES)


def test_without_claims_it_is_an_outage():
    change = only([changed(SET, {"spec__volumeClaimTemplates": GONE})], [])

    assert (change.verdict, change.todo) == (Verdict.RECREATION, "Pruning ends its pods: an outage.")


def test_renamed():
    assert "is called store now" in said([SET], [changed(SET, {"metadata__name": "store"})], Verdict.LOSES)


def test_moved_to_another_namespace():
    text = said([SET], [changed(SET, {"metadata__namespace": "other"})], Verdict.LOSES)

    assert text.startswith("is in namespace other now") and "starts empty" in text


def test_turned_into_something_else():
    assert "is a Deployment now" in said([SET], [made("Deployment")], Verdict.LOSES)


def test_in_another_group():
    old = {"apiVersion": "example.org/v1", "kind": "Door", "metadata": {"name": "front"}, "spec": {}}

    assert "belongs to group example.com now" in said(
        [old], [changed(old, {"apiVersion": "example.com/v1"})], Verdict.RECREATION
    )
    assert "belongs to group core now" in said([old], [changed(old, {"apiVersion": "v1"})], Verdict.RECREATION)


def test_in_another_version_it_is_the_same():
    old = made("CronJob", apiVersion="batch/v1beta1")
    change = only([old], [made("CronJob")])

    assert (change.verdict, change.what) == (Verdict.SAFE, "apiVersion: batch/v1beta1 → batch/v1")


def test_in_the_group_that_it_moved_to_long_ago_too():
    change = only([made("Ingress", apiVersion="extensions/v1beta1")], [made("Ingress")])

    assert (change.verdict, change.what) == (Verdict.SAFE, "apiVersion: extensions/v1beta1 → networking.k8s.io/v1")


@pytest.mark.parametrize("kind", ["Namespace", "PersistentVolume", "PersistentVolumeClaim"])
def test_what_is_data(kind):
    assert said(
        [{"apiVersion": "v1", "kind": kind, "metadata": {"name": "a"}, "spec": {}}], [], Verdict.LOSES
    ).startswith("disappears")


@pytest.mark.parametrize("kind", ["Deployment", "DaemonSet", "Service", "CronJob", "Ingress", "Pod"])
def test_what_is_missed_at_once(kind):
    assert only([made(kind)], []).verdict == Verdict.RECREATION


@pytest.mark.parametrize(
    "kind", ["NetworkPolicy", "RoleBinding", "PodDisruptionBudget", "StorageClass", "ConfigMap", "Job"]
)
def test_what_is_not(kind):
    assert only([made(kind)], []).verdict == Verdict.SAFE


@pytest.mark.parametrize(
    ("api", "kind", "spec", "verdict", "words"),
    [
        ("example.org/v1", "Engine", {}, Verdict.RECREATION, "Cannot be judged: ask what serves example.org"),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            {"parentRefs": [{"name": "front"}]},
            Verdict.RECREATION,
            "from outside",
        ),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            {"parentRefs": [{"kind": "Service", "name": "a"}]},
            Verdict.SAFE,
            "disappears",
        ),
        ("external-secrets.io/v1", "ExternalSecret", {}, Verdict.RECREATION, "deleted with it"),
        (
            "external-secrets.io/v1",
            "ExternalSecret",
            {"target": {"creationPolicy": "Orphan"}},
            Verdict.SAFE,
            "disappears",
        ),
        ("policy.linkerd.io/v1beta3", "Server", {}, Verdict.SAFE, "falls back to the default policy"),
    ],
)
def test_custom_resources(api, kind, spec, verdict, words):
    assert words in said([{"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, "spec": spec}], [], verdict)


def test_what_is_still_needed():
    pods = made(
        "Deployment",
        spec__template__spec__serviceAccountName="shop",
        spec__template__spec__volumes=[{"name": "a", "configMap": {"name": "shop"}}],
    )
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop", "namespace": "upgrade-proof"}}

    for item in (made("ConfigMap"), account):
        assert "Deployment/shop still needs it" in said([pods, item], [pods], Verdict.RECREATION)


class TestNamesThatFollowFromTheContent:
    OLD = made("Job", metadata__name="schema-0a1b2c3d", metadata__labels={"app": "schema", "version": "1"})
    NEW = made("Job", metadata__name="schema-4e5f6a7b", metadata__labels={"app": "schema", "version": "2"})

    def test_a_new_job_runs(self):
        change = only([self.OLD], [self.NEW])

        assert (change.verdict, change.what) == (Verdict.SAFE, "a new Job runs (before: schema-0a1b2c3d)")

    def test_other_labels_are_another_job(self):
        assert len(judge([self.OLD], [changed(self.NEW, {"metadata__labels__app": "other"})])) == 2

    def test_another_name_is_another_job(self):
        assert len(judge([self.OLD], [changed(self.NEW, {"metadata__name": "other-4e5f6a7b"})])) == 2

    def test_a_configmap_of_kustomize(self):
        change = only(
            [made("ConfigMap", metadata__name="a-6ct58987ht")], [made("ConfigMap", metadata__name="a-g2h4k8m6bt")]
        )

        assert change.what == "new content under a new name (before: a-6ct58987ht)"


def test_hooks_are_made_anew():
    old = made("Job", metadata__annotations={"helm.sh/hook": "pre-upgrade"})
    new = changed(old, {"spec__template__spec__containers__0__image": "shop:2"})

    assert only([old], [new]).verdict == Verdict.SAFE
    assert judge([old], []) == []
    assert only([], [old]).what == "is a new hook"


@pytest.mark.parametrize("kind", ["Deployment", "NetworkPolicy", "Job", "ConfigMap"])
def test_what_comes_is_safe(kind):
    change = only([], [made(kind)])

    assert (change.verdict, change.what) == (Verdict.SAFE, "is new")


def test_no_namespace_is_the_default_one():
    assert (
        judge([made("ConfigMap", metadata__namespace=GONE)], [made("ConfigMap", metadata__namespace="default")])[0].what
        != "disappears"
    )


def test_a_service_in_another_namespace():
    text = said([made("Service")], [made("Service", metadata__namespace="other")], Verdict.RECREATION)

    assert text == "is in namespace other now. That is another object: pruning ends its name and address: clients fail."


def test_an_account_that_nobody_uses_is_not_missed():
    pods = made("Deployment", spec__template__spec__serviceAccountName="other")
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "shop", "namespace": "upgrade-proof"}}

    assert said([pods, account], [pods], Verdict.SAFE).startswith("disappears")


def test_hooks_that_stay_are_not_mentioned():
    hook = made("Job", metadata__annotations={"helm.sh/hook": "pre-upgrade"})

    assert judge([hook], [hook]) == []
