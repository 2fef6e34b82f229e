"""What is rendered, and what is refused; the engines' verdicts are in tests/servers and tests/api."""

from __future__ import annotations

import itertools

import jsonschema
import kubernetes_validate
import pytest
import yaml
from cdk8s import App, Chart

from loom_constructs import (
    AdmissionMode,
    AdmissionRule,
    AdmissionScope,
    GatekeeperPolicies,
    KyvernoPolicies,
    ValidatingAdmissionPolicies,
    admission_rules,
)
from loom_constructs.platform import ENVIRONMENTS
from loom_constructs.platform.charts.admission import demanded
from tests.conftest import ROOT
from tests.production.admission import corpus, engines, verdicts

CONSTRUCTS = (ValidatingAdmissionPolicies, GatekeeperPolicies, KyvernoPolicies)
HOST_PATH = next(rule for rule in admission_rules() if rule.name == "host-path")


def made(construct, **arguments):
    """A construct in a chart of namespace `shop`."""
    chart = Chart(App(), "test", namespace="shop", disable_resource_name_hashes=True)
    return construct(chart, "admission", **{"mode": AdmissionMode.DENY, "rules": [HOST_PATH], **arguments})


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.__name__)
def test_matches_snapshot(chart, render, snapshot, construct):
    construct(chart, "admission", mode=AdmissionMode.WARN, rules=[HOST_PATH])

    assert render() == snapshot


def test_every_policy_is_valid():
    schemas = {}
    for name in ("gatekeeper", "kyverno"):
        for definition in yaml.safe_load_all((ROOT / "imports" / "schemas" / f"{name}.yaml").read_text()):
            schemas[definition["spec"]["names"]["kind"]] = definition["spec"]["versions"][0]["schema"][
                "openAPIV3Schema"
            ]
    for o in itertools.chain(engines.rendered(GatekeeperPolicies), engines.rendered(KyvernoPolicies)):
        if o["kind"] in schemas:
            jsonschema.validate(o, schemas[o["kind"]])
        else:
            assert o["apiVersion"] == "constraints.gatekeeper.sh/v1beta1"
    for version in ("1.30", "1.37"):
        # the others differ in their expressions
        for o in engines.rendered(ValidatingAdmissionPolicies, admission_rules()[-2:]):
            kubernetes_validate.validate(o, version, strict=True)


def test_the_three_engines_get_the_same_expressions():
    policies = [o["spec"] for o in engines.rendered(ValidatingAdmissionPolicies) if "validations" in o["spec"]]
    kyverno = [o["spec"] for o in engines.rendered(KyvernoPolicies)]
    targets = [o["spec"]["targets"][0] for o in engines.rendered(GatekeeperPolicies) if "targets" in o["spec"]]
    gatekeeper = [target["code"][0]["source"] for target in targets]

    assert len(policies) == len(kyverno) == len(gatekeeper) == len(engines.ALL)
    for ours, theirs, others in zip(policies, kyverno, gatekeeper, strict=True):
        assert ours["variables"] == theirs["variables"] == others["variables"]
        [validation] = ours["validations"]
        assert validation == {**theirs["validations"][0], "reason": "Forbidden"}
        assert theirs["validations"] == others["validations"]


@pytest.mark.parametrize(
    ("mode", "server", "gatekeeper", "kyverno"),
    [
        (AdmissionMode.AUDIT, ["Audit"], "dryrun", ["Audit"]),
        (AdmissionMode.WARN, ["Warn", "Audit"], "warn", ["Warn", "Audit"]),
        (AdmissionMode.DENY, ["Deny"], "deny", ["Deny"]),
    ],
)
def test_what_follows_is_said_to_each_engine(mode, server, gatekeeper, kyverno):
    arguments = {"mode": AdmissionMode.DENY, "modes": {"host-path": mode}}

    policies = made(ValidatingAdmissionPolicies, **arguments)
    assert policies.bindings["host-path"].body["spec"]["validationActions"] == server
    constraints = made(GatekeeperPolicies, **arguments).constraints
    assert constraints["host-path"].body["spec"]["enforcementAction"] == gatekeeper
    assert made(KyvernoPolicies, **arguments).policies["host-path"].body["spec"]["validationActions"] == kyverno


def test_rules_hold_in_the_charts_own_namespace():
    policies = made(ValidatingAdmissionPolicies)

    selector = policies.bindings["host-path"].body["spec"]["matchResources"]["namespaceSelector"]
    assert selector == {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": ["shop"]}]
    }
    assert policies.policies["host-path"].name == "shop-host-path"


def test_the_systems_namespaces_are_never_among_those_with_a_label():
    scope = AdmissionScope(labels={"team": "shop"}, exempt=("shop-lab",))

    [expression] = scope.selector["matchExpressions"]
    assert scope.selector["matchLabels"] == {"team": "shop"}
    assert expression["operator"] == "NotIn"
    assert {"kube-system", "linkerd", "cert-manager", "gatekeeper-system", "kyverno", "shop-lab"} <= set(
        expression["values"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"names must be given, or labels, but not both, got \(\(\), None\)"),
        ({"names": ("a",), "labels": {"b": "c"}}, "names must be given, or labels, but not both"),
        (
            {"names": ("kube-system",)},
            "names must be names of namespaces of yours, not the system's, got 'kube-system'",
        ),
        ({"names": "shop"}, "names must be a list of strings, got 'shop'"),
        ({"names": ("Shop",)}, "names must be a DNS label .*got 'Shop'"),
        ({"names": ("a",), "exempt": ("b",)}, r"exempt must be empty without labels, got \('b',\)"),
        ({"labels": {"team": "a b"}}, r"labels\['team'\] must be a label value .*got 'a b'"),
    ],
)
def test_bad_scopes_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        AdmissionScope(**arguments)


