"""A database and who owns it."""

from __future__ import annotations

from dataclasses import dataclass

from ...kubernetes import SecretRef, checks

# the last two are PgBouncer's own and the name of the login that reads the log
_RESERVED_NAMES = ("postgres", "template0", "template1", "pgbouncer", "replication")
_RESERVED_OWNERS = ("postgres", "streaming_replica", "cnpg_pooler_pgbouncer")  # of the superuser, and CloudNativePG's


@dataclass(frozen=True)
class Database:
    """A database and the role that owns it and logs in to it.

    Args:
        name: Of the database.
        login: Secret with `username` and `password` of the role. The embedded server follows it while it runs, and
            takes a second login beside it (`previous-username`, `previous-password`): both are members of the role
            `<database>_owner` then, which owns everything. CloudNativePG sets a new password when the Secret changes
            and has the label `cnpg.io/reload`.
        owner: The role's name, for the engines that must know it before they can read the Secret (CloudNativePG): the
            same as `username` there. Without it, the database's name.
    """

    name: str
    login: SecretRef
    owner: str | None = None

    def __post_init__(self) -> None:
        checks.sql_identifier("database", self.name)
        if self.name in _RESERVED_NAMES:
            raise checks.refuse("database", "another name than " + ", ".join(_RESERVED_NAMES), self.name)
        checks.instance(f"login of database {self.name}", self.login, SecretRef)
        if self.owner is not None:
            checks.sql_identifier(f"owner of database {self.name}", self.owner)
        if self.role in _RESERVED_OWNERS:
            raise checks.refuse(f"owner of database {self.name}", f"none of {', '.join(_RESERVED_OWNERS)}", self.role)

    @property
    def role(self) -> str:
        """What the owner is called, as far as it is known before the Secret is read."""
        return self.owner or self.name
