"""Entity tags of versions, and what requests demand of them."""

from collections.abc import Callable

import pytest

from contract.models.documents import Document, Documents, Letter, Memo, Page, Report
from contract.models.documents import mapping as documents_mapping
from unitofwork import MemoryDatabase
from unitofwork.domain.errors import MappingError, UnitOfWorkError
from unitofwork.entrypoints.web.etags import Conditions, NotModified, PreconditionFailed, etag


@pytest.fixture
def uow() -> Documents:
    return Documents(MemoryDatabase(documents_mapping()))


def added(uow: Documents, *entities: object) -> None:
    with uow:
        for entity in entities:
            uow.repository(type(entity)).add(entity)
        uow.commit()


@pytest.mark.parametrize("make", [Document, Memo, Letter, Report], ids=lambda make: make.__name__)
def test_a_tag_is_another_one_once_the_version_is(
    uow: Documents, make: Callable[[str], Document | Memo | Letter | Report]
) -> None:
    entity = make("first")
    added(uow, entity)
    before = etag(entity)
    with uow:
        loaded = uow.repository(type(entity)).get_one(entity.id)
        assert etag(loaded) == before
        loaded.text = "second"
        uow.commit()
        assert etag(loaded) != before
    assert before.startswith('"')
    assert before.endswith('"')


def test_entities_of_one_version_have_tags_of_their_own(uow: Documents) -> None:
    documents, memo = (Document("a"), Document("b")), Memo("a")
    added(uow, *documents, memo)
    assert len({etag(each) for each in (*documents, memo)}) == 3


def test_what_is_shown_besides_is_part_of_the_tag(uow: Documents) -> None:
    first, second = Document("a"), Document("b")
    added(uow, first, second)
    tags = {etag(first), etag(first, "x"), etag(first, "x", "y"), etag(first, "xy"), etag(first, second)}
    assert len(tags) == 5


def test_what_has_no_version_has_no_tag(uow: Documents) -> None:
    page = Page("one")
    added(uow, page)
    with pytest.raises(MappingError, match="Page has no version column"):
        etag(page)
    with pytest.raises(MappingError, match="dict is not mapped"):
        etag({})
    with pytest.raises(UnitOfWorkError, match="has no row yet"):
        etag(Document("new"))


TAG = '"a"'


@pytest.mark.parametrize(
    ("if_match", "current", "holds"),
    [
        ([], TAG, True),
        ([], None, True),
        (['"a"'], TAG, True),
        (['"b", "a"'], TAG, True),
        (['"b"', '"a"'], TAG, True),
        (["*"], TAG, True),
        (["*"], None, False),
        (['"b"'], TAG, False),
        (['W/"a"'], TAG, False),
        (['"a"'], None, False),
        (["a"], TAG, False),
        (["nonsense"], TAG, False),
        (['"*"'], TAG, False),
        (['"a,b"'], '"a,b"', True),
    ],
)
def test_if_match_compares_strongly(if_match: list[str], current: str | None, holds: bool) -> None:
    conditions = Conditions.of("PUT", if_match, [])
    if holds:
        conditions.check(current)
    else:
        with pytest.raises(PreconditionFailed):
            conditions.check(current)


@pytest.mark.parametrize(
    ("if_none_match", "current", "holds"),
    [
        ([], TAG, True),
        (['"a"'], TAG, False),
        (['W/"a"'], TAG, False),
        (['"b", W/"a"'], TAG, False),
        (['"b"'], TAG, True),
        (["*"], TAG, False),
        (["*"], None, True),
        (['"a"'], None, True),
        (["nonsense"], TAG, True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "POST"])
def test_if_none_match_compares_weakly(method: str, if_none_match: list[str], current: str | None, holds: bool) -> None:
    conditions = Conditions.of(method, [], if_none_match)
    if holds:
        conditions.check(current)
    elif method in ("GET", "HEAD"):
        with pytest.raises(NotModified) as not_modified:
            conditions.check(current)
        assert not_modified.value.etag == TAG
    else:
        with pytest.raises(PreconditionFailed):
            conditions.check(current)


def test_if_match_goes_before_if_none_match() -> None:
    with pytest.raises(PreconditionFailed):
        Conditions.of("GET", ['"b"'], ['"a"']).check(TAG)
