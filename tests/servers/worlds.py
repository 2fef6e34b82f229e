"""What Prometheus sees, as promtool takes it: a world in which all is well, and what goes wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

POSTGRES = 'namespace="loom",job="loom-db-exporter"'
NATS = 'namespace="loom",job="nats-exporter"'
# somebody else's: the same metrics of another namespace, and of another job here
OTHERS = ('namespace="other",job="{job}"', 'namespace="loom",job="another"')

GIB = 1024**3
HOUR = 3600
MINUTES = 100
"""Each series is longer than the longest test, with a sample a minute."""

SERVERS = (0, 1, 2)


def _jetstream(where: str, server: int, labels: str = "") -> str:
    return f'{where},server_name="nats-{server}"{labels}'


def well() -> dict[str, str]:
    """Series and their values; the clock starts at 0, and there was a good backup and a good drill then."""
    world = {
        f"pg_up{{{POSTGRES}}}": "1",
        f"loom_postgres_connections{{{POSTGRES}}}": "300",
        f"loom_postgres_connections_limit{{{POSTGRES}}}": "420",
        f'loom_postgres_slot_retained_bytes{{{POSTGRES},slot_name="archive"}}': str(20 * GIB),
    }
    for kind in ("backup", "drill"):
        world |= {
            f'loom_verdict_last_success_timestamp_seconds{{{POSTGRES},kind="{kind}"}}': "0",
            f'loom_verdict_good{{{POSTGRES},kind="{kind}"}}': "1",
        }
        for unit in ("bytes", "rows"):
            world |= {
                f'loom_verdict_{unit}{{{POSTGRES},kind="{kind}"}}': "600",
                f'loom_verdict_{unit}_before{{{POSTGRES},kind="{kind}"}}': "1000",
            }
    for n in SERVERS:
        world |= {
            f"jetstream_server_jetstream_disabled{{{_jetstream(NATS, n)}}}": "0",
            f"jetstream_server_total_message_bytes{{{_jetstream(NATS, n)}}}": "70",
            f"jetstream_server_max_storage{{{_jetstream(NATS, n)}}}": "100",
            stream("total_messages", n): "5000",
            stream("last_seq", n): "5000",
        }
    return world | _elsewhere()


def stream(metric: str, server: int, more: str = "") -> str:
    """A series of stream LOOM."""
    return f'jetstream_stream_{metric}{{{_jetstream(NATS, server)},stream_name="LOOM"{more}}}'


def _elsewhere() -> dict[str, str]:
    """All is bad with what is not ours, where that could be taken for ours; and well, where that could hide ours."""
    world = {}
    for kind in ("backup", "drill"):
        # of a kind that nobody watches, and where nothing was good for long
        world[f'loom_verdict_good{{{POSTGRES},kind="other-{kind}"}}'] = "0"
        world[f'loom_verdict_last_success_timestamp_seconds{{{POSTGRES},kind="other-{kind}"}}'] = "-1000000"
    for unit in ("bytes", "rows"):
        world[f'loom_verdict_{unit}{{{POSTGRES},kind="other"}}'] = "1"
        world[f'loom_verdict_{unit}_before{{{POSTGRES},kind="other"}}'] = "1000"
    for other in OTHERS:
        where = other.format(job="loom-db-exporter")
        world |= {
            f"pg_up{{{where}}}": "0",
            f"loom_postgres_connections{{{where}}}": "420",
            f"loom_postgres_connections_limit{{{where}}}": "420",
            f'loom_postgres_slot_retained_bytes{{{where},slot_name="archive"}}': str(90 * GIB),
        }
        for kind in ("backup", "drill"):
            world |= {
                f'loom_verdict_last_success_timestamp_seconds{{{where},kind="{kind}"}}': "-1000000",
                f'loom_verdict_good{{{where},kind="{kind}"}}': "0",
            }
            for unit in ("bytes", "rows"):
                world[f'loom_verdict_{unit}{{{where},kind="{kind}"}}'] = "1"
                world[f'loom_verdict_{unit}_before{{{where},kind="{kind}"}}'] = "1000"
        where = other.format(job="nats-exporter")
        for n in SERVERS:
            world |= {
                f"jetstream_server_jetstream_disabled{{{_jetstream(where, n)}}}": "0",
                f"jetstream_server_total_message_bytes{{{_jetstream(where, n)}}}": "99",
                f"jetstream_server_max_storage{{{_jetstream(where, n)}}}": "100",
                f'jetstream_stream_total_messages{{{_jetstream(where, n)},stream_name="LOOM"}}': "1",
                f'jetstream_stream_last_seq{{{_jetstream(where, n)},stream_name="LOOM"}}': str(10**9 * n),
            }
    for n in SERVERS:
        world[stream("total_messages", n).replace("LOOM", "OTHER")] = "1"
        world[stream("last_seq", n).replace("LOOM", "OTHER")] = str(10**6 * n)
    return world


@dataclass(frozen=True)
class Case:
    """What differs from the world in which all is well, and who is told when.

    Args:
        changed: Values of series; promtool's notation, so they may change in time.
        gone: Starts of series that are not there.
        at: Minutes at which it is looked.
        fires: The alerts that fire then, no others.
    """

    name: str
    at: int
    fires: frozenset[str]
    changed: Mapping[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def test(self, severities: Mapping[str, str]) -> dict[str, object]:
        """As promtool takes it."""
        world = {name: value for name, value in well().items() if not name.startswith(self.gone or ("no such",))}
        world |= self.changed
        series = [{"series": n, "values": v if " " in v or "x" in v else f"{v}x{MINUTES}"} for n, v in world.items()]
        return {
            "name": self.name,
            "interval": "1m",
            "input_series": series,
            "promql_expr_test": [
                {
                    "expr": 'count by (alertname, severity) (ALERTS{alertstate="firing"})',
                    "eval_time": f"{self.at}m",
                    "exp_samples": [
                        {"labels": f'{{alertname="{a}",severity="{severities[a]}"}}', "value": 1}
                        for a in sorted(self.fires)
                    ],
                }
            ],
        }


def cases() -> list[Case]:
    """All of them, by subject."""
    verdict = {k: f'{{{POSTGRES},kind="{k}"}}' for k in ("backup", "drill")}
    missing = ("BackupMissing", "DrillMissing")
    made = [
        Case("all is well", 90, frozenset()),
        Case("they are a day old", 60, frozenset(), _made(25 * HOUR)),
        # at 20 minutes they become too old
        Case("they have been too old for a while", 45, frozenset(), _made(26 * HOUR - 1200)),
        Case("they have been too old for long", 52, frozenset(missing), _made(26 * HOUR - 1200)),
        Case("they are much too old", 60, frozenset(missing), _made(28 * HOUR)),
        Case("no verdict was ever written", 40, frozenset(missing), gone=("loom_verdict",)),
        Case("no verdict, a moment ago", 20, frozenset(), gone=("loom_verdict",)),
    ]
    for kind, title in (("backup", "Backup"), ("drill", "Drill")):
        series = "loom_verdict_last_success_timestamp_seconds" + verdict[kind]
        made += [
            Case(f"no {kind}", 60, frozenset({f"{title}Missing"}), gone=(series,)),
            Case(f"the {kind} failed", 20, frozenset({f"{title}Failed"}), {"loom_verdict_good" + verdict[kind]: "0"}),
            Case(f"the {kind} failed a moment ago", 5, frozenset(), {"loom_verdict_good" + verdict[kind]: "0"}),
        ]
    for unit in ("bytes", "rows"):
        shrunk = {f"loom_verdict_{unit}" + verdict["backup"]: "400"}
        made += [
            Case(f"the backup has fewer {unit}", 15, frozenset({"BackupShrank"}), shrunk),
            Case(f"fewer {unit} a moment ago", 5, frozenset(), shrunk),
            Case(f"{unit} of drills do not matter", 15, frozenset(), {f"loom_verdict_{unit}" + verdict["drill"]: "1"}),
        ]
    return made + _postgres() + _nats() + _streams()


def _made(before: int) -> dict[str, str]:
    """Backup and drill, seconds before the clock started."""
    series = "loom_verdict_last_success_timestamp_seconds"
    return {f'{series}{{{POSTGRES},kind="{kind}"}}': str(-before) for kind in ("backup", "drill")}


def _postgres() -> list[Case]:
    used = f"loom_postgres_connections{{{POSTGRES}}}"
    slot = f'loom_postgres_slot_retained_bytes{{{POSTGRES},slot_name="archive"}}'
    down = frozenset({"PostgresDown"})
    return [
        Case("the server is down", 4, down, {f"pg_up{{{POSTGRES}}}": "0"}),
        Case("the server was restarted", 1, frozenset(), {f"pg_up{{{POSTGRES}}}": "0"}),
        Case("nobody says whether it is up", 4, down, gone=(f"pg_up{{{POSTGRES}",)),
        Case("nearly all connections", 9, frozenset({"PostgresConnectionsNearLimit"}), {used: "400"}),
        Case("nearly all connections for a moment", 3, frozenset(), {used: "400"}),
        Case("many connections", 9, frozenset(), {used: "370"}),
        Case("a slot keeps the log", 15, frozenset({"PostgresSlotRetainsLog"}), {slot: str(30 * GIB)}),
        Case("a slot kept the log for a moment", 8, frozenset(), {slot: str(30 * GIB)}),
    ]


def _nats() -> list[Case]:
    def gone(*servers: int) -> tuple[str, ...]:
        return tuple(f"jetstream_server_jetstream_disabled{{{_jetstream(NATS, n)}" for n in servers)

    one, two = frozenset({"NatsServerDown"}), frozenset({"NatsServerDown", "NatsQuorumLost"})
    off = {f"jetstream_server_jetstream_disabled{{{_jetstream(NATS, 1)}}}": "1"}
    again = _jetstream(NATS, 0, ',meta_leader="nats-0"')
    seen_twice = {f"jetstream_server_jetstream_disabled{{{again}}}": "0"}
    fourth = {f"jetstream_server_jetstream_disabled{{{_jetstream(NATS, 3)}}}": "0"}
    full = {f"jetstream_server_total_message_bytes{{{_jetstream(NATS, 1)}}}": "90"}
    return [
        Case("one NATS server is down", 5, one, gone=gone(2)),
        Case("one NATS server was restarted", 1, frozenset(), gone=gone(2)),
        Case("one has no JetStream", 5, one, off),
        Case("one is down, and one is seen twice", 5, one, seen_twice, gone(2)),
        Case("two are down", 5, two, gone=gone(1, 2)),
        Case("two have been down for a minute and a half", 1, frozenset({"NatsQuorumLost"}), gone=gone(1, 2)),
        Case("two went down right now", 0, frozenset(), gone=gone(1, 2)),
        Case("two are down, and one is seen twice", 5, two, seen_twice, gone(1, 2)),
        Case("nobody says how NATS is", 5, two, gone=gone(0, 1, 2)),
        Case("a fourth one came", 5, frozenset(), fourth),
        Case("a server's storage is nearly full", 20, frozenset({"NatsStorageNearlyFull"}), full),
        Case("nearly full for a moment", 10, frozenset(), full),
    ]


def _streams() -> list[Case]:
    held = tuple(stream("total_messages", n)[:-1] for n in SERVERS)
    few = frozenset({"StreamUnderReplicated"})
    twice = {stream("total_messages", 0, ',stream_leader="nats-0"'): "5000"}
    late = {stream("last_seq", 1): "3500"}
    return [
        Case("a Loom has set one replica", 2, few, gone=held[1:]),
        Case("one replica, mended in time", 0, frozenset(), gone=held[1:]),
        Case("two of three hold it", 2, few, gone=held[2:]),
        Case("two of three, one seen twice", 2, few, twice, held[2:]),
        Case("four hold it", 3, frozenset(), {stream("total_messages", 3): "5000"}),
        Case("there is no stream", 2, few, gone=held),
        Case("a replica is behind", 8, frozenset({"StreamReplicaBehind"}), late),
        Case("a replica was behind for a moment", 3, frozenset(), late),
        Case("a replica is a little behind", 8, frozenset(), {stream("last_seq", 1): "4400"}),
    ]
