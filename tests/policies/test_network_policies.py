import pytest
from cdk8s import Cron
from cdk8s_plus_27 import ContainerProps, CronJob, Deployment, LabelSelector

from loom_constructs import ClusterDns, Endpoint, Login, Mesh, MeshMode, MeshPolicies, NetworkPolicies, Peer, SecretRef

DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "TCP", "port": 53}, {"protocol": "UDP", "port": 53}],
}


def pods(name):
    return {
        "podSelector": {"matchLabels": {"app.kubernetes.io/instance": name, "app.kubernetes.io/name": name}},
    }


def test_everything_is_denied_first(chart, shop, render):
    NetworkPolicies(chart, "policies")

    assert render()["NetworkPolicy/default-deny"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert [name for name in render() if name.startswith("NetworkPolicy")] == ["NetworkPolicy/default-deny"]


def test_a_call_opens_one_port_at_both_ends(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    NetworkPolicies(chart, "policies")

    web, stock = render()["NetworkPolicy/web"]["spec"], render()["NetworkPolicy/stock"]["spec"]
    port = [{"protocol": "TCP", "port": 7000}]
    assert web["podSelector"] == pods("web")["podSelector"]
    assert web["policyTypes"] == ["Egress"]
    assert web["egress"] == [DNS, {"to": [pods("stock")], "ports": port}]
    assert "ingress" not in web
    # who calls nobody needs no names either
    assert stock == {
        "podSelector": pods("stock")["podSelector"],
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [pods("web")], "ports": port}],
    }


def test_packets_arrive_at_the_port_of_the_pods(chart, shop, render):
    Peer.of(shop.stock).calls(Endpoint(Peer.of(shop.web), "http", "web", 80, target_port=8080))
    NetworkPolicies(chart, "policies")

    assert render()["NetworkPolicy/web"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8080}]


def test_callers_with_the_same_ports_share_a_rule(chart, shop, render):
    for name in ("b", "a"):
        Peer.of(shop.workload(name, {})).calls(shop.sql)
    NetworkPolicies(chart, "policies")

    [rule] = render()["NetworkPolicy/stock"]["spec"]["ingress"]
    assert rule["from"] == [pods("a"), pods("b")]


def test_one_program_under_two_names_has_one_policy(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    alias = Peer("alias", "loom", shop.stock.labels.selector, service_account="stock")
    Peer.of(shop.web).calls(Endpoint(alias, "metrics", "stock", 9000))
    NetworkPolicies(chart, "policies")

    assert "NetworkPolicy/alias" not in render()
    [rule] = render()["NetworkPolicy/stock"]["spec"]["ingress"]
    assert [p["port"] for p in rule["ports"]] == [7000, 9000]


def test_the_internet_is_no_private_network_and_no_metadata(chart, shop, render):
    for port in (443, 22):
        Peer.of(shop.web).calls(Endpoint.internet(port))
    NetworkPolicies(chart, "policies")

    [_, rule] = sorted(render()["NetworkPolicy/web"]["spec"]["egress"], key=lambda r: "ipBlock" in r["to"][0])
    [block] = [item["ipBlock"] for item in rule["to"]]
    assert block["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])
    assert [p["port"] for p in rule["ports"]] == [22, 443]


def test_the_api_server_is_an_address(chart, shop, render):
    Peer.of(shop.web).calls(Endpoint.api_server("10.0.0.1/32"))
    NetworkPolicies(chart, "policies")

    assert {"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}], "ports": [{"protocol": "TCP", "port": 6443}]} in render()[
        "NetworkPolicy/web"
    ]["spec"]["egress"]
    with pytest.raises(ValueError, match="networks must be the API server's addresses"):
        Endpoint.api_server()


def test_somebody_elses_pods_are_named_by_namespace_and_label(chart, shop, render):
    shop.http.allow_from(Peer("ingress", "ingress-nginx", {"app": "controller"}))
    NetworkPolicies(chart, "policies")

    [rule] = render()["NetworkPolicy/web"]["spec"]["ingress"]
    assert rule["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
            "podSelector": {"matchLabels": {"app": "controller"}},
        }
    ]


def test_addresses_need_no_names(chart, shop, render):
    Peer.of(shop.web).calls(Endpoint(Peer.outside("printer", "10.9.9.9/32"), "raw", "10.9.9.9", 9100))
    NetworkPolicies(chart, "policies")

    assert [r["ports"][0]["port"] for r in render()["NetworkPolicy/web"]["spec"]["egress"]] == [9100]


def test_dns_may_be_elsewhere(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    dns = ClusterDns("openshift-dns", {"dns": "default"}, 5353, networks=("169.254.20.10/32",))
    NetworkPolicies(chart, "policies", dns=dns)

    rules = render()["NetworkPolicy/web"]["spec"]["egress"]
    assert rules[0]["to"] == [
        {"ipBlock": {"cidr": "169.254.20.10/32"}},
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "openshift-dns"}},
            "podSelector": {"matchLabels": {"dns": "default"}},
        },
    ]
    assert rules[0]["ports"] == [{"protocol": "TCP", "port": 5353}, {"protocol": "UDP", "port": 5353}]


