"""The verdicts of many units, those that are the same put together."""

from collections.abc import Iterable

import attrs

from unitofwork.domain.observation import Place
from unitofwork.entrypoints.trace.verdicts import Verdict

EXAMPLES = 3
"""How many units of each finding are shown at least, however many units there are."""

MOST_FINDINGS = 200
"""How many different ones are kept."""


@attrs.define
class Finding:
    """The same verdict of one unit or several.

    Attributes:
        verdict: the worst of them.
        units: how many units it is about.
        examples: the numbers of the first of them.
    """

    verdict: Verdict
    units: int = 0
    examples: tuple[int, ...] = ()


@attrs.define
class Findings:
    """What was found up to now."""

    _found: dict[tuple[str, Place | None], Finding] = attrs.field(factory=dict[tuple[str, Place | None], Finding])

    def add(self, number: int, verdicts: Iterable[Verdict]) -> bool:
        """Take in what is to be said of a unit; whether the unit is an example of something."""
        examples = [self._add(number, verdict) for verdict in verdicts]
        return any(examples)

    def _add(self, number: int, verdict: Verdict) -> bool:
        key = verdict.subject, verdict.place
        if key not in self._found:
            if len(self._found) == MOST_FINDINGS:
                return False
            self._found[key] = Finding(verdict)
        finding = self._found[key]
        if finding.verdict.weight < verdict.weight:
            finding.verdict = verdict
        if number in finding.examples:
            return True
        finding.units += 1
        if len(finding.examples) == EXAMPLES:
            return False
        finding.examples = (*finding.examples, number)
        return True

    def copy(self) -> "Findings":
        """The same, for itself."""
        return Findings({key: attrs.evolve(finding) for key, finding in self._found.items()})

    def worst_first(self) -> tuple[Finding, ...]:
        """All of them: the most severe first, then those of the most units."""
        return tuple(sorted(self._found.values(), key=lambda each: (-each.verdict.severity, -each.units)))
