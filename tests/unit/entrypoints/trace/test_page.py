"""The page as text: whole, escaped, bounded, and with nothing from anywhere else. Browsers look at it elsewhere."""

import re
from html.parser import HTMLParser

import pytest

from unit.entrypoints.trace.lived import committed, flushed, found, lived, loaded, sent, step
from unitofwork.domain.observation import Changes, StepKind, UnitOutcome, UnitRecord
from unitofwork.entrypoints.trace import page
from unitofwork.entrypoints.trace.html import element
from unitofwork.entrypoints.trace.keeping import MOST_UNITS, Keeper, Traced
from unitofwork.entrypoints.trace.lives import MOST_ROWS

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e\0\ud800"


def traced(*records: UnitRecord, title: str = "shop.py") -> Traced:
    keeper = Keeper()
    for record in records:
        keeper.begun(record.begun)
        keeper.ended(record)
    return keeper.traced(title)


def shown(*records: UnitRecord, title: str = "shop.py") -> str:
    return str(page.page_of(traced(*records, title=title)))


class Elements(HTMLParser):
    """The names of all elements, with how often each is there, and what each attribute says."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        assert self._open == [], "each element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag not in ("meta", "input"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_it_tells_what_was_found_and_what_each_unit_did() -> None:
    text = "".join(Elements(shown(lived(found(10), *[loaded()] * 10, flushed(2), committed()))).text)
    for words in (
        "11 statements where 2 would do: load='addresses'",
        "find User",
        "×10",
        "User: 2 new",
        "SELECT users.id FROM users",
        "1 unit of work",
    ):
        assert words in text, words


def test_names_that_look_like_html_stay_text() -> None:
    hostile = step(
        StepKind.LOAD,
        HOSTILE,
        entity=HOSTILE,
        attributes=(HOSTILE,),
        statements=[sent(HOSTILE)],
        error=HOSTILE,
    )
    steps = hostile, *[step(StepKind.LOAD, "load", entity=HOSTILE, attributes=(HOSTILE,)) for _ in range(5)]
    record = lived(*steps, unit=HOSTILE, worker=HOSTILE, outcome=UnitOutcome.FAILED, error=HOSTILE)
    elements = Elements(shown(record, title=HOSTILE))
    assert not {"img", "iframe", "object", "link"} & set(elements.names)
    assert elements.names.count("script") == 1
    assert not [name for name, _ in elements.attributes if name.startswith("on")]
    shown(record).encode()  # a lone surrogate could not be written
    assert "\u202e" not in shown(record)


def test_it_needs_nothing_from_anywhere() -> None:
    text = shown(lived(found(2), committed()))
    assert not re.search(r"(?:src|href|url|@import)\W+(?:https?:)?//", text)
    attributes = Elements(text).attributes
    assert [value for _, value in attributes if value and value.startswith("default-src 'none'")]
    assert all(value and value.startswith("#") for name, value in attributes if name == "href")


def test_links_lead_somewhere_and_no_place_has_two_names() -> None:
    elements = Elements(shown(lived(found(10), *[loaded()] * 10), lived(committed()), lived(flushed(1))))
    identities = [value for name, value in elements.attributes if name == "id"]
    assert len(identities) == len(set(identities))
    assert {value[1:] for name, value in elements.attributes if name == "href" and value} <= set(identities)


@pytest.mark.parametrize("outcome", UnitOutcome)
def test_each_outcome_can_be_shown(outcome: UnitOutcome) -> None:
    assert f"</b> {outcome.value}</li>" in shown(lived(found(1), outcome=outcome, left=Changes(new=1), error="Lost"))


@pytest.mark.parametrize("kind", StepKind)
def test_each_step_can_be_shown(kind: StepKind) -> None:
    Elements(shown(lived(step(kind, error="Lost"), step(kind, statements=[], count=3))))


def test_where_no_unit_began_it_says_so() -> None:
    assert "No unit of work began in this process." in shown()


def test_of_many_units_it_says_how_many_are_not_shown() -> None:
    text = shown(*(lived(committed(), started=float(at)) for at in range(10_000)))
    assert f"{10_000 - MOST_UNITS:,} units of 10,000 are counted above and judged, and not shown below" in text
    assert len(text) < 1_500_000


def test_of_many_steps_it_says_how_many_are_not_shown() -> None:
    steps = [found(1, line=line) for line in range(MOST_ROWS + 20)]
    assert "31 further steps are not shown" in shown(lived(*steps, further_steps=11))


def test_a_page_that_is_full_leaves_out_the_steps_of_units_that_did_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "MOST_CHARACTERS", 1)
    asked = step(StepKind.QUESTION, "find", statements=[sent("SELECT lost_changes")])
    good, bad = lived(committed()), lived(asked, outcome=UnitOutcome.LEFT, left=Changes(new=1))
    text = shown(good, good, bad)
    assert text.count("Its steps are left out") == 2
    assert text.count("<pre>") == text.count("</b> lost_changes</pre>") == 1


def test_a_long_statement_among_few_is_shown_once_with_how_often() -> None:
    text = shown(lived(*[loaded()] * 7))
    assert text.count("<pre>") == 1
    assert "×7 · sqlite" in text


def test_elements() -> None:
    assert str(element("a", "x<", None, element("br"), href='"', hidden=True, title=None)) == (
        '<a href="&quot;" hidden>x&lt;<br></a>'
    )
