"""Publishing by calling a function of this process."""

from collections.abc import Callable

import attrs

from unitofwork.domain.messages import Event
from unitofwork.domain.outbox import Envelope
from unitofwork.domain.ports import Codec


@attrs.frozen
class CallablePublisher:
    """Hands each event to a function, such as a message bus's ``publish``; what that raises keeps it in the outbox.

    ::

        Relay(units, CallablePublisher(codec, bus.publish))

    Attributes:
        codec: reads the events.
        function: takes an event; what it returns is ignored.
    """

    codec: Codec
    function: Callable[[Event], object]

    def publish(self, message: Envelope) -> None:
        """Call the function.

        Raises:
            UnknownMessage, InvalidMessage: the event cannot be read.
            Exception: whatever the function raises.
        """
        self.function(self.codec.decode(message.content))

    def close(self) -> None:
        """Do nothing: it holds nothing."""
