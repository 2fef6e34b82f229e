"""Roles, databases and logins of an embedded PostgreSQL server: applied before each start, and while it runs.

A database belongs to its one login until a second one is there (`previous-username`). From then on it belongs to a role
that nobody logs in as, and its logins are members of that: they come and go, and what they made stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from . import monitoring, replication

FILES = "/etc/postgresql-logins"
"""The entries of the Secrets, by the names of the variables of the preparation; the kubelet renews them."""

APPLIED = "/tmp/logins-applied"
"""What the files were when they were last applied."""


def owner(database: str) -> str:
    """The role that a database with two logins belongs to. PostgreSQL's names have 63 bytes."""
    return f"{database[:57]}_owner"


def logins_script(databases: Sequence[str], *, replicated: bool, monitored: bool) -> str:
    """Makes roles and databases that are missing, and each login what its Secret says. It can run again at any time."""
    names = tuple(databases)
    pairs = "\n".join(
        f'agree {one} {two} "${one}_username" "${two}_username" "${one}_password" "${two}_password"'
        for one, two in combinations(names, 2)
    )
    checks = "\n".join(
        f'two {n} {owner(n)} "${n}_username" "${{{n}_previous_username:-}}" "${{{n}_previous_password:-}}"'
        for n in names
    )
    calls = "\n".join(
        f'database {n} {owner(n)} "${n}_username" "${n}_password" '
        f'"${{{n}_previous_username:-}}" "${{{n}_previous_password:-}}"'
        for n in names
    )
    kept = " ".join(f'"${n}_username" "${{{n}_previous_username:-}}"' for n in names)
    retired = _RETIRE.replace("OWNERS", ", ".join(f"'{owner(n)}'" for n in names))
    return "".join(
        [
            _FUNCTIONS,
            pairs,
            "\n",
            checks,
            "\n",
            calls,
            "\n",
            replication.prepare(names) if replicated else "",
            monitoring.prepare(names) if monitored else "",
            f"\n# a login that no Secret names any more\nKEPT=$(printf '%s\\037' {kept})\nexport KEPT\n",
            retired,
        ]
    )


_FUNCTIONS = r"""#!/bin/sh
# Roles, databases and logins, over the socket. It can be killed at any point, and run again at any time.
set -eu
agree() {
  if [ "$3" = "$4" ] && [ "$5" != "$6" ]; then
    echo "the logins of databases $1 and $2 have one username and two passwords" >&2
    exit 1
  fi
}
two() {
  for login in "$3" "$4"; do
    case $login in
      "$2") echo "a login of database $1 must not be $2: that is its owner" >&2; exit 1 ;;
      *[[:cntrl:]]*) echo "a username of database $1 has characters that cannot be written" >&2; exit 1 ;;
      postgres) echo "the login of database $1 must not be postgres: that is the superuser" >&2; exit 1 ;;
    esac
  done
  if [ "${4:+given}" != "${5:+given}" ]; then
    echo "the previous login of database $1 must have a username and a password, or neither" >&2
    exit 1
  fi
  if [ "$3" = "$4" ]; then
    echo "the previous login of database $1 must have a username of its own: one role has one password" >&2
    exit 1
  fi
}
as_superuser() {
  psql --username=postgres --dbname=postgres --no-psqlrc --quiet --tuples-only --set=ON_ERROR_STOP=1
}
database() {
  if [ -z "$3" ] || [ -z "$4" ]; then
    echo "the login of database $1 must have a username and a password" >&2
    exit 1
  fi
  NAME=$1 OWNER=$2 USERNAME=$3 PASSWORD=$4 PREVIOUS=$5 PREVIOUS_PASSWORD=$6 as_superuser <<'SQL'
\set name `printf %s "$NAME"`
\set owner `printf %s "$OWNER"`
\set username `printf %s "$USERNAME"`
\set password `printf %s "$PASSWORD"`
\set previous `printf %s "$PREVIOUS"`
\set previous_password `printf %s "$PREVIOUS_PASSWORD"`
SET log_min_error_statement = panic;
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', :'username')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'username') \gexec
ALTER ROLE :"username" LOGIN NOSUPERUSER PASSWORD :'password';
SELECT :'previous' <> '' AS two \gset
\if :two
SELECT format('CREATE ROLE %I', :'previous')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'previous') \gexec
ALTER ROLE :"previous" LOGIN NOSUPERUSER PASSWORD :'previous_password';
\endif
SELECT coalesce((SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = :'name'), '') AS before \gset
-- shared once there are two logins, or were; and when another login than that of now owns what is there
SELECT :'previous' <> '' OR EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner')
  OR :'before' NOT IN ('', 'postgres', :'username') AS shared \gset
\if :shared
SELECT format('CREATE ROLE %I NOLOGIN', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
-- before anything changes hands: whoever is logged in keeps every right by this
GRANT :"owner" TO :"username";
\if :two
GRANT :"owner" TO :"previous";
\endif
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
\connect :name
SET log_min_error_statement = panic;
SET client_min_messages = warning;
-- Less than deadlock_timeout: who waits for a client that waits for this gives up first, and tries again.
SET lock_timeout = '500ms';
BEGIN;
ALTER DATABASE :"name" OWNER TO :"owner";
SELECT format('REASSIGN OWNED BY %I TO %I', r.rolname, :'owner') FROM pg_roles r
  WHERE r.rolname NOT IN ('postgres', :'owner')
  AND (r.rolname = :'before' OR r.oid IN (
    SELECT m.member FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid WHERE o.rolname = :'owner'))
  AND EXISTS (
    SELECT FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = :'name'
    AND s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype = 'o') \gexec
COMMIT;
-- what a login makes belongs to the owner from the start
SELECT format('ALTER ROLE %I IN DATABASE %I SET role TO %I', r.rolname, :'name', :'owner') FROM pg_roles r
  WHERE r.rolname IN (:'username', :'previous') \gexec
\else
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'username')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
ALTER DATABASE :"name" OWNER TO :"username";
\endif
REVOKE CONNECT, TEMPORARY ON DATABASE :"name" FROM PUBLIC;
SQL
  echo "database $1 is there"
}
"""

