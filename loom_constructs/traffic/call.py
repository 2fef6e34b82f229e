"""The fact that a client uses an endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from constructs import Construct, IConstruct

from ..kubernetes import EnvValue, SecretKey, Workload
from ..kubernetes.checks import at_least, refuse
from ..kubernetes.values import readable
from ..kubernetes.whole import whole
from .endpoint import Endpoint
from .foreign import PlusWorkload
from .peer import Peer


@whole
class Call(Construct):
    """The fact that a client uses an endpoint: everything that follows from it is derived from here.

    A call is a node of the construct tree, so the tree is the only record of who calls whom. Made by `Peer.calls`.
    """

    client: Peer
    """Who calls."""

    to: Endpoint
    """What is called."""

    required: bool
    """Whether the client does not start without it."""

    connections: int | None
    """How many connections all pods of the client hold at most, where that is known."""

    @classmethod
    def between(
        cls,
        client: Peer,
        to: Endpoint,
        *,
        env: Mapping[str, EnvValue] | None = None,
        required: bool | None = None,
        connections: int | None = None,
    ) -> Call:
        """The call from this client to this endpoint: the one that is known, or a new one."""
        if connections is not None:
            at_least("connections", connections, 1)
        ends = (client.workload, to.server.workload, client.made_by, to.server.made_by)
        ours = next((end for end in ends if end is not None), None)
        if ours is None:
            raise refuse("client or server", "part of this app", f"{client.name} calls {to.server.name}")
        owner = ours.construct if isinstance(ours, PlusWorkload) else ours
        # no name holds the separator, so two calls never have one id
        id = f"{client.namespace}_{client.name}_calls_{to.server.namespace}_{to.server.name}_{to.name}"
        if to.database:
            id += f"_{to.database}"
        known = cast("Call | None", owner.node.try_find_child(id))
        if known is None:
            _refuse_if_read(owner, client, to)
            return cls(owner, id, client=client, to=to, env=env, required=required, connections=connections)
        for what, one, other in (("client", known.client, client), ("server", known.to.server, to.server)):
            if one != other or dict(one.labels) != dict(other.labels):
                raise refuse(f"{what} of {client.name} calls {known.target}", f"the same as before: {one}", other)
        if known.to != to:
            raise refuse(f"endpoint of {client.name} calls {known.target}", f"the same as before: {known.to}", to)
        for argument, before, now in (
            ("required", known.required, required),
            ("connections", known.connections, connections),
        ):
            if now is not None and now != before:
                raise refuse(
                    f"{argument} of {client.name} calls {known.target}", f"what was said before: {before}", now
                )
        if client.workload is not None:
            client.workload.add_env(_variables(client, to, env), because=known.target)
        return known

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        client: Peer,
        to: Endpoint,
        env: Mapping[str, EnvValue] | None = None,
        required: bool | None = None,
        connections: int | None = None,
    ) -> None:
        variables = _variables(client, to, env) if client.workload is not None else {}
        super().__init__(scope, id)
        self.client = client
        self.to = to
        self.required = to.required if required is None else required
        self.connections = connections
        if client.workload is not None:
            client.workload.add_env(variables, because=self.target)
            if to.mounts:
                client.workload.add_mounts(to.mounts, because=self.target)
            self._wait(client.workload)

    @property
    def target(self) -> str:
        """The endpoint as messages call it."""
        return f"{self.to.server.name}:{self.to.name}"

    def _wait(self, workload: Workload | PlusWorkload) -> None:
        if self.to.wait is None:
            return
        workload.add_wait(
            self.to.wait.container(
                self._wait_name(workload.container_names),
                host=self.to.host_from(self.client.namespace),
                port=self.to.port,
                login=self.to.login,
                required=self.required,
                env=self.to.tls_variables,
                mounts=self.to.mounts,
            )
        )

    def _wait_name(self, taken: set[str]) -> str:
        """`wait-for-<server>`; only where that is taken, with as much more as it needs."""
        to = self.to
        parts = [to.server.name, (to.database or to.name).replace("_", "-"), to.server.namespace or "outside"]
        names = ["-".join(["wait-for", *parts[:n]])[:63].rstrip("-") for n in (1, 2, 3)]
        numbered = (f"{names[0][:60]}-{n}" for n in range(2, len(taken) + 3))
        return next(name for name in [*names, *numbered] if name not in taken)


def calls_in(scope: IConstruct) -> list[Call]:
    """Every call made below a scope, in a stable order."""
    found = (node for node in scope.node.find_all() if isinstance(node, Call))
    return sorted(found, key=lambda c: (c.client.namespace, c.client.name, c.to.server.name, c.to.name))


def read_calls(reader: Construct, namespace: str) -> list[Call]:
    """All calls with an end in this namespace, for a construct that derives something from them.

    A call that is said later would be missing there, so from now on it is refused.
    """
    root, marker = reader.node.root, f"{_READ}-{namespace}"
    if root.node.try_find_child(marker) is None:
        Construct(cast(Construct, root), marker).node.set_context(_READER, reader.node.path)
    ends = ((c, {c.client.namespace, c.to.server.namespace}) for c in calls_in(root))
    return [call for call, namespaces in ends if namespace in namespaces]


_READ = "calls-are-read-in"
_READER = "reader"


def _refuse_if_read(scope: Construct, client: Peer, to: Endpoint) -> None:
    for namespace in {client.namespace, to.server.namespace} - {""}:
        marker = scope.node.root.node.try_find_child(f"{_READ}-{namespace}")
        if marker is not None:
            raise refuse(
                f"the call from {client.name} to {to.server.name}:{to.name}",
                f"said before {marker.node.try_get_context(_READER)} is made, which reads all calls (make that last)",
                "a later one",
            )


def _variables(client: Peer, to: Endpoint, env: Mapping[str, EnvValue] | None) -> Mapping[str, EnvValue]:
    wanted = to.env(to, to.host_from(client.namespace)) if env is None else env
    logs_in = to.wait and to.wait.login and to.login
    values = [*wanted.values(), *(to.login.values if logs_in and to.login else ())]
    readable(f"login of {to.server.name}:{to.name} for {client.name}", values, client.namespace)
    if to.tls and isinstance(to.tls.ca, SecretKey) and to.tls.ca.secret.namespace not in (None, client.namespace):
        rule = f"in a Secret of namespace {client.namespace} (`endpoint.with_tls(...)`)"
        raise refuse(f"tls.ca of {to.server.name}:{to.name} for {client.name}", rule, to.tls.ca.secret.name)
    return wanted
