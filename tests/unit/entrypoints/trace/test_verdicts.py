"""What is said of a unit of work, and what is not: a verdict on a unit that did well would be a false alarm."""

import pytest

from unit.entrypoints.trace.lived import committed, flushed, found, got, lived, loaded, sent, step
from unitofwork.domain.observation import Changes, StepKind, UnitOutcome, UnitRecord
from unitofwork.entrypoints.trace.verdicts import Severity, verdicts_of


def said(record: UnitRecord) -> list[str]:
    return [str(verdict) for verdict in verdicts_of(record)]


def test_changes_that_were_never_committed() -> None:
    record = lived(found(2), outcome=UnitOutcome.LEFT, left=Changes(new=1, dirty=1))
    assert said(record) == ["2 entities changed, never committed (service.py:41)"]
    assert verdicts_of(record)[0].severity is Severity.LOST


@pytest.mark.parametrize("outcome", [UnitOutcome.COMMITTED, UnitOutcome.READ, UnitOutcome.ROLLED_BACK])
def test_nothing_of_a_unit_that_did_well(outcome: UnitOutcome) -> None:
    assert said(lived(found(3), loaded(), flushed(2), committed(), outcome=outcome)) == []


def test_a_commit_that_nobody_knows_of() -> None:
    commit = step(StepKind.COMMIT, entity=None, line=50, error="CommitOutcomeUnknown")
    record = lived(commit, outcome=UnitOutcome.UNKNOWN, error="CommitOutcomeUnknown")
    assert said(record) == ["the connection was lost during COMMIT: kept or not, nobody knows (service.py:50)"]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (UnitOutcome.NEVER_CLOSED, "never closed, begun at service.py:41"),
        (UnitOutcome.OPEN, "not closed when this page was made, begun at service.py:41"),
    ],
)
def test_a_unit_that_was_not_closed(outcome: UnitOutcome, text: str) -> None:
    assert said(lived(found(1), outcome=outcome)) == [text]


def test_the_error_that_ended_it_and_where() -> None:
    commit = step(StepKind.COMMIT, entity=None, line=50, error="UniqueViolation")
    record = lived(commit, outcome=UnitOutcome.FAILED, error="UniqueViolation", left=Changes(new=1))
    assert said(record) == ["failed with UniqueViolation in commit: 1 change undone (service.py:50)"]


def test_an_error_of_the_application() -> None:
    record = lived(found(1), outcome=UnitOutcome.FAILED, error="LookupError")
    assert said(record) == ["failed with LookupError (service.py:41)"]


# Held long


def held(seconds: float, *, in_sql: float = 0.1, unlisted: float = 0.0) -> UnitRecord:
    begin = step(StepKind.QUESTION, "get", seconds=in_sql)
    end = committed(started=seconds)
    return lived(begin, end, seconds=seconds, unlisted=unlisted)


def test_a_transaction_that_was_open_and_did_little() -> None:
    assert said(held(1.8)) == ["open 1.8 s, 1.7 s outside SQL (service.py:41)"]


def test_not_a_transaction_that_was_open_for_less_than_a_second() -> None:
    assert said(held(0.9)) == []


def test_not_a_transaction_that_worked_for_most_of_its_time() -> None:
    assert said(held(1.8, in_sql=0.95)) == []


def test_not_one_whose_operations_took_the_time_outside_of_sql() -> None:
    flush = step(StepKind.FLUSH, seconds=1.7, entity=None, statements=[sent(seconds=0.2)])
    assert said(lived(flush, committed(started=1.8), seconds=1.9)) == []


def test_not_one_that_may_have_worked_in_steps_that_are_not_listed() -> None:
    assert said(held(1.8, unlisted=1.2)) == []


def test_not_the_time_before_the_first_statement_or_after_the_commit() -> None:
    early = lived(step(StepKind.QUESTION, "get", started=3.0), committed(started=3.1), seconds=3.2)
    assert said(lived(found(1), committed(started=0.1), seconds=9.0)) == []
    assert said(early) == []


