"""Types that convert values around another type's, as an application writes them, and pickles."""

from typing import Any

from sqlalchemy.types import TypeDecorator

from unitofwork.adapters.memory.values.codec import DIALECT, Codec, Convert, Holder
from unitofwork.adapters.orm.column_types import overrides
from unitofwork.adapters.orm.rules import Refusal
from unitofwork.domain.errors import WrongType


def decorated_codec(type_: TypeDecorator[Any], inner: Codec, holder: Holder) -> Codec:
    """What the decorator binds, kept as the inner type keeps it."""
    binds, results = overrides(type_, "process_bind_param"), overrides(type_, "process_result_value")

    def bound(store: Convert | None) -> Convert | None:
        if not binds:
            return store

        def bind(value: object) -> object:
            try:
                made = type_.process_bind_param(value, DIALECT)
            except Exception as error:  # the application's code, which may stumble over a value in any way
                raise holder.refused(_stumbled(value, error)) from error
            return made if store is None or (made is None and not inner.stores_none) else store(made)

        return bind

    return Codec(
        store=bound(inner.store),
        load=_resulting(type_, inner) if results else inner.load,
        key=inner.key,
        operand=bound(inner.operand),
        order=inner.order,
        null=inner.null,
        stores_none=binds or inner.stores_none,
        loads_null=results or inner.loads_null,
    )


def _resulting(type_: TypeDecorator[Any], inner: Codec) -> Convert:
    load = inner.load

    def result(value: object) -> object:
        loaded = value if load is None or (value is None and not inner.loads_null) else load(value)
        return type_.process_result_value(loaded, DIALECT)

    return result


def processed_codec(type_: TypeDecorator[Any], inner: Codec, holder: Holder) -> Codec:
    """A type of SQLAlchemy's own that binds values by a processor, as pickles are."""
    bind, load = type_.bind_processor(DIALECT), type_.result_processor(DIALECT, None)
    assert bind is not None

    def store(value: object) -> object:
        try:
            made = bind(value)
        except Exception as error:  # what a value's own class does when it is pickled
            raise holder.refused(_stumbled(value, error)) from error
        return made if inner.store is None else inner.store(made)

    return Codec(store=store, load=load, key=inner.key, operand=store, order=inner.order)


def _stumbled(value: object, error: Exception) -> Refusal:
    return Refusal(WrongType, f"does not take this {type(value).__name__}", error)
