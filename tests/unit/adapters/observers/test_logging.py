"""One record in the standard log for each unit of work."""

import logging
from collections.abc import Iterator

import pytest

from unit.adapters.observers.application import Accounts, User
from unitofwork import LogUnits, MemoryDatabase, observe
from unitofwork.domain.errors import UniqueViolation


@pytest.fixture(autouse=True)
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.INFO, "unitofwork.units")
    with observe(LogUnits()):
        yield caplog


def test_a_unit_that_commits_is_one_line(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
    (record,) = logged.records
    assert (record.name, record.levelno) == ("unitofwork.units", logging.INFO)
    told = record.getMessage()
    assert told.startswith("Accounts at test_logging.py:")
    assert " committed: begin > add User > commit (1 statements, " in told
    assert "\n" not in told


def test_its_parts_are_attributes(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
    (record,) = logged.records
    told = {name: value for name, value in vars(record).items() if name.startswith("unit_")}
    line, begun = told.pop("unit_line"), told.pop("unit_begun")
    milliseconds = [told.pop(f"unit_{name}milliseconds") for name in ("", "sql_", "waiting_")]
    assert told == {
        "unit_class": "Accounts",
        "unit_file": __file__,
        "unit_worker": "MainThread",
        "unit_outcome": "left without commit",
        "unit_error": None,
        "unit_life": "begin > add User > left without commit (1 new)",
        "unit_statements": 0,
        "unit_left_new": 1,
        "unit_left_changed": 0,
        "unit_left_deleted": 0,
    }
    assert isinstance(line, int)
    assert begun.endswith("+00:00")
    assert milliseconds[0] >= milliseconds[1] >= 0


def test_what_was_lost_is_a_warning(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
    with pytest.raises(UniqueViolation), Accounts(database) as uow:
        uow.users.add_all([User("sandy"), User("sandy")])
        uow.commit()
    uow = Accounts(database).begin()
    with pytest.warns(ResourceWarning):
        del uow
    assert [record.levelno for record in logged.records] == [logging.WARNING] * 3
    endings = ["left without commit (1 new)", "failed !UniqueViolation", "never closed"]
    for record, ending in zip(logged.records, endings, strict=True):
        assert f" {ending}: begin" in record.getMessage()


def test_what_asked_for_nothing_to_be_kept_is_none(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    with Accounts(database) as uow:
        uow.users.count()
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.rollback()
    assert [record.levelno for record in logged.records] == [logging.INFO] * 2


def test_only_what_the_level_lets_through_is_logged(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    logged.set_level(logging.WARNING, "unitofwork.units")
    with Accounts(database) as uow:
        uow.users.count()
    assert logged.records == []


def test_no_value_is_logged(database: MemoryDatabase, logged: pytest.LogCaptureFixture) -> None:
    with Accounts(database) as uow:
        uow.users.add(User("secret"))
        uow.users.find(name="secret")
        uow.commit()
    assert "secret" not in repr([vars(record) for record in logged.records])
