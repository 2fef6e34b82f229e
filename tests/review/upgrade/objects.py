"""Small objects, and changed copies of them."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import yaml

GONE = object()
"""A value that deletes its field."""

_POD = """
  template:
    metadata: {labels: {app: shop}}
    spec:
      containers:
      - name: shop
        image: registry.example.org/shop:1
        env: [{name: COLOUR, value: red}]
"""
_HEAD = "metadata: {name: shop, namespace: upgrade-proof, labels: {team: sales}}\n"
_SELECTOR = "  selector: {matchLabels: {app: shop}}"

TEXTS = {
    "Deployment": f"apiVersion: apps/v1\nkind: Deployment\n{_HEAD}spec:\n  replicas: 0\n{_SELECTOR}{_POD}",
    "DaemonSet": f"apiVersion: apps/v1\nkind: DaemonSet\n{_HEAD}spec:\n{_SELECTOR}{_POD}      nodeSelector: {{no: where}}\n",
    "StatefulSet": f"""apiVersion: apps/v1
kind: StatefulSet
{_HEAD}spec:
  replicas: 0
  serviceName: shop
  volumeClaimTemplates:
  - metadata: {{name: data}}
    spec: {{accessModes: [ReadWriteOnce], storageClassName: slow, resources: {{requests: {{storage: 10Gi}}}}}}
{_SELECTOR}{_POD}        volumeMounts: [{{name: data, mountPath: /data}}]
""",
    "Job": f"apiVersion: batch/v1\nkind: Job\n{_HEAD}spec:\n  suspend: true{_POD}      restartPolicy: Never\n",
    "CronJob": f"""apiVersion: batch/v1
kind: CronJob
{_HEAD}spec:
  schedule: 0 3 * * *
  suspend: true
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: shop, image: registry.example.org/shop:1}}]
""",
    "Service": f"apiVersion: v1\nkind: Service\n{_HEAD}spec: {{selector: {{app: shop}}, ports: [{{name: http, port: 80}}]}}\n",
    "Headless": f"apiVersion: v1\nkind: Service\n{_HEAD}spec: {{clusterIP: None, selector: {{app: shop}}, ports: [{{port: 80}}]}}\n",
    "PersistentVolumeClaim": f"""apiVersion: v1
kind: PersistentVolumeClaim
{_HEAD}spec: {{accessModes: [ReadWriteOnce], storageClassName: upgrade-proof, resources: {{requests: {{storage: 10Gi}}}}}}
""",
    "ConfigMap": f"apiVersion: v1\nkind: ConfigMap\n{_HEAD}data: {{colour: red}}\n",
    "Secret": f"apiVersion: v1\nkind: Secret\n{_HEAD}type: Opaque\nstringData: {{colour: red}}\n",
    "RoleBinding": f"""apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
{_HEAD}roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}}
subjects: [{{kind: ServiceAccount, name: shop, namespace: upgrade-proof}}]
""",
    "StorageClass": """apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: shop}
provisioner: example.org/disks
parameters: {kind: slow}
""",
    "PriorityClass": "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: shop}\nvalue: 100\n",
    "IngressClass": """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: shop}
spec: {controller: example.org/doors}
""",
    "ReplicaSet": f"apiVersion: apps/v1\nkind: ReplicaSet\n{_HEAD}spec:\n  replicas: 0\n{_SELECTOR}{_POD}",
    "ClusterRoleBinding": """apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: reader}
""",
    "PersistentVolume": """apiVersion: v1
kind: PersistentVolume
metadata: {name: shop}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  storageClassName: nobodys
  local: {path: /nowhere}
  nodeAffinity:
    required: {nodeSelectorTerms: [{matchExpressions: [{key: kubernetes.io/hostname, operator: In, values: [a]}]}]}
""",
    "VolumeAttributesClass": """apiVersion: storage.k8s.io/v1
kind: VolumeAttributesClass
metadata: {name: shop}
driverName: example.org/disks
parameters: {speed: slow}
""",
    "RuntimeClass": "apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata: {name: shop}\nhandler: usual\n",
    "CustomResourceDefinition": """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.upgrade-proof.example.org}
spec:
  group: upgrade-proof.example.org
  scope: Namespaced
  names: {kind: Shop, listKind: ShopList, plural: shops, singular: shop}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
""",
    "NetworkPolicy": f"""apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
{_HEAD}spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: [{{ports: [{{port: 80}}]}}]}}
""",
    "PodDisruptionBudget": f"apiVersion: policy/v1\nkind: PodDisruptionBudget\n{_HEAD}spec:\n  minAvailable: 1\n{_SELECTOR}\n",
    "Ingress": f"""apiVersion: networking.k8s.io/v1
kind: Ingress
{_HEAD}spec: {{defaultBackend: {{service: {{name: shop, port: {{number: 80}}}}}}}}
""",
    "Pod": f"""apiVersion: v1
kind: Pod
{_HEAD}spec:
  nodeSelector: {{no: where}}
  containers: [{{name: shop, image: registry.example.org/shop:1, env: [{{name: COLOUR, value: red}}]}}]
""",
}


def made(kind: str, **changes: Any) -> dict[str, Any]:
    """An object of `TEXTS`, with changes.

    Args:
        changes: Values by path, such as `spec__replicas=2`; `spec__ports__0__port=81` goes into lists.
    """
    return changed(_parsed(kind), changes)


@cache
def _parsed(kind: str) -> dict[str, Any]:
    item: dict[str, Any] = yaml.safe_load(TEXTS[kind])
    return item


def changed(item: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A changed copy."""
    result = copy.deepcopy(item)
    for path, value in changes.items():
        *way, last = path.split("__")
        place: Any = result
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place.setdefault(step, {})
        if isinstance(place, list):
            place[int(last) :] = [value, *place[int(last) + 1 :]]
        elif value is GONE:
            del place[last]
        else:
            place[last] = value
    return result
