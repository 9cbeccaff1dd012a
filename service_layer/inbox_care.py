"""Looking after the inbox: what can go. What changes something commits the unit."""

from datetime import datetime

from unitofwork.domain.outbox import ProcessedMessage
from unitofwork.domain.specification import where
from unitofwork.service_layer.unit_of_work import UnitOfWork


def purge(uow: UnitOfWork, before: datetime) -> int:
    """Forget messages that were handled before a time; return how many.

    One that comes again after that is handled again: let no message be older.
    """
    purged = uow.repository(ProcessedMessage).delete_where(where("processed_at") < before)
    uow.commit()
    return purged
