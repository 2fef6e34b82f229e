"""What the Jobs of a backup run: POSIX sh and psql, as they are in the image of PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

FOLDER = "/var/backup"
SCRIPTS = "/etc/postgresql-backup"
SCRATCH = "/tmp/scratch"

COUNTS = """\
-- how many rows each table has, and how many large objects there are; one line each
\\pset tuples_only on
\\pset format unaligned
SELECT format('SELECT %L, count(*) FROM %I.%I', n.nspname || '.' || c.relname, n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY n.nspname, c.relname
\\gexec
SELECT 'large objects', count(*) FROM pg_largeobject_metadata;
"""

DUMP = f"""\
-- Dump and numbers of rows are of one moment: both look at the same snapshot.
\\set ON_ERROR_STOP on
SET idle_in_transaction_session_timeout = 0;
SET statement_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\! pg_dump --format=custom --snapshot="$SNAPSHOT" --file="$DATABASE.dump" && touch "$DATABASE.dumped"
\\o :counts
\\i {SCRIPTS}/counts.sql
\\o
COMMIT;
"""

VERDICT = """\
\\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS loom_constructs;
CREATE TABLE IF NOT EXISTS loom_constructs.verdicts (
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL CHECK (kind IN ('backup', 'drill')),
  backup text NOT NULL,
  good boolean NOT NULL,
  seconds integer NOT NULL,
  bytes bigint NOT NULL,
  detail text NOT NULL
);
GRANT USAGE ON SCHEMA loom_constructs TO pg_monitor;
GRANT SELECT ON loom_constructs.verdicts TO pg_monitor;
DELETE FROM loom_constructs.verdicts WHERE at < now() - interval '90 days';
INSERT INTO loom_constructs.verdicts (kind, backup, good, seconds, bytes, detail)
  VALUES (:'kind', :'backup', :'good', :'seconds', :'bytes', :'detail');
"""

_COMMON = """\
#!/bin/sh
set -eu
umask 077
trap 'exit 143' TERM
began=$(date +%s)
backup=none
bytes=0

# as which role a database is asked: its own, over the network
as() {
  DATABASE=$1
  eval "PGUSER=\\$${1}_username PGPASSWORD=\\$${1}_password"
  export DATABASE PGUSER PGPASSWORD PGDATABASE="$1"
}

# says in each database how it went, where the exporter of metrics reads it
verdict() {
  kind=$1 good=$2 detail=$3
  for database in $DATABASES; do
    as "$database"
    psql --no-psqlrc --quiet --set=kind="$kind" --set=backup="$backup" --set=good="$good" --set=bytes="$bytes" \\
      --set=seconds="$(($(date +%s) - began))" --set=detail="$detail" --file="$SCRIPTS/verdict.sql" ||
      echo "database $database did not take the verdict" >&2
  done
}
"""


def _fail(kind: str) -> str:
    """How a backup or a drill ends that went wrong: it says so in each database as well."""
    return f"""\
fail() {{
  echo "$1" >&2
  verdict {kind} false "$1"
  exit 1
}}
"""


def backup_script(keep: int) -> str:
    """Dumps all databases into a folder that gets its name when it is complete, and deletes what is too old."""
    return f"""\
{_COMMON}
{_fail("backup")}
cd "$FOLDER"
# left over from a Job that was killed; another one does not run at the same time
rm -rf .partial-*
backup=$(date -u +%Y%m%dT%H%M%SZ)
partial=$FOLDER/.partial-$backup
mkdir "$partial"
cd "$partial"
for database in $DATABASES; do
  as "$database"
  psql --no-psqlrc --quiet --set=counts="$database.counts" --file="$SCRIPTS/dump.sql" ||
    fail "database $database cannot be read"
  [ -f "$database.dumped" ] || fail "pg_dump of database $database failed"
  rm "$database.dumped"
  pg_restore --list "$database.dump" >/dev/null || fail "the dump of database $database cannot be read back"
done
pg_dumpall --roles-only --no-role-passwords --database="$PGDATABASE" >roles.sql || fail "roles cannot be read"
date +%s >taken
sha256sum ./* >SHA256SUMS
bytes=$(du -sk . | cut -f1)000
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


def drill_script(max_age_hours: int) -> str:
    """Restores the newest backup into a server that is thrown away, and compares what is in it."""
    return f"""\
{_COMMON}
{_fail("drill")}
# the first table whose number of rows is another one
differing() {{
  sort "$1" >"$SCRATCH/one"
  sort "$2" >"$SCRATCH/two"
  one=$(comm -23 "$SCRATCH/one" "$SCRATCH/two" | head -n 1)
  two=$(comm -13 "$SCRATCH/one" "$SCRATCH/two" | head -n 1)
  echo "${{one:-nothing}} was there, ${{two:-nothing}} is restored"
}}

backup=$(cd "$FOLDER" && ls -1d [0-9]*Z 2>/dev/null | sort | tail -n 1)
[ -n "$backup" ] || {{ backup=none; fail "there is no backup"; }}
from=$FOLDER/$backup
age=$(($(date +%s) - $(cat "$from/taken")))
[ "$age" -le {max_age_hours * 3600} ] || fail "backup $backup is $((age / 3600)) hours old, more than {max_age_hours}"
(cd "$from" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || fail "backup $backup is damaged: a checksum differs"
bytes=$(du -sk "$from" | cut -f1)000

rm -rf "$SCRATCH/pgdata"
initdb --pgdata="$SCRATCH/pgdata" --username=postgres --encoding=UTF8 --locale=C.UTF-8 --auth=trust >/dev/null
# nothing of it is kept, so nothing needs to reach the disk
pg_ctl start --pgdata="$SCRATCH/pgdata" --wait --silent --log="$SCRATCH/log" \\
  --options="-c listen_addresses='' -c unix_socket_directories='$SCRATCH' -c fsync=off -c full_page_writes=off"
trap 'pg_ctl stop --pgdata="$SCRATCH/pgdata" --mode=immediate --silent' EXIT
here="--host=$SCRATCH --username=postgres"

# of the roles only those that are missing: the superuser is there
psql $here --no-psqlrc --quiet --dbname=postgres --file="$from/roles.sql" >/dev/null 2>&1 || true
for database in $DATABASES; do
  [ -f "$from/$database.dump" ] || fail "backup $backup has no database $database"
  createdb $here --template=template0 "$database"
  pg_restore $here --exit-on-error --dbname="$database" "$from/$database.dump" >"$SCRATCH/errors" 2>&1 ||
    fail "database $database of backup $backup cannot be restored: $(tail -n 1 "$SCRATCH/errors")"
  psql $here --no-psqlrc --quiet --dbname="$database" --file="$SCRIPTS/counts.sql" >"$SCRATCH/counts"
  cmp -s "$from/$database.counts" "$SCRATCH/counts" ||
    fail "database $database of backup $backup differs: $(differing "$from/$database.counts" "$SCRATCH/counts")"
done
verdict drill true "$DATABASES"
echo "backup $backup can be restored"
"""


RESTORE = f"""\
{_COMMON}
# In the real emergency. DATABASE_TO_RESTORE says what; BACKUP from which one (without it, the newest); OVERWRITE=yes
# that what is there may go; DRY_RUN=yes that nothing is changed.
fail() {{
  echo "$1" >&2
  exit 1
}}

[ -n "${{DATABASE_TO_RESTORE:-}}" ] || fail "DATABASE_TO_RESTORE must be one of $DATABASES, got nothing"
case " $DATABASES " in
*" $DATABASE_TO_RESTORE "*) ;;
*) fail "DATABASE_TO_RESTORE must be one of $DATABASES, got $DATABASE_TO_RESTORE" ;;
esac
backup=${{BACKUP:-$(cd "$FOLDER" && ls -1d [0-9]*Z 2>/dev/null | sort | tail -n 1)}}
[ -n "$backup" ] || fail "there is no backup"
from=$FOLDER/$backup
[ -d "$from" ] || fail "BACKUP must be one of $(cd "$FOLDER" && echo [0-9]*Z), got $backup"
(cd "$from" && sha256sum -c SHA256SUMS >/dev/null 2>&1) || fail "backup $backup is damaged: a checksum differs"
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
{{
  echo "SET lock_timeout = '60s';"
  echo "SET client_min_messages = warning;"
  echo "DROP OWNED BY CURRENT_USER;"
  echo "CREATE SCHEMA IF NOT EXISTS public;"
  pg_restore --no-owner --file=- "$from/$DATABASE.dump"
}} | psql --no-psqlrc --quiet --single-transaction --set=ON_ERROR_STOP=1 --output=/dev/null
psql --no-psqlrc --quiet --file="$SCRIPTS/counts.sql" >"$SCRATCH/counts"
cmp -s "$from/$DATABASE.counts" "$SCRATCH/counts" || fail "it was restored, but numbers of rows differ"
echo "database $DATABASE is as it was in backup $backup"
"""


def environment(databases: Sequence[str]) -> dict[str, str]:
    """What the scripts know of where they run."""
    return {"DATABASES": " ".join(databases), "FOLDER": FOLDER, "SCRIPTS": SCRIPTS, "SCRATCH": SCRATCH}
