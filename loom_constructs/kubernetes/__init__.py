"""What constructs emit with: API objects, hardened pods, checked names, images and amounts."""

from . import checks
from .claim import Claim
from .config_map import config_map
from .container import Container
from .image_lock import ImageLock
from .labels import Labels
from .manifest import Manifest, plain
from .namespace import Namespace, namespace_of
from .persistent_volume_claim import persistent_volume_claim
from .pod_options import PodOptions
from .probe import Probe
from .quantities import Cpu, Resources
from .service import LET_GO_SECONDS, ServicePort, service
from .unique_names import UniqueNames
from .values import ConfigMapKey, EnvValue, Login, PodField, SecretKey, SecretRef
from .volume import Mount, Volume
from .whole import whole
from .workload import ROLLING_UPDATE, Kind, Workload

__all__ = [
    "LET_GO_SECONDS",
    "ROLLING_UPDATE",
    "Claim",
    "ConfigMapKey",
    "Container",
    "Cpu",
    "EnvValue",
    "ImageLock",
    "Kind",
    "Labels",
    "Login",
    "Manifest",
    "Mount",
    "Namespace",
    "PodField",
    "PodOptions",
    "Probe",
    "Resources",
    "SecretKey",
    "SecretRef",
    "ServicePort",
    "UniqueNames",
    "Volume",
    "Workload",
    "checks",
    "config_map",
    "namespace_of",
    "persistent_volume_claim",
    "plain",
    "service",
    "whole",
]
