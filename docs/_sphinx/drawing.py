"""Draws states as boxes and moves as arrows: an SVG that is readable on a light and on a dark page."""

from collections.abc import Iterable
from html import escape
from math import hypot

import attrs

WIDTH, HEIGHT = 132, 40
"""Of a box."""
MARGIN = 24
BEND = 60
"""How far an arrow is pulled to its left, so that one and its opposite stay apart."""

_LIGHT = "color: #1f2328; --paper: #ffffff; --box: #eef4fb; --line: #2f6fb0"
_DARK = "color: #e2e8ef; --paper: #131416; --box: #1c2a3a; --line: #7fb2e6"
_STYLE = f"""
  .life {{ {_LIGHT} }}
  @media (prefers-color-scheme: dark) {{ .life {{ {_DARK} }} }}
  body[data-theme="light"] .life {{ {_LIGHT} }}
  body[data-theme="dark"] .life {{ {_DARK} }}
  .life {{ max-width: 100%; height: auto }}
  .life text {{ font: 13px system-ui, sans-serif; fill: currentColor; text-anchor: middle; dominant-baseline: central }}
  .life .state {{ font-weight: 600 }}
  .life .halo {{ paint-order: stroke; stroke: var(--paper); stroke-width: 5px }}
  .life rect {{ fill: var(--box); stroke: var(--line); stroke-width: 1.5 }}
  .life .plain, .life .dashed {{ fill: none; stroke: var(--line); stroke-width: 1.5; marker-end: url(#tip) }}
  .life .dashed {{ stroke-dasharray: 5 4 }}
  .life marker path {{ fill: var(--line) }}
"""
"""By the reader's settings; inside a page, by what the page has been switched to."""


@attrs.frozen
class Arrow:
    """From one state to another, or back to the same one; dashed if it is not asked for but happens."""

    start: str
    end: str
    label: str
    dashed: bool = False
    bend: float = BEND


Point = tuple[float, float]


def drawn(title: str, places: dict[str, Point], arrows: Iterable[Arrow]) -> str:
    """The picture of states at these places, by their middles."""
    width = max(x for x, _ in places.values()) + WIDTH / 2 + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT / 2 + MARGIN
    lines = [
        f'<svg class="life" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
        ' role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 8 4 0 8z"/></marker>',
    ]
    labels: list[str] = []
    for arrow in arrows:
        path, label = _loop(places[arrow.start]) if arrow.start == arrow.end else _bent(places, arrow)
        lines.append(f'<path class="{"dashed" if arrow.dashed else "plain"}" d="{path}"/>')
        labels.append(_text(label, arrow.label, "halo"))
    for name, (x, y) in places.items():
        lines.append(f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}" rx="8"/>')
        lines.append(_text((x, y), name, "state"))
    return "\n".join([*lines, *labels, "</svg>", ""])


def _bent(places: dict[str, Point], arrow: Arrow) -> tuple[str, Point]:
    """A curve between the edges of two boxes, and the middle of it."""
    (x, y), (to_x, to_y) = places[arrow.start], places[arrow.end]
    length = hypot(to_x - x, to_y - y)
    aside = (to_y - y) / length * arrow.bend, -(to_x - x) / length * arrow.bend
    middle = (x + to_x) / 2 + aside[0], (y + to_y) / 2 + aside[1]
    start, end = _edge((x, y), middle), _edge((to_x, to_y), middle)
    label = (start[0] + 2 * middle[0] + end[0]) / 4, (start[1] + 2 * middle[1] + end[1]) / 4
    return f"M{_point(start)} Q{_point(middle)} {_point(end)}", label


def _edge(box: Point, towards: Point) -> Point:
    """Where the line from the middle of a box towards a point leaves it."""
    dx, dy = towards[0] - box[0], towards[1] - box[1]
    share = min(WIDTH / 2 / abs(dx) if dx else 9e9, HEIGHT / 2 / abs(dy) if dy else 9e9)
    return box[0] + dx * share, box[1] + dy * share


def _loop(box: Point) -> tuple[str, Point]:
    x, y = box[0], box[1] - HEIGHT / 2
    curve = f"C{_point((x - 44, y - 44))} {_point((x + 44, y - 44))} {_point((x + 26, y))}"
    return f"M{_point((x - 26, y))} {curve}", (x, y - 38)


def _point(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _text(middle: Point, text: str, kind: str) -> str:
    lines = text.split("\n")
    top = middle[1] - 8 * (len(lines) - 1)
    return "".join(
        f'<text class="{kind}" x="{middle[0]:.1f}" y="{top + 16 * row:.1f}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
