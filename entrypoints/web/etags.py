"""ETags from version columns, and the conditions that requests make of them (RFC 9110, section 13).

::

    conditions = Conditions.of(request.headers.getlist("if-match"), request.headers.getlist("if-none-match"))
    uow.begin()
    sandy = uow.users.get_one(2)
    conditions.check(etag(sandy))        # 412 if it is not what the client has seen
    rename(uow, 2, "Sandy Squirrel")     # and StaleEntity, 412 too, if it is changed between here and the commit
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Self

import attrs

from unitofwork.adapters.orm.versions import identified_version

_DIGEST_SIZE = 12
"""In bytes: sixteen characters, which two states share once in 2**96."""

_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')

_SAFE = frozenset({"GET", "HEAD"})


class PreconditionFailed(Exception):
    """What the request demands of the present state does not hold; it is 412."""


class NotModified(Exception):
    """The client has the present state already; it is 304.

    Attributes:
        etag: of that state.
    """

    def __init__(self, etag: str) -> None:
        super().__init__("not modified")
        self.etag = etag


def etag(entity: object, *shown: object) -> str:
    """The strong entity tag of what is shown of an entity: another one once its version is another.

    It says neither key nor version. A tag of a counted version comes again where a row with the same key is made again:
    then use a version that never comes again, such as a random one.

    Args:
        entity: has a row, and a version column; ask for its tag after the commit that changes it.
        shown: what of its representation the version does not cover, since it has rows of its own: other entities with
            a version, or plain values such as their texts.

    Raises:
        MappingError: the entity is not mapped, or has no version column.
        UnitOfWorkError: it has no row yet.
    """
    parts = [*_parts(entity), *(part for each in shown for part in _parts(each))]
    digest = blake2b(json.dumps(parts).encode(), digest_size=_DIGEST_SIZE).digest()
    return f'"{urlsafe_b64encode(digest).decode()}"'


@attrs.frozen
class Conditions:
    """What a request demands of the present state.

    Attributes:
        method: of the request.
        if_match: the tags one of which it must have, as they are compared; None if it may have any.
        if_none_match: the tags none of which it may have; None if it may have any.
    """

    method: str = "GET"
    if_match: frozenset[str] | None = None
    if_none_match: frozenset[str] | None = None

    @classmethod
    def of(cls, method: str, if_match: Iterable[str], if_none_match: Iterable[str]) -> Self:
        """Read the two headers, each of which may have come in several lines, or in none."""
        return cls(method, _tags(if_match, weak=False), _tags(if_none_match, weak=True))

    def check(self, current: str | None) -> None:
        """Refuse the request unless the present state is what it demands.

        Args:
            current: the state's tag, or None if there is nothing.

        Raises:
            PreconditionFailed: it is not, which is 412.
            NotModified: the request asks for what its sender has already, which is 304.
        """
        if self.if_match is not None and not _matches(self.if_match, current):
            raise PreconditionFailed("the present state is none of those that If-Match names")
        if self.if_none_match is None or not _matches(self.if_none_match, current):
            return
        if self.method in _SAFE and current is not None:
            raise NotModified(current)
        raise PreconditionFailed("the present state is one of those that If-None-Match names")


def _tags(lines: Iterable[str], *, weak: bool) -> frozenset[str] | None:
    """The tags of a header without their weakness, those that are compared; None where there is no such header.

    If-Match compares strongly, so that a weak tag, as a proxy makes it when it compresses, is none of them.
    """
    header = ",".join(lines)
    if not header:
        return None
    if header.strip() == "*":
        return frozenset("*")
    return frozenset(tag for weakness, tag in _TAG.findall(header) if weak or not weakness)


def _matches(tags: frozenset[str], current: str | None) -> bool:
    return current is not None and ("*" in tags or current.removeprefix("W/") in tags)


def _parts(shown: object) -> tuple[str, ...]:
    if isinstance(shown, str | int | float | None):
        return (str(shown),)
    return tuple(map(_written, identified_version(shown)))


def _written(value: object) -> str:
    """As it is written however it was loaded: in another time zone, a time is the same version."""
    return str(value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo else value)
