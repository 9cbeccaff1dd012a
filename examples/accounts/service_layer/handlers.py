"""What follows from events, once they are committed."""

from typing import Protocol

from accounts.domain.events import UserRegistered
from accounts.domain.letter import Letter, welcome_letters
from unitofwork import Handlers


class Post(Protocol):
    """Sends letters."""

    def send(self, letter: Letter) -> None:
        """Send one; it may come twice."""
        ...


def handlers(post: Post) -> Handlers:
    """The handlers, with what they need."""
    made = Handlers()

    @made.on(after_commit=True)
    def welcome(registered: UserRegistered) -> None:
        for letter in welcome_letters(registered):
            post.send(letter)

    return made
