"""The command line of the mesh."""

import argparse

import pytest

from loom_constructs.delivery import DeliveryError
from loom_constructs.delivery.linkerd import command
from tests.delivery.linkerd_objects import NAMESPACE, server
from tests.delivery.linkerd_world import managed, running, start  # noqa: F401


def mesh(*words, of="add-on", viz=None):
    parser = argparse.ArgumentParser()
    command.add(parser)
    return command.run(parser.parse_args(words), namespace=NAMESPACE, mesh=of, viz=viz)


def test_setup_and_check(start, capsys):
    run = start(running())
    dist = str(run.folder.parent)

    assert mesh("setup", "local", "--dist", dist, "--timeout", "0") == 0
    assert capsys.readouterr().out.splitlines()[0] == "programs: linkerd edge-26.8.3"
    assert mesh("check", "local") == 0
    assert capsys.readouterr().out == "all is well\n"

    run.programs._put(server("audit"))
    assert mesh("check", "local") == 1
    assert capsys.readouterr().out == "Servers in audit, which refuse nobody: server\n"


def test_every_option_arrives(start, tmp_path):
    run = start(running() + managed())
    words = ["--platform", "gke", "--viz", "--no-ha", "--timeout", "7", "--gateway-api", str(tmp_path)]

    assert mesh("setup", "local", "--dist", str(run.folder.parent), *words, of="on") == 0

    assert run.programs.releases["linkerd-cni"]["values"]["destCNIBinDir"] == "/home/kubernetes/bin"
    assert "controllerReplicas" not in run.programs.releases["linkerd-control-plane"]["values"]
    assert run.programs.said("linkerd viz install")
    assert [call for call in run.programs.said("helm upgrade") if "--timeout 7s" in call]


def test_no_viz(start):
    run = start(running())

    mesh("setup", "local", "--dist", str(run.folder.parent), "--timeout", "0", "--no-viz")

    assert run.programs.said("linkerd viz") == []


def test_the_environment_says_whether_there_is_a_dashboard_if_nobody_else_does(start):
    run = start(running())

    mesh("setup", "local", "--dist", str(run.folder.parent), "--timeout", "0", viz=False)
    assert run.programs.said("linkerd viz") == []

    mesh("setup", "local", "--dist", str(run.folder.parent), "--timeout", "0", "--viz", viz=False)
    assert run.programs.said("linkerd viz install")


def test_an_environment_without_a_mesh_is_refused(start):
    run = start(running())

    with pytest.raises(DeliveryError, match="mesh of local must be add-on or on, got off"):
        mesh("setup", "local", of="off")
    assert run.programs.calls == []


def test_the_dashboard_needs_no_environment(start, monkeypatch):
    start(running())
    became = []
    monkeypatch.setattr("os.execvp", lambda file, words: became.append(words))

    assert mesh("dashboard") == 0
    assert became == [["linkerd", "viz", "dashboard"]]


def test_failures_are_the_callers(start):
    run = start(running())
    run.programs.fails = "linkerd install-cni"

    with pytest.raises(DeliveryError, match="CNI plugin: linkerd install-cni failed"):
        mesh("setup", "local", "--dist", str(run.folder.parent), "--timeout", "0")
