"""Wrong readings of ports."""

from __future__ import annotations

from .walk import Part, ports, rules
from .world import PROTOCOLS


def takes_empty_ports_as_none(spec: Part) -> None:
    for _, rule in rules(spec):
        if "ports" in rule and not rule["ports"]:
            rule["ports"] = [{"port": "nobody-at-all"}]


def takes_no_protocol_as_any(spec: Part) -> None:
    for _, rule in rules(spec):
        entries = rule.get("ports") or []
        entries += [{**port, "protocol": p} for port in entries if "protocol" not in port for p in PROTOCOLS]


def takes_every_protocol_as_tcp(spec: Part) -> None:
    for port in ports(spec):
        port.pop("protocol", None)


def takes_a_protocol_without_a_port_as_nothing(spec: Part) -> None:
    for port in ports(spec):
        port.setdefault("port", "nobody-at-all")


def forgets_names(spec: Part) -> None:
    for port in ports(spec):
        if isinstance(port.get("port"), str):
            port["port"] = "nobody-at-all"


def forgets_end_port(spec: Part) -> None:
    for port in ports(spec):
        port.pop("endPort", None)


def takes_end_port_as_exclusive(spec: Part) -> None:
    for port in ports(spec):
        if "endPort" in port and port["endPort"] > port["port"]:
            port["endPort"] -= 1


READINGS = (
    takes_empty_ports_as_none,
    takes_no_protocol_as_any,
    takes_every_protocol_as_tcp,
    takes_a_protocol_without_a_port_as_nothing,
    forgets_names,
    forgets_end_port,
    takes_end_port_as_exclusive,
)
