"""Parts that the scripts of a backup share: POSIX sh."""

from __future__ import annotations

COMMON = """\
#!/bin/sh
set -eu
umask 077
trap 'exit 143' TERM
began=$(date +%s)
backup=none
bytes=0
rows=0

# as which role a database is asked: its own, over the network
as() {
  DATABASE=$1
  eval "PGUSER=\\$${1}_username PGPASSWORD=\\$${1}_password"
  export DATABASE PGUSER PGPASSWORD PGDATABASE="$1"
}

# says in each database how it went, where the exporter of metrics reads it
verdict() {
  told=yes
  kind=$1 good=$2 detail=$3
  for database in $DATABASES; do
    as "$database"
    psql --no-psqlrc --quiet --set=kind="$kind" --set=backup="$backup" --set=good="$good" --set=bytes="$bytes" \\
      --set=rows="$rows" --set=seconds="$(($(date +%s) - began))" --set=detail="$detail" \\
      --file="$SCRIPTS/verdict.sql" ||
      echo "database $database did not take the verdict" >&2
  done
}

# how many rows all tables of a backup have
rows_of() {
  cat "$1"/*.counts | awk -F '|' '$1 != "large objects" { sum += $NF } END { printf "%.0f", sum }'
}
"""

DIFFERING = """
# the first line of the first file that the second one lacks, or the other way round
differing() {
  LC_ALL=C sort "$1" >"$SCRATCH/one"
  LC_ALL=C sort "$2" >"$SCRATCH/two"
  one=$(LC_ALL=C comm -23 "$SCRATCH/one" "$SCRATCH/two" | head -n 1)
  two=$(LC_ALL=C comm -13 "$SCRATCH/one" "$SCRATCH/two" | head -n 1)
  echo "${one:-nothing} was there, ${two:-nothing} is restored"
}

# how the database of the PG variables differs from its backup; nothing if it does not
difference() {
  for what in counts schema; do
    psql --no-psqlrc --quiet --file="$SCRIPTS/$what.sql" >"$SCRATCH/$what"
    if ! cmp -s "$1.$what" "$SCRATCH/$what"; then
      differing "$1.$what" "$SCRATCH/$what"
      return
    fi
  done
  psql --no-psqlrc --quiet --file="$SCRIPTS/sequences.sql" >"$SCRATCH/sequences"
  while IFS='|' read -r name sign stood; do
    stands=$(grep -F "$name|" "$SCRATCH/sequences" | while IFS='|' read -r other _ value; do
      if [ "$other" = "$name" ]; then echo "$value"; fi
    done)
    if [ -z "$stands" ] || [ $((sign * stands)) -lt $((sign * stood)) ]; then
      echo "sequence $name at $stood was there, ${stands:-nothing} is restored"
      return
    fi
  done <"$1.sequences"
}

# whether all files of a backup are as they were when it was made; if not, which one is not
sums() {
  wrong=$(cd "$1" && sha256sum -c SHA256SUMS 2>/dev/null | grep -v ': OK$' | head -n 1) || true
  if [ -n "$wrong" ] || ! (cd "$1" && sha256sum -c SHA256SUMS >/dev/null 2>&1); then
    fail "backup $backup is damaged: a checksum differs (${wrong:-SHA256SUMS})"
  fi
}
"""

DUMP = """
# dumps all databases into the folder in which it is called
dump() {
  for database in $DATABASES; do
    as "$database"
    psql --no-psqlrc --quiet --set=counts="$database.counts" --set=schema="$database.schema" \\
      --set=sequences="$database.sequences" --file="$SCRIPTS/dump.sql" || fail "database $database cannot be read"
    [ -f "$database.dumped" ] || fail "pg_dump of database $database failed"
    rm "$database.dumped"
    pg_restore --list "$database.dump" >/dev/null || fail "the dump of database $database cannot be read back"
  done
  pg_dumpall --roles-only --no-role-passwords --database="$PGDATABASE" >roles.sql || fail "roles cannot be read"
  date +%s >taken
  sha256sum ./* >SHA256SUMS
  bytes=$(du -sk . | cut -f1)000
  rows=$(rows_of .)
}
"""

HAND_OVER = """
# what the next container of the pod has to know
hand_over() {
  printf 'backup=%s\\nbegan=%s\\nbytes=%s\\nrows=%s\\n' "$backup" "$began" "$bytes" "$rows" >"$SCRATCH/handed-over"
}

# The pod's last container tells how it went: in a row, and as a failed Job. Until then nothing fails.
fail() {
  echo "$1" >&2
  echo "$1" >"$SCRATCH/failed"
  hand_over
  exit 0
}

ended() {
  code=$?
  if [ "$code" != 0 ] && [ "$code" != 143 ]; then
    fail "it ended with status $code"
  fi
}
trap ended EXIT
"""
"""How the containers of a pod that come before the last one end."""

TAKE_OVER = """
[ ! -f "$SCRATCH/handed-over" ] || . "$SCRATCH/handed-over"
[ ! -f "$SCRATCH/failed" ] || fail "$(cat "$SCRATCH/failed")"
"""


def fail(kind: str) -> str:
    """How a backup or a drill ends that went wrong: it says so in each database as well."""
    return f"""\
fail() {{
  echo "$1" >&2
  verdict {kind} false "$1"
  exit 1
}}

ended() {{
  code=$?
  if [ "$code" != 0 ] && [ "$code" != 143 ] && [ "${{told:-no}}" = no ]; then
    verdict {kind} false "it ended with status $code"
  fi
}}
trap ended EXIT
"""
