"""What the Jobs of a backup run: POSIX sh and psql, as they are in the image of PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from . import shell
from .queries import COUNTS, DUMP, SCHEMA, SCRIPTS, SEQUENCES, VERDICT

FOLDER = "/var/backup"
SCRATCH = "/tmp/scratch"

QUERIES: Mapping[str, str] = {
    "dump.sql": DUMP,
    "counts.sql": COUNTS,
    "schema.sql": SCHEMA,
    "sequences.sql": SEQUENCES,
    "verdict.sql": VERDICT,
}
"""What psql reads."""


def backup_script(keep: int) -> str:
    """Dumps all databases into a folder that gets its name when it is complete, and deletes what is too old."""
    return f"""\
{shell.COMMON}
{shell.fail("backup")}{shell.DUMP}
cd "$FOLDER"
# left over from a Job that was killed; another one does not run at the same time
rm -rf .partial-*
backup=$(date -u +%Y%m%dT%H%M%SZ)
partial=$FOLDER/.partial-$backup
mkdir "$partial"
cd "$partial"
dump
sync
mv "$partial" "$FOLDER/$backup"
sync

# the newest ones stay, however old they are
cd "$FOLDER"
ls -1d [0-9]*Z | sort -r | tail -n +{keep + 1} | while read -r old; do
  rm -rf "$old"
  echo "deleted $old"
done
verdict backup true "$DATABASES"
echo "backup $backup is complete"
"""


DUMP_TO_SEND = f"""\
{shell.COMMON}{shell.HAND_OVER}{shell.DUMP}
backup=$(date -u +%Y%m%dT%H%M%SZ)
mkdir -p "$FOLDER/$backup"
cd "$FOLDER/$backup"
dump
hand_over
"""
"""Dumps all databases for the container that sends them."""

TELL = f"""\
{shell.COMMON}
{shell.fail("backup")}{shell.TAKE_OVER}
[ -f "$SCRATCH/sent" ] || fail "backup $backup was not sent"
verdict backup true "$DATABASES$(cat "$SCRATCH/sent")"
echo "backup $backup is complete$(cat "$SCRATCH/sent")"
"""
"""Says how a backup went that other containers dumped and sent."""


def drill_script(max_age_hours: int, *, fetched: bool = False) -> str:
    """Restores the newest backup into a server that is thrown away, and compares what is in it."""
    return f"""\
{shell.COMMON}
{shell.fail("drill")}{shell.DIFFERING}{shell.TAKE_OVER if fetched else ""}
backup=$(cd "$FOLDER" && ls -1d [0-9]*Z 2>/dev/null | sort | tail -n 1)
[ -n "$backup" ] || {{ backup=none; fail "there is no backup"; }}
from=$FOLDER/$backup
sums "$from"
age=$(($(date +%s) - $(cat "$from/taken")))
[ "$age" -le {max_age_hours * 3600} ] || fail "backup $backup is $((age / 3600)) hours old, more than {max_age_hours}"
bytes=$(du -sk "$from" | cut -f1)000

rm -rf "$SCRATCH/pgdata"
initdb --pgdata="$SCRATCH/pgdata" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=trust >/dev/null
# nothing of it is kept, so nothing needs to reach the disk
pg_ctl start --pgdata="$SCRATCH/pgdata" --wait --silent --log="$SCRATCH/log" \\
  --options="-c listen_addresses='' -c unix_socket_directories='$SCRATCH' -c fsync=off -c full_page_writes=off"
trap 'ended; pg_ctl stop --pgdata="$SCRATCH/pgdata" --mode=immediate --silent' EXIT
here="--host=$SCRATCH --username=postgres"

