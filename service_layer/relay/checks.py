"""What a relay can be made of: asked at once, for what is wrong would show when messages are on their way."""

from inspect import iscoroutine, iscoroutinefunction

from unitofwork.domain.errors import MessageError, NotPublished
from unitofwork.domain.kind import one

MOST = 2**31 - 1
"""The highest number of messages, and of attempts."""
YEAR = 366 * 86_400
"""The longest lease and interval, in seconds."""


def check_whole(name: str, number: object) -> None:
    """Refuse what counts nothing.

    Raises:
        ValueError: it is no whole number, or none that can be used.
    """
    if not isinstance(number, int) or not 0 < number <= MOST:
        raise ValueError(f"{name} is more than zero: a whole number of at most {MOST}")


def check_seconds(name: str, number: object) -> None:
    """Refuse what is no span of time.

    Raises:
        ValueError: it is no number of seconds, or too many.
    """
    if not isinstance(number, int | float) or not 0 < number <= YEAR:
        raise ValueError(f"{name} is more than zero: seconds, of a year at most")


def check_publisher(publisher: object) -> None:
    """Refuse what publishes nothing.

    Raises:
        MessageError: it has no function `publish`, or one that would have to be awaited.
    """
    publish = getattr(publisher, "publish", None)
    if isinstance(publisher, type) or not callable(publish):
        raise MessageError(
            f"a relay takes a publisher, not {one(publisher)}: CallablePublisher(codec, ...) makes one of a function"
        )
    if iscoroutinefunction(publish):
        raise MessageError(
            f"{type(publisher).__name__}.publish is a coroutine function, which nobody awaits: let it wait, as by"
            " asyncio.run_coroutine_threadsafe(...).result()"
        )


def check_published(answer: object) -> None:
    """Refuse what a publisher returned, if the message is not published by that.

    Raises:
        NotPublished: it would have to be awaited.
    """
    if iscoroutine(answer):
        answer.close()
        raise NotPublished("the publisher returned a coroutine, which nobody awaits: let it wait for what that does")
