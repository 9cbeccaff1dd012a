"""`@entity` and `@value`: what they make of a plain class, without any mapping."""

from typing import Any

import attrs
import pytest

from unitofwork import entity, value


@entity
class Author:
    name: str
    books: list["Book"] = attrs.field(factory=list)
    secret: str = attrs.field(default="s3cret", repr=False)
    shouted: str = attrs.field(default="hello", repr=str.upper)
    id: int | None = None


@entity
class Book:
    title: str
    author: Author | None = None


@value
class Money:
    amount: int
    currency: str = "EUR"


@entity
class Order:
    total: Money
    tags: list[str] = attrs.field(factory=list)


class TestEntity:
    def test_is_an_attrs_class_with_a_dict(self) -> None:
        assert attrs.has(type(Author("Ada")))
        assert "name" in Author("Ada").__dict__

    def test_is_equal_to_itself_alone(self) -> None:
        first, second = Author("Ada", id=1), Author("Ada", id=1)
        assert first == first
        assert first != second

    def test_can_be_in_a_set_while_it_changes(self) -> None:
        author = Author("Ada")
        held = {author}
        author.name, author.id = "Grace", 7
        assert author in held
        assert len({Author("Ada"), Author("Ada")}) == 2

    def test_has_no_order(self) -> None:
        with pytest.raises(TypeError):
            assert Author("Ada") < Author("Grace")  # type: ignore[operator]

    def test_can_be_changed(self) -> None:
        author = Author("Ada")
        author.name = "Grace"
        assert author.name == "Grace"

    def test_takes_arguments_by_position_unless_told(self) -> None:
        assert Book("Notes", Author("Ada")).title == "Notes"

    def test_takes_keywords_alone_if_told(self) -> None:
        @entity(kw_only=True)
        class Pen:
            colour: str

        assert Pen(colour="blue").colour == "blue"
        with pytest.raises(TypeError):
            Pen("blue")  # type: ignore[call-arg]

    def test_can_be_decorated_with_parentheses(self) -> None:
        @entity()
        class Pen:
            colour: str

        assert repr(Pen("blue")) == "Pen(colour='blue')"

    def test_inherits_fields(self) -> None:
        @entity
        class Poet(Author):
            metre: str = "iambic"

        assert repr(Poet("Ada")) == "Poet(name='Ada', books=[], shouted=HELLO, id=None, metre='iambic')"

    def test_runs_validators_and_converters_when_an_attribute_is_set(self) -> None:
        @entity
        class Pen:
            width: int = attrs.field(converter=int, validator=attrs.validators.gt(0))

        pen = Pen("2")  # type: ignore[arg-type]  # type checkers see no converter here
        pen.width = "3"  # type: ignore[assignment]
        assert pen.width == 3
        with pytest.raises(ValueError, match="width"):
            pen.width = 0


class TestReprOfAnEntity:
    def test_shows_its_attributes(self) -> None:
        assert repr(Author("Ada")) == "Author(name='Ada', books=[], shouted=HELLO, id=None)"

    def test_shows_what_is_in_memory_alone(self) -> None:
        author = Author("Ada", id=1)
        del author.__dict__["name"], author.__dict__["books"], author.__dict__["shouted"]
        assert repr(author) == "Author(id=1)"

    def test_reads_no_attribute_that_is_not_in_memory(self) -> None:
        @entity
        class Lazy:
            name: str

            def __getattr__(self, name: str) -> Any:
                raise AssertionError(f"{name} was read")

        lazy = Lazy("Ada")
        del lazy.__dict__["name"]
        assert repr(lazy) == "Lazy()"

    def test_names_a_related_entity_by_its_class(self) -> None:
        assert repr(Book("Notes", Author("Ada"))) == "Book(title='Notes', author=<Author>)"

    def test_counts_related_entities(self) -> None:
        author = Author("Ada", [Book("Notes"), Book("Letters")])
        assert "books=<2 in list>" in repr(author)

    def test_never_recurses(self) -> None:
        author = Author("Ada")
        author.books.append(Book("Notes", author))
        assert repr(author) == "Author(name='Ada', books=<1 in list>, shouted=HELLO, id=None)"
        assert repr(author.books[0]) == "Book(title='Notes', author=<Author>)"

    def test_shows_values_and_collections_of_them(self) -> None:
        order = Order(Money(3), ["urgent"])
        assert repr(order) == "Order(total=Money(amount=3, currency='EUR'), tags=['urgent'])"

    def test_shows_text_and_bytes_as_they_are(self) -> None:
        @entity
        class Note:
            text: str
            raw: bytes

        assert repr(Note("hi", b"hi")) == "Note(text='hi', raw=b'hi')"

    def test_leaves_out_a_field_with_repr_false(self) -> None:
        assert "secret" not in repr(Author("Ada"))

    def test_shows_a_field_by_its_own_function(self) -> None:
        assert "shouted=HELLO" in repr(Author("Ada"))

    def test_is_the_class_own_if_it_has_one(self) -> None:
        @entity
        class Pen:
            colour: str

            def __repr__(self) -> str:
                return f"a {self.colour} pen"

        assert repr(Pen("blue")) == "a blue pen"

    def test_of_a_base_that_is_no_entity_gives_way(self) -> None:
        class Base:
            def __repr__(self) -> str:
                return "base"

        @entity
        class Pen(Base):
            colour: str

        assert repr(Pen("blue")) == "Pen(colour='blue')"


class TestValue:
    def test_is_equal_by_its_attributes(self) -> None:
        assert Money(3) == Money(3, "EUR")
        assert Money(3) != Money(4)
        assert Money(3) != (3, "EUR")  # type: ignore[comparison-overlap]

    def test_is_hashed_by_its_attributes(self) -> None:
        assert len({Money(3), Money(3), Money(4)}) == 2

    def test_never_changes(self) -> None:
        money = Money(3)
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            money.amount = 4  # type: ignore[misc]
        assert attrs.evolve(money, amount=4) == Money(4)  # type: ignore[misc]  # made by @value

    def test_has_no_order_unless_told(self) -> None:
        with pytest.raises(TypeError):
            assert Money(3) < Money(4)  # type: ignore[operator]

    def test_is_ordered_attribute_by_attribute_if_told(self) -> None:
        @value(order=True)
        class Version:
            major: int
            minor: int = 0

        assert sorted([Version(2), Version(1, 9), Version(1, 2)]) == [Version(1, 2), Version(1, 9), Version(2)]

    def test_takes_keywords_alone_if_told(self) -> None:
        @value(kw_only=True)
        class Point:
            x: int

        assert Point(x=1).x == 1
        with pytest.raises(TypeError):
            Point(1)  # type: ignore[call-arg]

    def test_shows_all_of_itself(self) -> None:
        assert repr(Money(3)) == "Money(amount=3, currency='EUR')"
