"""A small application of a plain installation: what only extras install cannot be imported."""

import sys

# Before anything else is imported.
for extra in (
    "aiomysql",
    "aiosqlite",
    "asyncpg",
    "click",
    "greenlet",
    "httpx",
    "kombu",
    "msgspec",
    "opentelemetry",
    "psycopg",
    "pymysql",
    "sqlglot",
    "stamina",
):
    sys.modules[extra] = None  # type: ignore[assignment]  # what Python keeps for a module that is not there

from sqlalchemy import Column, Integer, String, Table  # noqa: E402
from sqlalchemy.orm import registry  # noqa: E402

from unitofwork import Database, MemoryDatabase, SqlAlchemyDatabase, UnitOfWork, entity, map_entity, repository  # noqa: E402


@entity
class User:
    name: str
    id: int | None = None


class Accounts(UnitOfWork):
    users = repository(User)


mapping = registry()
columns = Column("id", Integer, primary_key=True), Column("name", String(30))
map_entity(mapping, User, Table("users", mapping.metadata, *columns))


def use(database: Database) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.users.insert_many([{"name": "patrick"}])
        uow.commit()
        print(uow.users.count())


sqlite = SqlAlchemyDatabase("sqlite://", mapping)
sqlite.create_schema()
use(sqlite)
sqlite.dispose()
use(MemoryDatabase(mapping))

for url in ("postgresql://localhost/accounts", "mariadb://localhost/accounts"):
    try:
        SqlAlchemyDatabase(url, mapping)
    except ValueError as error:
        print(error)
try:
    from unitofwork import MsgspecCodec as MsgspecCodec
except ImportError as error:
    print(error)
try:
    from unitofwork import AsyncSqlAlchemyDatabase as AsyncSqlAlchemyDatabase
except ImportError as error:
    print(error)
try:
    from unitofwork import TraceUnits as TraceUnits
except ImportError as error:
    print(error)
