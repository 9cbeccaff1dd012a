"""How outcomes, verdicts and steps look: a class of the style sheet, a sign for those who see no colours, and words."""

import attrs

from unitofwork.domain.observation import StepKind, UnitOutcome
from unitofwork.entrypoints.trace.html import Html, element
from unitofwork.entrypoints.trace.verdicts import Severity


@attrs.frozen
class Look:
    """One of them."""

    name: str
    sign: str
    says: str = ""


OUTCOMES = {
    UnitOutcome.COMMITTED: Look("committed", "✓", "all that was changed was kept"),
    UnitOutcome.READ: Look("read", "○", "nothing was changed"),
    UnitOutcome.ROLLED_BACK: Look("back", "↶", "undone by rollback()"),
    UnitOutcome.LEFT: Look("lost", "!", "changed, and never committed"),
    UnitOutcome.FAILED: Look("failed", "×", "ended by an error"),
    UnitOutcome.UNKNOWN: Look("lost", "?", "kept or not, nobody knows"),
    UnitOutcome.NEVER_CLOSED: Look("lost", "!", "dropped while it was open"),
    UnitOutcome.OPEN: Look("lost", "…", "open when this page was made"),
}

LOOKS = {
    Severity.LOST: Look("lost", "!", "something may be lost"),
    Severity.FAILED: Look("failed", "×", "an error"),
    Severity.SLOW: Look("slow", "◷", "slower than it need be"),
}

STEPS = {
    StepKind.BEGIN: Look("control", "▸", "begins"),
    StepKind.CHANGE: Look("change", "+", "changes an entity"),
    StepKind.QUESTION: Look("question", "?", "asks"),
    StepKind.LOAD: Look("load", "↓", "loads an attribute that was read"),
    StepKind.WRITE: Look("change", "≡", "writes many rows"),
    StepKind.FLUSH: Look("change", "↑", "sends what was changed"),
    StepKind.SAVEPOINT: Look("point", "⚑", "sets a point to go back to"),
    StepKind.RELEASE: Look("point", "⚐", "keeps what came after the savepoint"),
    StepKind.BACK: Look("back", "↶", "undoes what came after the savepoint"),
    StepKind.COMMIT: Look("committed", "✓", "keeps all"),
    StepKind.ROLLBACK: Look("back", "↶", "undoes all"),
    StepKind.CLOSE: Look("control", "■", "closes"),
}


def mark(look: Look) -> Html:
    """The sign, for the eyes alone."""
    return element("span", look.sign, class_="mark", aria_hidden="true")