def test_with_the_mesh_only_the_proxies_port_is_open(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    shop.http.allow_from(Peer("scanner", "tools", {"app": "scanner"}))
    MeshPolicies(chart, "mesh", network=NetworkPolicies(chart, "policies", mesh=Mesh(MeshMode.ON)))

    # the proxies' names come from the mesh's own policy
    assert render()["NetworkPolicy/web"]["spec"]["egress"] == [
        {"to": [pods("stock")], "ports": [{"protocol": "TCP", "port": 4143}]}
    ]
    assert render()["NetworkPolicy/stock"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 4143}]
    # who has no proxy calls the program itself
    assert render()["NetworkPolicy/web"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8080}]


def test_as_an_add_on_the_mesh_changes_nothing_here(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    NetworkPolicies(chart, "policies", mesh=Mesh(MeshMode.ADD_ON))

    assert render()["NetworkPolicy/stock"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 7000}]


def test_both_namespaces_of_a_call_get_their_half(chart, theirs, nats, manifests):
    report = Deployment(theirs, "report", metadata={"name": "report"}, containers=[ContainerProps(image="report:1")])
    login = Login("web", SecretRef("their-nats").key("password"))
    with pytest.raises(ValueError, match="must be in a Secret of namespace team"):
        Peer.of(report).calls(nats.client("web"))
    Peer.of(report).calls(nats.client("web").with_login(login))
    NetworkPolicies(theirs, "policies")
    NetworkPolicies(chart, "policies")

    ours, other = manifests(chart), manifests(theirs)
    labels = dict(report.match_labels)
    assert other["Deployment/report"]["spec"]["template"]["metadata"]["labels"].items() >= labels.items()
    assert {
        "from": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "team"}},
                "podSelector": {"matchLabels": labels},
            }
        ],
        "ports": [{"protocol": "TCP", "port": 4222}],
    } in ours["NetworkPolicy/nats"]["spec"]["ingress"]
    egress = other["NetworkPolicy/report"]["spec"]["egress"]
    assert {
        "to": [
            {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "loom"}},
                "podSelector": pods("nats")["podSelector"],
            }
        ],
        "ports": [{"protocol": "TCP", "port": 4222}],
    } in egress
    assert DNS in egress
    assert "NetworkPolicy/default-deny" in other and "NetworkPolicy/nats" not in other


def test_pods_of_a_cron_job_are_told_from_all_others(chart, nats, render):
    clean = CronJob(
        chart, "clean", metadata={"name": "clean"}, schedule=Cron.daily(), containers=[ContainerProps(image="clean:1")]
    )
    Peer.of(clean).calls(nats.client("web"))
    NetworkPolicies(chart, "policies")

    selector = render()["NetworkPolicy/clean"]["spec"]["podSelector"]["matchLabels"]
    template = render()["CronJob/clean"]["spec"]["jobTemplate"]["spec"]["template"]
    assert selector and selector.items() <= template["metadata"]["labels"].items()


def test_a_call_that_is_said_later_is_refused(chart, shop):
    Peer.of(shop.web).calls(shop.sql)
    NetworkPolicies(chart, "policies")

    Peer.of(shop.web).calls(shop.sql)  # known already
    with pytest.raises(
        ValueError,
        match=r"the call from stock to web:http must be said before test/policies is made, which reads all calls",
    ):
        Peer.of(shop.stock).calls(shop.http)


def test_calls_of_other_namespaces_may_come_later(chart, shop, theirs):
    NetworkPolicies(chart, "policies")

    one, other = shop.workload("one", {}, theirs), shop.workload("other", {}, theirs)
    Peer.of(one).calls(Endpoint(Peer.of(other), "http", "other", 80))


