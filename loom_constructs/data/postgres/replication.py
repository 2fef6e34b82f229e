"""What an archive needs of a PostgreSQL server: settings, who may log in, and the role that reads the log."""

from __future__ import annotations

SLOT = "archive"
"""The replication slot that holds the log back until the archive has it."""

HBA = """\
# The name of the role stands in a Secret. PostgreSQL itself lets in only roles that may replicate.
host    replication  postgres  all  reject
host    replication  all       all  scram-sha-256
"""


def slot_limit(storage: int) -> int:
    """MiB of log that a slot may hold back on a volume of so many: a quarter.

    max_wal_size is an eighth: an archive that is down leaves more than half for data.
    """
    return storage // 4


def settings(storage: int) -> dict[str, object]:
    """Settings for a volume in MiB: the log is complete enough to replay, and is held back, but not without end."""
    return {
        "wal_level": "replica",
        # the receiver, a base backup, a question which timeline it is, and as many again that have not noticed yet
        # that their client is gone
        "max_wal_senders": 6,
        "max_replication_slots": 2,
        # what would be more is thrown away, and the archive says so and begins anew
        "max_slot_wal_keep_size": f"{slot_limit(storage)}MB",
    }


def prepare(names: tuple[str, ...]) -> str:
    """The end of the preparation: the role. It can read everything, so it must be nobody's login to a database."""
    others = " ".join(f'"${name}_username"' for name in names)
    return f"""\
for other in {others} postgres; do
  if [ "$replication_username" = "$other" ]; then
    echo "the login of replication must have a username of its own, got $other" >&2
    exit 1
  fi
done
if [ -z "$replication_username" ] || [ -z "$replication_password" ]; then
  echo "the login of replication must have a username and a password" >&2
  exit 1
fi
USERNAME=$replication_username PASSWORD=$replication_password psql --username=postgres --dbname=postgres --no-psqlrc \\
  --quiet --tuples-only --set=ON_ERROR_STOP=1 <<'SQL'
\\set username `printf %s "$USERNAME"`
\\set password `printf %s "$PASSWORD"`
SET log_min_error_statement = panic;
SELECT format('CREATE ROLE %I', :'username')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'username') \\gexec
ALTER ROLE :"username" LOGIN REPLICATION NOSUPERUSER PASSWORD :'password';
SQL
echo "the role for replication is there"
"""


FINISH_RESTORE = """\
# A restore ends with two renames; killed in between, it has left this.
if [ ! -e "$PGDATA" ] && [ -d "$PGDATA.restored" ]; then
  mv "$PGDATA.restored" "$PGDATA"
fi
"""