@pytest.mark.parametrize("construct", CONSTRUCTS, ids=lambda c: c.__name__)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"mode": "Deny!"}, "mode must be an AdmissionMode, got 'Deny!'"),
        ({"rules": []}, r"rules must be at least one rule, got \[\]"),
        ({"rules": ["host-path"]}, "rules must be an AdmissionRule, got 'host-path'"),
        ({"rules": [HOST_PATH, HOST_PATH]}, "rules must be without repetition, got 'host-path'"),
        ({"modes": {"limits": AdmissionMode.WARN}}, "modes must be one of host-path, got 'limits'"),
        ({"modes": {"host-path": "warn"}}, r"modes\['host-path'\] must be an AdmissionMode, got 'warn'"),
        ({"namespaces": "shop"}, "namespaces must be an AdmissionScope or None, got 'shop'"),
        ({"name": "S"}, "name must be a DNS label .*got 'S'"),
        ({"name": "s" * 60}, "name must be a DNS label .*at most 53.*got 'sss"),
    ],
)
def test_bad_arguments_are_refused(construct, arguments, message):
    with pytest.raises(ValueError, match=message):
        made(construct, **arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "No Root"}, "name must be at most 40 lower-case letters.*got 'No Root'"),
        ({"faults": " "}, "faults must be a text, got ' '"),
        ({"why": None}, "why must be a text, got None"),
        ({"subject": "pods!"}, "subject must be an AdmissionSubject, got 'pods!'"),
        ({"operators": "cnpg.io/cluster"}, "operators must be a list of strings"),
    ],
)
def test_bad_rules_are_refused(arguments, message):
    good = {"name": "rule", "faults": "[]", "demand": "must be good", "why": "because"}

    with pytest.raises(ValueError, match=message):
        AdmissionRule(**{**good, **arguments})


def test_names_that_are_let_through_are_only_for_the_rule_about_digests():
    with pytest.raises(ValueError, match=r"unresolved must be empty where digests are not demanded, got \['a:1'\]"):
        admission_rules(unresolved=["a:1"])
    assert {r.name for r in admission_rules(digests=True)} - {r.name for r in admission_rules()} == {"image-digests"}


def test_a_rule_of_ones_own_is_rendered_for_every_engine():
    own = AdmissionRule(
        name="team", faults="'team' in object.metadata.labels ? [] : ['team']", demand="must be a label", why="bills"
    )

    for construct in CONSTRUCTS:
        assert [o["metadata"]["name"] for o in engines.rendered(construct, [own])][-1] == "corpus-team"


def test_every_rule_has_a_reason_and_twins():
    rules = {pair.rule for pair in corpus.PAIRS}

    assert rules == {rule.name for rule in engines.ALL}
    assert len(corpus.manifests()) == 2 * len(corpus.PAIRS) >= 60
    assert all(rule.why.endswith(".") for rule in engines.ALL)
    # a rule about containers is tried on an init container too, and one about pods on every kind
    assert {pair.kind for pair in corpus.PAIRS} == set(corpus.GOOD)


def test_twins_are_one_edit_apart():
    for pair in corpus.PAIRS:
        good, bad = pair.good, pair.bad
        del good["metadata"]["name"], bad["metadata"]["name"]
        assert len(list(_differences(good, bad))) == 1, pair.name


def _differences(a, b):
    """The places where two manifests differ, each as deep as it is one place. A field under another name is one."""
    if isinstance(a, dict) and isinstance(b, dict):
        if len(a.keys() - b.keys()) == len(b.keys() - a.keys()) == 1:
            yield a.keys() ^ b.keys()
            a, b = ({k: v for k, v in one.items() if k in a.keys() & b.keys()} for one in (a, b))
        for key in a.keys() | b.keys():
            if key not in a or key not in b:
                yield key
            else:
                yield from _differences(a[key], b[key])
    elif isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        for left, right in zip(a, b, strict=True):
            yield from _differences(left, right)
    elif a != b:
        yield a


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda e: e.name)
def test_what_is_rendered_carries_namespace_and_environment_in_its_name(environment):
    folder = ROOT / "dist" / environment.name / ("admission" if environment.admission.add_on else "")
    rendered = engines.load(folder / "admission.k8s.yaml")

    names = {f"{environment.namespace}-{environment.name}-{rule.name}" for rule in demanded(environment)}
    assert {o["metadata"]["name"] for o in rendered} == names
    assert len(rendered) == 2 * len(names)
    assert not any("namespace" in o["metadata"] for o in rendered)


def test_the_verdicts_are_of_the_corpus_that_is_there():
    """What they say is compared where the engines are (tests/servers, tests/api)."""
    for engine in verdicts.ENGINES:
        assert list(verdicts.column(engine)) == list(corpus.manifests()), "run `make verdicts` and commit"
