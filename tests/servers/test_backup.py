"""The scripts of a backup on the real PostgreSQL: what they make can be restored, and the drill sees when it cannot."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cdk8s
import pytest

from loom_constructs import Database, PostgresBackup, PostgresCluster, SecretRef
from tests.servers.conftest import Machine, needed
from tests.servers.test_postgres import LOGINS, Postgres

DATABASES = ("loom", "temporal", "temporal_visibility")
FINGERPRINT = """
SELECT md5(string_agg(t, '|' ORDER BY t)) FROM (
  SELECT md5(e::text) AS t FROM app.everything e UNION ALL
  SELECT md5(o::text) FROM public.orders o UNION ALL
  SELECT md5(encode(lo_get(oid), 'hex')) FROM pg_largeobject_metadata) all_rows
"""


class Backups:
    """A running server, and the rendered scripts beside it."""

    def __init__(self, machine: Machine, files: dict[str, str]) -> None:
        self.machine = machine
        self.postgres = Postgres(machine)
        assert self.postgres.prepare().returncode == 0
        self.postgres.start()
        machine.folders("var/backup", "tmp/scratch")
        for name, text in files.items():
            machine.write(f"/etc/postgresql-backup/{name}", text)
        self.folder = machine.path("/var/backup")

    def run(self, script: str, **env: str) -> Any:
        """One Job; its clock is the real one."""
        scripts = self.machine.path("/etc/postgresql-backup")
        where = {
            "DATABASES": " ".join(DATABASES),
            "FOLDER": str(self.folder),
            "SCRIPTS": str(scripts),
            "SCRATCH": str(self.machine.path("/tmp/scratch")),
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.postgres.port),
        }
        return self.machine.run(["sh", str(scripts / f"{script}.sh")], {**LOGINS, **where, **env}, timeout=300)

    def newest(self) -> Path:
        return sorted(p for p in self.folder.iterdir() if p.name.endswith("Z"))[-1]

    def loom(self, query: str) -> str:
        return self.postgres.sql(query, "loom", **LOOM, PGHOST="127.0.0.1", PGPORT=str(self.postgres.port))

    def verdict(self) -> str:
        query = "SELECT kind, good, detail FROM loom_constructs.verdicts ORDER BY at DESC LIMIT 1"
        return self.loom(query)


LOOM = {"PGUSER": LOGINS["loom_username"], "PGPASSWORD": LOGINS["loom_password"]}


@pytest.fixture
def backups(machine: Machine, tmp_path: Path) -> Iterator[Backups]:
    needed("pg_dump", "pg_restore", "initdb")
    chart = cdk8s.Chart(cdk8s.App(outdir=str(tmp_path)), "data", namespace="loom", disable_resource_name_hashes=True)
    databases = [Database(name, SecretRef("login")) for name in DATABASES]
    PostgresBackup(chart, "backup", of=PostgresCluster(chart, "postgres", databases=databases), keep=3)
    [config] = [o for o in cdk8s.Testing.synth(chart) if o["metadata"]["name"] == "loom-db-backup-config"]
    made = Backups(machine, config["data"])
    rows = int(os.environ.get("LOOM_BACKUP_ROWS", "20000"))
    made.loom(_content(rows))
    assert made.loom("SELECT count(*) FROM public.orders") == str(rows)
    yield made


def _content(rows: int) -> str:
    """Two schemas, many types, NULs, large objects, a sequence, a view, an index."""
    return f"""
    CREATE SCHEMA app;
    CREATE TYPE app.mood AS ENUM ('good', 'bad');
    CREATE TABLE app.everything (
      id bigserial PRIMARY KEY, small smallint, whole integer, exact numeric(30, 10), real_ real, double_ double precision,
      truth boolean, short varchar(20), fixed char(5), long text, raw bytea, day date, moment timestamptz, clock time,
      span interval, id2 uuid, doc json, docb jsonb, list integer[], address inet, net cidr, mac macaddr, place point,
      bits bit varying(8), range_ int4range, words tsvector, feeling app.mood, money_ money, xml_ xml);
    INSERT INTO app.everything (small, whole, exact, real_, double_, truth, short, fixed, long, raw, day, moment, clock,
      span, id2, doc, docb, list, address, net, mac, place, bits, range_, words, feeling, money_, xml_)
    SELECT i, i, i / 7.0, i / 3.0, i / 9.0, i % 2 = 0, 'é ' || i, 'ab', repeat('x''"\\', i % 50), decode(md5(i::text), 'hex'),
      '2020-01-01'::date + i, '2020-01-01'::timestamptz + i * interval '1 min', '10:00', i * interval '1 day',
      md5(i::text)::uuid, '{{"a": 1}}', jsonb_build_object('i', i), ARRAY[i, NULL, 3], '10.0.0.1', '10.0.0.0/8',
      '08:00:2b:01:02:03', point(i, 1), B'101', int4range(i, i + 5), to_tsvector('a few words'), 'good', 12.5, '<a>b</a>'
      FROM generate_series(1, 500) i;
    INSERT INTO app.everything DEFAULT VALUES;
    CREATE TABLE public.orders (id integer PRIMARY KEY, title text, made timestamptz DEFAULT now());
    INSERT INTO public.orders SELECT i, md5(i::text) FROM generate_series(1, {rows}) i;
    CREATE INDEX ON public.orders (title);
    CREATE VIEW app.titles AS SELECT title FROM public.orders;
    SELECT lo_from_bytea(0, decode(repeat('00ff', 5000), 'hex')), lo_from_bytea(0, 'second');
    """


def test_backup_drop_everything_restore_identical(backups: Backups) -> None:
    before = backups.loom(FINGERPRINT)
    began = time.monotonic()
    done = backups.run("backup")
    assert done.returncode == 0, done.stderr
    assert backups.verdict().startswith("backup|t|loom")
    took = time.monotonic() - began

    drill = backups.run("drill")
    assert drill.returncode == 0, drill.stderr
    assert backups.verdict().startswith("drill|t|")

    backups.loom(
        "DROP SCHEMA app CASCADE; DROP TABLE public.orders; SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
    )
    assert backups.loom("SELECT count(*) FROM pg_largeobject_metadata") == "0"
    restored = backups.run("restore", DATABASE_TO_RESTORE="loom")
    assert restored.returncode == 0, restored.stderr
    assert backups.loom(FINGERPRINT) == before
    assert backups.loom("SELECT nextval('app.everything_id_seq')") == "502"
    print(f"\nbackup of {backups.loom('SELECT count(*) FROM orders')} rows and more: {took:.1f} s")


def test_a_full_database_is_not_overwritten_unless_told_so(backups: Backups) -> None:
    assert backups.run("backup").returncode == 0
    backups.loom("INSERT INTO orders VALUES (-1, 'after the backup')")

    refused = backups.run("restore", DATABASE_TO_RESTORE="loom")
    assert refused.returncode == 1
    assert "database loom must be empty, got 2 tables; nothing was changed" in refused.stderr
    assert backups.loom("SELECT title FROM orders WHERE id = -1") == "after the backup"

    dry = backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes", DRY_RUN="yes")
    assert dry.returncode == 0 and "dry run" in dry.stdout and "public.orders|20000" in dry.stdout
    assert backups.loom("SELECT count(*) FROM orders WHERE id = -1") == "1"

    assert backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes").returncode == 0
    assert backups.loom("SELECT count(*) FROM orders WHERE id = -1") == "0"


def test_a_restore_that_fails_half_way_changes_nothing(backups: Backups) -> None:
    assert backups.run("backup").returncode == 0
    before = backups.loom(FINGERPRINT)
    dump = backups.newest() / "loom.dump"
    dump.write_bytes(dump.read_bytes()[:-2000])
    _new_sums(backups)

    assert backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes").returncode != 0
    assert backups.loom(FINGERPRINT) == before


def test_a_backup_that_cannot_be_read_changes_nothing(backups: Backups) -> None:
    assert backups.run("backup").returncode == 0
    before = backups.loom(FINGERPRINT)
    (backups.newest() / "loom.dump").write_bytes(b"PGDMP of some other version")
    _new_sums(backups)

    refused = backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes")

    assert refused.returncode == 1 and "nothing was changed" in refused.stderr, refused.stderr
    assert backups.loom(FINGERPRINT) == before


def test_a_restore_that_fails_after_the_large_objects_changes_nothing(backups: Backups) -> None:
    assert backups.run("backup").returncode == 0
    backups.loom("INSERT INTO orders VALUES (-1, 'after the backup')")
    before = backups.loom(FINGERPRINT)
    # indexes come last, and this name is taken by somebody else's table
    backups.loom("ALTER INDEX orders_title_idx RENAME TO another")
    backups.postgres.sql("CREATE TABLE public.orders_title_idx (a int)", "loom")

    failed = backups.run("restore", DATABASE_TO_RESTORE="loom", OVERWRITE="yes")

    assert failed.returncode != 0 and "already exists" in failed.stderr, failed.stderr
    assert backups.loom(FINGERPRINT) == before


@pytest.mark.parametrize(
    ("env", "message"),
    [
        ({}, "DATABASE_TO_RESTORE must be one of loom temporal temporal_visibility, got nothing"),
        ({"DATABASE_TO_RESTORE": "orders"}, "DATABASE_TO_RESTORE must be one of .*, got orders"),
        (
            {"DATABASE_TO_RESTORE": "loom", "BACKUP": "20200101T000000Z"},
            "BACKUP must be one of .*, got 20200101T000000Z",
        ),
    ],
)
def test_wrong_requests_change_nothing(backups: Backups, env: dict[str, str], message: str) -> None:
    import re

    assert backups.run("backup").returncode == 0
    done = backups.run("restore", OVERWRITE="yes", **env)
    assert done.returncode == 1 and re.search(message, done.stderr), done.stderr


def _new_sums(backups: Backups) -> None:
    """As if the damage had been there before the checksums."""
    folder = backups.newest()
    done = backups.machine.run(["sh", "-c", f"cd {folder} && rm SHA256SUMS && sha256sum ./* >SHA256SUMS"])
    assert done.returncode == 0, done.stderr


def _truncate(backups: Backups) -> None:
    dump = backups.newest() / "loom.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])


def _truncate_unnoticed(backups: Backups) -> None:
    _truncate(backups)
    _new_sums(backups)


def _flip(backups: Backups) -> None:
    dump = backups.newest() / "temporal.dump"
    content = bytearray(dump.read_bytes())
    content[random.Random(1).randrange(len(content))] ^= 1
    dump.write_bytes(bytes(content))


def _missing_table(backups: Backups) -> None:
    counts = backups.newest() / "loom.counts"
    counts.write_text(counts.read_text() + "public.gone|7\n")
    _new_sums(backups)


def _dumped_without(change: str) -> Callable[[Backups], None]:
    """A dump that lacks something that the server had, with checksums that are right."""

    def damage(backups: Backups) -> None:
        # verdicts came after the backup
        backups.loom(f"{change}; DROP SCHEMA loom_constructs CASCADE")
        env = {"PGHOST": "127.0.0.1", "PGPORT": str(backups.postgres.port), **LOOM}
        dump = backups.newest() / "loom.dump"
        done = backups.machine.run(["pg_dump", "--format=custom", f"--file={dump}", "loom"], env)
        assert done.returncode == 0, done.stderr
        _new_sums(backups)

    damage.__name__ = change
    return damage


def _missing_rows(backups: Backups) -> None:
    counts = backups.newest() / "loom.counts"
    counts.write_text(counts.read_text().replace("public.orders|20000", "public.orders|20001"))
    _new_sums(backups)


def _missing_database(backups: Backups) -> None:
    (backups.newest() / "temporal.dump").unlink()
    _new_sums(backups)


def _old(backups: Backups) -> None:
    (backups.newest() / "taken").write_text(f"{int(time.time()) - 27 * 3600}\n")
    _new_sums(backups)


def _none(backups: Backups) -> None:
    shutil.rmtree(backups.newest())


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_truncate, "is damaged: a checksum differs"),
        (_truncate_unnoticed, "database loom of backup .* cannot be restored"),
        (_flip, "is damaged: a checksum differs"),
        (_missing_table, "database loom of backup .* differs: public.gone.7 was there, nothing is restored"),
        (
            _dumped_without("DROP TABLE app.everything"),
            "app.everything.501 was there, nothing is restored",
        ),
        (_dumped_without("DROP INDEX orders_title_idx"), "index public.orders_title_idx on public.orders using btree"),
        (_dumped_without("ALTER TABLE orders DROP made"), "column public.orders.made timestamp with time zone default"),
        (_dumped_without("SELECT setval('app.everything_id_seq', 7)"), "sequence app.everything_id_seq at 501 was"),
        (_missing_rows, "differs: public.orders.20001 was there, public.orders.20000 is restored"),
        (_missing_database, "has no database temporal"),
        (_old, "is 27 hours old, more than 26"),
        (_none, "there is no backup"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_drill_notices(backups: Backups, damage: Callable[[Backups], None], message: str) -> None:
    import re

    assert backups.run("backup").returncode == 0
    damage(backups)

    done = backups.run("drill")

    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr
    kind, good, detail = backups.verdict().split("|", 2)
    assert (kind, good) == ("drill", "f") and re.search(message, detail)


def test_verdicts_of_an_earlier_release_are_kept_and_the_last_ones_are_in_a_view(backups: Backups) -> None:
    backups.loom("""
      CREATE SCHEMA loom_constructs;
      CREATE TABLE loom_constructs.verdicts (at timestamptz NOT NULL DEFAULT now(),
        kind text NOT NULL CHECK (kind IN ('backup', 'drill')), backup text NOT NULL, good boolean NOT NULL,
        seconds integer NOT NULL, bytes bigint NOT NULL, detail text NOT NULL);
      INSERT INTO loom_constructs.verdicts VALUES (now() - interval '1 hour', 'drill', 'x', true, 7, 8, 'before');
    """)
    assert backups.run("backup").returncode == 0
    rows = int(backups.loom("SELECT rows FROM loom_constructs.verdicts WHERE kind = 'backup'"))
    assert rows == int(backups.loom("SELECT count(*) FROM orders")) + 501 + 1
    shutil.rmtree(backups.newest())
    assert backups.run("drill").returncode == 1

    last = backups.loom(
        "SELECT kind, good, age BETWEEN 0 AND 100, rows, bytes > 0 FROM loom_constructs.last_verdicts ORDER BY 1"
    )
    assert last.splitlines() == [f"backup|t|t|{rows}|t", "drill|f|f||t"]
    seconds = backups.loom(
        "SELECT seconds, age BETWEEN 3600 AND 3800 FROM loom_constructs.last_verdicts WHERE kind = 'drill'"
    )
    assert seconds == "7|t"


def test_the_newest_stay_and_nothing_partial_has_a_name(backups: Backups) -> None:
    for _ in range(5):
        assert backups.run("backup").returncode == 0
        time.sleep(1.1)
    assert len(list(backups.folder.iterdir())) == 3
    newest = backups.newest()

    # a table that cannot be read
    backups.postgres.sql("CREATE TABLE public.foreign_to_loom (a int)", "loom")
    failed = backups.run("backup")
    assert failed.returncode == 1
    assert "database loom" in failed.stderr
    assert backups.verdict().startswith("backup|f|")
    assert backups.newest() == newest

    backups.postgres.sql("DROP TABLE public.foreign_to_loom", "loom")
    assert backups.run("backup").returncode == 0
    assert not [p for p in backups.folder.iterdir() if p.name.startswith(".")]
