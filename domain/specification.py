"""Specifications: conditions on entities, as frozen values that every adapter evaluates by one traversal.

``where("name") == "sandy"`` is a condition; ``&``, ``|`` and ``~`` combine conditions. A path such as
``"addresses.email_address"`` crosses relationships: the condition holds if it holds for *any* entity at the path's end.
Logic is SQL's, of three values: a comparison with an attribute that is None is neither true nor false, and what is not
true is not found.
"""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any, Generic, LiteralString, TypeVar, cast, overload

import attrs

from unitofwork.domain.errors import MappingError

T = TypeVar("T")
V = TypeVar("V")
V_contra = TypeVar("V_contra", contravariant=True)


class Operator(Enum):
    """How a comparison compares; the value is how it prints."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    IN = "in"
    NOT_IN = "not in"
    IS_NONE = "is none"
    IS_NOT_NONE = "is not none"
    BETWEEN = "between"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    CONTAINS = "contains"
    LIKE = "like"
    ILIKE = "ilike"


class Nulls(Enum):
    """Where the entities whose ordering attribute is None stand."""

    FIRST = "first"
    LAST = "last"


@attrs.frozen
class Path:
    """The way from an entity to an attribute, of its own or across relationships."""

    names: tuple[str, ...]
    owners: tuple[type | None, ...] = attrs.field(eq=False, repr=False)
    """For each name the class it was taken from, or None where it was given as text."""

    @classmethod
    def of(cls, *steps: object) -> "Path":
        """Make a path of dotted names, mapped attributes (``User.name``), or both.

        Raises:
            MappingError: a step is neither, or is empty; or there is none.
        """
        parts = [part for step in steps for part in _parts(step)]
        if not parts:
            raise MappingError("nothing is no path: give an attribute's name, or an attribute such as User.name")
        return cls(tuple(name for name, _ in parts), tuple(owner for _, owner in parts))

    @property
    def steps(self) -> tuple[tuple[str, type | None], ...]:
        """The names, each with the class it was taken from."""
        return tuple(zip(self.names, self.owners, strict=True))

    @property
    def way(self) -> tuple[tuple[str, type | None], ...]:
        """The steps across relationships, before the last one."""
        return self.steps[:-1]

    @property
    def end(self) -> tuple[str, type | None]:
        """The last step: the attribute itself."""
        return self.steps[-1]

    def __str__(self) -> str:
        return ".".join(self.names)


def _parts(step: object) -> Iterator[tuple[str, type | None]]:
    """Split a step; a mapped attribute is known by its ``key`` and ``class_``, so that no mapper is imported here."""
    if isinstance(step, str):
        yield from ((name, None) for name in step.split("."))
        if not all(step.split(".")):
            raise MappingError(f"{step!r} is no path: write attribute names with single dots between them")
        return
    name, owner = getattr(step, "key", None), getattr(step, "class_", None)
    if not isinstance(name, str) or not isinstance(owner, type):
        raise MappingError(
            f"a {type(step).__name__} is no path: give an attribute's name, or an attribute such as User.name"
        )
    yield name, owner


class Condition:
    """What is true, false or unknown of an entity. Combine conditions by ``&``, ``|`` and ``~``."""

    __slots__ = ()

    def __and__(self, other: "Condition") -> "Condition":
        return And((*_operands(And, self), *_operands(And, other)))

    def __or__(self, other: "Condition") -> "Condition":
        return Or((*_operands(Or, self), *_operands(Or, other)))

    def __invert__(self) -> "Condition":
        return Not(self)

    def __bool__(self) -> bool:
        raise TypeError(
            "a condition is neither true nor false by itself: combine conditions with &, | and ~, not and, or, not"
        )

    def describe(self, *, values: bool = True) -> str:
        """The condition as text; with ``values=False`` each value is shown as ``?``."""
        raise NotImplementedError

    def __str__(self) -> str:
        return self.describe()


@attrs.frozen(str=False)
class Comparison(Condition):
    """An attribute compared with a value, a tuple for ``in``, ``not in``, ``between``, None for the tests of None."""

    path: Path
    operator: Operator
    operand: object = None

    def describe(self, *, values: bool = True) -> str:
        text = f"{self.path} {self.operator.value}"
        if self.operator in _UNARY:
            return text
        return f"{text} {self.operand!r}" if values else f"{text} ?"


@attrs.frozen(str=False)
class And(Condition):
    """True where all conditions are; without any, true."""

    conditions: tuple[Condition, ...]

    def describe(self, *, values: bool = True) -> str:
        return " and ".join(_nested(condition, values) for condition in self.conditions) or "true"


@attrs.frozen(str=False)
class Or(Condition):
    """True where at least one condition is; without any, false."""

    conditions: tuple[Condition, ...]

    def describe(self, *, values: bool = True) -> str:
        return " or ".join(_nested(condition, values) for condition in self.conditions) or "false"


@attrs.frozen(str=False)
class Not(Condition):
    """True where the condition is false, unknown where it is unknown."""

    condition: Condition

    def describe(self, *, values: bool = True) -> str:
        return f"not {_nested(self.condition, values)}"


_UNARY = frozenset({Operator.IS_NONE, Operator.IS_NOT_NONE})


def _operands(kind: type[And] | type[Or], condition: Condition) -> tuple[Condition, ...]:
    return condition.conditions if isinstance(condition, kind) else (condition,)


def _nested(condition: Condition, values: bool) -> str:
    text = condition.describe(values=values)
    return f"({text})" if isinstance(condition, And | Or) and len(condition.conditions) > 1 else text


def _like_postgresql(order: "Order") -> Nulls:
    return Nulls.FIRST if order.descending else Nulls.LAST


@attrs.frozen
class Order:
    """One key of an order. None comes last when ascending and first when descending, unless said otherwise."""

    path: Path
    descending: bool = False
    nulls: Nulls = attrs.field(default=attrs.Factory(_like_postgresql, takes_self=True))

    def nulls_first(self) -> "Order":
        """The same, with None before everything else."""
        return attrs.evolve(self, nulls=Nulls.FIRST)

    def nulls_last(self) -> "Order":
        """The same, with None after everything else."""
        return attrs.evolve(self, nulls=Nulls.LAST)

    def __str__(self) -> str:
        return f"{self.path} {'desc' if self.descending else 'asc'} nulls {self.nulls.value}"


class Field(Generic[V_contra]):
    """An attribute that a question is about: compare it, or order by it."""

    __slots__ = ("_path",)
    __hash__ = None  # type: ignore[assignment]  # `==` makes a condition, so a field cannot be looked up

    def __init__(self, path: Path) -> None:
        self._path = path

    def __eq__(self, other: V_contra | None) -> Condition:  # type: ignore[override]  # as SQLAlchemy's columns do
        """Equal; ``== None`` is the same as `is_none`."""
        return self.is_none() if other is None else Comparison(self._path, Operator.EQUAL, other)

    def __ne__(self, other: V_contra | None) -> Condition:  # type: ignore[override]  # as SQLAlchemy's columns do
        """Not equal, which None is to nothing; ``!= None`` is the same as `is_not_none`."""
        return self.is_not_none() if other is None else Comparison(self._path, Operator.NOT_EQUAL, other)

    def __lt__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.LESS, other)

    def __le__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.LESS_OR_EQUAL, other)

    def __gt__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.GREATER, other)

    def __ge__(self, other: V_contra) -> Condition:
        return self._ordered(Operator.GREATER_OR_EQUAL, other)

    def in_(self, values: Iterable[V_contra]) -> Condition:
        """Equal to one of the values; true of nothing where there are none."""
        return Comparison(self._path, Operator.IN, tuple(values))

    def not_in(self, values: Iterable[V_contra]) -> Condition:
        """Equal to none of the values: true of everything where there are none, of nothing where one is None."""
        return Comparison(self._path, Operator.NOT_IN, tuple(values))

    def is_none(self) -> Condition:
        """The attribute is None."""
        return Comparison(self._path, Operator.IS_NONE)

    def is_not_none(self) -> Condition:
        """The attribute is not None."""
        return Comparison(self._path, Operator.IS_NOT_NONE)

    def between(self, low: V_contra, high: V_contra) -> Condition:
        """At least ``low`` and at most ``high``."""
        _refuse_none(Operator.BETWEEN, low, high)
        return Comparison(self._path, Operator.BETWEEN, (low, high))

    def startswith(self, prefix: str) -> Condition:
        """Starts with exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.STARTS_WITH, prefix)

    def endswith(self, suffix: str) -> Condition:
        """Ends with exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.ENDS_WITH, suffix)

    def contains(self, text: str) -> Condition:
        """Contains exactly this text; ``%`` and ``_`` mean themselves, and case matters."""
        return self._text(Operator.CONTAINS, text)

    def like(self, pattern: str) -> Condition:
        r"""Matches: ``%`` is any text, ``_`` any one character, ``\`` takes the next one literally; case matters."""
        return self._text(Operator.LIKE, pattern)

    def ilike(self, pattern: str) -> Condition:
        """Matches as `like` does, but for case."""
        return self._text(Operator.ILIKE, pattern)

    def asc(self) -> Order:
        """Order by the attribute, least first."""
        return Order(self._path)

    def desc(self) -> Order:
        """Order by the attribute, greatest first."""
        return Order(self._path, descending=True)

    def _ordered(self, operator: Operator, operand: object) -> Condition:
        _refuse_none(operator, operand)
        return Comparison(self._path, operator, operand)

    def _text(self, operator: Operator, operand: object) -> Condition:
        if not isinstance(operand, str):
            raise TypeError(f"{operator.value!r} compares text, not a {type(operand).__name__}")
        if operator in (Operator.LIKE, Operator.ILIKE) and _ends_in_escape(operand):
            raise ValueError("a pattern cannot end in a single backslash: double it to mean the backslash itself")
        return Comparison(self._path, operator, operand)

    def __repr__(self) -> str:
        return f"where({str(self._path)!r})"


def _refuse_none(operator: Operator, *operands: object) -> None:
    if any(operand is None for operand in operands):
        raise TypeError(f"nothing is {operator.value!r} None: use is_none() or is_not_none()")


def _ends_in_escape(pattern: str) -> bool:
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


@overload
def where(attribute: LiteralString, /) -> Field[object]: ...
@overload
def where(attribute: V, /) -> Field[V]: ...
@overload
def where(step: object, attribute: LiteralString, /) -> Field[object]: ...
@overload
def where(step: object, attribute: V, /) -> Field[V]: ...
@overload
def where(step: object, second: object, attribute: V, /) -> Field[V]: ...
def where(*steps: object) -> Field[Any]:
    """Name the attribute that a condition or an order is about.

    ``where("addresses.email_address")`` is checked when the question is asked; ``where(User.name)`` and
    ``where(User.addresses, Address.email_address)`` by type checkers too.

    Raises:
        MappingError: a step is neither an attribute nor a name.
    """
    return Field(Path.of(*steps))


@attrs.frozen
class Query(Generic[T]):
    """A whole question, as a value: which entities, in which order, how many, and what to load with them.

    Attributes:
        entity_type: the class asked for; its mapped subclasses are included.
        condition: what must be true of them.
        order_by: the keys of the order, first the most significant; without any, no order is promised.
        limit: the most entities to return, or None for all.
        offset: how many to leave out first.
        load: relationships to load with them, each with one more statement, whatever their number up to 10,000.
    """

    entity_type: type[T]
    condition: Condition = And(())
    order_by: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    load: tuple[Path, ...] = ()

    def __attrs_post_init__(self) -> None:
        if self.limit is not None:
            _check_whole("limit", self.limit)
        _check_whole("offset", self.offset)

    def describe(self, *, values: bool = True) -> str:
        """The question as text; with ``values=False`` each value is shown as ``?``."""
        parts = [self.entity_type.__name__]
        if self.condition != And(()):
            parts.append(f"where {self.condition.describe(values=values)}")
        if self.order_by:
            parts.append(f"order by {', '.join(map(str, self.order_by))}")
        if self.limit is not None:
            parts.append(f"limit {self.limit}")
        if self.offset:
            parts.append(f"offset {self.offset}")
        return " ".join(parts)

    def __str__(self) -> str:
        return self.describe()


def _check_whole(name: str, number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ValueError(f"{name} is a whole number, zero or more")


def all_of(conditions: Iterable[object], equal: Iterable[tuple[str, object]] = ()) -> Condition:
    """Join conditions, and equalities given as name and value, to one.

    Raises:
        TypeError: something else than a condition was given.
    """
    given: list[Condition] = []
    for condition in conditions:
        if not isinstance(condition, Condition):
            raise TypeError(f"a {type(condition).__name__} is no condition: write where('name') == value")
        given.append(condition)
    given.extend(Field[object](Path.of(name)) == operand for name, operand in equal)
    return given[0] if len(given) == 1 else And(tuple(given))


def orders(order_by: object) -> tuple[Order, ...]:
    """Make the keys of an order from one key or a sequence of them: names, mapped attributes, or `Order`s."""
    return tuple(key if isinstance(key, Order) else Order(Path.of(key)) for key in _each(order_by))


def paths(load: object) -> tuple[Path, ...]:
    """Make paths from one relationship or a sequence of them: names or mapped attributes."""
    return tuple(map(_path, _each(load)))


def _path(step: object) -> Path:
    return step if isinstance(step, Path) else Path.of(step)


def _each(one_or_more: object) -> Iterable[object]:
    if one_or_more is None:
        return ()
    return cast("Iterable[object]", one_or_more) if isinstance(one_or_more, tuple | list) else (one_or_more,)


__all__ = [
    "And",
    "Comparison",
    "Condition",
    "Field",
    "Not",
    "Nulls",
    "Operator",
    "Or",
    "Order",
    "Path",
    "Query",
    "all_of",
    "orders",
    "paths",
    "where",
]
