"""Publishing by calling a function of this process."""

from collections.abc import Callable

import attrs

from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Codec


@attrs.frozen
class CallablePublisher:
    """Hands each event to a function, such as a message bus's ``publish``; what that raises keeps it in the outbox.

    ::

        Relay(units, CallablePublisher(codec, bus.publish, with_id=True))

    Attributes:
        codec: reads the events.
        function: takes an event; what it returns is ignored.
        with_id: whether it is also given the message's id, as ``message_id=``, by which it knows one that comes again.
    """

    codec: Codec
    function: Callable[..., object]
    with_id: bool = attrs.field(default=False, kw_only=True)

    def publish(self, message: Envelope) -> None:
        """Call the function.

        Raises:
            UnknownMessage, InvalidMessage: the event cannot be read.
            Exception: whatever the function raises.
        """
        event = self.codec.decode(message.content)
        if self.with_id:
            self.function(event, message_id=message.id)
        else:
            self.function(event)

    def close(self) -> None:
        """Do nothing: it holds nothing."""
