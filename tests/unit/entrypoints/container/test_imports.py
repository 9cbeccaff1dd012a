"""Wiring is slow to import, and imports web frameworks: nobody pays for it but those who import a container."""

from processes import printed

PROGRAM = """
import sys
from importlib import import_module
from pkgutil import walk_packages
import unitofwork

def names(layer):
    package = import_module(f"unitofwork.{layer}")
    return [package.__name__, *(each.name for each in walk_packages(package.__path__, f"{package.__name__}."))]

imported = [*names("domain"), *names("service_layer"), *names("adapters"), *names("entrypoints.cli")]
for name in imported:
    if not name.endswith("__main__"):
        import_module(name)
for name in unitofwork.__all__:
    getattr(unitofwork, name)
import unitofwork.entrypoints.errors
found = [name for name in sys.modules if name.split(".")[0] in ("dependency_injector", "fastapi", "flask")]
print(len(imported) > 100, found)
import unitofwork.entrypoints.container
print("dependency_injector.wiring" in sys.modules, "unitofwork.entrypoints.container.settings" in sys.modules)
"""


def test_the_core_and_the_command_line_import_no_wiring() -> None:
    assert printed(PROGRAM) == ["True []", "True False"]


def test_what_needs_an_extra_asks_for_it() -> None:
    program = """
import sys
for extra in ("pydantic_settings", "greenlet"):
    sys.modules[extra] = None
from unitofwork.entrypoints import container
for name in ("Settings", "AsyncContainer", "Nothing"):
    try:
        getattr(container, name)
    except (AttributeError, ImportError) as error:
        print(error)
"""
    assert printed(program) == [
        "Settings need pydantic-settings, which is not installed: pip install unitofwork[settings]",
        "asyncio needs greenlet, which is not installed: pip install unitofwork[asyncio]",
        "module 'unitofwork.entrypoints.container' has no attribute 'Nothing'",
    ]
