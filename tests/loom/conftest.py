import pytest

from loom_constructs import Database, EmbeddedPostgres, NatsJetStream, NatsUser, PgBouncer, PostgresCluster, SecretRef


@pytest.fixture
def postgres(chart):
    names = ("loom", "temporal", "temporal_visibility")
    databases = [Database(n, SecretRef("db" if n == "loom" else "temporal-db")) for n in names]
    return PostgresCluster(chart, "postgres", databases=databases, engine=EmbeddedPostgres(max_connections=1000))


@pytest.fixture
def pooler(chart, postgres):
    return PgBouncer(chart, "pgbouncer", upstream=postgres.sql)


@pytest.fixture
def nats(chart):
    users = [NatsUser(n) for n in ("control-plane", "connectors", "agents")]
    return NatsJetStream(chart, "nats", users=users, passwords=SecretRef("loom-nats"))
