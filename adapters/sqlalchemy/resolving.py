"""Finding and ending the transactions that a crash left between their two phases."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import attrs

from unitofwork.adapters.sqlalchemy.branches import BranchName, name_of
from unitofwork.adapters.sqlalchemy.participant import Participant
from unitofwork.domain.errors import NotFound, UnitOfWorkError
from unitofwork.domain.in_doubt import InDoubt


@attrs.frozen
class _Prepared:
    """A branch that waits for its end."""

    name: BranchName
    moment: datetime | None
    participant: Participant


class Resolver:
    """Ends what is in doubt on the databases that take part.

    Args:
        participants: all of them.

    Raises:
        ValueError: one of them has no commit in two phases.
    """

    def __init__(self, participants: Sequence[Participant]) -> None:
        for each in participants:
            each.use_two_phases()
        self._participants = participants
        self.databases = name_of(each.engine for each in participants)
        """The name of the databases together, which their transactions carry."""

    def in_doubt(self) -> list[InDoubt]:
        """The transactions in doubt, the oldest first."""
        found = [_described(transaction, branches) for transaction, branches in self._prepared().items()]
        return sorted(found, key=lambda each: (each.prepared_at is None, each.prepared_at, each.id))

    def resolve(self, id: str, commit: bool | None) -> None:
        """End a transaction everywhere; None does what `InDoubt.promised` asks for.

        A crash on the way leaves it in doubt, and what is to be done with it stays as clear: the deciding branch is the
        last to commit, and the first to be rolled back.
        """
        branches = self._prepared().get(id)
        if not branches:
            raise NotFound("no transaction of this id is in doubt: it has been ended, or it is another database's")
        branches.sort(key=lambda branch: branch.name.turn)
        promised = branches[0].name.turn == 0
        kept = promised if commit is None else commit
        if kept and not promised:
            raise UnitOfWorkError("not every database promised to commit: the transaction can only be rolled back")
        if promised and not kept and len(branches) < len(self._participants):
            raise UnitOfWorkError("another database may have committed already: the transaction can only be committed")
        for branch in reversed(branches) if kept else branches:
            branch.participant.finish(branch.name, commit=kept)

    def _prepared(self) -> dict[str, list[_Prepared]]:
        found: dict[str, list[_Prepared]] = defaultdict(list)
        for participant in self._participants:
            for name, moment in participant.prepared():
                if name.databases == self.databases:
                    found[name.transaction].append(_Prepared(name, moment, participant))
        return found


def _described(transaction: str, branches: Sequence[_Prepared]) -> InDoubt:
    moments = [branch.moment for branch in branches if branch.moment is not None]
    return InDoubt(
        transaction,
        promised=any(branch.name.turn == 0 for branch in branches),
        prepared_at=min(moments, default=None),
        databases=tuple(repr(branch.participant) for branch in branches),
    )
