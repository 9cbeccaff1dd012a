"""Read the sections ``Args:``, ``Raises:`` and ``Returns:`` of docstrings.

Not the comments of attributes: "Kept: the row is there" would be taken for a type and what it means.
"""

from typing import Any

from sphinx.application import Sphinx
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

_CONFIG: Any = Config(napoleon_use_rtype=False)
_WITHOUT_SECTIONS = ("attribute", "data", "property")


def read(app: Sphinx, what: Any, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn the sections of a docstring into what Sphinx understands, in place."""
    if what not in _WITHOUT_SECTIONS:
        lines[:] = GoogleDocstring("\n".join(lines), _CONFIG, app, what, name, obj, options).lines()


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("autodoc-process-docstring", read)
    return {"parallel_read_safe": True}
