"""The map from SQLAlchemy's session to a unit of work is complete and true: what it names is there, its code runs."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy.orm import Session

import unitofwork
from contract.model import Accounts, User, mapping
from unitofwork import SqlAlchemyDatabase, orm_session
from unitofwork.domain import errors

PAGE = (Path(__file__).parents[2] / "docs" / "session-map.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`(?!Session).+?`) \| (.+?) \| (?:.*?) ?\|$", PAGE, re.MULTILINE)
CODE = re.findall(r"`([^`\n]+)`", PAGE)
RAN = sorted({code for code in CODE if re.match(r"(raw|event)\b", code)})
OURS = sorted({code for code in CODE if re.match(r"(UnitOfWork|Repository|SqlAlchemyDatabase)\b", code)})
OF_SQLALCHEMY = {
    "sqlalchemy.orm.Session",
    "Session(…)",
    "flush(objects)",
    "select()",
    "insert()",
    "update()",
    "with_for_update",
}
DUNDERS = {"__enter__", "__exit__", "__contains__", "__iter__"}


def mapped() -> list[str]:
    """What the page's rows are about: names as they are, options with an equals sign."""
    return [name for row in ROWS for name in re.findall(r"`([^`]+)`", row[0])]


def public_names() -> set[str]:
    """Of the class, and of an instance."""
    made = Session(sqlalchemy.create_engine("sqlite://"))
    return {name for name in {*dir(made), *vars(made)} if not name.startswith("_")} | DUNDERS


def options() -> set[str]:
    parameters = inspect.signature(Session.__init__).parameters
    return {f"{name}=" for name in parameters if name != "self"}


def test_every_name_and_option_of_the_session_has_its_row_and_no_other_has() -> None:
    assert sorted(mapped()) == sorted(public_names() | options())


@pytest.mark.parametrize(("name", "here"), ROWS, ids=[row[0] for row in ROWS])
def test_every_row_says_where_it_is_or_that_it_is_left_out(name: str, here: str) -> None:
    assert here == "left out" or set(re.findall(r"`([^`]+)`", here)) & {*RAN, *OURS, *vars(errors)}, name


@pytest.fixture
def database() -> Iterator[SqlAlchemyDatabase]:
    made = SqlAlchemyDatabase("sqlite://", mapping())
    made.create_schema()
    yield made
    made.dispose()


@pytest.mark.parametrize("code", OURS)
def test_what_is_named_of_ours_is_there(database: SqlAlchemyDatabase, code: str) -> None:
    """``Owner.name`` is there, and what is written ``Owner(option=)`` or ``Owner.name(option=)`` has the option."""
    path, _, option = code.rstrip("=)").partition("(")
    owner, _, name = path.partition(".")
    found: type = getattr(unitofwork, owner)
    if name:
        found = inspect.getattr_static(database if isinstance(database, found) else found, name)
    assert not option or option in inspect.signature(found).parameters


@pytest.fixture
def unit(database: SqlAlchemyDatabase) -> Iterator[Accounts]:
    with Accounts(database) as uow:
        uow.users.add(User("sandy"))
        uow.commit()
        uow.users.count()
        yield uow


@pytest.mark.parametrize("code", RAN)
def test_the_code_runs_inside_a_unit_and_its_work_is_the_unit_s(unit: Accounts, code: str) -> None:
    of_the_unit = {"uow": unit, "raw": orm_session(unit.session), "user": unit.users.find_one(name="sandy")}
    exec(code, {**vars(sqlalchemy), "User": User, "orm_session": orm_session, **of_the_unit})
    unit.rollback()
    assert unit.users.count() == 1


def test_no_other_code_is_on_the_page() -> None:
    known = {*RAN, *OURS, *mapped(), *vars(errors), *unitofwork.__all__, *OF_SQLALCHEMY}
    assert set(CODE) - known == set()
