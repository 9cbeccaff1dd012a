"""Rows are kept as PostgreSQL keeps them."""

import pytest
from sqlalchemy import Column, ForeignKey, Integer, String, Table
from sqlalchemy.orm import registry

from unitofwork.adapters.memory.store import Store
from unitofwork.domain.errors import (
    ForeignKeyViolation,
    LockTimeout,
    NotNullViolation,
    SerializationConflict,
    UniqueViolation,
)
from unitofwork.domain.isolation import Isolation


def test_rows_are_kept_together_or_not_at_all() -> None:
    mapping = registry()
    md = mapping.metadata
    users = Table(
        "users", md, Column("id", Integer, primary_key=True), Column("name", String, nullable=False, unique=True)
    )
    addresses = Table(
        "addresses",
        md,
        Column("id", Integer, primary_key=True),
        Column("user_id", ForeignKey("users.id", ondelete="CASCADE")),
    )
    s = Store(md, mapping)
    u, a = s.table(users), s.table(addresses)
    t = s.begin()
    [r1] = t.insert(u, [{users.c.name: "x"}])
    assert r1 == (1, 1, "x")
    with pytest.raises(UniqueViolation) as e:
        t.insert(u, [{users.c.name: "y"}, {users.c.name: "x"}])
    assert e.value.constraint == "users_name_key"
    assert list(t.rows(u)) == [r1]
    with pytest.raises(NotNullViolation):
        t.insert(u, [{}])
    with pytest.raises(ForeignKeyViolation):
        t.insert(a, [{addresses.c.user_id: 9}])
    t.insert(a, [{addresses.c.user_id: 1}])
    assert len(t.find(a, (addresses.c.user_id,), (1,))) == 1
    o = s.begin()
    assert not o.rows(u)
    assert o.by_key(u, (1,)) is None
    with pytest.raises(LockTimeout):
        o.insert(u, [{users.c.name: "x"}])
    t.commit()
    assert o.by_key(u, (1,)) == r1
    frozen = s.freeze()
    sn = s.begin(Isolation.SNAPSHOT)
    assert list(sn.rows(u)) == [r1]
    assert o.delete(u, [r1]) == 1
    assert not o.rows(u)
    assert not o.rows(a)
    o.commit()
    assert list(sn.rows(u)) == [r1]
    assert len(sn.find(a, (addresses.c.user_id,), (1,))) == 1
    with pytest.raises(SerializationConflict):
        sn.update(u, [(r1, {users.c.name: "z"})])
    sn.rollback()
    s.restore(frozen)
    assert list(s.begin().rows(u)) == [r1]
