"""The parameters that stand for a question's values in its statement, so that the statement serves other values too."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, cast

import attrs
from sqlalchemy import BigInteger, Dialect, Numeric, String, bindparam, literal
from sqlalchemy.orm import ColumnProperty, Mapper, MapperProperty
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeEngine

from unitofwork.adapters.orm.json_types import is_json
from unitofwork.adapters.orm.many_values import ManyTest, many_test_of
from unitofwork.adapters.orm.operands import compares_as_usual
from unitofwork.adapters.orm.values import Check, checks
from unitofwork.adapters.sqlalchemy.number_arrays import NUMBERS
from unitofwork.adapters.sqlalchemy.shapes import is_beyond, widest
from unitofwork.domain.condition import Operator

Values: TypeAlias = dict[str, object]
"""What a statement is executed with: a value for each parameter's name."""

TEXT_ESCAPE = "/"
"""What makes the next character of a text literal where it is looked for as it is; the patterns of `like` have `\\`."""

_LITERAL_TEXT = frozenset({Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS})
_OF_MANY = frozenset({Operator.IN, Operator.NOT_IN})


@attrs.frozen
class Parameter:
    """One place for a value, or for several that are expanded to a list, or are an array.

    Attributes:
        name: in the statement.
        check: refuses a value that its column could never hold.
        convert: makes what is sent of a value.
        of_many: whether its value is a tuple of values.
        surely: tells of many values at once that the check takes them.
    """

    name: str
    check: Check | None = None
    convert: Callable[[Any], object] | None = None
    of_many: bool = False
    surely: ManyTest | None = None

    def check_all(self, values: Sequence[Any]) -> None:
        """Check each value of several, unless it is plain that all are taken."""
        if self.check is not None and not self._surely_takes(values):
            for value in values:
                self.check(value)

    def _surely_takes(self, values: Sequence[Any]) -> bool:
        if self.surely is None or not values:
            return False
        try:
            return self.surely(values)
        except TypeError:
            return False


class Parameters:
    """Notes the parameters of a statement while it is built, in the order in which `shape_of` gives their values.

    Attributes:
        dialect: of the database, for checking values.
        noted: the parameters.
        values: what they stand for in the query that the statement is built for.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.noted: list[Parameter] = []
        self.values: list[object] = []

    def of_whole_number(self, number: int, name: str) -> Any:
        """A parameter of this name for a limit or an offset."""
        return self._note(Parameter(name), number, BigInteger())

    def of_place(
        self, prop: MapperProperty[Any] | None, value: object, convert: Callable[[Any], object], type_: TypeEngine[Any]
    ) -> Any:
        """A parameter for a value, never None, of a place in an order; the value itself where its SQL may depend on it.

        Args:
            prop: what is ordered by.
            value: of the place.
            convert: checks a value, and makes what is sent of it.
            type_: of what is sent.
        """
        if not isinstance(prop, ColumnProperty) or not compares_as_usual(prop):
            return literal(convert(value), type_)
        return self._note(Parameter(self._name, convert=convert), value, type_)

    def of_operand(
        self, mapper: Mapper[Any], prop: ColumnProperty[Any], attribute: Any, operator: Operator, operand: Any
    ) -> Any:
        """Parameters for an operand; the operand itself where it is part of the shape, or its SQL depends on it."""
        if operand is None or is_json(prop.columns[0].type) or not compares_as_usual(prop):
            return operand
        check = checks(mapper, self.dialect, stored=False).get(prop.key)
        column_type: TypeEngine[Any] = attribute.expression.type
        if operator is Operator.BETWEEN:
            return [self._note(Parameter(self._name, check), each, _type_for(column_type, each)) for each in operand]
        if operator in _OF_MANY:
            type_ = _type_for(column_type, widest(operand))
            surely = many_test_of(prop.columns[0].type, self.dialect)
            return self._note(Parameter(self._name, check, of_many=True, surely=surely), operand, type_)
        convert = escaped if operator in _LITERAL_TEXT else None
        type_ = String() if operator is Operator.ILIKE else _type_for(column_type, operand)
        return self._note(Parameter(self._name, check, convert), operand, type_)

    def of_numbers(self, mapper: Mapper[Any], prop: ColumnProperty[Any], numbers: tuple[int, ...]) -> Any:
        """One parameter for whole numbers, as an array."""
        check = checks(mapper, self.dialect, stored=False).get(prop.key)
        surely = many_test_of(prop.columns[0].type, self.dialect)
        return self._note(Parameter(self._name, check, of_many=True, surely=surely), numbers, NUMBERS)

    @property
    def _name(self) -> str:
        return f"unitofwork_value_{len(self.noted)}"  # no name of a column, which an UPDATE would set

    def _note(self, parameter: Parameter, value: object, type_: TypeEngine[Any]) -> Any:
        self.noted.append(parameter)
        self.values.append(value)
        return bindparam(parameter.name, type_=type_, expanding=parameter.of_many and type_ is not NUMBERS)


def bound(parameters: Iterable[Parameter], values: Iterable[object]) -> Values:
    """The values by their parameters' names, as they are sent.

    Raises:
        InvalidValue: or one of its kinds.
    """
    made: Values = {}
    for parameter, value in zip(parameters, values, strict=True):
        check = parameter.check
        if parameter.of_many:
            parameter.check_all(cast("tuple[object, ...]", value))
        elif check is not None:
            check(value)
        made[parameter.name] = value if parameter.convert is None else parameter.convert(value)
    return made


def escaped(text: str) -> str:
    """A text, such that LIKE takes each of its characters literally."""
    return text.replace(TEXT_ESCAPE, TEXT_ESCAPE * 2).replace("%", f"{TEXT_ESCAPE}%").replace("_", f"{TEXT_ESCAPE}_")


def _type_for(column_type: TypeEngine[Any], value: object) -> TypeEngine[Any]:
    """The type of a parameter that is compared with a column, as SQLAlchemy chooses it, but for large integers."""
    if value is None:
        return column_type
    return Numeric() if is_beyond(value) else column_type.coerce_compared_value(operators.eq, value)
