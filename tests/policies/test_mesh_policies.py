import pytest
from cdk8s import Chart, JsonPatch

from loom_constructs import (
    Endpoint,
    Mesh,
    MeshMode,
    MeshPolicies,
    Namespace,
    NetworkPolicies,
    Peer,
    PodOptions,
    Temporal,
    Wire,
)

ON = Mesh(MeshMode.ON)
ADD_ON = Mesh(MeshMode.ADD_ON)


def mesh_policies(chart, mesh, where=None):
    """Both halves: what is open on the network, and who is let in."""
    return MeshPolicies(where or chart, "mesh", network=NetworkPolicies(chart, "network", mesh=mesh))


def annotations(workload):
    return workload["spec"]["template"]["metadata"]["annotations"]


def identities(objects, name):
    refs = objects[f"MeshTLSAuthentication/{name}"]["spec"]["identityRefs"]
    return [f"{r['name']}.{r['namespace']}" for r in refs]


def test_a_port_is_called_by_the_identities_that_say_so(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    mesh_policies(chart, ON)

    objects = render()
    assert objects["Server/stock-7000"]["spec"] == {
        "podSelector": {"matchLabels": shop.stock.labels.selector},
        "port": 7000,
        "proxyProtocol": "opaque",
        "accessPolicy": "deny",
    }
    assert objects["AuthorizationPolicy/stock-7000"]["spec"] == {
        "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": "stock-7000"},
        "requiredAuthenticationRefs": [
            {"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "stock-7000"}
        ],
    }
    assert identities(objects, "stock-7000") == ["web.loom"]
    versions = {o["kind"]: o["apiVersion"] for o in objects.values() if "linkerd" in o["apiVersion"]}
    assert versions == {
        "Server": "policy.linkerd.io/v1beta3",
        "AuthorizationPolicy": "policy.linkerd.io/v1alpha1",
        "MeshTLSAuthentication": "policy.linkerd.io/v1alpha1",
    }


def test_a_port_that_nobody_calls_stays_closed(chart, shop, render):
    mesh_policies(chart, ON)

    assert not [name for name in render() if name.startswith(("Server", "Authorization"))]
    assert annotations(render()["Deployment/web"])["config.linkerd.io/default-inbound-policy"] == "deny"


def test_two_names_of_one_port_make_one_server(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    alias = Endpoint(Peer.of(shop.stock), "other-name", "stock", 7000)
    Peer.of(shop.workload("batch", {})).calls(alias)
    mesh_policies(chart, ON)

    assert [name for name in render() if name.startswith("Server/")] == ["Server/stock-7000"]
    assert identities(render(), "stock-7000") == ["batch.loom", "web.loom"]


def test_two_protocols_on_one_port_are_refused(chart, shop):
    Peer.of(shop.web).calls(shop.sql)
    Peer.of(shop.web).calls(Endpoint(Peer.of(shop.stock), "http", "stock", 7000, wire=Wire.HTTP))

    with pytest.raises(ValueError, match="wire of stock:.* must be .* as before"):
        mesh_policies(chart, ON)


def test_who_has_no_proxy_is_let_in_by_address(chart, shop, render):
    shop.http.allow_from(Peer.outside("office", "192.0.2.0/24", excluded=("192.0.2.128/25",)))
    Peer.of(shop.stock).calls(shop.http)
    mesh_policies(chart, ON)

    objects = render()
    assert objects["NetworkAuthentication/web-8080-unmeshed"]["spec"]["networks"] == [
        {"cidr": "192.0.2.0/24", "except": ["192.0.2.128/25"]}
    ]
    assert objects["AuthorizationPolicy/web-8080-unmeshed"]["spec"]["targetRef"]["name"] == "web-8080"
    assert identities(objects, "web-8080") == ["stock.loom"]


def test_pods_without_a_proxy_come_from_anywhere_and_the_network_policy_tells_them_apart(chart, shop, render):
    shop.http.allow_from(Peer("ingress", "ingress-nginx", {"app": "controller"}))
    Peer.of(shop.stock).calls(shop.http)
    mesh_policies(chart, ON)

    objects = render()
    assert objects["NetworkAuthentication/web-8080-unmeshed"]["spec"]["networks"] == [
        {"cidr": "0.0.0.0/0"},
        {"cidr": "::/0"},
    ]
    # an identity would be asked of nobody
    assert "MeshTLSAuthentication/web-8080" not in objects


def test_a_meshed_caller_of_another_namespace_is_known_by_its_identity(chart, shop, render):
    controller = Peer("ingress", "ingress-nginx", {"app": "x"}, service_account="ingress-nginx", meshed=True)
    shop.http.allow_from(controller)
    mesh_policies(chart, ON)

    assert identities(render(), "web-8080") == ["ingress-nginx.ingress-nginx"]


def test_pods_and_services_say_what_linkerd_must_know(chart, shop, render):
    Peer.of(shop.web).calls(shop.sql)
    mesh_policies(chart, ON)

    objects = render()
    given = annotations(objects["Deployment/stock"])
    assert given["linkerd.io/inject"] == "enabled"
    assert given["config.linkerd.io/proxy-enable-native-sidecar"] == "true"
    assert given["config.linkerd.io/proxy-memory-limit"] == "250Mi"
    assert given["config.linkerd.io/opaque-ports"] == "7000"
    assert objects["Service/stock"]["metadata"]["annotations"] == {"config.linkerd.io/opaque-ports": "7000"}
    assert "config.linkerd.io/opaque-ports" not in annotations(objects["Deployment/web"])
    assert "annotations" not in objects["Service/web"]["metadata"]


def test_what_the_user_says_about_injection_stays(chart, shop, render):
    request = "config.linkerd.io/proxy-cpu-request"
    own = shop.workload("own", {}, options=PodOptions(annotations={request: "500m"}))
    Peer.of(own).calls(shop.sql)
    mesh_policies(chart, ON)

    assert annotations(render()["Deployment/own"])[request] == "500m"


def test_a_workload_that_says_no_is_not_injected_and_calls_plainly(chart, shop, render):
    Peer.of(shop.web, meshed=False).calls(shop.sql)
    mesh_policies(chart, ON)

    assert annotations(render()["Deployment/web"])["linkerd.io/inject"] == "disabled"
    assert render()["NetworkAuthentication/stock-7000-unmeshed"]["spec"]["networks"] == [
        {"cidr": "0.0.0.0/0"},
        {"cidr": "::/0"},
    ]


def test_another_teams_workload_is_injected_by_their_own_policies(chart, theirs, shop, manifests):
    from cdk8s_plus_27 import ContainerProps, Deployment

    report = Deployment(theirs, "report", metadata={"name": "report"}, containers=[ContainerProps(image="report:1")])
    Peer.of(report).calls(shop.sql)
    mesh_policies(theirs, ON)
    mesh_policies(chart, ON)

    assert annotations(manifests(theirs)["Deployment/report"])["linkerd.io/inject"] == "enabled"
    assert identities(manifests(chart), "stock-7000") == ["default.team"]


def test_proxies_reach_linkerd_and_names_and_viz_reaches_them(chart, shop, render):
    mesh_policies(chart, Mesh(MeshMode.ON, viz=True))

    spec = render()["NetworkPolicy/linkerd"]["spec"]
    assert spec["podSelector"] == {"matchLabels": {"linkerd.io/control-plane-ns": "linkerd"}}
    out = {p["port"] for rule in spec["egress"] for p in rule["ports"]}
    assert out == {53, 8080, 8086, 8090}
    assert {p["port"] for rule in spec["ingress"] for p in rule["ports"]} == {4190, 4191}
    assert render()["Server/linkerd-admin"]["spec"]["podSelector"] == {}
    assert identities(render(), "linkerd-admin") == ["prometheus.linkerd-viz"]


def test_as_an_add_on_it_brings_the_proxies_port_for_each_call(app, chart, shop, manifests):
    Peer.of(shop.web).calls(shop.sql)
    extra = Chart(app, "extra", namespace="loom", disable_resource_name_hashes=True)
    mesh_policies(chart, ADD_ON, where=extra)

    objects = manifests(extra)
    assert objects["NetworkPolicy/stock-linkerd"]["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 4143}]
    assert objects["NetworkPolicy/web-linkerd"]["spec"]["egress"][0]["ports"] == [{"protocol": "TCP", "port": 4143}]
    assert annotations(manifests(chart)["Deployment/web"])["linkerd.io/inject"] == "enabled"


def test_grpc_probes_pass_and_nothing_else_does_without_an_identity(chart, render, postgres):
    Temporal(chart, "temporal", database=postgres.database("a"), visibility=postgres.database("b"))
    mesh_policies(chart, ON)

    objects = render()
    route = objects["GRPCRoute/temporal-7233-health"]["spec"]
    assert route["parentRefs"] == [{"group": "policy.linkerd.io", "kind": "Server", "name": "temporal-7233"}]
    assert route["rules"] == [{"matches": [{"method": {"service": "grpc.health.v1.Health", "method": "Check"}}]}]
    assert objects["GRPCRoute/temporal-7233"]["spec"]["rules"] == [{}]
    assert objects["AuthorizationPolicy/temporal-7233-health"]["spec"]["targetRef"]["kind"] == "GRPCRoute"
    assert set(identities(objects, "temporal-7233")) == {"temporal.loom", "temporal-namespace.loom"}


@pytest.fixture
def postgres(chart):
    from loom_constructs import Database, EmbeddedPostgres, PostgresCluster, SecretRef

    secret = SecretRef("login")
    return PostgresCluster(
        chart,
        "postgres",
        databases=[Database("a", secret), Database("b", secret)],
        engine=EmbeddedPostgres(max_connections=400),
    )


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        (
            JsonPatch.replace("/spec/requiredAuthenticationRefs", []),
            "requiredAuthenticationRefs of AuthorizationPolicy",
        ),
        (JsonPatch.remove("/spec/requiredAuthenticationRefs"), "AuthorizationPolicy stock-7000 must be with"),
    ],
)
def test_everyone_cannot_be_rendered_not_even_by_a_patch(chart, shop, render, patch, message):
    Peer.of(shop.web).calls(shop.sql)
    policies = mesh_policies(chart, ON)
    [authorization] = [a for a in policies.authorizations if a.kind == "AuthorizationPolicy"]
    authorization.add_json_patch(patch)

    with pytest.raises(Exception, match=message):
        render()


def test_a_workload_that_comes_later_fails_the_synthesis(app, chart, shop):
    mesh_policies(chart, ON)
    shop.workload("late", {})

    with pytest.raises(Exception, match="test/late was made after test/mesh and would run outside the mesh"):
        app.synth()


def test_without_the_plugin_restricted_is_refused(app, chart):
    Namespace(Chart(app, "namespaces"), "namespace", name="loom")

    with pytest.raises(ValueError, match="mesh.cni must be True: namespace loom enforces restricted.*NET_ADMIN"):
        mesh_policies(chart, Mesh(MeshMode.ON, cni=False))


def test_no_mesh_has_no_policies(chart):
    with pytest.raises(ValueError, match="network.mesh must be one that is there, .*got 'off'"):
        mesh_policies(chart, Mesh(MeshMode.OFF))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mode": "maybe"}, "mode must be one of off, add-on, on, got 'maybe'"),
        ({"namespace": "Linkerd"}, "namespace must be a DNS label"),
        ({"cluster_domain": "cluster local"}, "cluster_domain must be a DNS name"),
        ({"proxy": "small"}, "proxy must be a Resources, got 'small'"),
    ],
)
def test_wrong_settings_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Mesh(**{"mode": MeshMode.ON, **wrong})


