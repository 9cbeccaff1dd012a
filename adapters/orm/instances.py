"""What an instance goes through besides its constructor's success: being loaded, and the constructor's failure."""

from collections.abc import Collection
from contextlib import suppress
from typing import Any

import attrs
from sqlalchemy import event
from sqlalchemy.orm import InstanceState, Mapper, object_session
from sqlalchemy.orm.attributes import del_attribute

from unitofwork.adapters.orm.fields import default_of


def fill_in_on_load(entity_type: type[Any], names: Collection[str]) -> None:
    """Give loaded instances the defaults of fields that are not mapped, since no constructor runs on load.

    ``__attrs_post_init__`` does not run either.
    """
    fields = [field for field in attrs.fields(entity_type) if field.name in names]
    if not fields:
        return

    def fill_in(instance: object, _: object) -> None:
        for field in fields:
            if field.name not in instance.__dict__:  # else a subclass maps it
                instance.__dict__[field.name] = default_of(field, instance)

    event.listen(entity_type, "load", fill_in, propagate=True)


def withdraw_on_failure(mapper: Mapper[Any]) -> None:
    """Take an instance whose constructor raised out of whatever had taken it already.

    A related entity may have it through a backref, and a session through that entity: it would be written, half made.
    """

    def withdraw(state: InstanceState[Any], _args: object, _kwargs: object) -> None:
        instance = state.obj()
        for name in [name for name in state.dict if name in mapper.relationships]:
            with suppress(Exception):  # a listener of the application must not hide why the constructor failed
                del_attribute(instance, name)
        session = object_session(instance)
        if session is not None:
            session.expunge(instance)

    event.listen(mapper.class_, "init_failure", withdraw, raw=True)
