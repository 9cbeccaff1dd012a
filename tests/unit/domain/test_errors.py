"""The tree of errors: as drawn, picklable, and with one answer to whether to run the unit again."""

import copy
import inspect
import pickle
import re
from collections.abc import Iterator

import pytest

from unitofwork.domain import errors
from unitofwork.domain.errors import PersistenceError

CLASSES = sorted(
    (cls for _, cls in inspect.getmembers(errors, inspect.isclass) if cls.__module__ == errors.__name__),
    key=lambda cls: cls.__name__,
)
RETRYABLE = {"Conflict", "StaleEntity", "SerializationConflict", "Deadlock", "LockTimeout", "ConnectionLost"}


def drawn() -> Iterator[tuple[str, str | None]]:
    """Yield each class in the docstring's drawing with the class above it; None above the root."""
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"    (?P<branches>(?:│   |    )*)(?P<twig>[├└]── )?(?P<name>[A-Z]\w+)(?:  |$)", line)
        if found is None:
            continue
        depth = len(found["branches"]) // 4 + bool(found["twig"])
        del above[depth:]
        yield found["name"], above[-1] if above else None
        above.append(found["name"])


def test_the_drawing_shows_every_class_once_in_its_place() -> None:
    shown = list(drawn())
    assert len(dict(shown)) == len(shown)
    assert dict(shown) == {
        cls.__name__: None if cls is PersistenceError else cls.__bases__[0].__name__ for cls in CLASSES
    }


def test_the_classes_stand_in_the_order_of_the_drawing() -> None:
    by_line = sorted(CLASSES, key=lambda cls: inspect.getsourcelines(cls)[1])
    assert [cls.__name__ for cls in by_line] == [name for name, _ in drawn()]


@pytest.mark.parametrize("cls", CLASSES)
def test_each_has_one_base_and_a_sentence(cls: type[PersistenceError]) -> None:
    assert issubclass(cls, PersistenceError)
    assert len(cls.__bases__) == 1
    assert (cls.__doc__ or "").split("\n")[0].endswith((".", ":"))


@pytest.mark.parametrize("cls", CLASSES)
def test_each_says_whether_to_run_the_unit_again(cls: type[PersistenceError]) -> None:
    assert cls.retryable is (cls.__name__ in RETRYABLE)
    assert cls().retryable is cls.retryable


@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("cls", CLASSES)
def test_each_is_pickled_and_copied_with_its_fields(cls: type[PersistenceError], again: object) -> None:
    assert callable(again)
    error = cls("a row", entity_type=dict, table="users", columns=("name", "age"), constraint="users_name_key")
    error.add_note("while testing")
    copied = again(error)
    assert type(copied) is cls
    assert str(copied) == "a row"
    assert (copied.entity_type, copied.table, copied.columns, copied.constraint) == (
        dict,
        "users",
        ("name", "age"),
        "users_name_key",
    )
    assert copied.__notes__ == ["while testing"]


def test_what_is_not_known_is_none_or_empty() -> None:
    error = PersistenceError()
    assert str(error) == ""
    assert (error.entity_type, error.table, error.columns, error.constraint) == (None, None, (), None)


def test_the_fields_are_given_by_name() -> None:
    with pytest.raises(TypeError):
        PersistenceError("a row", dict)  # type: ignore[call-arg]
