"""SQLAlchemy's session over one engine or several."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine

from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.sqlalchemy.binds import Key


class EngineSession(OrmSession):
    """A session that knows the errors of its engines' drivers."""

    def __init__(
        self,
        bind: Engine | Connection,
        binds: Mapping[Key, Engine] | None = None,
        *,
        read_only: bool,
        autoflush: bool,
        expire_on_commit: bool,
    ) -> None:
        chosen: dict[Any, Any] | None = None if not binds else dict(binds)  # a dictionary of wider types is another
        super().__init__(
            bind, binds=chosen, read_only=read_only, autoflush=autoflush, expire_on_commit=expire_on_commit
        )

    def is_of_database(self, error: BaseException) -> bool:
        """Whether a driver raised it."""
        drivers = {each.dialect.loaded_dbapi.Error for each in (self.bind, *self.binds.values()) if each is not None}
        return isinstance(error.__cause__, tuple(drivers))
