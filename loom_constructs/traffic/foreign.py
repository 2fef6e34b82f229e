"""Another team's cdk8s-plus workload, configured with cdk8s-plus's own means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jsii
from cdk8s import ApiObject, JsonPatch, Size
from constructs import IValidation

from ..kubernetes import Container, EnvValue, Mount, PodField, SecretKey, Volume
from ..kubernetes.checks import refuse

if TYPE_CHECKING:
    from cdk8s_plus_27 import EnvValue as PlusValue
    from cdk8s_plus_27 import Workload as PlusConstruct


SPEC = "/spec/template/spec"
ADDRESS = "cdk8s.io/metadata.addr"
INJECT = "linkerd.io/inject"


class PlusWorkload:
    """Adapter around a cdk8s-plus `Deployment`, `StatefulSet`, `DaemonSet`, `Job` or `CronJob`."""

    def __init__(self, workload: PlusConstruct) -> None:
        account = workload.service_account
        self.construct = workload
        self.name: str = workload.name
        self.namespace: str = workload.metadata.namespace or "default"
        self.selector: Mapping[str, str] = dict(workload.match_labels) or self._label()
        self.service_account: str = account.name if account else "default"

    def _label(self) -> Mapping[str, str]:
        """Jobs select nothing; their pods are known by the label that cdk8s-plus gives to all."""
        address: str | None = self.construct.pod_metadata.get_label(ADDRESS)
        if address is None:
            raise refuse(f"label {ADDRESS} of {self.construct.node.path}", "there, so that its pods are known", address)
        return {ADDRESS: address}

    def add_env(self, env: Mapping[str, EnvValue], *, because: str) -> None:
        """Sets variables in all containers, and refuses containers that come later without them."""
        wanted = {name: self._value(value) for name, value in env.items()}
        for container in self.construct.containers:
            present = container.env.variables
            for name, value in wanted.items():
                if name not in present:
                    container.env.add_variable(name, value)
                elif _differ(present[name], value):
                    shown = value.value or value.value_from
                    raise refuse(f"{name} of {self.name}", f"set only once, not again by {because}", shown)
        if wanted:
            self.construct.node.add_validation(_EveryContainer(self.construct, sorted(wanted), because))

    def add_mounts(self, mounts: Mapping[str, Volume | Mount], *, because: str) -> None:
        """Mounts volumes in all containers."""
        for container in self.construct.containers:
            taken = {m.path for m in container.mounts}
            for path, mount in mounts.items():
                if path not in taken:
                    container.mount(path, self._volume(mount), read_only=True)

    def _volume(self, mount: Volume | Mount) -> Any:
        """A volume that holds entries of a Secret or ConfigMap, with cdk8s-plus's means."""
        import cdk8s_plus_27 as plus

        volume = mount.volume if isinstance(mount, Mount) else mount
        id = f"volume-{volume.name}"
        if known := self.construct.node.try_find_child(id):
            return known
        [(kind, source)] = volume.source.items()
        if kind not in ("secret", "configMap") or not source.get("items"):
            raise refuse(f"volume {volume.name} of {self.name}", "named entries of a Secret or ConfigMap", dict(source))
        items = {i["key"]: plus.PathMapping(path=i["path"]) for i in source["items"]}
        if kind == "secret":
            secret = self._secret_named(source["secretName"])
            return plus.Volume.from_secret(self.construct, id, secret, name=volume.name, items=items)
        config = plus.ConfigMap.from_config_map_name(self.construct, f"{id}-source", source["name"])
        return plus.Volume.from_config_map(self.construct, id, config, name=volume.name, items=items)

    @property
    def container_names(self) -> set[str]:
        """The names that are taken so far, by init containers too."""
        return {c.name for c in [*self.construct.init_containers, *self.construct.containers]}

    def add_wait(self, container: Container) -> None:
        """Adds an init container, as hardened as cdk8s-plus can express."""
        import cdk8s_plus_27 as plus

        limits = container.resources
        index = len(self.construct.init_containers)
        self.construct.add_init_container(
            name=container.name,
            image=container.image,
            command=list(container.command),
            env_variables={name: self._value(value) for name, value in container.env.items()},
            volume_mounts=[
                plus.VolumeMount(path=path, volume=self._volume(mount), read_only=True)
                for path, mount in container.mounts.items()
            ],
            resources=plus.ContainerResources(
                cpu=plus.CpuResources(
                    request=plus.Cpu.millis(limits.cpu.in_millis), limit=plus.Cpu.millis(limits.cpu_limit.in_millis)
                ),
                memory=plus.MemoryResources(
                    request=Size.mebibytes(limits.memory), limit=Size.mebibytes(limits.memory_limit)
                ),
            ),
            security_context=plus.ContainerSecurityContextProps(
                user=container.user,
                group=container.user,
            ),
        )
        # cdk8s-plus knows neither "all capabilities" nor seccomp
        pod = "/spec/jobTemplate/spec/template/spec" if isinstance(self.construct, plus.CronJob) else SPEC
        context = f"{pod}/initContainers/{index}/securityContext"
        ApiObject.of(self.construct).add_json_patch(
            JsonPatch.add(f"{context}/capabilities", {"drop": ["ALL"]}),
            JsonPatch.add(f"{context}/seccompProfile", {"type": "RuntimeDefault"}),
        )

    def annotation(self, name: str) -> str | None:
        """An annotation of the pods."""
        value: str | None = (self.construct.pod_metadata.to_json() or {}).get("annotations", {}).get(name)
        return value

    def annotate(self, name: str, value: str) -> None:
        """Sets an annotation of the pods."""
        self.construct.pod_metadata.add_annotation(name, value)

    def _value(self, value: EnvValue) -> PlusValue:
        import cdk8s_plus_27 as plus

        if isinstance(value, str):
            return plus.EnvValue.from_value(value)
        if isinstance(value, PodField):
            field = {
                "metadata.name": plus.EnvFieldPaths.POD_NAME,
                "metadata.namespace": plus.EnvFieldPaths.POD_NAMESPACE,
                "status.podIP": plus.EnvFieldPaths.POD_IP,
            }.get(value.path)
            if field is None:
                raise refuse("env", "a field that cdk8s-plus knows", value.path)
            return plus.EnvValue.from_field_ref(field)
        secret = plus.SecretValue(key=value.key, secret=self._secret(value))
        return plus.EnvValue.from_secret_value(secret, **({"optional": True} if value.optional else {}))

    def _secret(self, value: SecretKey) -> Any:
        return self._secret_named(value.secret.name)

    def _secret_named(self, name: str) -> Any:
        import cdk8s_plus_27 as plus

        id = f"secret-{name}"
        known = self.construct.node.try_find_child(id)
        return known or plus.Secret.from_secret_name(self.construct, id, name)


def _differ(one: PlusValue, other: PlusValue) -> bool:
    return bool(one.value != other.value or one.value_from != other.value_from)


@jsii.implements(IValidation)
class _EveryContainer:
    def __init__(self, workload: PlusConstruct, names: list[str], because: str) -> None:
        self._workload = workload
        self._names = names
        self._because = because

    def validate(self) -> list[str]:
        return [
            f"container {c.name} of {self._workload.node.path} was added after the call to {self._because} and lacks "
            f"{', '.join(missing)}; add containers first"
            for c in self._workload.containers
            if (missing := [n for n in self._names if n not in c.env.variables])
        ]
