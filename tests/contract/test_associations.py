"""Row E8: many to many, one to one, entities that relate two others, and both sides of each."""

import pytest
from sqlalchemy.orm import registry

from unitofwork import Database, EntityState, where
from unitofwork.domain.errors import StaleEntity, UniqueViolation

from .adapters import Probe
from .models.library import Author, Book, Copy, Cover, Library, Loan, NewUnit, Reader
from .models.library import mapping as library_mapping
from .sent import selects, writes

pytestmark = pytest.mark.row("E8")


@pytest.fixture
def mapping() -> registry:
    return library_mapping()


@pytest.fixture
def unit(database: Database) -> NewUnit:
    """Makes a fresh unit of work."""
    return lambda: Library(database)


# --- many to many ---------------------------------------------------------------------------------------------------


def test_both_sides_know_each_other_at_once_and_when_loaded(unit: NewUnit) -> None:
    with unit() as uow:
        terry, neil = Author("terry"), Author("neil")
        book = Book("omens", [terry, neil])
        assert (terry.books, neil.books) == ([book], [book])
        uow.authors.add(terry)
        assert uow.state(neil) is EntityState.PENDING
        uow.commit()
    with unit() as uow:
        terry = uow.authors.find_one(name="terry")
        assert [author.name for author in terry.books[0].authors] == ["neil", "terry"]


@pytest.mark.needs("statements")
def test_a_pair_is_one_row_whichever_side_it_was_made_from(unit: NewUnit, probe: Probe) -> None:
    with unit() as uow:
        terry, book = Author("terry"), Book("omens")
        book.authors.append(terry)
        uow.authors.add(terry)
        uow.commit()
        assert sum("written" in statement for statement in writes(probe)) == 1
        terry.books.remove(book)
        assert book.authors == []
        uow.commit()
        assert [" ".join(statement.split()[:3]) for statement in writes(probe)] == ["DELETE FROM written"]
        assert (uow.authors.count(), uow.books.count()) == (1, 1)


def test_deleting_one_side_takes_the_pairs_and_leaves_the_other_side(unit: NewUnit) -> None:
    with unit() as uow:
        terry = Author("terry")
        uow.books.add_all([Book("omens", [terry]), Book("mort", [terry])])
        uow.commit()
        uow.books.delete(uow.books.find_one(title="mort"))
        uow.commit()
    with unit() as uow:
        assert [book.title for book in uow.authors.find_one().books] == ["omens"]


def test_a_question_goes_through_the_pairs_from_both_sides(unit: NewUnit) -> None:
    with unit() as uow:
        terry, neil = Author("terry"), Author("neil")
        uow.books.add_all([Book("omens", [terry, neil]), Book("mort", [terry]), Book("stardust", [neil])])
        uow.commit()
    with unit() as uow:
        found = uow.books.find(where("authors.name") == "terry", order_by="title")
        assert [book.title for book in found] == ["mort", "omens"]
        both = (where("authors.name") == "terry") & (where("authors.name") == "neil")
        assert uow.books.find_one(both).title == "omens"
        assert uow.authors.count(where("books.title").in_(["mort", "omens"])) == 2
        assert uow.authors.find_one(where("books.title") == "mort").name == "terry"
        assert uow.books.count(~(where("authors.name") == "terry")) == 1


@pytest.mark.needs("statements")
def test_pairs_are_loaded_at_once(unit: NewUnit, probe: Probe) -> None:
    with unit() as uow:
        uow.books.add_all(Book(str(n), [Author(f"{n} {side}") for side in "ab"]) for n in range(5))
        uow.commit()
    with unit() as uow:
        probe.statements()
        books = uow.books.find(load="authors")
        assert selects(probe) == 2
    assert all(len(book.authors) == 2 for book in books)


def test_a_pair_that_another_unit_removed_is_stale(unit: NewUnit) -> None:
    with unit() as uow:
        uow.books.add(Book("omens", [Author("terry")]))
        uow.commit()
        book = uow.books.find_one(load="authors")
        uow.commit()
        with unit() as other:
            cleared = other.books.find_one()
            cleared.authors.clear()
            other.commit()
        book.authors.clear()
        with pytest.raises(StaleEntity, match="a row of written was changed or removed"):
            uow.commit()


# --- one to one -----------------------------------------------------------------------------------------------------


