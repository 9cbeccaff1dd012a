r"""Q1: text compared. Case matters but for ilike; only like and ilike know ``%``, ``_`` and ``\``."""

import pytest

from unitofwork import Condition, where

from .comments import keep, texts
from .model import Comment, NewUnit

pytestmark = pytest.mark.row("Q1")

TEXT = where("text")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (TEXT.startswith("ab"), ["ab", "abc"]),
        (TEXT.endswith("bc"), ["abc", "bc"]),
        (TEXT.contains("b"), ["ab", "abc", "bc"]),
        (TEXT.like("ab%"), ["ab", "abc"]),
        (TEXT.like("_b_"), ["abc"]),
        (TEXT.like("ab"), ["ab"]),
        (TEXT.like("b"), []),
        (TEXT.like(""), [""]),
        (TEXT.like("%"), ["", "ab", "abc", "bc"]),
        (TEXT.ilike("AB%"), ["ab", "abc"]),
        (TEXT.startswith(""), ["", "ab", "abc", "bc"]),
        (TEXT.endswith(""), ["", "ab", "abc", "bc"]),
        (TEXT.contains(""), ["", "ab", "abc", "bc"]),
        (TEXT == "", [""]),
        (TEXT > "ab", ["abc", "bc"]),
        (~TEXT.startswith("ab"), ["", "bc"]),
        (~TEXT.endswith("bc"), ["", "ab"]),
        (~TEXT.contains("b"), [""]),
        (~TEXT.like("%b"), ["", "abc", "bc"]),
        (~TEXT.ilike("%B"), ["", "abc", "bc"]),
    ],
    ids=str,
)
def test_a_text_operator_finds_what_it_is_true_of_and_never_none(
    accounts: NewUnit, condition: Condition, expected: list[str]
) -> None:
    keep(accounts, *map(Comment, ("", "ab", "abc", "bc", None)))
    assert texts(accounts, condition) == expected


@pytest.mark.parametrize("special", ["%", "_", "\\", "\\%", "%_\\", "/", "'", '"', ":name", "?", "%s", "%(name)s"])
@pytest.mark.parametrize("operator", ["startswith", "endswith", "contains", "__eq__"])
def test_no_character_has_a_meaning_of_its_own(accounts: NewUnit, operator: str, special: str) -> None:
    keep(accounts, Comment(special), *map(Comment, ("plain", "x", "\\\\x", "/%", "")))
    assert texts(accounts, getattr(TEXT, operator)(special)) == sorted(
        text for text in (special, "plain", "x", "\\\\x", "/%", "") if getattr(text, _PYTHON[operator])(special)
    )


_PYTHON = {"startswith": "startswith", "endswith": "endswith", "contains": "__contains__", "__eq__": "__eq__"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("100\\%", ["100%"]),
        ("100_", ["100%", "100_", "100x"]),
        ("100\\_", ["100_"]),
        ("a\\\\%", ["a\\b"]),
        ("a\\\\b", ["a\\b"]),
        ("\\a\\\\\\b", ["a\\b"]),
    ],
)
@pytest.mark.parametrize("operator", ["like", "ilike"])
def test_a_backslash_makes_the_next_character_of_a_pattern_literal(
    accounts: NewUnit, operator: str, pattern: str, expected: list[str]
) -> None:
    keep(accounts, *map(Comment, ("100%", "100_", "100x", "a\\b", "ab")))
    assert texts(accounts, getattr(TEXT, operator)(pattern)) == expected


@pytest.mark.parametrize("text", ["é", "Ж", "ß", "😀", "e\u0301", "日"])
def test_an_underscore_is_one_character_of_any_alphabet(accounts: NewUnit, text: str) -> None:
    keep(accounts, Comment(f"<{text}>"))
    assert texts(accounts, TEXT.like(f"<{'_' * len(text)}>")) == [f"<{text}>"]
    assert texts(accounts, TEXT.like(f"<{'_' * (len(text) + 1)}>")) == []


@pytest.mark.parametrize(("lower", "upper"), [("a", "A"), ("é", "É"), ("ж", "Ж"), ("ω", "Ω")])
@pytest.mark.parametrize(
    ("operator", "pattern"),
    [
        ("__eq__", "{}na"),
        ("startswith", "{}n"),
        ("endswith", "{}na"),
        ("contains", "{}n"),
        ("like", "{}n_"),
    ],
)
def test_case_matters(accounts: NewUnit, operator: str, pattern: str, lower: str, upper: str) -> None:
    keep(accounts, Comment(f"{lower}na"), Comment(f"{upper}na"))
    assert texts(accounts, getattr(TEXT, operator)(pattern.format(lower))) == [f"{lower}na"]
    assert texts(accounts, getattr(TEXT, operator)(pattern.format(upper))) == [f"{upper}na"]


def test_case_matters_in_a_list(accounts: NewUnit) -> None:
    keep(accounts, *map(Comment, ("ann", "Ann", "ANN")))
    assert texts(accounts, TEXT.in_(["ann", "ANN"])) == ["ANN", "ann"]
    assert texts(accounts, TEXT.not_in(["ann", "ANN"])) == ["Ann"]
    assert texts(accounts, TEXT != "Ann") == ["ANN", "ann"]


@pytest.mark.parametrize(("lower", "upper"), [("a", "A"), ("é", "É"), ("ж", "Ж"), ("ω", "Ω"), ("ñ", "Ñ")])
def test_ilike_ignores_case_in_every_alphabet(accounts: NewUnit, lower: str, upper: str) -> None:
    keep(accounts, Comment(f"x{lower}y"), Comment(f"X{upper}Y"), Comment("other"))
    for pattern in (f"x{lower}y", f"X{upper}Y", f"%{lower}%", f"%{upper}%", f"_{upper}y"):
        assert texts(accounts, TEXT.ilike(pattern)) == [f"X{upper}Y", f"x{lower}y"]


def test_an_accent_makes_another_letter(accounts: NewUnit) -> None:
    keep(accounts, *map(Comment, ("resume", "résumé")))
    assert texts(accounts, TEXT == "resume") == ["resume"]
    assert texts(accounts, TEXT.ilike("RESUME")) == ["resume"]
    assert texts(accounts, TEXT.contains("é")) == ["résumé"]


def test_spaces_at_the_end_count(accounts: NewUnit) -> None:
    keep(accounts, *map(Comment, ("ann", "ann ", " ann")))
    assert texts(accounts, TEXT == "ann") == ["ann"]
    assert texts(accounts, TEXT == "ann ") == ["ann "]
    assert texts(accounts, TEXT.in_(["ann "])) == ["ann "]
    assert texts(accounts, TEXT.endswith(" ")) == ["ann "]
    assert texts(accounts, TEXT.like("ann_")) == ["ann "]


def test_a_line_break_is_a_character_like_any_other(accounts: NewUnit) -> None:
    keep(accounts, Comment("one\ntwo"))
    assert texts(accounts, TEXT.like("one%two")) == ["one\ntwo"]
    assert texts(accounts, TEXT.like("one_two")) == ["one\ntwo"]
    assert texts(accounts, TEXT.endswith("one")) == []
    assert texts(accounts, TEXT.contains("\n")) == ["one\ntwo"]


def test_a_pattern_may_be_longer_than_the_column(accounts: NewUnit) -> None:
    keep(accounts, Comment("a"))
    assert texts(accounts, TEXT.startswith("a" * 1000)) == []
    assert texts(accounts, TEXT != "a" * 1000) == ["a"]
