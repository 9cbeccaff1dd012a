"""Runs a program in this process as the interpreter itself would: it is ``__main__``, with its own arguments."""

import builtins
import os
import sys
from collections.abc import Sequence
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Protocol, cast

import attrs

FAILED = 1


class Refused(Exception):
    """There is no such program; the text is one sentence."""


class Interrupted(SystemExit):
    """Somebody has interrupted it, by SIGINT."""


class Program(Protocol):
    """What can be run."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def check(self) -> None:
        """Look whether it is there.

        Raises:
            Refused: it is not.
        """
        ...

    def enter(self, main: ModuleType) -> CodeType:
        """Its code, once the module and the path of imports are as it finds them."""
        ...


def run(program: Program, arguments: Sequence[str]) -> None:
    """Run it to its end; what it raises is shown as the interpreter shows it.

    Raises:
        SystemExit: it has ended by that, or by an error.
    """
    main = ModuleType("__main__")
    vars(main)["__builtins__"] = builtins
    sys.argv = [program.name, *arguments]
    before, sys.modules["__main__"] = sys.modules["__main__"], main
    try:
        exec(program.enter(main), vars(main))
    except SystemExit:
        raise
    except BaseException as error:
        traceback = _of_the_program(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(traceback), traceback)
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted from None
        raise SystemExit(FAILED) from None
    finally:
        del before  # only now: what runs there is not over yet


def _of_the_program(traceback: TracebackType | None) -> TracebackType | None:
    """The part of a traceback that is not about how the program was started."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_STARTING):
        traceback = traceback.tb_next
    return traceback


_STARTING = (__file__, "<frozen importlib")


def _search_in(folder: str) -> None:
    """Let imports find what is there first, in the place of what they would find beside this command."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


@attrs.frozen
class Script:
    """A file of Python."""

    path: str

    @property
    def name(self) -> str:
        return Path(self.path).name

    def check(self) -> None:
        if not Path(self.path).is_file():
            why = "is a folder: run it as a module, by -m" if Path(self.path).is_dir() else "is not there"
            raise Refused(f"the file {self.path} {why}")

    def enter(self, main: ModuleType) -> CodeType:
        _search_in(str(Path(self.path).resolve().parent))
        sys.argv[0] = self.path
        loader = SourceFileLoader("__main__", os.path.abspath(self.path))
        main.__file__, main.__loader__, main.__spec__ = loader.path, loader, None
        return loader.source_to_code(Path(self.path).read_bytes(), loader.path)


@attrs.frozen
class Module:
    """A module, or a package that has a ``__main__``."""

    name: str

    def check(self) -> None:
        _search_in(os.getcwd())
        if self._spec() is None:
            raise Refused(f"there is no module {self.name} that can be run")

    def enter(self, main: ModuleType) -> CodeType:
        _search_in(os.getcwd())
        spec = self._spec()
        assert spec is not None  # or it would have been refused
        loader = cast(InspectLoader, spec.loader)
        sys.argv[0] = spec.origin or self.name
        main.__file__, main.__loader__, main.__spec__ = spec.origin, spec.loader, spec
        main.__package__ = spec.parent
        code = loader.get_code(spec.name)
        assert code is not None  # a loader has none for what is not written in Python
        return code

    def _spec(self) -> ModuleSpec | None:
        try:
            found = find_spec(self.name)
            if found is not None and found.submodule_search_locations is not None:
                found = find_spec(f"{self.name}.__main__")
        except ModuleNotFoundError as error:
            if error.name is None or not f"{self.name}.".startswith(f"{error.name}."):
                raise  # one of its packages needs something else that is not there
            return None
        return found if found is not None and isinstance(found.loader, InspectLoader) else None
