"""Many threads may use one database at once, each with a unit of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from contract.models import counters
from contract.models.counters import Counters, VersionedCounter
from unitofwork import MemoryDatabase
from unitofwork.domain.errors import Conflict

THREADS, EACH, MOST = 8, 25, 10_000


def test_no_increment_of_many_threads_is_lost() -> None:
    database = MemoryDatabase(counters.mapping())
    counters.begin_counting(lambda: Counters(database))
    together = Barrier(THREADS, timeout=30)

    def increase(number: int) -> int:
        """Increase a counter of the thread's own, and the one that all share; how often somebody else was first."""
        together.wait()
        conflicts = done = 0
        for _ in range(MOST):
            if done == EACH:
                break
            try:
                with Counters(database) as uow:
                    uow.versioned.get_one(1).value += 1
                    uow.versioned.get_one(number).value += 1
                    uow.commit()
                done += 1
            except Conflict:
                conflicts += 1
        assert done == EACH
        return conflicts

    own = range(2, 2 + THREADS)
    with Counters(database) as uow:
        uow.versioned.add_all(VersionedCounter(id=number) for number in own)
        uow.commit()
    with ThreadPoolExecutor(THREADS) as threads:
        for each in [threads.submit(increase, number) for number in own]:
            each.result(60)
    values = {row["id"]: row["value"] for row in database.committed(VersionedCounter)}
    assert values == {1: THREADS * EACH} | dict.fromkeys(own, EACH)
    assert database.commits == THREADS * EACH + 2
    assert database.checked_out == 0
