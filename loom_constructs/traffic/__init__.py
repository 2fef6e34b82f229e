"""Who calls whom, and on which port.

A server describes each port it serves as an `Endpoint`. A client says that it uses one: `client.calls(endpoint)`. That
one statement gives the client its variables and its wait, and it is all that policies, pictures and proofs read.
"""

from .call import Call, calls_in, read_calls
from .endpoint import Endpoint
from .peer import EVERYWHERE, PRIVATE_NETWORKS, Peer
from .route import Route
from .tls import SslMode, Tls
from .variables import libpq_variables
from .wait import Wait
from .wire import Wire

__all__ = [
    "EVERYWHERE",
    "PRIVATE_NETWORKS",
    "Call",
    "Endpoint",
    "Peer",
    "Route",
    "SslMode",
    "Tls",
    "Wait",
    "Wire",
    "calls_in",
    "libpq_variables",
    "read_calls",
]
