"""What Alembic runs for each of its commands: the tables of the mapping, and the database to bring up to date."""

import os

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection

from accounts.adapters.orm import map_accounts
from unitofwork import SqlAlchemyDatabase


def migrate(url: str) -> None:
    """Run the command on a database, by an engine with this library's settings: they decide how columns are made."""
    mapping = map_accounts()
    database = SqlAlchemyDatabase(url, mapping)
    try:
        with database.engine.connect() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                _let_tables_be_replaced(connection)
            context.configure(
                connection=connection,
                target_metadata=mapping.metadata,
                render_as_batch=True,  # SQLite changes a table by making it anew; the others do as they always do
                transactional_ddl=connection.dialect.name != "mariadb",
            )
            with context.begin_transaction():
                context.run_migrations()
                if is_sqlite:
                    _check_foreign_keys(connection)
    finally:
        database.dispose()


def _let_tables_be_replaced(connection: Connection) -> None:
    """Without this, dropping the old table would delete, by cascade, the rows that refer to it.

    It is said to the driver: SQLAlchemy would begin a transaction first, in which SQLite does not listen.
    """
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = off")


def _check_foreign_keys(connection: Connection) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise CommandError("rows would refer to rows that are not there: nothing was changed")


if context.is_offline_mode():
    raise CommandError("the scripts look at the database: run them on one")
if "ACCOUNTS_DATABASE" not in os.environ:
    raise CommandError("name the database: ACCOUNTS_DATABASE=sqlite:///accounts.sqlite alembic ...")
migrate(os.environ["ACCOUNTS_DATABASE"])
