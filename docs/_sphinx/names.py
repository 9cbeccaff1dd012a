"""Lead from names in docstrings and signatures to where they are documented.

Docstrings name things in single backticks, as they are called where the docstring stands; signatures name classes by
the module that defines them. Both are looked up in the code itself. What is public is linked to its place in the
reference; what is there and not public is only shown; what is not there is a broken reference, and fails the build.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]  # it has no types of its own
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.nodes import make_refnode

import unitofwork
from unitofwork.domain import errors

_MISSING = object()


def resolve(app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element) -> nodes.Node | None:
    """What stands for a reference to a name of ours; None if it is another library's, or leads nowhere."""
    if node.get("refdomain") != "py":
        return None
    target = node["reftarget"].removesuffix("()").removeprefix("@")
    documented = env.domains.python_domain.objects
    known = False
    for owner, name in _owners(node, target):
        found = _attribute(owner, name)
        if found is _MISSING:
            continue
        known = True
        place = documented.get(_public_name(owner, name, found))
        if place is not None:
            return make_refnode(app.builder, node["refdoc"], place.docname, place.node_id, contnode, target)
    return contnode if known else None


def _owners(node: pending_xref, target: str) -> Iterator[tuple[object, str]]:
    """Where a name may be defined: in the class or the module where it is used, in what is public, or where it says."""
    user = _user(node)
    if isinstance(user, type):
        yield from ((cls, target) for cls in user.__mro__)
    for module in _modules_of(user):
        yield module, target
        yield sys.modules.get(f"{module.__name__.rpartition('.')[0]}.{target}"), ""
    yield from ((owner, target) for owner in (unitofwork, errors, unitofwork.UnitOfWork, unitofwork.Repository))
    head, _, rest = target.rpartition(".")
    if head.startswith("unitofwork."):
        yield _imported(head), rest
    elif not head and node["reftype"] == "class":  # signatures name what is private without its module
        yield from ((module, target) for name, module in sys.modules.items() if name.startswith("unitofwork."))


def _user(node: pending_xref) -> object:
    """The class or function in whose docstring or signature a name is used."""
    source = (node.source or "").partition("docstring of ")[2].partition(":")[0]
    name = source or ".".join(filter(None, [node.get("py:module"), str(node.get("py:class") or "")]))
    return _imported(name)


def _imported(name: str) -> object:
    """What has this full name; None if nothing has."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = import_module(".".join(parts[:end]))
        except (ImportError, ValueError):
            continue
        found: object = module
        for part in parts[end:]:
            found = getattr(found, part, found)
            if isinstance(found, type) and part is parts[-2]:  # a method's class is its user
                break
        return found
    return None


def _modules_of(user: object) -> Iterator[ModuleType]:
    if isinstance(user, ModuleType):
        yield user
    for cls in user.__mro__ if isinstance(user, type) else [user]:
        module = sys.modules.get(str(getattr(cls, "__module__", "")))
        if module is not None:
            yield module


def _attribute(owner: object, path: str) -> object:
    """What an owner has by that name, be it a field that only its objects have."""
    found = _MISSING if owner is None else owner
    for name in path.split(".") if path else []:
        is_field = name in getattr(found, "__annotations__", {})  # which only objects have
        found = getattr(found, name, None if is_field else _MISSING)
        if found is _MISSING:
            return _MISSING
    return found


def _public_name(owner: object, path: str, found: object) -> str:
    """The name under which the reference documents something."""
    if isinstance(owner, type):
        return f"{_public_type(owner)}.{path}"
    head, _, rest = path.partition(".")
    first = getattr(owner, head, found)
    if isinstance(first, type):
        return f"{_public_type(first)}.{rest}" if rest else _public_type(first)
    return f"unitofwork.{path}" if head in unitofwork.__all__ else f"{getattr(owner, '__name__', '')}.{path}"


def _public_type(cls: type) -> str:
    public: Any = getattr(unitofwork, cls.__name__, None) if cls.__name__ in unitofwork.__all__ else None
    return f"unitofwork.{cls.__name__}" if public is cls else f"{cls.__module__}.{cls.__qualname__}"


def setup(app: Sphinx) -> dict[str, bool]:
    """Connect it; intersphinx comes after it."""
    app.connect("missing-reference", resolve, priority=400)
    return {"parallel_read_safe": True}