def test_the_network_half_must_be_of_the_same_namespace(chart, theirs):
    with pytest.raises(ValueError, match="network must be of namespace team, got 'loom'"):
        MeshPolicies(theirs, "mesh", network=NetworkPolicies(chart, "network", mesh=ON))


def test_the_proxies_port_alone_fails_the_synthesis(app, chart, shop):
    NetworkPolicies(chart, "network", mesh=ON)

    with pytest.raises(Exception, match="test/network opens the proxies' port only, and nothing is meshed"):
        app.synth()


def test_a_namespace_without_proxies_cannot_call_through_them(app, chart, theirs, shop):
    from cdk8s_plus_27 import ContainerProps, Deployment

    report = Deployment(theirs, "report", metadata={"name": "report"}, containers=[ContainerProps(image="report:1")])
    Peer.of(report).calls(shop.sql)
    mesh_policies(chart, ON)

    with pytest.raises(
        Exception, match="report of namespace team is called or calls through the mesh, and has no proxy"
    ):
        app.synth()


def test_workloads_of_two_namespaces_with_one_name_are_two(app, chart, theirs, shop, manifests):
    other = shop.workload("stock", {"sql": 7000}, theirs)
    Peer.of(shop.web).calls(shop.sql)
    Peer.of(shop.web).calls(Endpoint(Peer.of(other, meshed=False), "far", "stock", 7000))
    mesh_policies(chart, ON)

    assert annotations(manifests(chart)["Deployment/stock"])["linkerd.io/inject"] == "enabled"


