"""Looking after the outbox: what waits, what is dead, what can go. What changes something commits the unit."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from unitofwork.domain.condition import Condition
from unitofwork.domain.errors import NotFound
from unitofwork.domain.outbox import MessageState, OutboxMessage
from unitofwork.domain.specification import where
from unitofwork.service_layer.unit_of_work import UnitOfWork


def messages_in(uow: UnitOfWork, states: Collection[MessageState], limit: int) -> list[OutboxMessage]:
    """The first messages in any of these states, in the order of their positions."""
    return uow.repository(OutboxMessage).find(where("state").in_(states), order_by="position", limit=limit)


def retry_dead(uow: UnitOfWork, ids: Collection[UUID] | None = None) -> int:
    """Let dead messages be tried again, as often as new ones; return how many.

    Later messages of their aggregates may be published already.

    Args:
        uow: a unit of work.
        ids: of the messages; None is all of them.

    Raises:
        NotFound: one of the ids is not that of a dead message; nothing is changed then.
    """
    chosen: Condition = where("state") == MessageState.DEAD
    if ids is not None:
        chosen &= where("id").in_(ids)
    revived = uow.repository(OutboxMessage).update_where(
        chosen, state=MessageState.PENDING, attempts=0, due_at=None, settled_at=None
    )
    if ids is not None and revived < len(set(ids)):
        uow.rollback()
        raise NotFound(f"{len(set(ids)) - revived} of the ids are not of dead messages: list them with --state dead")
    uow.commit()
    return revived


def purge(uow: UnitOfWork, before: datetime, states: Collection[MessageState] = (MessageState.PUBLISHED,)) -> int:
    """Delete messages that were published, or given up, before a time; return how many.

    Raises:
        ValueError: what is pending is never deleted.
    """
    if MessageState.PENDING in states:
        raise ValueError("what is pending is never purged: publish it, or let it die")
    purged = uow.repository(OutboxMessage).delete_where(where("state").in_(states), where("settled_at") < before)
    uow.commit()
    return purged