_RETIRE = r"""as_superuser <<'SQL'
\set kept `printf %s "$KEPT"`
SET log_min_error_statement = panic;
SET client_min_messages = warning;
-- Only whom this script made a login: his sessions begin as the owner.
CREATE TEMPORARY VIEW retired AS SELECT r.oid, r.rolname, r.rolcanlogin FROM pg_roles r
  WHERE r.rolname <> ALL (string_to_array(:'kept', chr(31))) AND EXISTS (
    SELECT FROM pg_auth_members m JOIN pg_roles o ON o.oid = m.roleid
    JOIN pg_db_role_setting s ON s.setrole = r.oid AND 'role=' || o.rolname = ANY (s.setconfig)
    WHERE m.member = r.oid AND o.rolname IN (OWNERS));
SELECT format('ALTER ROLE %I NOLOGIN PASSWORD NULL', rolname) FROM retired WHERE rolcanlogin \gexec
SELECT count(pg_terminate_backend(a.pid)) AS ended FROM pg_stat_activity a JOIN retired r ON r.oid = a.usesysid \gset
SQL
"""

FOLLOW = f"""\
#!/bin/sh
# Beside the server: a login that changes in its Secret is applied while clients go on.
set -eu
trap 'exit 143' TERM
apply() (
  for file in {FILES}/*; do
    export "${{file##*/}}=$(cat "$file")"
  done
  # the kubelet replaces all files at once, but not while they are read: half of a change would turn somebody away
  [ "$(sha256sum {FILES}/*)" = "$now" ] || exit 1
  exec sh /etc/postgresql/logins.sh
)
while :; do
  now=$(sha256sum {FILES}/*) || now=
  if [ -n "$now" ] && [ "$now" != "$(cat {APPLIED} 2>/dev/null)" ] && pg_isready -q; then
    # what changes meanwhile is seen next time
    if apply; then
      printf %s "$now" >{APPLIED}.new
      mv {APPLIED}.new {APPLIED}
    else
      echo "the logins are not applied; going on as before, and trying again" >&2
    fi
  fi
  sleep 2 &
  wait "$!"
done
"""
