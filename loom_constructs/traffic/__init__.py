"""Who calls whom, and on which port.

A server describes each port it serves as an `Endpoint`. A client says that it uses one: `client.calls(endpoint)`. That
one statement gives the client its variables and its wait, and it is all that policies, pictures and proofs read.
"""

from .call import Call, calls_in
from .endpoint import Endpoint
from .peer import Peer
from .variables import libpq_variables
from .wait import Wait
from .wire import Wire

__all__ = ["Call", "Endpoint", "Peer", "Wait", "Wire", "calls_in", "libpq_variables"]
