import pytest

from loom_constructs.kubernetes import checks


@pytest.mark.parametrize("name", ["", "Loom", "a_b", "-a", "a-", "a" * 64, "a.b"])
def test_names_that_are_no_dns_label(name):
    with pytest.raises(ValueError, match=f"name must be a DNS label .*got '{name}'"):
        checks.dns_label("name", name)


@pytest.mark.parametrize("name", ["a", "loom-db", "0a", "a" * 63])
def test_names_that_are_a_dns_label(name):
    assert checks.dns_label("name", name) == name


@pytest.mark.parametrize("value", [0, -1, True, 1.5])
def test_numbers_below_the_least(value):
    with pytest.raises(ValueError, match="replicas must be at least 1, got"):
        checks.at_least("replicas", value, 1)


@pytest.mark.parametrize("value", [0, 65536, -1, True])
def test_numbers_that_are_no_port(value):
    with pytest.raises(ValueError, match="port must be a port from 1 to 65535, got"):
        checks.port("port", value)


@pytest.mark.parametrize("name", ["Loom", "a-b", "1a", ""])
def test_names_that_would_need_quotes_in_sql(name):
    with pytest.raises(ValueError, match=f"database must be a PostgreSQL name .*got '{name}'"):
        checks.sql_identifier("database", name)


def test_repetition_is_named():
    with pytest.raises(ValueError, match="users must be without repetition, got 'a'"):
        checks.unique("users", ["a", "b", "a"])
