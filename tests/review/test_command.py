"""`loom-constructs reach`."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from loom_constructs.cli import main
from tests.conftest import ROOT

FOLDER = Path(__file__).parent / "samples"
PLAIN, MESH = str(FOLDER / "plain"), str(FOLDER / "mesh")
PLAIN_MEANT, MESH_MEANT = str(FOLDER / "plain.json"), str(FOLDER / "mesh.json")


@pytest.fixture
def reach(capsys):
    """Runs it; returns the exit code, what was printed and what was complained about."""

    def run(*arguments):
        code = main(["reach", *arguments])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_a_table_of_who_reaches_whom(reach):
    code, out, _ = reach(PLAIN, "--expect", PLAIN_MEANT)

    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["CLIENT", "SERVER", "PORTS", "IDENTITY"]
    assert ["shop/web", "kube-system/dns", "53,53/UDP", "-"] in lines
    assert ["shop/worker", "internet", "443", "-"] in lines


def test_identities_are_in_it(reach):
    _, out, _ = reach(MESH, "--expect", MESH_MEANT)

    assert ["gate/gate", "shop/web", "8080", "gate.gate"] in [line.split() for line in out.splitlines()]


def test_without_an_expectation_the_surroundings_are_made_from_the_policies(reach):
    code, out, _ = reach(MESH)

    lines = [line.split() for line in out.splitlines()]
    assert ["gate/app=gate", "shop/web", "8080", "gate.gate"] in lines
    assert ["monitoring/app=scraper", "shop/worker", "9100", "-"] in lines
    assert ["linkerd-viz/component=tap", "shop/db", "4190", "default.linkerd-viz"] in lines
    assert code == 0
    assert "finding" not in out


def test_strangers_are_summarized(reach, tmp_path):
    open_policy = tmp_path / "open.yaml"
    open_policy.write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: db, tier: data}}, ingress: [{ports: [{port: 5432}]}]}\n"
    )
    _, out, _ = reach(PLAIN, str(open_policy))

    [line] = [x for x in out.splitlines() if x.startswith("anyone else: ") and "shop/db:5432" in x]
    assert line.startswith("anyone else: other pods of elsewhere, other pods of gate, other pods of kube-system")


def test_without_policies_everything_is_open(reach, tmp_path):
    pods = tmp_path / "pods.yaml"
    pods.write_text(
        "\n---\n".join(
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {n}}}\nspec: {{containers: [{{name: c, ports: [{{containerPort: 80}}]}}]}}"
            for n in ("a", "b")
        )
    )
    _, out, _ = reach(str(pods))

    assert ["default/a", "default/b", "80", "-"] in [line.split() for line in out.splitlines()]
    assert (
        "anyone else: default/a -> other pods of elsewhere, addresses such as 0.0.0.0, addresses such as 169.254.169.254"
        in out
    )
    assert ":any port" in out


def test_the_standard_input(reach, monkeypatch):
    text = Path(PLAIN, "workloads.yaml").read_text() + "---\n" + Path(PLAIN, "policies", "policies.yaml").read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))

    code, out, _ = reach("-", "--expect", PLAIN_MEANT)

    assert code == 0
    assert "shop/worker" in out


@pytest.mark.parametrize(
    ("arguments", "pairs"),
    [
        (
            ["--from", "worker"],
            {("shop/worker", "internet"), ("shop/worker", "kube-system/dns"), ("shop/worker", "shop/bus")},
        ),
        (["--to", "shop/db"], {("shop/web", "shop/db")}),
        (["--to", "bus:6222"], {("shop/bus", "shop/bus")}),
        (["--to", "dns:53/UDP", "--from", "web"], {("shop/web", "kube-system/dns")}),
        (["--from", "office"], {("office", "shop/web")}),
    ],
)
def test_a_part_of_it(reach, arguments, pairs):
    _, out, _ = reach(PLAIN, "--expect", PLAIN_MEANT, *arguments)

    assert {tuple(line.split()[:2]) for line in out.splitlines()[1:]} == pairs


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "wbe"], "--from must be one of gate/gate, internet, kube-system/dns, office, shop/bus, shop/db"),
        (["--to", "nobody:80"], "--to must be one of gate/gate"),
        (["--to", "db:99999"], "--to must be NAME, NAME:PORT or NAME:PORT/PROTOCOL, got 'db:99999'"),
        (["--to", "db:80/HTTP"], "--to must be NAME, NAME:PORT or NAME:PORT/PROTOCOL, got 'db:80/HTTP'"),
    ],
)
def test_unknown_names_are_refused_with_those_that_there_are(reach, arguments, message):
    code, out, err = reach(PLAIN, "--expect", PLAIN_MEANT, *arguments)

    assert (code, out) == (1, "")
    assert message in err


def test_an_ambiguous_name_is_refused(reach, tmp_path):
    meant = json.loads(Path(PLAIN_MEANT).read_text())
    meant["peers"]["far/web"] = {"namespace": "far", "labels": {"app": "far"}}
    file = tmp_path / "meant.json"
    file.write_text(json.dumps(meant))

    assert (
        "--from must be one of far/web, shop/web, got 'web'" in reach(PLAIN, "--expect", str(file), "--from", "web")[2]
    )


def test_why_somebody_gets_there(reach):
    _, out, _ = reach(MESH, "--expect", MESH_MEANT, "--from", "web", "--to", "db:5432", "--why")

    assert [line.strip() for line in out.splitlines()][:5] == [
        "shop/web -> shop/db:5432",
        "through the mesh as web.shop, arriving at 4143: open",
        "out: NetworkPolicy shop/web, egress rule 1",
        "in: NetworkPolicy shop/db, ingress rule 1",
        "Linkerd: Server shop/db: AuthorizationPolicy shop/db-from-web",
    ]


def test_why_somebody_does_not_and_what_would_be_needed(reach):
    _, out, _ = reach(MESH, "--expect", MESH_MEANT, "--from", "api", "--to", "db:5432", "--why")

    assert "through the mesh as api.shop, arriving at 4143: closed" in out
    assert (
        "not out: NetworkPolicy shop/deny, NetworkPolicy shop/proxies limit egress of shop/api; needed: an egress rule to podSelector app=db in namespace shop at 4143"
        in out
    )
    assert (
        "not in: NetworkPolicy shop/deny, NetworkPolicy shop/proxies, NetworkPolicy shop/db limit ingress of shop/db; needed: an ingress rule from podSelector app=api in namespace shop at 4143"
        in out
    )
    assert (
        "not by Linkerd: Server shop/db: AuthorizationPolicy shop/db-from-web; needed: an AuthorizationPolicy with a MeshTLSAuthentication for api.shop.serviceaccount.identity.linkerd.cluster.local"
        in out
    )
    assert "directly past the mesh at 5432: closed" in out
    assert "needed: an AuthorizationPolicy with a NetworkAuthentication for the client's addresses" in out


def test_why_for_all_rows_of_a_server(reach):
    _, out, _ = reach(MESH, "--expect", MESH_MEANT, "--to", "worker", "--why")

    assert "Linkerd: Server shop/metrics: AuthorizationPolicy shop/metrics-from-pods" in out
    assert "out: no NetworkPolicy limits egress of monitoring/scraper" in out
    assert "Linkerd: the proxy's tap checks its client itself" in out


def test_why_nobody_gets_there(reach):
    assert reach(PLAIN, "--to", "db:9", "--why")[1].strip() == "nobody reaches anybody there"


def test_json_holds_everything(reach):
    code, out, _ = reach(PLAIN, "--expect", PLAIN_MEANT, "--format", "json")

    answer = json.loads(out)
    assert code == 0
    assert {"client": "shop/web", "server": "shop/db", "port": 5432, "protocol": "TCP", "identity": None} in answer[
        "rows"
    ]
    assert (answer["strangers"], answer["findings"], answer["differences"]) == ([], [], [])


@pytest.mark.parametrize(("format", "start"), [("mermaid", "flowchart"), ("html", "<!doctype html>")])
def test_pictures(reach, format, start):
    code, out, _ = reach(PLAIN, "--expect", PLAIN_MEANT, "--format", format)

    assert code == 0
    assert start in out.lower()
    assert "shop" in out


DEFECT = str(Path(__file__).parent / "defects" / "port-that-nobody-serves.yaml")


def test_findings_fail_only_where_it_is_asked_for(reach, tmp_path):
    meant = tmp_path / "meant.json"
    peers = {n: {"namespace": "shop", "labels": {"app": n.partition("/")[2]}} for n in ("shop/web", "shop/gate")}
    meant.write_text(json.dumps({"mesh": False, "peers": peers, "calls": []}))

    code, out, _ = reach(DEFECT)
    assert code == 0
    assert "finding: NetworkPolicy shop/web, ingress rule 1 names port 8080" in out
    assert reach(DEFECT, "--strict")[0] == 1
    assert reach(DEFECT, "--expect", str(meant))[0] == 1
    assert reach(PLAIN, "--strict")[0] == 0


def test_a_difference_fails(reach):
    code, out, _ = reach(PLAIN, "--expect", MESH_MEANT)

    assert code == 1
    assert "difference: shop/web is not in the mesh, and is meant to be" in out
    assert "difference: missing: monitoring/scraper -> shop/worker:9100: ingress of shop/worker does not allow" in out


def test_the_mesh_may_be_said_to_run_or_not(reach):
    assert "web.shop" in reach(MESH)[1]
    assert "web.shop" not in reach(MESH, "--no-mesh")[1]
    assert "web.shop" not in reach(str(Path(MESH, "workloads.yaml")))[1]
    assert "web.shop" in reach(str(Path(MESH, "workloads.yaml")), "--mesh")[1]


def test_a_path_that_is_not_there_is_refused(reach):
    assert reach("nowhere") == (1, "", "loom-constructs: path must be a file, a folder or -, got 'nowhere'\n")


def test_a_reader_that_has_seen_enough_is_no_error():
    command = [sys.executable, "-m", "loom_constructs.cli", "reach", MESH]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        process.stdout.close()
        process.stdout = None
        complaints = process.communicate()[1]

    assert (process.returncode, complaints) == (0, b"")
