"""How users and addresses are kept in tables."""

from functools import cache
from uuid import uuid4

from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table
from sqlalchemy.orm import registry, relationship

from accounts.domain.text import ADDRESS_LENGTH, FULLNAME_LENGTH, NAME_LENGTH
from accounts.domain.user import Address, User
from unitofwork import map_entity, outbox_table

_NAMES = {
    "pk": "%(table_name)s_pkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
}
"""What constraints are called on every database: as PostgreSQL calls them. A migration drops one by its name."""


def _another(_: str | None) -> str:
    """A version that never comes again, as a counted one does where a name is taken anew: an ETag is made of it."""
    return uuid4().hex


@cache
def map_accounts() -> registry:
    """Map the domain's classes, when it is first called; return their registry."""
    mapping = registry(metadata=MetaData(naming_convention=_NAMES))
    users = Table(
        "users",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("name", String(NAME_LENGTH), nullable=False, unique=True),
        Column("fullname", String(FULLNAME_LENGTH), nullable=False),
        Column("version", String(32), nullable=False, server_default=""),  # the rows from before it have the default
    )
    addresses = Table(
        "addresses",
        mapping.metadata,
        Column("id", Integer, primary_key=True),
        Column("email_address", String(ADDRESS_LENGTH), nullable=False, unique=True),
        Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    )
    map_entity(
        mapping,
        User,
        users,
        properties={
            "addresses": relationship(
                Address,
                back_populates="user",
                cascade="all, delete-orphan",
                passive_deletes=True,
                order_by=addresses.c.id,
            )
        },
        version_id_col=users.c.version,
        version_id_generator=_another,
    )
    map_entity(mapping, Address, addresses, properties={"user": relationship(User, back_populates="addresses")})
    outbox_table(mapping.metadata)
    return mapping
