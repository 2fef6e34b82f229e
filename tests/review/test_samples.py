"""Whole systems, written by hand, whose policies are exactly what is meant; and what happens to them when touched."""

import copy
import json
from pathlib import Path

import pytest

from loom_constructs.review import wider
from loom_constructs.review.expectation import Expectation
from loom_constructs.review.findings import findings
from loom_constructs.review.load import load
from loom_constructs.review.review import Review
from tests.review.mutations import mutations, survivors

FOLDER = Path(__file__).parent / "samples"
SAMPLES = ("plain", "mesh")


def sample(name):
    return load([FOLDER / name]), Expectation.read(FOLDER / f"{name}.json")


def differences(name, change):
    """What is said after the objects or the intention were changed."""
    objects = copy.deepcopy(sample(name)[0])
    intention = Path(FOLDER / f"{name}.json").read_text()
    by_name = {f"{o['kind']}/{o['metadata']['name']}": o for o in objects}
    intention = change(by_name, intention) or intention
    return Review(list(by_name.values()), Expectation.of(json.loads(intention))).differences()


@pytest.mark.parametrize("name", SAMPLES)
def test_nothing_is_wrong_with_it(name):
    review = Review(*sample(name))

    assert review.differences() == []
    assert findings(review) == []


def test_rows_say_who_reaches_whom_and_as_whom():
    rows = [tuple(r) for r in Review(*sample("mesh")).rows()]

    assert ("gate/gate", "shop/web", 8080, "TCP", "gate.gate") in rows
    assert ("monitoring/scraper", "shop/worker", 9100, "TCP", None) in rows
    assert ("shop/web", "kube-system/dns", 53, "UDP", None) in rows
    assert len(rows) == 4 + 4 * (2 + 3 + 2)


def test_rows_are_the_calls():
    objects, expectation = sample("plain")

    assert {(r.client, r.server, r.port, r.protocol) for r in Review(objects, expectation).rows()} == {
        (c.client, c.server, c.port, c.protocol) for c in expectation.calls
    }


@pytest.mark.parametrize("name", SAMPLES)
def test_every_mutation_is_noticed(name):
    unnoticed, tried = survivors(*sample(name))

    assert unnoticed == []
    assert tried > 100


def test_a_comparison_that_looks_away_is_found_out(monkeypatch):
    """The proof of the proof: without the look at single halves, widened halves go unnoticed."""
    monkeypatch.setattr(wider, "egress", lambda scope, said: iter(()))
    objects, expectation = sample("plain")
    web = [o for o in objects if o["kind"] == "NetworkPolicy" and o["metadata"]["name"] == "web"]

    unnoticed, _ = survivors(objects, expectation, of=web)

    assert "NetworkPolicy shop/web: egress rule 1: ports dropped" in unnoticed


def test_mutations_are_of_every_kind():
    kinds = {d.partition(" ")[0] for d, _ in mutations(sample("mesh")[0], mesh=True)}

    assert kinds >= {"NetworkPolicy", "Server", "AuthorizationPolicy", "MeshTLSAuthentication", "NetworkAuthentication"}
    assert kinds >= {"Deployment", "Namespace", "GRPCRoute"}


def test_a_call_that_is_not_possible_names_both_halves():
    lines = differences(
        "plain", lambda objects, text: text.replace('"to": "shop/db", "port": 5432', '"to": "shop/db", "port": 5433')
    )

    assert (
        "missing: shop/web -> shop/db:5433: shop/db serves no port 5433; egress of shop/web does not allow "
        "shop/db:5433; ingress of shop/db does not allow shop/web at 5433"
    ) in lines
    assert "unexpected: shop/web -> shop/db:5432" in lines


def test_a_wider_half_names_the_one_that_holds():
    def change(objects, text):
        objects["NetworkPolicy/db"]["spec"]["ingress"][0].pop("ports")

    assert differences("plain", change) == [
        "ingress of shop/db also allows shop/web at any port, only egress of shop/web holds"
    ]


def test_a_wider_half_that_is_wide_open_is_unexpected():
    def change(objects, text):
        objects["NetworkPolicy/db"]["spec"]["ingress"] = [{}]

    assert "unexpected: other pods of elsewhere -> shop/db:5432" in differences("plain", change)


def test_no_policy_at_all_is_said_once():
    def change(objects, text):
        del objects["NetworkPolicy/deny"], objects["NetworkPolicy/worker"]

    lines = differences("plain", change)
    assert "nothing limits egress of shop/worker: no NetworkPolicy with Egress selects it" in lines
    assert "nothing limits ingress of other pods of shop: no NetworkPolicy with Ingress selects it" in lines


