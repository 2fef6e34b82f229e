"""Encrypted backups in a bucket, made and restored by the rendered Jobs, in the cluster."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loom_constructs.delivery import DeliveryError
from tests import kube
from tests.cluster.backup_proof import NAMESPACE, images, job, running, sql, verdict, write

FINGERPRINT = "SELECT count(*), md5(string_agg(o::text, '|' ORDER BY id)) FROM public.orders o"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    kube.needed()
    images()
    rendered: Path = write(tmp_path_factory.mktemp("bucket"), bucket=True)
    with running(rendered):
        yield


def in_the_store(script: str) -> str:
    return kube.kubectl("exec", "-n", NAMESPACE, "deployment/store", "--", "sh", "-c", script).strip()


def other_key(value: str) -> str:
    """Puts another key into the Secret; returns the one that was there."""
    before = kube.secret(NAMESPACE, "backup", "key")
    patch = json.dumps({"data": {"key": base64.b64encode(value.encode()).decode()}})
    kube.kubectl("patch", "secret", "backup", "-n", NAMESPACE, "--patch", patch)
    return before


@pytest.mark.long
def test_to_the_bucket_and_back_and_a_wrong_key_is_noticed(system: None) -> None:
    sql("CREATE TABLE orders AS SELECT i AS id, md5(i::text) AS title FROM generate_series(1, 20000) i")
    before = sql(FINGERPRINT)
    began = time.monotonic()
    assert "is complete" in job("backup")
    assert verdict().startswith("backup|t|20000|")
    assert "can be restored" in job("drill")
    # the verdict of an earlier run is a row too
    assert verdict().startswith("drill|t|20000|")
    print(f"\nbackup to the bucket and drill: {time.monotonic() - began:.0f} s")

    objects = in_the_store("cd /data/loom-backups/proof && echo */*").split()
    assert {o.partition("/")[2] for o in objects} >= {"app.dump", "app.schema", "roles.sql", "SHA256SUMS"}
    assert in_the_store("grep -rlE 'CREATE ROLE|PGDMP|orders' /data/loom-backups || true") == ""

    key = other_key("another key")
    with pytest.raises(DeliveryError, match="cannot be decrypted: the key is not the one that it was encrypted with"):
        job("drill")
    assert verdict().startswith("drill|f|0|") and "cannot be decrypted" in verdict()
    other_key(key)

    sql("DROP TABLE orders")
    assert "is as it was in backup" in job("restore", DATABASE_TO_RESTORE="app")
    assert sql(FINGERPRINT) == before
