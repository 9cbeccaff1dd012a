"""The savepoint port over SQLAlchemy's session."""

from unitofwork.adapters.session.held import expire_undone
from unitofwork.adapters.session.orm_session import OrmSession
from unitofwork.adapters.session.translation import raise_as


class OrmSavepoint:
    """A savepoint of SQLAlchemy's session."""

    def __init__(self, raw: OrmSession) -> None:
        self._raw = raw
        try:
            self._nested = self._raw.begin_nested()
        except BaseException as error:
            raise_as(self._raw.typed(error), error)

    def release(self) -> None:
        """Send what was changed, and forget the point."""
        try:
            self._nested.commit()
        except BaseException as error:
            raise_as(self._raw.failed(error), error)

    def rollback(self) -> None:
        """Undo everything since the point."""
        try:
            self._nested.rollback()
        except BaseException as error:
            raise_as(self._raw.failed(error), error)
        expire_undone(self._raw, self._raw.written_behind)
        self._raw.failure = None