def test_not_two_transactions_of_one_unit_taken_together() -> None:
    again = step(StepKind.QUESTION, "get", started=0.8), committed(started=1.5)
    assert said(lived(found(1), committed(started=0.7), *again, seconds=1.6)) == []


def test_the_work_of_one_transaction_does_not_excuse_the_next() -> None:
    first = step(StepKind.FLUSH, seconds=1.5, entity=None), committed(started=1.5)
    second = step(StepKind.QUESTION, "get", started=2.0), committed(started=3.2)
    assert "open 1.2 s, 1.2 s outside SQL (service.py:41)" in said(lived(*first, *second, seconds=3.3))


def test_a_transaction_that_was_still_open_at_the_end() -> None:
    assert said(lived(found(1), outcome=UnitOutcome.READ, seconds=2.0)) == [
        "open 2.0 s, 2.0 s outside SQL (service.py:41)"
    ]


# Asked too often


def test_lazy_loads_of_what_one_question_found() -> None:
    record = lived(found(10), *[loaded() for _ in range(10)])
    assert said(record) == ["11 statements where 2 would do: load='addresses' (service.py:43)"]
    assert verdicts_of(record)[0].cure == "the find of User at service.py:42 can load addresses for all that it finds"


def test_lazy_loads_of_what_was_itself_loaded_lazily() -> None:
    streets = [loaded("street", entity="Address", line=45) for _ in range(4)]
    assert said(lived(got(), loaded(), *streets)) == [
        "4 statements where 1 would do: Address.street was loaded one at a time (service.py:45)"
    ]


def test_entities_that_were_loaded_afresh_one_at_a_time() -> None:
    fresh = [step(StepKind.LOAD, "load", attributes=("id", "name"), line=45) for _ in range(3)]
    assert said(lived(found(3), *fresh)) == [
        "3 statements where 1 would do: User was loaded afresh one at a time (service.py:45)"
    ]


def test_not_two_lazy_loads() -> None:
    assert said(lived(found(10), loaded(), loaded())) == []


def test_not_lazy_loads_of_what_was_found_one_at_a_time() -> None:
    assert said(lived(*[each for _ in range(5) for each in (got(), loaded())])) == []


def test_not_lazy_loads_at_different_places() -> None:
    assert said(lived(found(10), *[loaded(line=line) for line in range(50, 55)])) == []


def test_not_lazy_loads_of_different_attributes() -> None:
    assert said(lived(found(10), *[loaded(name) for name in ("addresses", "orders", "teams", "notes")])) == []


def test_questions_for_one_entity_each() -> None:
    assert said(lived(*[got() for _ in range(10)])) == [
        "10 statements where 1 would do: User was asked for one at a time (service.py:42)"
    ]


def test_not_fewer_than_ten_of_them() -> None:
    assert said(lived(*[got() for _ in range(9)])) == []


def test_not_gets_that_found_the_entity_in_the_unit() -> None:
    here = [step(StepKind.QUESTION, "get", count=1, statements=[]) for _ in range(20)]
    assert said(lived(*here)) == []


def test_flushes_of_one_entity_each() -> None:
    assert said(lived(*[flushed(1) for _ in range(10)])) == [
        "10 flushes where 1 would do: each sent one entity (service.py:44)"
    ]


def test_not_flushes_of_many_or_commits() -> None:
    commits = [committed() for _ in range(20)]
    assert said(lived(*[flushed(2) for _ in range(20)], *commits)) == []


def test_a_statement_that_took_long() -> None:
    slow = step(StepKind.QUESTION, "find", count=5, seconds=1.2)
    assert said(lived(slow, seconds=1.3)) == ["one statement took 1.2 s (service.py:42)"]


def test_the_worst_comes_first() -> None:
    record = lived(found(5), *[loaded() for _ in range(5)], outcome=UnitOutcome.LEFT, left=Changes(dirty=1))
    assert [verdict.severity for verdict in verdicts_of(record)] == [Severity.LOST, Severity.SLOW]
