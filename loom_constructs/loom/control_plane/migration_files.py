"""The scripts of the migrations: of the Job that makes them, and of the pods that wait for it.

A release is recorded in the database that it has migrated, so that a restored database says what it is ready for.
"""

from __future__ import annotations

from ...traffic.wait import REQUIRED_SECONDS

FOLDER = "/run/migrations"
DONE = f"{FOLDER}/done"
"""There once it is known that nothing is to be migrated."""

_ASK = """\
trap 'exit 143' TERM
ask() { PGCONNECT_TIMEOUT=5 timeout 20 psql -XAtqc "$1"; }
recorded() {
  there=$(ask "SELECT to_regclass('loom_constructs.releases') IS NOT NULL") || return 2
  [ "$there" = t ] || return 1
  [ "$(ask "SELECT count(*) FROM loom_constructs.releases WHERE release = '$RELEASE'")" = 1 ]
}
"""

_CHECK = """\
[ -r "$CONFIG_PATH" ] || { echo "$CONFIG_PATH cannot be read" >&2; exit 1; }
[ "${#JWT_SECRET}" -ge 32 ] || { echo "jwt-secret must have at least 32 bytes, got ${#JWT_SECRET}" >&2; exit 1; }
"""

LOOK = f"""\
set -eu
{_ASK}
code=0
recorded || code=$?
case $code in
  0) echo "release $RELEASE was here before: nothing to migrate"; : >{DONE} ;;
  1) echo "release $RELEASE is new here" ;;
  *) exit 1 ;;
esac
"""

MIGRATE = f"""\
set -eu
[ ! -e {DONE} ] || exit 0
{_CHECK}\
if /app/loom -help 2>&1 | grep -q -e '-migrate'; then
  exec /app/loom -migrate
fi
echo "this release has no -migrate: it makes its tables when it starts; configuration and secrets are there"
"""

RECORD = f"""\
set -eu
{_ASK}
record() {{
  psql -XAtq --set=ON_ERROR_STOP=1 <<'SQL'
\\set release `printf %s "$RELEASE"`
\\set image `printf %s "$IMAGE"`
SELECT 'CREATE SCHEMA loom_constructs' WHERE to_regnamespace('loom_constructs') IS NULL \\gexec
SET client_min_messages = warning;
CREATE TABLE IF NOT EXISTS loom_constructs.releases
  (release text PRIMARY KEY, image text NOT NULL, at timestamptz NOT NULL DEFAULT now());
INSERT INTO loom_constructs.releases (release, image) VALUES (:'release', :'image') ON CONFLICT DO NOTHING;
SQL
}}
# somebody else may make the schema at the same moment
record || {{ sleep 2; record; }}
echo "the database is ready for release $RELEASE ($IMAGE)"
"""

WAIT = f"""\
set -u
{_ASK}
{_CHECK}\
end=$(($(date +%s) + {REQUIRED_SECONDS}))
until recorded; do
  if [ "$(date +%s)" -ge "$end" ]; then
    echo "giving up: the database is not migrated for release $RELEASE; why: kubectl logs -l app=$JOB -c migrate" >&2
    exit 1
  fi
  echo "waiting for Job $JOB to migrate the database for release $RELEASE"
  sleep 2
done
echo "the database is ready for release $RELEASE"
"""