def test_one_to_one_is_one_on_both_sides(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", cover=Cover("red"))
        assert book.cover is not None
        assert book.cover.book is book
        uow.books.add(book)
        uow.commit()
    with unit() as uow:
        cover = uow.covers.find_one()
        assert cover.book is not None
        assert cover.book.cover is cover
        assert uow.books.find_one(where("cover.color") == "red").title == "omens"
        assert uow.books.count(where("cover").is_none()) == 0


def test_another_one_takes_the_place_of_the_first(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", cover=Cover("red"))
        uow.books.add(book)
        uow.commit()
        red, book.cover = book.cover, None
        uow.flush()
        book.cover = Cover("blue")
        uow.commit()
        assert uow.state(red) is EntityState.DELETED
    with unit() as uow:
        assert [cover.color for cover in uow.covers.find()] == ["blue"]


def test_a_second_one_is_refused_by_the_database(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", cover=Cover("red"))
        uow.books.add(book)
        uow.commit()
    with unit() as uow:
        uow.covers.add(Cover("blue", uow.books.find_one(title="omens")))
        with pytest.raises(UniqueViolation) as refused:
            uow.flush()
    assert (refused.value.table, refused.value.columns) == ("covers", ("book_id",))


# --- an entity that relates two others ------------------------------------------------------------------------------


def lent(unit: NewUnit) -> None:
    """Commit a reader who has two books, and one who has one of them."""
    with unit() as uow:
        omens, mort = Book("omens"), Book("mort")
        uow.readers.add(Reader("anna", [Loan(omens, days=7), Loan(mort)]))
        uow.readers.add(Reader("bob", [Loan(omens, days=21)]))
        uow.commit()


def test_what_relates_two_others_has_their_keys_and_more(unit: NewUnit) -> None:
    lent(unit)
    with unit() as uow:
        anna, omens = uow.readers.find_one(name="anna"), uow.books.find_one(title="omens")
        loan = uow.loans.get_one((omens.id, anna.id))
        assert (loan.days, loan.book, loan.reader) == (7, omens, anna)
        assert {book.title for book in anna.books} == {"omens", "mort"}
        assert {loan.reader.name for loan in omens.loans if loan.reader is not None} == {"anna", "bob"}


def test_a_question_goes_through_what_relates_two_others(unit: NewUnit) -> None:
    lent(unit)
    with unit() as uow:
        assert uow.readers.find_one(where("loans.book.title") == "mort").name == "anna"
        assert uow.books.count(where("loans.reader.name") == "bob") == 1
        assert [loan.days for loan in uow.loans.find(where("book.title") == "omens", order_by="days")] == [7, 21]
        assert [loan.days for loan in uow.loans.find(order_by=["book.title", "reader.name"])] == [14, 7, 21]


def test_taking_it_out_of_one_side_removes_its_row(unit: NewUnit) -> None:
    lent(unit)
    with unit() as uow:
        anna = uow.readers.find_one(name="anna")
        anna.loans = [loan for loan in anna.loans if loan.book is not None and loan.book.title == "mort"]
        uow.commit()
        assert uow.loans.count() == 2
        uow.readers.delete(anna)
        uow.commit()
        assert (uow.loans.count(), uow.books.count()) == (1, 2)


def test_two_of_one_pair_are_refused(unit: NewUnit) -> None:
    lent(unit)
    with unit() as uow:
        anna, omens = uow.readers.find_one(name="anna"), uow.books.find_one(title="omens")
        uow.loans.add(Loan(omens, anna))
        with pytest.raises(UniqueViolation):
            uow.flush()


# --- what only a backref knows, and what the database deletes -------------------------------------------------------


def test_a_backref_may_fill_a_field_of_the_class(unit: NewUnit) -> None:
    with unit() as uow:
        book = Book("omens", copies=[Copy("a1")])
        assert book.copies[0].book is book
        Copy("a2", book)
        uow.books.add(book)
        uow.commit()
    with unit() as uow:
        assert {copy.shelf for copy in uow.books.find_one().copies} == {"a1", "a2"}


@pytest.mark.needs("statements")
def test_rows_that_the_database_deletes_are_not_loaded_for_it(unit: NewUnit, probe: Probe) -> None:
    """By ``passive_deletes``; what is loaded is deleted as ever."""
    with unit() as uow:
        uow.books.add(Book("omens", copies=[Copy("a1"), Copy("a2")]))
        uow.commit()
    with unit() as uow:
        uow.books.delete(uow.books.find_one())
        probe.statements()
        uow.commit()
        assert not [statement for statement in probe.statements() if "copies" in statement]
        assert uow.copies.count() == 0
