"""The truth of a condition in SQL's three-valued logic, as source."""

from collections.abc import Sequence

import attrs


@attrs.frozen
class Truth:
    """Two expressions of Python: whether the condition is true, and whether it is false; if neither, it is unknown."""

    true: str
    false: str

    def negated(self) -> "Truth":
        """The truth of its negation."""
        return Truth(self.false, self.true)


UNKNOWN = Truth("False", "False")


def known(test: str) -> Truth:
    """The truth of what is never unknown."""
    return Truth(test, f"not ({test})")


def all_true(parts: Sequence[Truth]) -> Truth:
    """True if all parts are, false if one is false."""
    return Truth(_joined("and", [part.true for part in parts]), _joined("or", [part.false for part in parts]))


def any_true(parts: Sequence[Truth]) -> Truth:
    """True if one part is, false if all are false."""
    return Truth(_joined("or", [part.true for part in parts]), _joined("and", [part.false for part in parts]))


def _joined(word: str, tests: Sequence[str]) -> str:
    if not tests:
        return str(word == "and")
    return tests[0] if len(tests) == 1 else f" {word} ".join(f"({test})" for test in tests)
