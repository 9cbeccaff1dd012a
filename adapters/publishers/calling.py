"""Publishing by calling a function of this process."""

from collections.abc import Callable
from inspect import iscoroutine, iscoroutinefunction
from typing import cast

import attrs

from unitofwork.domain.errors import MessageError, NotPublished
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Codec


def _not_awaited(_publisher: object, _attribute: object, function: Callable[..., object]) -> None:
    if not callable(cast(object, function)) or iscoroutinefunction(function):
        raise MessageError(
            "CallablePublisher calls a plain function: let one run a coroutine in its event loop, by"
            " asyncio.run_coroutine_threadsafe(...).result()"
        )


@attrs.frozen
class CallablePublisher:
    """Hands each event to a function, such as a message bus's ``publish``; what that raises keeps it in the outbox.

    ::

        Relay(units, CallablePublisher(codec, bus.publish, with_id=True))

    Attributes:
        codec: reads the events.
        function: takes an event; what it returns is ignored.
        with_id: whether it is also given the message's id, as ``message_id=``, by which it knows one that comes again.

    Raises:
        MessageError: the function has to be awaited, which nobody does here, or is none.
    """

    codec: Codec
    function: Callable[..., object] = attrs.field(validator=_not_awaited)
    with_id: bool = attrs.field(default=False, kw_only=True)

    def publish(self, message: Envelope) -> None:
        """Call the function.

        Raises:
            UnknownMessage, InvalidMessage: the event cannot be read.
            NotPublished: the function returned a coroutine, which nobody awaits.
            Exception: whatever the function raises.
        """
        event = self.codec.decode(message.content)
        answer = self.function(event, message_id=message.id) if self.with_id else self.function(event)
        if iscoroutine(answer):
            answer.close()
            raise NotPublished("the function returned a coroutine, which nobody awaits: let it wait for what that does")

    def close(self) -> None:
        """Do nothing: it holds nothing."""
