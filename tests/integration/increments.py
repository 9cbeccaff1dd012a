"""What a worker of `test_no_update_is_lost` does, in a thread or in a process of its own."""

from sqlalchemy import URL

from contract.models import counters
from contract.models.counters import Counters
from unitofwork import EngineOptions, SqlAlchemyDatabase
from unitofwork.domain.errors import Conflict

WAYS = {
    "version": counters.with_version,
    "lock": counters.with_lock,
    "serializable": counters.with_serializable,
}


def opened(url: URL) -> SqlAlchemyDatabase:
    """The database, for workers that are patient with each other."""
    return SqlAlchemyDatabase(url, counters.mapping(), options=EngineOptions(lock_timeout=60))


def increase_often(database: SqlAlchemyDatabase, way: str, times: int) -> None:
    for _ in range(times):
        until_kept(database, way)


def increase_often_alone(url: URL, way: str, times: int) -> None:
    """Do the same in a process that has nothing in common with others but the URL."""
    database = opened(url)
    increase_often(database, way, times)
    database.dispose()


def until_kept(database: SqlAlchemyDatabase, way: str) -> None:
    while True:
        try:
            return WAYS[way](Counters(database), lambda: None)
        except Conflict:
            continue
