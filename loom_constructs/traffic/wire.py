"""What is spoken on a port."""

from __future__ import annotations

from enum import StrEnum


class Wire(StrEnum):
    """The protocol on a port, in Linkerd's words (`Server.spec.proxyProtocol`)."""

    HTTP = "HTTP/1"
    GRPC = "gRPC"
    OPAQUE = "opaque"
