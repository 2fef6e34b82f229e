"""Stand-ins for kubectl, linkerd and helm, in this process: a cluster that is a dictionary.

After each command they look whether a client that may reach its server still does: between two pods in the mesh on port
4143, else on the application's port, and past the server's Server.
"""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

from tests.delivery.linkerd_objects import (
    APP_PORT,
    CONTROL_PLANE,
    MESH_PORT,
    NAMESPACE,
    VERSION,
    Object,
    control_plane,
    daemon_set,
    definition,
    is_meshed,
    listed,
    pod,
    thing,
)


class Programs:
    """All three programs, and the cluster that they work on."""

    def __init__(self, objects: list[Object]) -> None:
        self.version, self.kubernetes, self.helm_version = VERSION, "v1.34.4", "v3.19.0+g3d8990f"
        self.objects: dict[tuple[str, str, str], Object] = {}
        self.releases: dict[str, Any] = {}
        self.calls: list[str] = []
        self.changes: list[str] = []
        self.cut_off: list[str] = []
        self.fails: int | str | None = None
        self.fails_after_all = False
        self.injects = True
        self.findings: list[Object] = []
        self._counter = itertools.count(1)
        for o in objects:
            self._put(o)
        self.changes.clear()

    def run(self, command: list[str], *, input: str | None = None, **_: Any) -> subprocess.CompletedProcess[str]:
        """Takes the place of subprocess.run."""
        line = " ".join(command)
        self.calls.append(line)
        fails = self.fails == len(self.calls) or (isinstance(self.fails, str) and line.startswith(self.fails))
        failed = subprocess.CompletedProcess(command, 1, "", "it failed")
        if fails and not self.fails_after_all:
            return failed
        changes = len(self.changes)
        answer = getattr(self, f"_{command[0]}")(command[1:], input)
        if len(self.changes) > changes and any(
            self._refused(made_anew) for made_anew in ("nothing", "client", "server")
        ):
            self.cut_off.append(line)
        if fails:
            return failed
        return subprocess.CompletedProcess(command, 0, answer or "", "")

    def get(self, kind: str, name: str) -> Object | None:
        return next((o for (k, _, n), o in self.objects.items() if (k, n) == (kind.lower(), name)), None)

    def resource_versions(self) -> dict[tuple[str, str, str], str]:
        return {key: o["metadata"]["resourceVersion"] for key, o in self.objects.items()}

    def said(self, *starts: str) -> list[str]:
        """The calls that begin with one of these."""
        return [call for call in self.calls if call.startswith(starts)]

    def _refused(self, made_anew: str) -> bool:
        """Whether the client cannot reach its server; also if the pod of one of them came up again by chance."""
        pods = [o for (k, ns, _), o in self.objects.items() if (k, ns) == ("pod", NAMESPACE)]
        inside = {
            app: any(is_meshed(p) for p in pods if p["metadata"]["labels"]["app"] == app)
            for app in ("client", "server")
        }
        if made_anew in inside and self._injector():
            inside[made_anew] = True
        both = all(inside.values())
        policies = [o["spec"] for (k, ns, _), o in self.objects.items() if (k, ns) == ("networkpolicy", NAMESPACE)]
        rules = [rule for spec in policies for rule in spec["ingress"]]
        port = MESH_PORT if both else APP_PORT
        open_ = not policies or any("ports" not in r or port in [p["port"] for p in r["ports"]] for r in rules)
        guard = self.get("Server", "server")
        # our pods refuse everybody on a port of which no Server says otherwise
        welcome = not inside["server"] or (guard is not None and (both or guard["spec"]["accessPolicy"] != "deny"))
        return bool(pods) and not (open_ and welcome)

    def _injector(self) -> bool:
        return self.injects and all(self.get("Deployment", name) for name in CONTROL_PLANE)

    def _put(self, given: Object) -> Object:
        key = (given["kind"].lower(), given["metadata"].get("namespace", ""), given["metadata"]["name"])
        known = self.objects.get(key)
        fresh = json.loads(json.dumps(given))
        fresh["metadata"].pop("resourceVersion", None)
        if known is not None:
            same = {**known, "metadata": {k: v for k, v in known["metadata"].items() if k != "resourceVersion"}}
            # server-side apply leaves alone what it did not set: labels of other hands
            fresh["metadata"]["labels"] = {**same["metadata"]["labels"], **fresh["metadata"]["labels"]}
            if same == fresh:
                return known
        fresh["metadata"]["resourceVersion"] = str(next(self._counter))
        self.changes.append("/".join(key))
        self.objects[key] = fresh
        return fresh

    def _source(self, words: list[str], stdin: str | None) -> list[Object]:
        at = words.index("-k") if "-k" in words else words.index("-f")
        text = stdin if words[at + 1] == "-" else (Path(words[at + 1]) / "objects.json").read_text()
        found: Object = json.loads(text or "{}")
        return found["items"] if found["kind"] == "List" else [found]

    def _kubectl(self, words: list[str], stdin: str | None) -> str | None:
        verb = words[0]
        if verb == "version":
            return json.dumps({"serverVersion": {"gitVersion": self.kubernetes}})
        if verb == "config":
            return "laptop\n"
        if "--dry-run=client" in words:
            # one object after the other, as kubectl create prints them
            return "\n".join(json.dumps(o) for o in self._source(words, stdin))
        if verb in ("get", "apply", "create") and ("-f" in words or "-k" in words):
            source = self._source(words, stdin)
            if verb != "get":
                return listed([self._put(o) for o in source])
            keys = [(o["kind"].lower(), o["metadata"].get("namespace", ""), o["metadata"]["name"]) for o in source]
            return listed([self.objects[key] for key in keys if key in self.objects])
        namespace = words[words.index("--namespace") + 1] if "--namespace" in words else ""
        if verb == "get" and "--ignore-not-found" in words:
            found = self.objects.get((words[1], namespace, words[2]))
            return json.dumps(found) if found else ""
        if verb == "get":
            kinds = {kind.split(".")[0].rstrip("s").replace("policie", "policy") for kind in words[1].split(",")}
            items = [o for (k, ns, _), o in self.objects.items() if k in kinds and ns == namespace]
            if "--selector" in words:
                key, _, value = words[words.index("--selector") + 1].partition("=")
                items = [o for o in items if o["metadata"]["labels"].get(key) == value]
            return listed(items)
        if words[:2] == ["create", "namespace"]:
            self._put(thing("Namespace", words[2]))
        elif verb == "label":
            known = self.objects[words[1], "", words[2]]
            self._put({**known, "metadata": {**known["metadata"], "labels": dict([words[3].split("=")])}})
        elif verb == "delete":
            self.objects.pop((words[1], namespace, words[2]), None)
            self.changes.append(" ".join(words))
        elif words[:2] == ["rollout", "restart"]:
            self._restart(words[2].split("/")[1])
        return None

    def _restart(self, app: str) -> None:
        old = [key for key, o in self.objects.items() if key[0] == "pod" and o["metadata"]["labels"]["app"] == app]
        for key in old:
            del self.objects[key]
        self._put(pod(f"{app}-new", app, meshed=self._injector()))

    def _linkerd(self, words: list[str], stdin: str | None) -> str | None:
        match words:
            case ["version", *_]:
                return self.version
            case ["install-cni", *_]:
                return listed([thing("Namespace", "linkerd-cni"), daemon_set()])
            case ["install" | "upgrade", "--crds", *_]:
                return listed([definition("servers.policy.linkerd.io")])
            case ["install", *_]:
                identity = thing("Secret", "linkerd-identity-issuer", "linkerd", data={"key": str(next(self._counter))})
                settings = thing("Secret", "linkerd-config-overrides", "linkerd")
                return listed([thing("Namespace", "linkerd"), identity, settings, *control_plane(self.version)])
            case ["upgrade", *_]:
                return listed(control_plane(self.version))
            case ["viz", "install"]:
                labels = {"app.kubernetes.io/version": self.version}
                certificate = thing("Secret", "tap-k8s-tls", "linkerd-viz", data={"key": str(next(self._counter))})
                return listed([certificate, thing("Deployment", "metrics-api", "linkerd-viz", labels=labels)])
            case ["check", "--output", "json", *_]:
                well = all(f["result"] in ("success", "warning") for f in self.findings)
                return json.dumps({"success": well, "categories": [{"checks": self.findings}]})
        return None

    def _helm(self, words: list[str], stdin: str | None) -> str | None:
        match words:
            case ["version", *_]:
                return self.helm_version
            case ["list", *_]:
                name = words[words.index("--filter") + 1].strip("^$")
                return json.dumps([self.releases[name]] if name in self.releases else [])
            case ["get", "values", name, *_]:
                return json.dumps(self.releases[name]["values"])
            case ["upgrade", "--install", name, chart, *_]:
                version = words[words.index("--version") + 1]
                values = json.loads(stdin or "null")
                self.releases[name] = {"chart": f"{chart}-{version}", "status": "deployed", "values": values}
                self.changes.append(f"release {name}")
                made = {"linkerd-cni": [daemon_set()], "linkerd-control-plane": control_plane(VERSION)}
                for o in made.get(name, [definition("servers.policy.linkerd.io")]):
                    self._put(o)
        return None
