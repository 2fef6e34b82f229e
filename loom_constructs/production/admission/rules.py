"""The rules that the library brings."""

from __future__ import annotations

import json
from collections.abc import Collection

from ...kubernetes import checks
from .rule import AdmissionRule, AdmissionSubject

CLOUD_NATIVE_PG = "cnpg.io/cluster"
"""On the pods and Jobs of CloudNativePG's instances."""

ACME_SOLVER = "acme.cert-manager.io/http01-solver"
"""On the pods and Services by which cert-manager shows that a host is its own."""

INJECTED = ("linkerd-proxy", "linkerd-init", "linkerd-network-validator")
"""Containers that Linkerd adds to pods: what it brings in, its installation decides."""

_DIGEST = "c.image.matches('@sha256:[0-9a-f]{64}$')"


def _containers(good: str, *, of: str = "variables.containers", but: Collection[str] = ()) -> str:
    """The names of containers that are not as they should be.

    Args:
        but: Names that are let through in pods; never in templates, where nobody has injected anything yet.
    """
    excused = f"!(object.kind == 'Pod' && c.name in {json.dumps(list(but))}) && " if but else ""
    return f"{of}.filter(c, {excused}!({good})).map(c, c.name)"


def _named(faults: dict[str, str]) -> str:
    """The names whose expressions hold."""
    chosen = ", ".join(f"{expression} ? '{name}' : ''" for name, expression in faults.items())
    return f"[{chosen}].filter(f, f != '')"


def _own(field: str, default: str) -> str:
    """A field of a container's security context, or the pod's, or what holds without both."""
    return f"c.?securityContext.?{field}.orValue(variables.pod.?securityContext.?{field}.orValue({default}))"


