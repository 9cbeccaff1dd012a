"""HTML that is safe by construction: whatever is not `Html` already is text, and escaped."""

import re
from html import escape

import attrs


@attrs.frozen
class Html:
    """A piece of a page."""

    text: str

    def __str__(self) -> str:
        return self.text


Content = Html | str | None
"""What an element may hold; None is nothing."""

_EMPTY = frozenset({"br", "input", "meta", "link"})

_UNSEEN = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that show nothing, or that let a text look like another one, or that no file can hold."""


def element(name: str, *content: Content, **attributes: str | bool | None) -> Html:
    """An element. An underscore at an attribute's end is left out, others are hyphens; None and False leave it out."""
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opening if name in _EMPTY else f"{opening}{together(*content)}</{name}>")


def together(*content: Content) -> Html:
    """Several pieces, one after the other."""
    return Html("".join(each.text if isinstance(each, Html) else text(each) for each in content if each is not None))


def text(words: str) -> str:
    """Words as they are written in HTML, in elements and in attributes."""
    return escape(_UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words))


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(value)}"'
