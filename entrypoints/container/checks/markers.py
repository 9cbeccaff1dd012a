"""Where a module says what is to be injected."""

import builtins
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, signature, unwrap
from types import FunctionType, ModuleType
from typing import Annotated, Any, cast, get_origin

from dependency_injector import wiring

from unitofwork.entrypoints.container.private import Marker, marker_of

_MARKERS = cast("tuple[type, ...]", (wiring.Provide, wiring.Provider, wiring.Closing))
_NAMES = tuple(f"{each.__name__}[" for each in _MARKERS)
_WIRING = frozenset({id(wiring), id(wiring.inject), *map(id, _MARKERS)})

_ENDPOINTS: Mapping[str, Callable[[Any], Iterator[object]]] = {
    "fastapi": lambda router: (getattr(route, "endpoint", None) for route in getattr(router, "routes", ())),
    "starlette": lambda router: (getattr(route, "endpoint", None) for route in getattr(router, "routes", ())),
    "flask": lambda app: iter(getattr(app, "view_functions", {}).values()),
}
"""For each framework the functions that an object of its own holds, as they were when they were given to it."""


def is_marker(value: object) -> bool:
    """Whether something else is to come in a value's place."""
    return issubclass(type(value), _MARKERS)  # by its type alone: a proxy's class is asked for in a request only


def speaks_of_wiring(module: ModuleType) -> bool:
    """Whether there can be a marker in a module: it has imported what makes one, or one that was made."""
    return any(id(value) in _WIRING or _has_marker(value) for value in list(vars(module).values()))


def functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """The functions and methods that a module defines, by their names."""
    for owner in [module, *_classes(module)]:
        for value in list(vars(owner).values()):
            function: object = value.__func__ if type(value) in (classmethod, staticmethod) else value
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                yield function.__qualname__, function


def attributes(module: ModuleType) -> Iterator[tuple[str, Marker]]:
    """The attributes of a module, and of its classes, that are still markers."""
    for owner in [module, *_classes(module)]:
        prefix = f"{owner.__qualname__}." if isinstance(owner, type) else ""
        yield from ((f"{prefix}{name}", value) for name, value in list(vars(owner).items()) if is_marker(value))


def endpoints(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that the web frameworks' objects in a module will call."""
    for value in list(vars(module).values()):
        held = _ENDPOINTS.get(type(value).__module__.partition(".")[0])
        if held is not None:
            yield from (each for each in held(value) if isinstance(each, FunctionType))


def markers(function: FunctionType) -> dict[str, Marker]:
    """The markers of a function's parameters."""
    found = ((name, marker_of(each)) for name, each in _parameters(function))
    return {name: marker for name, marker in found if marker is not None}


def unread_markers(function: FunctionType) -> dict[str, Marker]:
    """The markers in annotations that are texts, which nobody reads."""
    found = {
        name: marker_of(each.replace(annotation=_evaluated(each.annotation, function)))
        for name, each in _parameters(function)
        if isinstance(each.annotation, str) and any(marker in each.annotation for marker in _NAMES)
    }
    return {name: marker for name, marker in found.items() if marker is not None}


def _parameters(function: FunctionType) -> list[tuple[str, Parameter]]:
    try:
        return list(signature(function).parameters.items())
    except (TypeError, ValueError):
        return []


class _Leniently(dict[str, Any]):
    """Names of a module, where any other name means something of which nothing is known."""

    def __missing__(self, name: str) -> Any:
        return vars(builtins).get(name, Any)  # such as what was imported for type checkers only


def _evaluated(text: str, function: FunctionType) -> Any:
    try:
        return eval(text, {}, _Leniently(unwrap(function).__globals__))
    except Exception:
        return Parameter.empty


def _has_marker(value: object) -> bool:
    if is_marker(value):
        return True
    return get_origin(value) is Annotated and any(map(_means_marker, getattr(value, "__metadata__", ())))


def _means_marker(value: object) -> bool:
    return marker_of(Parameter("any", Parameter.KEYWORD_ONLY, default=value)) is not None


def _classes(module: ModuleType) -> Iterator[type]:
    for value in list(vars(module).values()):
        if issubclass(type(value), type) and value.__module__ == module.__name__:
            yield value
