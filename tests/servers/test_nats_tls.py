"""NATS with certificates of a CA of its own: clients verify the server, servers each other."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
from cdk8s import Chart

from loom_constructs import NatsJetStream, NatsTls, NatsUser, Peer, SecretRef
from loom_constructs.kubernetes import Container, Kind, Labels, Resources, Workload
from tests.conftest import Objects
from tests.pods import all_containers, container, env_of
from tests.servers.conftest import Machine, answers, eventually, free_port, needed

LOGIN = {"LOGIN_USER": "shop", "LOGIN_PASSWORD": "pass"}


@pytest.fixture
def rendered(chart: Chart, render: Callable[[], Objects]) -> Objects:
    nats = NatsJetStream(
        chart, "nats", users=[NatsUser("shop")], passwords=SecretRef("nats"), tls=NatsTls(SecretRef("nats-tls"))
    )
    client = Workload(
        chart,
        "client",
        kind=Kind.DEPLOYMENT,
        labels=Labels("client", "client", "client", "1"),
        containers=[Container(name="client", image="client:1", resources=Resources.small())],
        user=1000,
    )
    Peer.of(client).calls(nats.client("shop"))
    return render()


@pytest.fixture
def certificates(machine: Machine) -> Path:
    """A CA and a certificate of it, where the rendered containers mount them; and a CA that nobody knows."""
    needed("openssl", "nats-server", "nats")
    machine.folders("etc/nats-tls", "etc/nats-ca", "etc/stranger")
    folder = machine.path("etc/nats-tls")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth,clientAuth\n")
    new = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    for target, name in ((folder, "ca"), (machine.path("etc/stranger"), "stranger")):
        key = str(target / "ca.key")
        done = machine.run([*new, "-subj", f"/CN={name}", "-keyout", key, "-out", str(target / "ca.crt")])
        assert done.returncode == 0, done.stderr
    steps = """openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=nats -keyout tls.key -out tls.csr
      openssl x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.crt
      cp ca.crt ../nats-ca/"""
    done = machine.run(["sh", "-ec", f"cd {folder}\n{steps}"])
    assert done.returncode == 0, done.stderr
    return folder


def test_clients_and_servers_verify_each_other(
    machine: Machine, shell: str, rendered: Objects, certificates: Path
) -> None:
    text = rendered["ConfigMap/nats-config"]["data"]["nats.conf"]
    ports, routes = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    machine.folders("var/run/nats")
    for number in range(3):
        machine.folders(f"data{number}")
        changed = {
            "port: 4222": f"port: {ports[number]}",
            "port: 6222": f"port: {routes[number]}",
            "http_port: 8222": f"http_port: {free_port()}",
            "store_dir: /data": f"store_dir: {machine.folder}/data{number}",
            **{f"nats://nats-{i}.nats-headless:6222": f"nats://127.0.0.1:{port}" for i, port in enumerate(routes)},
        }
        conf = machine.write(f"/etc/nats/{number}.conf", text, changed)
        env = {"SERVER_NAME": f"nats-{number}", "PASSWORD_SHOP": '"pass"', "PASSWORD_SYS": '"pass"'}
        machine.start(["nats-server", "--config", str(conf)], env)
    # they are one cluster: their routes came up
    assert eventually(lambda: "cluster new metadata leader" in machine.log()), machine.log()

    client = rendered["Deployment/client"]
    wait = container(client, "wait-for-nats")
    trusted = machine.local(f" {env_of(client)['SSL_CERT_DIR']}").strip()
    here = {"HOST": "127.0.0.1", "PORT": str(ports[0]), **LOGIN}
    assert answers(machine, shell, wait, {**here, "SSL_CERT_DIR": trusted}, 20)
    assert not answers(machine, shell, wait, {**here, "SSL_CERT_DIR": str(machine.path("etc/stranger"))})

    url = f"tls://shop:pass@127.0.0.1:{ports[0]}"
    asked = ["nats", "request", "--raw", "$JS.API.INFO", ""]
    assert "account_info" in machine.run(asked, {"NATS_URL": url, "SSL_CERT_DIR": trusted}).stdout
    unknown = machine.run(asked, {"NATS_URL": url, "SSL_CERT_DIR": str(machine.path("etc/stranger"))})
    assert unknown.returncode != 0 and "unknown authority" in unknown.stderr
    # in the clear it sends nothing but its greeting
    plain = machine.run(
        ["sh", "-c", f"printf 'CONNECT {{}}\\r\\nPING\\r\\n' | timeout 5 {shell}/nc 127.0.0.1 {ports[0]}"]
    )
    assert '"tls_required":true' in plain.stdout and "PONG" not in plain.stdout

    # between the servers nobody takes part without a certificate of this CA
    context = ssl.create_default_context(cafile=str(machine.path("etc/nats-ca/ca.crt")))
    assert not _is_greeted(context, routes[0])
    context.load_cert_chain(certificates / "tls.crt", certificates / "tls.key")
    assert _is_greeted(context, routes[0])


def _is_greeted(context: ssl.SSLContext, port: int) -> bool:
    """Whether a server says its first line to who connects as another server."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        try:
            with context.wrap_socket(connection, server_hostname="127.0.0.1") as secured:
                # with TLS 1.3 a missing certificate shows at the first byte that is read
                return secured.recv(4) == b"INFO"
        except (ssl.SSLError, ConnectionError):
            return False


def test_the_private_key_stays_with_the_servers(rendered: Objects) -> None:
    client = rendered["Deployment/client"]
    [volume] = client["spec"]["template"]["spec"]["volumes"]

    assert volume["secret"] == {"secretName": "nats-tls", "items": [{"key": "ca.crt", "path": "ca.crt"}]}
    for each in all_containers(client):
        assert {"name": "nats-ca", "mountPath": "/etc/nats-ca", "readOnly": True} in each["volumeMounts"]
