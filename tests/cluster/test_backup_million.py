"""A million rows, dropped and restored by the rendered Jobs, from the claim, in the cluster."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from cdk8s import Size

from tests import kube
from tests.cluster.backup_proof import job, running, sql, verdict, write
from tests.servers.test_backup import FINGERPRINT, _content

ROWS = int(os.environ.get("LOOM_BACKUP_ROWS", "1000000"))


@pytest.mark.long
def test_a_million_rows_are_identical_after_backup_loss_and_restore(tmp_path: Path) -> None:
    kube.needed()
    rendered = write(tmp_path, bucket=False, storage=Size.gibibytes(4))
    with running(rendered):
        sql(_content(ROWS))
        before, size = sql(FINGERPRINT), sql("SELECT pg_size_pretty(pg_database_size('app'))")
        sequence = sql("SELECT last_value FROM app.everything_id_seq")
        times = {"database": size}

        def timed(what: str, **env: str) -> str:
            began = time.monotonic()
            said = job(what, **env)
            times[what] = f"{time.monotonic() - began:.0f} s"
            return said

        assert "is complete" in timed("backup")
        assert "can be restored" in timed("drill")
        assert verdict().startswith(f"drill|t|{ROWS + 501}|")

        sql("DROP SCHEMA app CASCADE; DROP TABLE public.orders; SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
        assert sql("SELECT count(*) FROM pg_largeobject_metadata") == "0"
        assert "is as it was in backup" in timed("restore", DATABASE_TO_RESTORE="app", OVERWRITE="yes")
        assert sql(FINGERPRINT) == before
        assert sql("SELECT last_value FROM app.everything_id_seq") == sequence
        print(f"\n{ROWS} rows: " + ", ".join(f"{what} {value}" for what, value in times.items()))