def test_two_denials_in_one_namespace_are_refused(app, chart):
    NetworkPolicies(chart, "one")
    NetworkPolicies(chart, "two")
    with pytest.raises(Exception, match="NetworkPolicy default-deny is there 2 times"):
        app.synth()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mesh": "on"}, "mesh must be a Mesh, got 'on'"),
        ({"dns": "10.0.0.10"}, "dns must be a ClusterDns or None, got '10.0.0.10'"),
    ],
)
def test_wrong_arguments_are_refused(chart, wrong, message):
    with pytest.raises(ValueError, match=message):
        NetworkPolicies(chart, "policies", **wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"number": 0}, "number must be a port"),
        ({"namespace": "Kube"}, "namespace must be a DNS label"),
        ({"networks": ("nowhere",)}, "networks must be addresses such as 10.0.0.0/16, got 'nowhere'"),
    ],
)
def test_wrong_dns_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ClusterDns(**wrong)


def test_a_program_called_like_a_policy_fails_the_synthesis(app, chart, shop):
    Peer.of(shop.workload("default-deny", {})).calls(shop.sql)
    NetworkPolicies(chart, "policies")

    with pytest.raises(Exception, match="NetworkPolicy default-deny is there 2 times"):
        app.synth()


def test_two_programs_with_the_same_labels_are_refused(chart, nats):
    for name in ("one", "two"):
        pods = [ContainerProps(image="a:1")]
        made = Deployment(chart, name, metadata={"name": name}, containers=pods, select=False)
        made.pod_metadata.add_label("app", "same")
        made.select(LabelSelector.of(labels={"app": "same"}))
        Peer.of(made).calls(nats.client("web"))

    with pytest.raises(ValueError, match="labels of two must be its own, not those of one"):
        NetworkPolicies(chart, "policies")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Peer("a", "b", {"a": 1}), r"labels\['a'\] must be a string, got 1"),
        (lambda: Peer("a", "b", {"A b": "c"}), "labels must be a mapping with keys that Kubernetes takes"),
        (lambda: Peer("a", "b", {"a": "c d"}), "must be a label value .*got 'c d'"),
        (lambda: Peer("a", "b", {"a": "b"}, service_account=""), "service_account must be a DNS name"),
        (lambda: Peer("a", "", networks="10.0.0.0/8"), "networks must be a tuple, got '10.0.0.0/8'"),
        (lambda: Peer.outside("a", "10.0.0.0/8", excluded=("11.0.0.0/8",)), "excluded must be a part of networks"),
        (lambda: Peer("a", "", networks=("10.0.0.0/8",), meshed=True), "meshed must be False for a peer outside"),
        (lambda: Endpoint("nats", "a", "b", 1), "server must be a Peer, got 'nats'"),
        (lambda: Endpoint(Peer.internet(), "a", "b", 1, wire="http"), "wire must be one of HTTP/1, gRPC, opaque"),
        (lambda: Endpoint(Peer.internet(), "a", "b", 1, routes=(1,)), "routes must be a Route, got 1"),
        (lambda: Endpoint(Peer.internet(), "a", "b", 1, target_port=0), "target_port must be a port"),
        (lambda: Peer.internet().calls("nats"), "endpoint must be an Endpoint, got 'nats'"),
        (lambda: ClusterDns(labels={}), "labels must be those of its pods"),
    ],
)
def test_wrong_ends_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_second_call_that_only_looks_the_same_is_refused(chart, shop):
    web = Peer.of(shop.web)
    web.calls(Endpoint.api_server("10.0.0.1/32"))
    with pytest.raises(ValueError, match="server of web calls kube-apiserver:https must be the same as before"):
        web.calls(Endpoint.api_server("10.0.0.2/32"))
    web.calls(shop.sql)
    with pytest.raises(ValueError, match="endpoint of web calls stock:sql must be the same as before"):
        web.calls(Endpoint(Peer.of(shop.stock), "sql", "stock", 7001))


def test_names_that_join_to_the_same_text_are_two_calls(chart, shop, render):
    shop.sql.allow_from(Peer("c", "a-b", {"x": "1"}))
    shop.sql.allow_from(Peer("b-c", "a", {"x": "2"}))
    NetworkPolicies(chart, "policies")

    [rule] = render()["NetworkPolicy/stock"]["spec"]["ingress"]
    assert len(rule["from"]) == 2