LABELS = AdmissionRule(
    name="labels",
    # a Job of a CronJob has few labels of its own, and comes at night; its pods were judged with the CronJob
    faults="""\
(dyn(object).metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'CronJob') ? [] :
  ['app', 'version', 'environment'].filter(l, dyn(object).metadata.?labels[?l].orValue('') == ''))
+ (object.kind == 'Pod' ? [] : ['app', 'version', 'environment']
  .filter(l, variables.template.?metadata.?labels[?l].orValue('') == '').map(l, l + ' of pods'))""",
    demand="must be set as labels",
    why="Who is called at night finds by them what a pod is, which release, and where.",
    operators=(CLOUD_NATIVE_PG, ACME_SOLVER),
)
NON_ROOT = AdmissionRule(
    name="non-root",
    faults=_containers(f"{_own('runAsNonRoot', 'false')} == true && {_own('runAsUser', '1')} != 0"),
    demand="must say runAsNonRoot, and not run as user 0",
    why="Root in a container is root on the node as soon as something is wrong with the wall between them.",
)
READ_ONLY_ROOT = AdmissionRule(
    name="read-only-root",
    faults=_containers("c.?securityContext.?readOnlyRootFilesystem.orValue(false)"),
    demand="must set readOnlyRootFilesystem",
    why="Who gets in writes no program into it; and what a program writes lies in volumes that somebody sized.",
    labelled=True,
)
LIMITS = AdmissionRule(
    name="limits",
    # ephemeral containers have no resources of their own: the API does not take them
    faults=_containers(
        "['cpu', 'memory'].all(r, r in c.?resources.?requests.orValue({}) && r in c.?resources.?limits.orValue({}))",
        of="(variables.pod.containers + variables.pod.?initContainers.orValue([]))",
        but=INJECTED,
    ),
    demand="must have requests and limits for cpu and memory",
    why="A pod without them takes what its neighbours need, and is the first one that a full node ends.",
    # the sidecar of the plugin for backups brings none
    operators=(CLOUD_NATIVE_PG,),
)
IMAGE_TAGS = AdmissionRule(
    name="image-tags",
    faults=_containers(
        f"{_DIGEST} || c.image.matches('^[^@]+:[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}}$') && !c.image.endsWith(':latest')"
    ),
    demand="must have an image with a tag other than latest, or with a digest",
    why="What ran yesterday runs tomorrow, on every node; and a step back goes to what was there.",
)
CAPABILITIES = AdmissionRule(
    name="capabilities",
    faults=_containers(
        "'ALL' in c.?securityContext.?capabilities.?drop.orValue([])"
        " && c.?securityContext.?capabilities.?add.orValue([]).all(a, a == 'NET_BIND_SERVICE')",
        # it sets up the pod's network; where Linkerd's CNI plugin does that, it is not there
        but=("linkerd-init",),
    ),
    demand="must drop ALL capabilities and add none but NET_BIND_SERVICE",
    why="Each of them is a piece of root's rights.",
)
PRIVILEGES = AdmissionRule(
    name="privileges",
    # a privileged container cannot say so: the API server takes no such pod
    faults=_containers("c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false"),
    demand="must say allowPrivilegeEscalation: false, and so not be privileged",
    why="A program with the setuid bit gets root's rights back; a privileged container has them all.",
)
HOST = AdmissionRule(
    name="host",
    faults=_named({f: f"variables.pod.?{f}.orValue(false)" for f in ("hostNetwork", "hostPID", "hostIPC")})
    + " + variables.containers.filter(c, c.?ports.orValue([]).exists(p, p.?hostPort.orValue(0) != 0))"
    ".map(c, 'hostPort of ' + c.name)",
    demand="must not be used",
    why="The node's network, processes and memory are everybody's; network policies do not hold there.",
)
HOST_PATH = AdmissionRule(
    name="host-path",
    faults="variables.pod.?volumes.orValue([]).filter(v, has(v.hostPath)).map(v, v.name)",
    demand="must not be a hostPath volume",
    why="The node's files are everybody's: its credentials lie there, and the other pods' volumes.",
)
SECCOMP = AdmissionRule(
    name="seccomp",
    faults=_containers(
        "c.?securityContext.?seccompProfile.?type"
        ".orValue(variables.pod.?securityContext.?seccompProfile.?type.orValue('')) in ['RuntimeDefault', 'Localhost']"
    ),
    demand="must have a seccompProfile: RuntimeDefault or Localhost",
    why="Calls to the kernel that programs never make are where containers are broken out of.",
)
ACCOUNT = AdmissionRule(
    name="account",
    faults="variables.pod.?serviceAccountName.orValue(variables.pod.?serviceAccount.orValue('default'))"
    " in ['', 'default'] ? ['serviceAccountName'] : []",
    demand="must name an account of its own, not default",
    why="Rights are given to accounts, and the mesh knows programs by them: one that all share tells nobody apart.",
    operators=(ACME_SOLVER,),
)
TOKEN = AdmissionRule(
    name="token",
    faults="variables.pod.?automountServiceAccountToken.orValue(true) ? ['automountServiceAccountToken'] : []",
    demand="must be false",
    why="Few programs talk to the API server; for all others its token is only there to be stolen.",
    labelled=True,
    # its instances do talk to the API server
    operators=(CLOUD_NATIVE_PG,),
)
READINESS = AdmissionRule(
    name="readiness",
    # Jobs end; only what is restarted for ever serves somebody
    faults=_containers(
        "variables.pod.?restartPolicy.orValue('Always') != 'Always' || has(c.readinessProbe)",
        of="variables.pod.containers",
    ),
    demand="must have a readinessProbe",
    why="Without it requests go to a program that has not started yet, and a broken release replaces a good one.",
    labelled=True,
)
SERVICES = AdmissionRule(
    name="services",
    subject=AdmissionSubject.SERVICES,
    faults=_named(
        {
            "type": "!(dyn(object).spec.?type.orValue('ClusterIP') in ['ClusterIP', 'ExternalName'])",
            "externalIPs": "size(dyn(object).spec.?externalIPs.orValue([])) > 0",
        }
    ),
    demand="must not open the cluster (ClusterIP, no external addresses)",
    why="What is reached from outside comes through the ingress, which knows certificates, hosts and limits.",
    labelled=True,
    # by default it makes one with a port on every node
    operators=(ACME_SOLVER,),
)

RULES = (
    LABELS,
    NON_ROOT,
    READ_ONLY_ROOT,
    LIMITS,
    IMAGE_TAGS,
    CAPABILITIES,
    PRIVILEGES,
    HOST,
    HOST_PATH,
    SECCOMP,
    ACCOUNT,
    TOKEN,
    READINESS,
    SERVICES,
)


def admission_rules(*, digests: bool = False, unresolved: Collection[str] = ()) -> tuple[AdmissionRule, ...]:
    """The rules that the library brings, without exceptions for anybody but operators.

    Args:
        digests: Whether images must have a digest, not only a tag.
        unresolved: Images whose digest nobody has read yet: they are let through as they stand here.

    Raises:
        ValueError: An argument breaks its rule; the message names both.
    """
    checks.texts("unresolved", unresolved)
    if not digests:
        if unresolved:
            raise checks.refuse("unresolved", "empty where digests are not demanded", list(unresolved))
        return RULES
    known = f" || c.image in {json.dumps(sorted(set(unresolved)))}" if unresolved else ""
    rule = AdmissionRule(
        name="image-digests",
        faults=_containers(f"{_DIGEST}{known}", but=INJECTED),
        demand="must have an image with a digest",
        why="A tag can be moved; what was looked at is what runs only if its digest says so.",
        # they run the operator's own image beside the server's
        operators=(CLOUD_NATIVE_PG, ACME_SOLVER),
    )
    return (*RULES, rule)