# of the roles only those that are missing: the superuser is there
psql $here --no-psqlrc --quiet --dbname=postgres --file="$from/roles.sql" >/dev/null 2>&1 || true
for database in $DATABASES; do
  [ -f "$from/$database.dump" ] || fail "backup $backup has no database $database"
  createdb $here --template=template0 "$database"
  pg_restore $here --exit-on-error --dbname="$database" "$from/$database.dump" >"$SCRATCH/errors" 2>&1 ||
    fail "database $database of backup $backup cannot be restored: $(tail -n 1 "$SCRATCH/errors")"
  differs=$(export PGHOST="$SCRATCH" PGUSER=postgres PGDATABASE="$database" && difference "$from/$database")
  [ -z "$differs" ] || fail "database $database of backup $backup differs: $differs"
done
rows=$(rows_of "$from")
verdict drill true "$DATABASES"
echo "backup $backup can be restored"
"""


def restore_script(*, fetched: bool = False) -> str:
    """In the real emergency: puts a database back, all of it or nothing."""
    return f"""\
{shell.COMMON}
# DATABASE_TO_RESTORE says what; BACKUP from which one (without it, the newest); OVERWRITE=yes
# that what is there may go; DRY_RUN=yes that nothing is changed.
fail() {{
  echo "$1" >&2
  exit 1
}}
{shell.DIFFERING}
[ -n "${{DATABASE_TO_RESTORE:-}}" ] || fail "DATABASE_TO_RESTORE must be one of $DATABASES, got nothing"
case " $DATABASES " in
*" $DATABASE_TO_RESTORE "*) ;;
*) fail "DATABASE_TO_RESTORE must be one of $DATABASES, got $DATABASE_TO_RESTORE" ;;
esac{shell.TAKE_OVER if fetched else ""}
backup=${{BACKUP:-$(cd "$FOLDER" && ls -1d [0-9]*Z 2>/dev/null | sort | tail -n 1)}}
[ -n "$backup" ] || fail "there is no backup"
from=$FOLDER/$backup
[ -d "$from" ] || fail "BACKUP must be one of $(cd "$FOLDER" && echo [0-9]*Z), got $backup"
sums "$from"
as "$DATABASE_TO_RESTORE"

tables=$(psql --no-psqlrc --tuples-only --no-align --command="
  SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname !~ '^pg_'
     AND n.nspname NOT IN ('information_schema', 'loom_constructs')")
echo "backup $backup of $(date -u -d "@$(cat "$from/taken")" +%FT%TZ); database $DATABASE has $tables tables"
if [ "$tables" -gt 0 ] && [ "${{OVERWRITE:-no}}" != yes ]; then
  fail "database $DATABASE must be empty, got $tables tables; nothing was changed (OVERWRITE=yes replaces them)"
fi
if [ "${{DRY_RUN:-no}}" = yes ]; then
  echo "dry run: this would be restored"
  sort "$from/$DATABASE.counts"
  exit 0
fi
# All or nothing: what was there goes in the same transaction in which the backup comes. A program that still works with
# the database holds locks; after a minute this gives up, and nothing has changed.
# pg_restore says COMMIT itself, and only when it has read the backup to its end. (It says BEGIN too, hence a warning of
# a transaction in progress. Left to psql, the transaction would end at each large object, and a dump that cannot be
# read would be an empty one.)
rm -f "$SCRATCH/read"
{{
  echo "BEGIN;"
  echo "SET lock_timeout = '60s';"
  echo "SET client_min_messages = warning;"
  echo "DROP OWNED BY CURRENT_USER;"
  echo "CREATE SCHEMA IF NOT EXISTS public;"
  pg_restore --single-transaction --no-owner --file=- "$from/$DATABASE.dump" && touch "$SCRATCH/read"
}} | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 --output=/dev/null
[ -f "$SCRATCH/read" ] || fail "backup $backup cannot be read by this version of PostgreSQL; nothing was changed"
differs=$(difference "$from/$DATABASE")
[ -z "$differs" ] || fail "it was restored, but differs: $differs"
echo "database $DATABASE is as it was in backup $backup"
"""


def environment(databases: Sequence[str], *, folder: str = FOLDER) -> dict[str, str]:
    """What the scripts know of where they run."""
    return {"DATABASES": " ".join(databases), "FOLDER": folder, "SCRIPTS": SCRIPTS, "SCRATCH": SCRATCH}
