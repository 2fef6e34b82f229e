"""TLS of NATS, where no mesh encrypts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..kubernetes import SecretRef, Volume, checks
from ..kubernetes.image import pinned
from ..traffic import Wait

SERVER_FOLDER = "/etc/nats-tls"
CLIENT_FOLDER = "/etc/nats-ca"


@dataclass(frozen=True)
class NatsTls:
    """Encrypted connections of clients, and mutual TLS between the servers.

    Args:
        certificate: A Secret of type `kubernetes.io/tls` that also holds `ca.crt`, as cert-manager makes them. The
            certificate is for servers and clients (between the servers), and names the Service as clients write it
            and `*.<name>-headless`. Clients read `ca.crt` of it and nothing else.
        wait_image: A nats-box, for clients that wait for NATS: busybox's `nc` speaks no TLS.
    """

    certificate: SecretRef
    wait_image: str = "natsio/nats-box:0.19.7"

    def __post_init__(self) -> None:
        checks.instance("certificate", self.certificate, SecretRef)
        pinned("wait_image", self.wait_image)

    @property
    def server_files(self) -> Mapping[str, Volume]:
        """What the servers mount."""
        return {SERVER_FOLDER: Volume.secret("tls", self.certificate.name)}

    @property
    def client_files(self) -> Mapping[str, Volume]:
        """What clients mount."""
        return {CLIENT_FOLDER: Volume.secret("nats-ca", self.certificate.name, "ca.crt")}

    @property
    def client_env(self) -> Mapping[str, str]:
        """What Go's programs trust besides the bundle of their image."""
        return {"SSL_CERT_DIR": CLIENT_FOLDER}

    def wait(self, stream: str | None) -> Wait:
        """The same question as without TLS, by a client that verifies the server."""
        asked, answer = (f"STREAM.INFO.{stream}", "stream_info") if stream else ("INFO", "account_info")
        check = f"""timeout 10 nats --server "tls://$HOST:$PORT" --user "$LOGIN_USER" --password "$LOGIN_PASSWORD" \\
  request --raw '$JS.API.{asked}' '' | grep '{answer}_response' | grep -qv '"error"'"""
        return Wait(self.wait_image, check, True, {"HOME": "/tmp", **self.client_env})
