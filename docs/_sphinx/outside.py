"""Show links that lead out of the pages, to a file of the repository, as the file's name: the pages stand alone."""

import os
import re
from pathlib import PurePosixPath

from sphinx.application import Sphinx

_LINK = re.compile(r"\[(?P<text>[^]\n]+)\]\((?P<target>\.\./[^)#:\s]+)\)")


def show(app: Sphinx, page: str, source: list[str]) -> None:
    """Change the text of a page, before it is parsed."""

    def replaced(link: re.Match[str]) -> str:
        path = os.path.normpath(PurePosixPath(page).parent / link["target"])
        return f"`{path.removeprefix('../')}`" if path.startswith("../") else link[0]

    source[0] = _LINK.sub(replaced, source[0])


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it."""
    app.connect("source-read", show)
    return {"parallel_read_safe": True}
