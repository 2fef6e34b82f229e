"""A real API server as the judge: policies in force, and manifests sent to it that it keeps nothing of."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection

from loom_constructs import AdmissionMode, AdmissionRule, ValidatingAdmissionPolicies
from tests import kube
from tests.production.admission.corpus import PAIRS
from tests.production.admission.engines import ALL, Object, Verdicts, rendered

_PLURALS = {
    "Pod": "api/v1/{}/pods",
    "Service": "api/v1/{}/services",
    "ServiceAccount": "api/v1/{}/serviceaccounts",
    "Deployment": "apis/apps/v1/{}/deployments",
    "StatefulSet": "apis/apps/v1/{}/statefulsets",
    "DaemonSet": "apis/apps/v1/{}/daemonsets",
    "Job": "apis/batch/v1/{}/jobs",
    "CronJob": "apis/batch/v1/{}/cronjobs",
}
_WARNED = re.compile(r"Validation failed for ValidatingAdmissionPolicy '([^']+)'")
_DENIED = re.compile(r"ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (\S+): ")


class Answer:
    """What the server answered."""

    def __init__(self, status: int, body: Object, warnings: list[str]) -> None:
        self.status, self.body = status, body
        self.warned = {name for text in warnings for name in _WARNED.findall(text)}

    @property
    def denied(self) -> str | None:
        """The policy that refused, if one did; any other refusal is an error."""
        if self.status in (200, 201):
            return None
        found = _DENIED.search(self.body["message"])
        assert found and found[1].endswith(f"-{found[2]}"), f"refused, but not by a policy: {self.body['message']}"
        return found[1]


class Server:
    """An API server with two namespaces: in one of them what breaks a rule is refused, in the other one only named.

    The server names one rule when it refuses, but warns of every one.
    """

    def __init__(self, port: int, prefix: str) -> None:
        self._port, self._local = port, threading.local()
        self._connections: list[HTTPConnection] = []
        self.refusing, self.warning = f"{prefix}-deny", f"{prefix}-warn"

    def send(self, method: str, path: str, body: Object, *, dry: bool = True) -> Answer:
        """One request."""
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        query = "?dryRun=All" if dry else ""
        if not hasattr(self._local, "connection"):
            self._local.connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
            self._connections.append(self._local.connection)
        connection: HTTPConnection = self._local.connection
        connection.request(method, f"/{path}{query}", json.dumps(body), {"Content-Type": kind})
        response = connection.getresponse()
        warnings = [v for k, v in response.getheaders() if k.lower() == "warning"]
        return Answer(response.status, json.loads(response.read()), warnings)

    def close(self) -> None:
        """Ends what connects to it."""
        for connection in self._connections:
            connection.close()

    def create(self, made: Object, namespace: str, *, dry: bool = True) -> Answer:
        """Makes an object in a namespace, or only asks."""
        there = {**made, "metadata": {**made["metadata"], "namespace": namespace}}
        return self.send("POST", self.path(made["kind"], namespace), there, dry=dry)

    @staticmethod
    def path(kind: str, namespace: str, name: str = "") -> str:
        """Where objects of a kind are."""
        path = _PLURALS[kind].format(f"namespaces/{namespace}")
        return f"{path}/{name}" if name else path

    def verdict(self, made: Object) -> tuple[str, ...]:
        """The rules that a manifest breaks: those that the server warns of, of which one refuses it."""
        answers = [self._judged(made, namespace) for namespace in (self.refusing, self.warning)]
        assert answers[1].denied is None
        rules = {name.removeprefix(f"{self.warning}-") for name in answers[1].warned}
        refused = answers[0].denied
        assert (refused is None) is (not rules), f"{refused}, but warned of {rules}"
        assert refused is None or refused.removeprefix(f"{self.refusing}-") in rules
        return tuple(sorted(rules))

    def _judged(self, made: Object, namespace: str) -> Answer:
        added = made["spec"].get("ephemeralContainers") if made["kind"] == "Pod" else None
        if not added:
            return self.create(made, namespace)
        # the server takes no new pod with such containers: they come to one that is there
        plain = {**made, "spec": {k: v for k, v in made["spec"].items() if k != "ephemeralContainers"}}
        there = self.create(plain, namespace, dry=False)
        assert there.status in (201, 409), there.body
        body = {**made, "metadata": {**made["metadata"], "namespace": namespace}}
        path = self.path("Pod", namespace, made["metadata"]["name"]) + "/ephemeralcontainers"
        patch = {"spec": {"ephemeralContainers": body["spec"]["ephemeralContainers"]}}
        return self.send("PATCH", path, patch)

    def verdicts(self, objects: Iterable[Object]) -> Verdicts:
        """Of many, some at a time."""
        many = list(objects)
        with ThreadPoolExecutor(4) as pool:
            return {made["metadata"]["name"]: v for made, v in zip(many, pool.map(self.verdict, many), strict=True)}


@contextmanager
def server(
    rules: Collection[AdmissionRule] = ALL, *, prefix: str = "loom-admission", before: Iterable[Object] = ()
) -> Iterator[Server]:
    """A server with our policies in force.

    Args:
        before: What is there already when the policies come; in the namespace that refuses.
    """
    kube.needed()
    with _proxy() as port:
        judge = Server(port, prefix)
        names = [judge.refusing, judge.warning]
        spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]
        policies: list[Object] = []
        for name, mode in zip(names, (AdmissionMode.DENY, AdmissionMode.WARN), strict=True):
            policies += rendered(ValidatingAdmissionPolicies, rules, namespace=name, mode=mode, name=name)
        try:
            # an earlier run's may still be on their way out
            there = ["get", "namespace", *names, "--ignore-not-found"]
            kube.until("the end of earlier namespaces", lambda: not kube.kubectl(*there).strip(), seconds=90)
            _kubectl("apply", [*spaces, *(_account("shop", name) for name in names)])
            for made in before:
                answer = judge.create(made, judge.refusing, dry=False)
                assert answer.status == 201, answer.body
            _kubectl("apply", policies)
            _in_force(judge, rules)
            yield judge
        finally:
            judge.close()
            _kubectl("delete", policies)
            kube.kubectl("delete", "namespace", *names, "--ignore-not-found", "--wait=false")


def _in_force(judge: Server, rules: Collection[AdmissionRule]) -> None:
    """A policy takes a moment, each its own."""
    for rule in rules:
        bad = next(p.bad for p in PAIRS if p.rule == rule.name)
        for namespace in (judge.refusing, judge.warning):
            kube.until(
                f"rule {rule.name} in force",
                lambda bad=bad, namespace=namespace, rule=rule: any(  # type: ignore[misc]
                    (name or "").endswith(f"-{rule.name}")
                    for answer in [judge.create(bad, namespace)]
                    for name in (answer.denied, *answer.warned)
                ),
                seconds=60,
                pause=0.2,
            )


@contextmanager
def _proxy() -> Iterator[int]:
    """A local port that is the API server, with the rights of KUBECONFIG."""
    process = subprocess.Popen(["kubectl", "proxy", "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r":(\d+)", line)
        assert found, line
        yield int(found[1])
    finally:
        process.terminate()
        process.communicate()


def _account(name: str, namespace: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace}}


def _kubectl(verb: str, objects: list[Object]) -> None:
    options = {"apply": ["--server-side", "--force-conflicts"], "delete": ["--ignore-not-found", "--wait=false"]}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    kube.kubectl(verb, *options[verb], "-f", "-", stdin=text)


def wait_for_account(judge: Server, namespace: str, account: str = "default") -> None:
    """The controller makes it, soon after the namespace."""
    end = time.monotonic() + 30
    path = judge.path("ServiceAccount", namespace, account)
    while judge.send("GET", path, {}, dry=False).status != 200:
        assert time.monotonic() < end, f"no account {account} in {namespace}"
        time.sleep(0.2)
