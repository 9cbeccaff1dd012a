"""How letters are sent: written where they can be read."""

from collections.abc import Callable

import attrs

from accounts.domain.letter import Letter


@attrs.frozen
class Printing:
    """Writes a line for each letter, instead of sending it."""

    write: Callable[[str], object]

    def send(self, letter: Letter) -> None:
        """Write its line."""
        self.write(f"to {letter.email_address}: {letter.text}")
