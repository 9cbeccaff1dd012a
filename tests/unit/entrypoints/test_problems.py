"""Which problem an error is to a client, and what it is not told."""

import json
import logging
from typing import Any

import pytest
from fastapi import FastAPI

from unitofwork.domain import errors
from unitofwork.domain.errors import (
    CommitOutcomeUnknown,
    ConnectionLost,
    DatabaseUnavailable,
    InvalidRow,
    NotFound,
    PersistenceError,
    SerializationConflict,
    StaleEntity,
    UniqueViolation,
    ValueTooLong,
)
from unitofwork.entrypoints.fastapi import problem_responses
from unitofwork.entrypoints.web.etags import PreconditionFailed
from unitofwork.entrypoints.web.problems import Problem, Problems, note

STATUS = {
    "NotFound": 404,
    "MultipleFound": 500,
    "ConstraintViolation": 409,
    "UniqueViolation": 409,
    "ForeignKeyViolation": 409,
    "NotNullViolation": 422,
    "CheckViolation": 422,
    "ExclusionViolation": 409,
    "InvalidValue": 422,
    "ValueTooLong": 422,
    "ValueOutOfRange": 422,
    "WrongType": 422,
    "InvalidRow": 422,
    "Conflict": 503,
    "StaleEntity": 409,
    "SerializationConflict": 503,
    "Deadlock": 503,
    "LockTimeout": 503,
    "DatabaseUnavailable": 503,
    "AccessDenied": 503,
    "ConnectionLost": 503,
}
"""All others are 500."""

CLASSES = [
    each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.PersistenceError)
]

SECRET = "hunter2"


class Refused(Exception):
    pass


class Malformed(Refused):
    pass


def shown(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(problem.body)
    return told


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_each_error_has_its_status_and_shows_neither_its_text_nor_its_table(kind: type[PersistenceError]) -> None:
    error = kind(f"{SECRET} in row", table="users", columns=("name",), constraint="users_name_key")
    problem = Problems().of(error, "POST")
    told = shown(problem)
    assert problem.status == told["status"] == STATUS.get(kind.__name__, 500)
    assert SECRET not in str(told)
    assert "users" not in str(told)
    assert ("columns" in told) is (problem.status in (409, 422) and not issubclass(kind, errors.Conflict))
    assert ("Retry-After" in problem.headers) is (problem.status == 503)
    assert ("detail" in told) is (problem.status != 500 or kind is CommitOutcomeUnknown)
    assert (told["type"], problem.headers["Content-Type"]) == ("about:blank", "application/problem+json")


def test_a_stale_entity_is_the_failed_condition_of_a_request_that_had_one() -> None:
    stale = StaleEntity("changed")
    told = Problems(types="https://example.org/problems/")
    assert (told.of(stale, "PUT").status, told.of(stale, "PUT").type) == (
        409,
        "https://example.org/problems/stale-entity",
    )
    conditional = told.of(stale, "PUT", conditional=True)
    assert (conditional.status, conditional.type) == (412, "https://example.org/problems/precondition-failed")
    assert conditional == told.of(PreconditionFailed(), "PUT", conditional=True)
    assert told.of(SerializationConflict(), "PUT", conditional=True).status == 503


@pytest.mark.parametrize(
    ("method", "noted", "status"),
    [("POST", (), 500), ("PATCH", (), 500), ("POST", ("key",), 503), ("PUT", (), 503), ("DELETE", (), 503)],
)
def test_an_unknown_outcome_may_be_sent_again_only_where_that_does_nothing_twice(
    method: str, noted: tuple[str, ...], status: int
) -> None:
    problem = Problems(retry_after=7).of(CommitOutcomeUnknown("lost", noted=noted, transaction="1234"), method)
    assert (problem.status, problem.headers.get("Retry-After")) == (status, "7" if status == 503 else None)
    assert "may have been kept or not" in shown(problem)["detail"]
    assert "1234" not in str(shown(problem))


@pytest.mark.parametrize("error", [ConnectionLost(), DatabaseUnavailable()])
def test_what_was_not_kept_may_be_sent_again(error: PersistenceError) -> None:
    assert "send the same request again" in shown(Problems().of(error, "POST"))["detail"]


def test_of_what_a_client_can_mend_the_columns_are_named_and_the_row_of_many() -> None:
    assert shown(Problems().of(ValueTooLong(columns=("name",)), "POST"))["columns"] == ["name"]
    assert shown(Problems().of(InvalidRow(row=17), "POST"))["row"] == 17
    assert "columns" not in shown(Problems().of(UniqueViolation(), "POST"))


def test_an_application_says_what_is_shown() -> None:
    error = UniqueViolation(table="users", columns=("name",), constraint="users_name_key")
    told = shown(Problems(shown=("constraint", "table")).of(error, "POST"))
    assert {name: told.get(name) for name in ("columns", "constraint", "table")} == {
        "columns": None,
        "constraint": "users_name_key",
        "table": "users",
    }
    assert not {"columns", "constraint", "table"} & shown(Problems(shown=()).of(error, "POST")).keys()


def test_what_was_not_found_is_named_where_an_application_says_so() -> None:
    error = NotFound(entity_type=Refused)
    assert shown(Problems(shown=("entity",)).of(error, "GET"))["entity"] == "Refused"
    assert "entity" not in shown(Problems().of(error, "GET"))
    assert "entity" not in shown(Problems(shown=("entity",)).of(NotFound(), "GET"))


def test_openapi_is_told_of_problems_as_they_are() -> None:
    app = FastAPI()

    @app.get("/users", responses=problem_responses(404, 409, 422))
    def users() -> None: ...

    told: dict[str, Any] = app.openapi()["paths"]["/users"]["get"]["responses"]
    assert {status: told[status]["description"] for status in ("404", "409", "422")} == {
        "404": "Not Found",
        "409": "Conflict",
        "422": "Unprocessable Content",
    }
    schema = told["409"]["content"]["application/problem+json"]["schema"]
    error = UniqueViolation(table="users", columns=("name",), constraint="key", entity_type=Refused, row=3)
    problem = shown(Problems(shown=("columns", "constraint", "table", "entity")).of(error, "POST"))
    assert set(schema["required"]) <= problem.keys() == schema["properties"].keys()
    types = {"string": str, "integer": int, "array": list}
    assert all(isinstance(value, types[schema["properties"][name]["type"]]) for name, value in problem.items())


def test_an_applications_own_errors_have_its_statuses_and_show_their_texts() -> None:
    told = Problems(own={Refused: 409, Malformed: 422}, types="/problems/")
    assert shown(told.of(Malformed("the name is empty"), "POST")) == {
        "type": "/problems/malformed",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "the name is empty",
    }
    assert told.of(Refused("no"), "POST").status == 409
    assert told.of(KeyError("no"), "POST") == Problem(status=500)
    assert {Refused, Malformed} < set(told.classes)


def test_an_application_may_say_otherwise_of_a_class_of_ours() -> None:
    told = Problems(own={errors.StatementTimeout: 504}).of(errors.StatementTimeout("it took too long"), "GET")
    assert (told.status, told.detail) == (504, "it took too long")


def test_what_is_not_shown_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for error in (errors.MappingError("no such name"), DatabaseUnavailable("refused"), UniqueViolation("taken")):
        note(error, Problems().of(error, "GET"))
    assert [(record.levelno, record.exc_info is not None) for record in caplog.records] == [
        (logging.ERROR, True),
        (logging.WARNING, False),
    ]
