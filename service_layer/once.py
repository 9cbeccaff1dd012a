"""Once: a message is handled and noted in one transaction, or was before."""

from collections.abc import Callable
from typing import TypeVar, cast

from unitofwork.domain.errors import UnitOfWorkError
from unitofwork.service_layer.inbox import Answer, Inbox
from unitofwork.service_layer.life_cycle import LifeCycle

R = TypeVar("R")

RESERVED = "once() notes the message in the transaction that handles it, which ends after it"
"""Why the work may not end it."""


def once(life: LifeCycle, message_id: str, work: Callable[[], R]) -> R:
    """Do the work and note the message, or return the answer that was noted."""
    known = answer(life, message_id)
    if known is not None:
        return cast(R, known.result)
    with life.reserve(RESERVED):
        result = work()
    note(life, message_id, result)
    return result


def answer(life: LifeCycle, message_id: str) -> Answer | None:
    """The answer that was noted; None if there is none.

    Raises:
        UnitOfWorkError: the unit has no inbox, or the message no id.
    """
    if not message_id:
        raise UnitOfWorkError("once() knows a message by its id, which is a text that is not empty")
    return _inbox(life).answer(life.working(), message_id)


def note(life: LifeCycle, message_id: str, result: object) -> None:
    """Note that the transaction has handled a message."""
    _inbox(life).note(life.working(), message_id, result)
    life.noted += (message_id,)


def _inbox(life: LifeCycle) -> Inbox:
    if life.inbox is None:
        raise UnitOfWorkError("once() needs to know what was handled: give the unit inbox=Inbox(codec)")
    return life.inbox