@pytest.mark.parametrize(
    ("annotation", "value"),
    [("config.linkerd.io/opaque-ports", "9999"), ("config.linkerd.io/default-inbound-policy", "all-unauthenticated")],
)
def test_what_would_break_calls_or_open_them_is_refused(chart, shop, annotation, value):
    own = shop.workload("own", {"sql": 5}, options=PodOptions(annotations={annotation: value}))
    Peer.of(shop.web).calls(Endpoint(Peer.of(own), "sql", "own", 5))

    with pytest.raises(ValueError, match=f"annotation {annotation} of test/own must be .*got '{value}'"):
        mesh_policies(chart, ON)


def test_pods_that_say_no_are_called_plainly(chart, shop, render):
    own = shop.workload("own", {"sql": 5}, options=PodOptions(annotations={"linkerd.io/inject": "disabled"}))
    Peer.of(shop.web).calls(Endpoint(Peer.of(own), "sql", "own", 5))
    mesh_policies(chart, ON)

    assert "Server/own-5" not in render()
    [rule] = render()["NetworkPolicy/own"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 5}]


def test_calls_must_agree_whether_a_workload_is_meshed(chart, shop):
    Peer.of(shop.web).calls(shop.sql)
    Peer.of(shop.web, meshed=False).calls(Endpoint.internet(443))

    with pytest.raises(ValueError, match="meshed of web must be the same in all its calls"):
        mesh_policies(chart, ON)


