"""What one flush does to the entities of one class, if one pass can do it."""

from unitofwork.adapters.memory.flushing.shape import FlushShape, Way
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.private.written import Written


class BeyondOnePass(Exception):
    """Only SQLAlchemy's own unit of work does this right."""


class Part(Written[FlushShape]):
    """What one flush does to the entities of one class.

    Attributes:
        shape: how the class is flushed.
        copies: the keys to copy before entities of the class are written: who refers, each with who has the key.
    """

    __slots__ = ("copies",)

    def __init__(self, shape: FlushShape) -> None:
        self.shape = shape
        self.new: list[State] = []
        self.kept: list[State] = []
        self.deleted: list[State] = []
        self.copies: dict[Way, dict[State, State | None]] = {}
