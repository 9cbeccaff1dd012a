"""What an attrs class says of itself: its fields' defaults, and what their converters make."""

import inspect
from types import FunctionType, NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

import attrs

# attrs' stubs describe Factory as a function, and Converter without its attributes: hence Any inside these functions.


def is_attrs(cls: object) -> bool:
    """Whether attrs made this very class, and not only a base of it."""
    return "__attrs_props__" in getattr(cls, "__dict__", ())


def fields_of(cls: type[Any]) -> dict[str, "attrs.Attribute[Any]"]:
    """The fields by name, inherited ones included; none for a class that attrs had nothing to do with."""
    return attrs.fields_dict(cls) if attrs.has(cls) else {}


def default_of(field: "attrs.Attribute[Any]", instance: object) -> object:
    """The default as the constructor would set it, converted; the field must have one."""
    value: Any = field.default
    converter = _converter(field)
    if _is_a(attrs.Factory, value):
        value = value.factory(instance) if value.takes_self else value.factory()
    if converter is None:
        return value
    return converter(value, instance, field) if _is_a(attrs.Converter, converter) else converter(value)


def type_of_default(field: "attrs.Attribute[Any]") -> type[Any] | None:
    """The type of the field's default; None where there is none, or where it depends on the instance."""
    default: Any = field.default
    if not _is_a(attrs.Factory, default):
        return default.__class__ if default is not attrs.NOTHING else None
    if default.takes_self:
        return None
    factory = default.factory
    return cast("type[Any]", factory if isinstance(factory, type) else type(factory()))


def converted_type(field: "attrs.Attribute[Any]") -> type[Any] | None:
    """The type of what the field's converter returns, None apart; or None where that cannot be told without a call.

    A class returns its instances, and a function what its annotation says. attrs' own ``optional`` and ``pipe`` return
    what the last function that they wrap returns.
    """
    return _returned(_converter(field))


def _returned(converter: Any) -> type[Any] | None:
    if _is_a(attrs.Converter, converter):
        return _returned(converter.converter)
    if isinstance(converter, type):
        return converter
    if not isinstance(converter, FunctionType):
        return None
    if converter.__module__ in _WRAPPERS:
        captured = inspect.getclosurevars(converter).nonlocals
        return _returned(captured.get("converter", captured.get("converters", (None,))[-1]))
    return _annotated(converter)


_WRAPPERS = {attrs.converters.optional.__module__, attrs.converters.pipe.__module__}


def _annotated(function: FunctionType) -> type[Any] | None:
    try:
        returned = get_type_hints(function).get("return")
    except NameError:  # the annotation is for type checkers only
        return None
    options = get_args(returned) if get_origin(returned) in (Union, UnionType) else (returned,)
    types = [each for each in options if each is not NoneType]
    return types[0] if len(types) == 1 and isinstance(types[0], type) else None


def _converter(field: "attrs.Attribute[Any]") -> Any:
    return field.converter  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # generic


def _is_a(kind: Any, value: object) -> bool:
    return isinstance(value, kind)