def test_a_whole_namespace_may_be_let_in(chart, shop, render):
    shop.http.allow_from(Peer("everybody", "loom", meshed=True))
    mesh_policies(chart, ON)

    refs = render()["MeshTLSAuthentication/web-8080"]["spec"]["identityRefs"]
    assert refs == [{"kind": "Namespace", "name": "loom"}]
    [rule] = render()["NetworkPolicy/web"]["spec"]["ingress"]
    assert rule == {"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": 4143}]}


def test_services_of_cdk8s_plus_say_which_ports_are_opaque(chart, shop, render):
    from cdk8s_plus_27 import ContainerProps, Deployment, ServicePort

    queue = Deployment(
        chart, "queue", metadata={"name": "queue"}, containers=[ContainerProps(image="queue:1", port_number=6000)]
    )
    queue.expose_via_service(name="queue", ports=[ServicePort(port=6000)])
    Peer.of(shop.web).calls(Endpoint(Peer.of(queue), "tcp", "queue", 6000))
    mesh_policies(chart, ON)

    assert render()["Service/queue"]["metadata"]["annotations"]["config.linkerd.io/opaque-ports"] == "6000"


def test_another_teams_workload_without_calls_is_injected_too(chart, shop, render):
    from cdk8s_plus_27 import ContainerProps, Deployment

    Deployment(chart, "lonely", metadata={"name": "lonely"}, containers=[ContainerProps(image="lonely:1")])
    mesh_policies(chart, ON)

    assert annotations(render()["Deployment/lonely"])["linkerd.io/inject"] == "enabled"


def test_the_proxies_own_ports_are_dialled_directly(chart, shop, render):
    scraper = Peer("scraper", "monitoring", {"app": "prometheus"}, service_account="prometheus", meshed=True)
    scraper.calls(Endpoint(Peer.of(shop.web), "proxy", "web", 4191, wire=Wire.HTTP))
    mesh_policies(chart, ON)

    [rule] = render()["NetworkPolicy/web"]["spec"]["ingress"]
    assert rule["ports"] == [{"protocol": "TCP", "port": 4191}]


def test_what_one_caller_leaves_out_another_one_brings(chart, shop, render):
    shop.http.allow_from(Peer.outside("all", "10.0.0.0/8"))
    shop.http.allow_from(Peer.outside("most", "10.0.0.0/8", excluded=("10.1.0.0/16",)))
    mesh_policies(chart, ON)

    assert render()["NetworkAuthentication/web-8080-unmeshed"]["spec"]["networks"] == [{"cidr": "10.0.0.0/8"}]
