"""How Sphinx makes the pages: make docs. It needs no network."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_sphinx"))

from sphinx.application import Sphinx  # noqa: E402

import inventories  # noqa: E402  # of that folder

project = "unitofwork"
html_title = "unitofwork"
html_theme = "furo"
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "docstrings",
    "inline",
    "names",
    "outside",
    "programs",
    "proofs",
]
exclude_patterns = ["_sphinx"]
nitpicky = True
# What other packages call their things is shown without a link, unless inventories.py says where it is documented.
# Those that signatures name without a module are theirs too: ours would be found.
nitpick_ignore_regex = [(r"py:.*", r"(?!unitofwork\b)\w+\..*"), (r"py:class", r"[A-Z]\w*")]
default_role = "py:obj"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
maximum_signature_line_length = 100
toc_object_entries_show_parents = "hide"

# The public places of what signatures and pages name of other libraries, written down here: nothing is fetched.
intersphinx_mapping = inventories.written(HERE.parent / ".cache" / "inventories")
intersphinx_disabled_reftypes = ["std:doc"]
copybutton_prompt_text = "$ "


def setup(app: Sphinx) -> None:
    """Put the decisions under their list, which is a plain table where the repository is read."""
    app.connect("source-read", _add_decisions)


def _add_decisions(app: Sphinx, page: str, source: list[str]) -> None:
    if page == "decisions/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n0*\n```\n"
