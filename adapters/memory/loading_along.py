"""Loading what comes along with entities: what the mapping says, and what a question asks for."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

import attrs
from sqlalchemy import Table, inspect
from sqlalchemy.orm import Mapper, RelationshipProperty
from sqlalchemy.orm.attributes import set_committed_value

from unitofwork.adapters.memory.along import NEITHER, NOTHING, Along, Kept, Way, is_on, keep
from unitofwork.adapters.memory.lazy_loading import way_of
from unitofwork.adapters.memory.loading import Loader, eager_relationships, loader_of
from unitofwork.adapters.memory.private.states import State
from unitofwork.adapters.memory.questions.related import Related
from unitofwork.adapters.session.private import autoflush

if TYPE_CHECKING:
    from unitofwork.adapters.memory.rows_session import RowsSession


@attrs.frozen(eq=False)
class Met:
    """Entities that were met together.

    Attributes:
        loader: of their records' mapper.
        entities: the entities, each once.
        fresh: those that were loaded now.
        along: what the question asks for along with them; None if it says nothing of that.
        afresh: whether what comes along is loaded over what the session has.
        way: through whose relationships they were reached, which the mapping does not follow again.
    """

    loader: Loader
    entities: Sequence[Any]
    fresh: Iterable[Any]
    along: "Along | None"
    afresh: bool
    way: Way


def load_along(
    session: "RowsSession",
    loader: Loader,
    entities: Iterable[Any],
    fresh: Iterable[Any],
    along: "Along | None",
    *,
    afresh: bool = False,
) -> None:
    """Load what comes along with entities, one step of the paths for all of them before the next step, as SQLAlchemy.

    What is loaded afresh forgets what is related: met again at a later step, it loses what an earlier one gave it.
    """
    way = frozenset({loader.mapper})
    steps = deque([Met(loader, _each_once(entities), fresh, along, afresh, way)])
    while steps:
        met = steps.popleft()
        if met.along is not None:
            kept = Kept(met.along, met.way)
            for entity in met.fresh:
                keep(inspect(entity), kept)
        for relationship, further in (met.along or NOTHING).items():
            steps.append(_load(session, met, met.entities, relationship, further, met.afresh))
        if met.loader.loads_along:
            steps.extend(_load_eagerly(session, met))


def _load(
    session: "RowsSession",
    met: Met,
    entities: Sequence[Any],
    relationship: RelationshipProperty[Any],
    along: "Along | None",
    afresh: bool,
) -> Met:
    """Load all that is related to entities at once, and then give their own to those that have not loaded it."""
    path = way_of(relationship)
    related, loader, key = path.related, path.loader, relationship.key
    wanted = [_here(related, inspect(entity)) for entity in entities]
    is_joined = along is None and relationship.lazy in _JOINED
    if wanted and not is_joined and not (path.by_key and all(None in here for here in wanted)):
        _ask(session, related.target.tables)
    found = [session.related_records(related, here) for here in wanted]
    members, fresh = session.made(loader, [record for records in found for record in records], afresh)
    remaining = iter(members)
    for entity, records in zip(entities, found, strict=True):
        own = list(islice(remaining, len(records)))
        if afresh or key not in inspect(entity).dict:
            set_committed_value(entity, key, own if path.many else next(iter(own), None))
    return Met(loader, _each_once(members), fresh, along, afresh, met.way | {loader.mapper})


_JOINED = ("joined", False)


def _ask(session: "RowsSession", tables: Collection[Table]) -> None:
    """Do what comes before a statement: what was changed, maybe by who was told of a load, is sent."""
    autoflush(session)
    session.log.selected(tables)


def _here(related: Related, state: State) -> list[Any]:
    names = [state.mapper.get_property_by_column(column).key for column in related.columns]
    return [getattr(state.obj(), name) for name in names]


def _load_eagerly(session: "RowsSession", met: Met) -> Iterator[Met]:
    for mapper in dict.fromkeys(inspect(entity).mapper for entity in met.entities):
        own = [entity for entity in met.entities if inspect(entity).mapper is mapper]
        if mapper.polymorphic_load == "selectin" and mapper is not met.loader.mapper:
            _load_rest(session, own, mapper, met.afresh)
        for relationship in eager_relationships(mapper):
            if not is_on(met.way, relationship.mapper):
                afresh = met.afresh and relationship.lazy != "immediate"  # which reads it as anybody does
                yield _load(session, met, own, relationship, None, afresh)


def _load_rest(session: "RowsSession", entities: Sequence[Any], mapper: Mapper[Any], afresh: bool) -> None:
    """Load what entities of a subclass have beyond the records of a base.

    SQLAlchemy does so by a statement that leaves out the base's; done afresh, it is this one that they keep in mind.
    """
    loader = loader_of(mapper)
    _ask(session, loader.records.tables)
    for entity in entities:
        key = loader.stored_key(inspect(entity).identity or ())
        record = session.read(partial(loader.records.by_key, key=key))
        if record is not None:
            session.read(partial(loader.load, session, records=[record], fresh=None))
        if afresh:
            keep(inspect(entity), NEITHER)


def _each_once(entities: Iterable[Any]) -> list[Any]:
    return list({id(each): each for each in entities}.values())
