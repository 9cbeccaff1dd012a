"""The inbox: what was handled is noted in the transaction that did it, so that it is not done a second time."""

from collections.abc import Mapping
from typing import Any

import attrs

from unitofwork.domain.errors import Conflict, UniqueViolation, UnitOfWorkError
from unitofwork.domain.kind import one
from unitofwork.domain.outbox import ProcessedMessage
from unitofwork.domain.ports import Clock, Codec, Session
from unitofwork.domain.query import Query
from unitofwork.domain.specification import where
from unitofwork.service_layer.outbox import check_clock, utc_now


@attrs.frozen
class Answer:
    """The answer to a message that was handled before."""

    result: Any


@attrs.frozen
class Inbox:
    """Notes which messages were handled, with the answers, in the transaction of whoever handles them.

    ::

        Accounts(database, inbox=Inbox(codec))

    Attributes:
        codec: writes the answers, and reads them.
        clock: tells when a message was handled.

    Raises:
        UnitOfWorkError: the codec is none.
        ValueError: the clock's times have no zone.
    """

    codec: Codec
    clock: Clock = utc_now

    def __attrs_post_init__(self) -> None:
        if self.clock is not utc_now:
            check_clock(self.clock)
        if not hasattr(self.codec, "dump"):
            raise UnitOfWorkError(f"Inbox takes a codec, not {one(self.codec)}: MsgspecCodec(types)")

    def answer(self, session: Session, message_id: str) -> Answer | None:
        """The answer to a message, or None if it was not handled yet."""
        found = session.find_values(Query(ProcessedMessage, where("id") == message_id), ("result",))
        return Answer(self.codec.load(found[0][0])) if found else None

    def note(self, session: Session, message_id: str, result: object) -> None:
        """Note that a message was handled; on failure the transaction can only be rolled back.

        Raises:
            InvalidMessage: the answer cannot be kept as text.
            Conflict: another transaction has handled the message meanwhile.
        """
        try:
            row = {"id": message_id, "result": self.codec.dump(result), "processed_at": self.clock()}
            session.flush()
            self._insert(session, row)
        except BaseException as error:
            session.fail(error)
            raise

    def _insert(self, session: Session, row: Mapping[str, object]) -> None:
        try:
            session.insert_many(ProcessedMessage, [row])
        except UniqueViolation as error:
            raise Conflict(
                "two transactions handled one message at the same time: run this one again, to find the answer",
                entity_type=ProcessedMessage,
                table=error.table,
            ) from error
