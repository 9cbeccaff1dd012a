"""Errors as problem details (RFC 9457): which status each gets, and what of it a client is shown.

A text of ours never holds data, but it names tables and columns, and may be of use to nobody but the developer. So a
client gets a sentence that depends on the error's class alone, and the names of columns where it can do something about
them. Whatever else there is goes to the log.
"""

import json
import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, Literal, TypeAlias

import attrs

from unitofwork.domain.errors import (
    CheckViolation,
    CommitOutcomeUnknown,
    Conflict,
    ConnectionLost,
    ConstraintViolation,
    DatabaseUnavailable,
    ExclusionViolation,
    ForeignKeyViolation,
    InvalidRow,
    InvalidValue,
    NotFound,
    NotNullViolation,
    PersistenceError,
    StaleEntity,
    UniqueViolation,
    ValueOutOfRange,
    ValueTooLong,
    WrongType,
)
from unitofwork.entrypoints.web.etags import PreconditionFailed

MEDIA_TYPE: Final = "application/problem+json"

Shown: TypeAlias = Literal["columns", "constraint", "table", "entity"]
"""What of an error may be shown besides its class's sentence."""

_TEXT = {"type": "string"}
SCHEMA: Final[Mapping[str, object]] = {
    "title": "Problem",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "columns": {"type": "array", "items": _TEXT},
        "constraint": _TEXT,
        "table": _TEXT,
        "entity": _TEXT,
        "row": {"type": "integer"},
    },
    "required": ["type", "title", "status"],
}
"""A problem's body, as JSON Schema has it."""

_logger = logging.getLogger("unitofwork")

_SAFE_TO_REPEAT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""The methods of which HTTP says that a client may send them again if it does not know what became of them."""

_RENAMED: Mapping[int, str] = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
"""What RFC 9110 calls otherwise than Python did before 3.13."""

_AGAIN = "Nothing was changed: send the same request again, a little later."

_SENTENCES: dict[type[Exception], tuple[int, str]] = {
    NotFound: (404, "There is nothing here."),
    UniqueViolation: (409, "Another one has a value that only one can have."),
    ForeignKeyViolation: (409, "It refers to something that does not exist, or is still referred to."),
    ExclusionViolation: (409, "It overlaps another one."),
    NotNullViolation: (422, "A value is missing."),
    CheckViolation: (422, "A value is not allowed."),
    ConstraintViolation: (409, "The change breaks a rule."),
    ValueTooLong: (422, "A value is too long."),
    ValueOutOfRange: (422, "A number, date or time is out of range."),
    WrongType: (422, "A value is of the wrong type."),
    InvalidValue: (422, "A value is not valid."),
    InvalidRow: (422, "One of the rows is not like the others, or cannot be read."),
    PreconditionFailed: (412, "It was changed since you read it, or is gone: read it again."),
    StaleEntity: (409, "It was changed by somebody else at the same time: read it again."),
    Conflict: (503, f"Somebody else was at it at the same time. {_AGAIN}"),
    DatabaseUnavailable: (503, _AGAIN),
    ConnectionLost: (503, _AGAIN),
    CommitOutcomeUnknown: (500, "The change may have been kept or not: look before you make it again."),
}
"""For each class its status and its sentence; the nearest class counts, and all others are 500 without a word."""

_REPEATABLE = (503, "The change may have been kept or not. It is not made twice: send the same request again.")


@attrs.frozen(kw_only=True)
class Problem:
    """A response that tells what went wrong."""

    status: int
    detail: str | None = None
    type: str = "about:blank"
    retry_after: int | None = None
    """In seconds."""
    members: Mapping[str, object] = attrs.field(factory=dict[str, object])
    """What else a client is told, by name."""

    @property
    def title(self) -> str:
        """The status in words."""
        return _RENAMED.get(self.status) or HTTPStatus(self.status).phrase

    @property
    def body(self) -> bytes:
        """The problem as JSON."""
        told: dict[str, object] = {"type": self.type, "title": self.title, "status": self.status}
        if self.detail is not None:
            told["detail"] = self.detail
        return json.dumps(told | dict(self.members), ensure_ascii=False).encode()

    @property
    def headers(self) -> dict[str, str]:
        """The headers, but for the length."""
        retry_after = {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        # What went wrong now may go well in a moment: nobody is to keep it.
        return {"Content-Type": MEDIA_TYPE, "Cache-Control": "no-store", **retry_after}


@attrs.frozen(kw_only=True)
class Problems:
    """Which problem an error is to a client.

    ::

        Problems(own={Refused: 409, Malformed: 422}, types="https://example.org/problems/")

    Attributes:
        own: the status of each class of the application's own errors. Their texts are shown, so they are for clients.
        shown: what is named of a constraint or a value that is refused: by default columns, and neither tables nor
            constraints. With ``entity`` the class is, too, also of what was not found.
        types: what the URIs of types begin with, which end as in ``unique-violation``. Without it each is
            ``about:blank``, and only the status tells them apart.
        retry_after: in how many seconds a request may be sent again.
    """

    own: Mapping[type[Exception], int] = attrs.field(factory=dict[type[Exception], int])
    shown: tuple[Shown, ...] = ("columns",)
    types: str = ""
    retry_after: int = attrs.field(default=1, validator=attrs.validators.ge(0))

    @property
    def classes(self) -> tuple[type[Exception], ...]:
        """The classes of errors that are problems, with their subclasses."""
        return (PersistenceError, PreconditionFailed, *self.own)

    def of(self, error: Exception, method: str, *, conditional: bool = False) -> Problem:
        """The problem that an error is.

        Args:
            error: what a service or a commit raised; one of no class that is known here is 500.
            method: of the request, such as ``POST``.
            conditional: whether the request had an If-Match, so that it is what failed if somebody else came first.
        """
        kind = next((each for each in type(error).mro() if each in self.own or each in _SENTENCES), None)
        if kind is None:
            return Problem(status=500)
        if kind in self.own:
            return Problem(status=self.own[kind], detail=str(error), type=self._type(kind))
        status, detail = _SENTENCES[kind]
        if kind is StaleEntity and conditional:
            kind = PreconditionFailed
            status, detail = _SENTENCES[kind]
        elif isinstance(error, CommitOutcomeUnknown) and (error.noted or method in _SAFE_TO_REPEAT):
            status, detail = _REPEATABLE
        return Problem(
            status=status,
            detail=detail,
            type=self._type(kind),
            retry_after=self.retry_after if status == 503 else None,
            members=self._named(error),
        )

    def _type(self, kind: type[Exception]) -> str:
        if not self.types:
            return "about:blank"
        return self.types + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", kind.__name__).lower()

    def _named(self, error: Exception) -> dict[str, object]:
        """What of the error is shown by name, where it is known."""
        found: dict[str, Any] = {}
        if isinstance(error, ConstraintViolation | InvalidValue | InvalidRow):
            found = {name: getattr(error, name) for name in self.shown if name != "entity"} | {"row": error.row}
        if "entity" in self.shown and isinstance(error, PersistenceError) and error.entity_type is not None:
            found["entity"] = error.entity_type.__name__
        return {name: value for name, value in found.items() if value}


def note(error: Exception, problem: Problem) -> None:
    """Log what the client is not told: with a traceback where somebody has to mend something."""
    if problem.status == 500:
        _logger.error("a request failed: %s", type(error).__name__, exc_info=error)
    elif problem.status > 500:
        _logger.warning("a request failed, and may be sent again: %s: %s", type(error).__name__, error)
