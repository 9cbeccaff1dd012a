"""Tells whoever listens what a flush is about to send."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy.orm import Session

from unitofwork.domain.observation import Changes, Flushed
from unitofwork.domain.observing import LISTENING


def tell_flush(session: Session) -> None:
    """Tell what of each type is new, changed or deleted, in the order in which the types come."""
    listener = LISTENING.here()
    if listener is None or not (session.new or session.dirty or session.deleted):
        return
    new, deleted = _types(session.new), _types(session.deleted)
    changed = _types(each for each in session.dirty if session.is_modified(each))
    flushed = [
        Flushed(name, Changes(new[name], changed[name], deleted[name])) for name in {**new, **changed, **deleted}
    ]
    if flushed:
        listener.flushing(flushed)


def _types(entities: Iterable[object]) -> Counter[str]:
    return Counter(type(entity).__name__ for entity in entities)
