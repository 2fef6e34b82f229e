"""What the Jobs of a backup ask PostgreSQL, as files for psql."""

from __future__ import annotations

SCRIPTS = "/etc/postgresql-backup"

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

SCHEMA = """\
-- The fingerprint of a schema: one line for each thing in it, by name. Expressions are not compared as texts:
-- PostgreSQL may write one in other words after it was dumped and restored.
\\pset tuples_only on
\\pset format unaligned
SET search_path = pg_catalog;
WITH spaces AS (
  SELECT oid, nspname AS space FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
), relations AS (
  SELECT c.*, space || '.' || relname AS name FROM pg_class c JOIN spaces s ON s.oid = relnamespace
), lines (line) AS (
  -- a new database has these two of itself
  SELECT 'schema ' || space FROM spaces WHERE space <> 'public'
  UNION ALL
  SELECT 'extension ' || extname FROM pg_extension WHERE extname <> 'plpgsql'
  UNION ALL
  SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view'
      WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'sequence' END
    || ' ' || name || CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END
    || CASE WHEN relrowsecurity THEN ' with row security' ELSE '' END
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S')
  UNION ALL
  SELECT 'column ' || name || '.' || attname || ' ' || format_type(atttypid, atttypmod)
    || CASE WHEN attnotnull THEN ' not null' ELSE '' END || CASE WHEN atthasdef THEN ' default' ELSE '' END
    || CASE WHEN attidentity <> '' THEN ' identity' ELSE '' END
    || CASE WHEN attgenerated <> '' THEN ' generated' ELSE '' END
    FROM pg_attribute JOIN relations ON relations.oid = attrelid
   WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
  UNION ALL
  SELECT 'constraint ' || name || '.' || conname || ' '
    || CASE WHEN contype IN ('p', 'u', 'f') THEN pg_get_constraintdef(k.oid)
       ELSE contype::text || coalesce(' ' || conkey::text, '') END
    FROM pg_constraint k JOIN relations ON relations.oid = conrelid
   WHERE contype <> 'n' -- said of the column; PostgreSQL 18 keeps a constraint for it too, 15 does not
  UNION ALL
  SELECT 'index ' || i.name || ' on ' || t.name || ' using ' || amname || ' ('
    || (SELECT string_agg(
          CASE WHEN indkey[n - 1] = 0 THEN 'expression' ELSE pg_get_indexdef(indexrelid, n, true) END, ', ' ORDER BY n)
          FROM generate_series(1, indnatts) n) || ')'
    || CASE WHEN indisunique THEN ' unique' ELSE '' END || CASE WHEN indpred IS NULL THEN '' ELSE ' partial' END
    || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
    FROM pg_index JOIN relations i ON i.oid = indexrelid JOIN relations t ON t.oid = indrelid
    JOIN pg_am a ON a.oid = i.relam
  UNION ALL
  SELECT 'function ' || space || '.' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ') '
    || coalesce(pg_get_function_result(p.oid), '') || ' ' || lanname || ' ' || prokind::text || provolatile::text
    || ' ' || md5(prosrc)
    FROM pg_proc p JOIN spaces s ON s.oid = pronamespace JOIN pg_language l ON l.oid = prolang
   WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
  UNION ALL
  SELECT 'trigger ' || name || '.' || tgname || ' ' || tgtype::text || ' ' || tgenabled::text
    || ' ' || tgfoid::regproc::text FROM pg_trigger JOIN relations ON relations.oid = tgrelid WHERE NOT tgisinternal
  UNION ALL
  SELECT 'policy ' || name || '.' || polname || ' ' || polcmd::text
    FROM pg_policy JOIN relations ON relations.oid = polrelid
  UNION ALL
  SELECT 'type ' || space || '.' || typname || ' of ' || (
      SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
    FROM pg_type t JOIN spaces s ON s.oid = typnamespace WHERE typtype = 'e'
  UNION ALL
  SELECT 'domain ' || space || '.' || typname || ' ' || format_type(typbasetype, typtypmod)
    FROM pg_type t JOIN spaces s ON s.oid = typnamespace WHERE typtype = 'd'
)
SELECT line FROM lines ORDER BY line COLLATE "C";
"""

SEQUENCES = """\
-- where sequences stand; they know no snapshot, so what is dumped afterwards may be further, never behind
\\pset tuples_only on
\\pset format unaligned
SELECT schemaname || '.' || sequencename, sign(increment_by), last_value
  FROM pg_sequences WHERE NOT cycle AND last_value IS NOT NULL ORDER BY schemaname, sequencename;
"""

DUMP = f"""\
-- Dump, schema and numbers of rows are of one moment: all look at the same snapshot.
\\set ON_ERROR_STOP on
SET idle_in_transaction_session_timeout = 0;
SET statement_timeout = 0;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT pg_export_snapshot() AS snapshot \\gset
\\setenv SNAPSHOT :snapshot
\\o :sequences
\\i {SCRIPTS}/sequences.sql
\\o
\\! pg_dump --format=custom --snapshot="$SNAPSHOT" --file="$DATABASE.dump" && touch "$DATABASE.dumped"
\\o :counts
\\i {SCRIPTS}/counts.sql
\\o :schema
\\i {SCRIPTS}/schema.sql
\\o
COMMIT;
"""

VERDICT = """\
\\set ON_ERROR_STOP on
\\if :{?rows}
\\else
\\set rows ''
\\endif
SET client_min_messages = warning;
CREATE SCHEMA IF NOT EXISTS loom_constructs;
CREATE TABLE IF NOT EXISTS loom_constructs.verdicts (
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL,
  backup text NOT NULL,
  good boolean NOT NULL,
  seconds integer NOT NULL,
  bytes bigint NOT NULL,
  detail text NOT NULL,
  rows bigint
);
-- a table of an earlier release; asked first, since each change would wait for a dump that reads the table
SELECT 'ALTER TABLE loom_constructs.verdicts ADD COLUMN rows bigint'
 WHERE NOT EXISTS (SELECT FROM pg_attribute
                    WHERE attrelid = 'loom_constructs.verdicts'::regclass AND attname = 'rows' AND NOT attisdropped)
\\gexec
SELECT 'ALTER TABLE loom_constructs.verdicts DROP CONSTRAINT verdicts_kind_check'
 WHERE EXISTS (SELECT FROM pg_constraint
                WHERE conrelid = 'loom_constructs.verdicts'::regclass AND conname = 'verdicts_kind_check')
\\gexec
SELECT $view$CREATE VIEW loom_constructs.last_verdicts AS
  SELECT last.kind, last.good, done.at AS last_success, extract(epoch FROM now() - done.at)::bigint AS age,
         done.seconds, done.rows, done.bytes, last.at, last.detail
    FROM (SELECT DISTINCT ON (kind) * FROM loom_constructs.verdicts ORDER BY kind, at DESC) last
    LEFT JOIN (SELECT DISTINCT ON (kind) * FROM loom_constructs.verdicts WHERE good ORDER BY kind, at DESC) done
      USING (kind)$view$
 WHERE to_regclass('loom_constructs.last_verdicts') IS NULL
\\gexec
GRANT USAGE ON SCHEMA loom_constructs TO pg_monitor;
GRANT SELECT ON loom_constructs.verdicts TO pg_monitor;
DELETE FROM loom_constructs.verdicts WHERE at < now() - interval '90 days';
INSERT INTO loom_constructs.verdicts (kind, backup, good, seconds, bytes, detail, rows)
  VALUES (:'kind', :'backup', :'good', :'seconds', :'bytes', :'detail', nullif(:'rows', '')::bigint);
"""
