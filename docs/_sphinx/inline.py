"""Put pictures that are drawn by code into the page itself, where they follow its light and dark theme."""

from pathlib import Path

from docutils import nodes  # type: ignore[import-untyped]  # it has no types of its own
from sphinx.application import Sphinx


def put(app: Sphinx, page: nodes.document) -> None:
    """Replace each reference to an SVG by the SVG."""
    for image in list(page.findall(nodes.image)):
        if image["uri"].endswith(".svg"):
            file = Path(page["source"]).parent / image["uri"]
            app.env.note_dependency(str(file))
            image.replace_self(nodes.raw("", file.read_text(encoding="utf-8"), format="html"))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it, before Sphinx copies images."""
    app.connect("doctree-read", put, priority=100)
    return {"parallel_read_safe": True}
