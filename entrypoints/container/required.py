"""What a container needs, and only a subclass can name."""

from typing import Any, TypeVar

from dependency_injector import providers

from unitofwork.entrypoints.errors import ContainerError

T = TypeVar("T")


class Required(providers.Dependency[T]):
    """A dependency that says what to do where it is not named."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Provide it.

        Raises:
            ContainerError: no subclass names it, and nobody gave it.
        """
        if not self.is_defined:
            container, _, name = (self.parent_name or "").rpartition(".")
            raise ContainerError([nameless(container, name)])
        return super().__call__(*args, **kwargs)


def nameless(container: str, name: str) -> str:
    """Tell of what a container does not name."""
    return f"{name}: {container} names none: name it there, as in {name} = providers.Singleton(…)"