def test_another_address_than_meant_is_unexpected():
    def change(objects, text):
        del objects["NetworkPolicy/worker"]["spec"]["egress"][1]["to"][0]["ipBlock"]["except"]

    lines = differences("plain", change)
    assert "unexpected: shop/worker -> addresses such as 169.254.0.0:443" in lines
    assert "unexpected: shop/worker -> addresses such as 10.0.0.0:443" in lines
    assert any(
        line.startswith("egress of shop/worker also allows shop/db:443, only ingress of shop/db") for line in lines
    )


def test_a_pod_that_left_the_mesh_is_said():
    def change(objects, text):
        objects["Deployment/worker"]["spec"]["template"]["metadata"]["annotations"]["linkerd.io/inject"] = "disabled"

    lines = differences("mesh", change)
    assert "shop/worker is not in the mesh, and is meant to be: annotate them linkerd.io/inject: enabled" in lines


def test_a_pod_that_is_not_meant_to_be_in_the_mesh_is_said():
    lines = differences(
        "mesh",
        lambda objects, text: text.replace(
            '"serviceAccount": "worker", "meshed": true', '"serviceAccount": "worker", "meshed": false'
        ),
    )

    assert "shop/worker is in the mesh, and is not meant to be: take linkerd.io/inject off its pods" in lines


def test_a_network_for_plain_clients_lets_in_whoever_arrives_through_the_mesh():
    """A NetworkAuthentication asks for no identity, so meshed clients that may come to 4143 for another port pass."""

    def change(objects, text):
        objects["Deployment/web"]["spec"]["template"]["spec"]["containers"][0]["ports"].append(
            {"containerPort": 9100, "name": "metrics"}
        )
        objects["Server/metrics"]["spec"]["podSelector"] = {}
        objects["NetworkPolicy/worker"]["spec"]["podSelector"] = {
            "matchExpressions": [{"key": "app", "operator": "In", "values": ["web", "worker"]}]
        }
        call = '{"from": "monitoring/scraper", "to": "shop/%s", "port": 9100, "protocol": "TCP", "identity": null}'
        return text.replace(call % "worker", f"{call % 'worker'}, {call % 'web'}")

    assert "unexpected: gate/gate -> shop/web:9100 as gate.gate" in differences("mesh", change)


def test_plain_clients_need_a_network_not_an_open_port():
    def change(objects, text):
        objects["Server/metrics"]["spec"]["accessPolicy"] = "all-unauthenticated"

    assert differences("mesh", change) == [
        "Linkerd lets everybody in at shop/worker:9100 by accessPolicy: all-unauthenticated of Server shop/metrics; "
        "require a network"
    ]


def test_a_server_that_selects_too_much_is_said():
    def change(objects, text):
        for workload in ("Deployment/web", "Deployment/worker"):
            objects[workload]["spec"]["template"]["metadata"]["labels"]["tier"] = "x"
        return text.replace('"labels": {"app": "worker"}', '"labels": {"app": "worker", "tier": "x"}')

    assert "Server shop/metrics also selects pods of shop labelled like shop/worker without tier" in differences(
        "mesh", change
    )


def test_a_namespace_may_be_a_peer():
    """A peer without labels is every pod of its namespace: known ones must get there, strangers may."""

    def change(objects, text):
        objects["NetworkPolicy/dns"] = {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": "dns", "namespace": "shop"},
            "spec": {
                "podSelector": {},
                "policyTypes": ["Egress"],
                "egress": [objects["NetworkPolicy/bus"]["spec"]["egress"][1]],
            },
        }
        peer = '"shop/*": {"namespace": "shop", "labels": {}}, "gate/gate"'
        call = '{"from": "shop/*", "to": "kube-system/dns", "port": 53, "protocol": "%s"}, '
        text = text.replace('"gate/gate"', peer, 1)
        return text.replace('"calls": [', '"calls": [' + call % "UDP" + call % "TCP")

    assert differences("plain", change) == []


def test_a_missing_half_is_not_made_good_by_an_ipblock():
    def change(objects, text):
        objects["NetworkPolicy/db"]["spec"]["ingress"][0]["from"] = [{"ipBlock": {"cidr": "0.0.0.0/0"}}]

    assert any(
        "ingress of shop/db allows shop/web at 5432 only by an ipBlock, which not every network plugin applies to pods"
        in line
        for line in differences("plain", change)
    )


def test_a_review_that_takes_over_from_another_says_the_same():
    objects, expectation = sample("plain")
    before = Review(objects, expectation)
    labelled = [
        o if o["kind"] != "Namespace" else {**o, "metadata": {"name": "shop", "labels": {"a": "b"}}} for o in objects
    ]

    assert Review(objects, expectation, before=before).world.ends is before.world.ends
    assert Review(labelled, expectation, before=before).world.ends is not before.world.ends
    for _, mutated in list(mutations(objects, mesh=False))[::10]:
        again = Review(mutated, expectation, before=before)
        fresh = Review(mutated, expectation)
        assert (again.differences(), again.rows()) == (fresh.differences(), fresh.rows())
