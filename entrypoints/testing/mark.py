"""``@pytest.mark.uow``: which databases a test runs on, and whether its commits are real."""

from typing import cast

import attrs
import pytest

MEMORY = "memory"
"""The twin."""

_FORM = '@pytest.mark.uow(databases=["memory", "postgresql"], commits=True)'


@attrs.frozen
class UowMark:
    """What a test is marked with.

    Attributes:
        databases: their names, one or more.
        commits: whether what the test commits is kept, and seen by other connections, until the test is over.
    """

    databases: tuple[str, ...] = (MEMORY,)
    commits: bool = False

    @classmethod
    def of(cls, node: pytest.Item) -> "UowMark":
        """The mark of a test: what its function does not say its class may, and then its module.

        Raises:
            pytest.UsageError: the mark is wrong.
        """
        said: dict[str, object] = {}
        for mark in reversed(list(node.iter_markers("uow"))):
            if mark.args or not mark.kwargs.keys() <= {"databases", "commits"}:
                raise pytest.UsageError(f"{node.nodeid}: write {_FORM}, with one of the two or both")
            said.update(mark.kwargs)
        databases, commits = said.get("databases", [MEMORY]), said.get("commits", False)
        if not isinstance(databases, (list, tuple)) or not databases or not isinstance(commits, bool):
            raise pytest.UsageError(f"{node.nodeid}: databases is a list of names, and commits True or False: {_FORM}")
        return cls(tuple(map(str, cast("list[object]", databases))), commits)
