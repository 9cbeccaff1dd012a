"""Repositories: each looks like a collection of all the entities of one type. Written once for every adapter."""

from collections.abc import Collection, Iterable, Mapping
from typing import Generic, TypeVar

from unitofwork.domain.condition import Condition
from unitofwork.domain.errors import MultipleFound, NotFound, UnitOfWorkError
from unitofwork.domain.lock import Lock, WhenTaken, check_lock
from unitofwork.domain.page import Page
from unitofwork.domain.query import Query, orders, paths
from unitofwork.domain.specification import all_of
from unitofwork.service_layer.life_cycle import LifeCycle
from unitofwork.service_layer.paging import find_page
from unitofwork.service_layer.savepoints import savepoint
from unitofwork.service_layer.streams import Stream

T = TypeVar("T")


class Repository(Generic[T]):
    """The entities of one type, in one unit of work.

    Subclass it to give an application's own questions a name::

        class Users(Repository[User]):
            def named(self, name: str) -> User:
                return self.find_one(where(User.name) == name)

    Wherever a question takes conditions, all must hold, and ``name=value`` is short for ``where("name") == value``.
    A question first sends what was changed (autoflush). Names are attributes' names, dotted across relationships, or
    mapped attributes; a name that the mapping does not have raises `MappingError`.

    A question with ``lock=`` locks what it finds until the unit commits or rolls back. So that nobody works on a stale
    copy, it reads the rows afresh, also into entities that the unit has already; what was changed is sent before, even
    inside `UnitOfWork.no_autoflush`. A read-only unit locks nothing, and refuses it with `UnitOfWorkError`. A database
    may lock all that it has to look at: ask by attributes that have an index.
    """

    def __init__(self, life: LifeCycle, entity_type: type[T]) -> None:
        if not isinstance(entity_type, type):  # pyright: ignore[reportUnnecessaryIsInstance]  # the caller may be untyped
            raise UnitOfWorkError(f"a repository is of a class, not of {type(entity_type).__name__}")
        self._life = life
        self._entity_type = entity_type

    def add(self, entity: T) -> None:
        """Take in a new entity, or a detached one again, with those that its relationships cascade to.

        Raises:
            UnitOfWorkError: another object with its identity is here; or it is not of the repository's type.
        """
        self._check_type(entity)
        self._life.working().add(entity)

    def add_all(self, entities: Iterable[T]) -> None:
        """Take in several entities, each as `add` does."""
        for entity in entities:
            self.add(entity)

    def get(self, key: object, *, lock: Lock | None = None) -> T | None:
        """The entity with this primary key, or None; without a statement if the unit has it already.

        Args:
            key: the key's value; a tuple, in the order of the table's columns, where there are several.
            lock: `FOR_UPDATE` or `FOR_SHARE`. With `Lock.skip_locked`, one that is locked already is None.

        Raises:
            LockTimeout: it is locked already, and was waited for as long as the database or the lock allows.
        """
        if lock is not None:
            check_lock(lock)
        return self._life.working().get(self._entity_type, key, lock)

    def get_one(self, key: object, *, lock: Lock | None = None) -> T:
        """The entity with this primary key.

        Raises:
            NotFound: there is none; or it is locked already, and the lock skips such.
            LockTimeout: as `get` does.
        """
        entity = self.get(key, lock=lock)
        if entity is None:
            locked = ", or it is locked" if lock is not None and lock.when_taken is WhenTaken.SKIP else ""
            raise NotFound(
                f"there is no {self._entity_type.__name__} with that key{locked}", entity_type=self._entity_type
            )
        return entity

    def find(
        self,
        /,
        *conditions: Condition,
        order_by: object = None,
        limit: int | None = None,
        offset: int = 0,
        load: object = None,
        lock: Lock | None = None,
        **equal: object,
    ) -> list[T]:
        """The entities that the conditions hold for.

        Args:
            conditions: what must be true; nothing given finds all.
            order_by: an attribute, an `Order` such as ``where("age").desc()``, or a tuple of these. Without it, no
                order is promised.
            limit: the most entities to return.
            offset: how many to leave out first.
            load: a relationship, a path such as ``where(Team.members, User.addresses)``, or a tuple of these, to load
                with one more statement each (for 10,000 entities). What is related is never locked.
            lock: `FOR_UPDATE` or `FOR_SHARE`.
            equal: attributes and the values that they must be equal to.

        Raises:
            LockTimeout: as `get` does.
        """
        condition = all_of(conditions, equal.items())
        query = Query(self._entity_type, condition, orders(order_by), limit, offset, paths(load), lock)
        return self._life.working().find(query)

    def find_one(self, /, *conditions: Condition, load: object = None, lock: Lock | None = None, **equal: object) -> T:
        """The one entity that the conditions hold for.

        Raises:
            NotFound: there is none.
            MultipleFound: there are more.
            LockTimeout: as `get` does.
        """
        query = Query(self._entity_type, all_of(conditions, equal.items()), limit=2, load=paths(load), lock=lock)
        found = self._life.working().find(query)
        if len(found) == 1:
            return found[0]
        error, what = (MultipleFound, "more than one answers") if found else (NotFound, "nothing answers")
        asked = Query(self._entity_type, query.condition).describe(values=False)
        raise error(f"{what} the question: {asked}", entity_type=self._entity_type)

    def first(
        self,
        /,
        *conditions: Condition,
        order_by: object = None,
        load: object = None,
        lock: Lock | None = None,
        **equal: object,
    ) -> T | None:
        """The first entity that the conditions hold for, in the order given, or None.

        Raises:
            LockTimeout: as `get` does.
        """
        condition = all_of(conditions, equal.items())
        query = Query(self._entity_type, condition, orders(order_by), limit=1, load=paths(load), lock=lock)
        found = self._life.working().find(query)
        return found[0] if found else None

    def page(
        self,
        /,
        *conditions: Condition,
        order_by: object = None,
        size: int,
        after: str | None = None,
        load: object = None,
        **equal: object,
    ) -> Page[T]:
        """The first entities that the conditions hold for, or those after a cursor, found at the same cost.

        Rows that come and go between two pages move nothing: what stays where it is in the order is neither left out
        nor found twice. The order's values are looked up, so the order wants an index.

        Args:
            conditions: what must be true.
            order_by: as in `find`; the primary key is appended to it, and is the order without any.
            size: the most entities of the page.
            after: `Page.next` of the page before, asked with the same conditions (but for their values) and order.
            load: as in `find`.
            equal: attributes and the values that they must be equal to.

        Raises:
            InvalidValue: the cursor was changed, or is of another question.
            UnsupportedQuery: the order goes by values that no cursor holds: neither None nor of bool, int, float, str,
                bytes, Decimal, date, datetime, time, timedelta, UUID or an Enum.
        """
        query = Query(self._entity_type, all_of(conditions, equal.items()), orders(order_by), load=paths(load))
        return find_page(self._life.working(), self._life.cursors, query, size, after)

    def stream(
        self, /, *conditions: Condition, order_by: object = None, load: object = None, **equal: object
    ) -> Stream[T]:
        """The entities that the conditions hold for, one after the other, in memory that does not grow with them.

        What is changed in the loop is held until it is flushed: flush now and then where much is. A database that
        cannot leave the rest of an answer for later is asked for a few thousand at a time, from the place where the
        last ones ended, and then wants an index on the order.

        Args:
            conditions: what must be true.
            order_by: as in `find`.
            load: as in `find`, with one more statement for every thousand entities.
            equal: attributes and the values that they must be equal to.
        """
        query = Query(self._entity_type, all_of(conditions, equal.items()), orders(order_by), load=paths(load))
        return Stream(self._life, query)

    def count(self, /, *conditions: Condition, **equal: object) -> int:
        """How many entities the conditions hold for."""
        return self._life.working().count(Query(self._entity_type, all_of(conditions, equal.items())))

    def exists(self, /, *conditions: Condition, **equal: object) -> bool:
        """Whether the conditions hold for any entity."""
        return self._life.working().exists(Query(self._entity_type, all_of(conditions, equal.items())))

    def delete(self, entity: T) -> None:
        """Remove the entity's row, and what the mapping's cascades say, at the next flush.

        Raises:
            UnitOfWorkError: it has no row; or it is not of the repository's type.
        """
        self._check_type(entity)
        self._life.working().delete(entity)

    def upsert(self, entity: T, *, fields: str | Collection[str] | None = None) -> T:
        """Copy the entity onto the managed one with its key, which is loaded, or made if there is no row.

        Without ``fields`` every loaded column attribute that is not computed is copied, what is related is upserted
        along *merge* cascades, and nothing is taken out of a collection. With ``fields`` exactly these attributes are
        copied, and a collection becomes what it is on the given entity.

        Returns:
            The managed entity: the given one itself, untouched, if the unit has it already.

        Raises:
            StaleEntity: the given entity's version is not the row's.
            UnitOfWorkError: the row is of another class of the hierarchy; a named field is not loaded on the given
                entity; a keyed collection has another member at the key.
            MappingError: a name in ``fields`` is not of what can be copied.
        """
        self._check_type(entity)
        return self._life.working().upsert(entity, names(fields))

    def insert_many(self, rows: Iterable[Mapping[str, object]]) -> int:
        """Insert a row for each mapping of attributes' names to values; return how many.

        No entity is made: neither constructors, converters nor validators run, and no event is recorded. Values are
        checked as in a flush. An attribute that the rows leave out is what `add` would make it: the field's default, or
        else the column's. A foreign key is given by its column's name, a relationship is not given; a value object is
        given whole. What was changed is sent first; collections in the unit that may have gained members are loaded
        afresh when they are next read.

        Args:
            rows: any iterable, read a chunk at a time; the unit may be used by what makes them. All have the attributes
                of the first.

        Raises:
            InvalidRow: a row is no mapping, lacks an attribute or has one more; or making the rows raised.
            InvalidValue, ConstraintViolation: a value is refused, by its column or by the database.
            MappingError: a name that the mapping does not have, or that cannot be given.
            UnsupportedQuery: the class is kept in more than one table.

        Each has the number of its ``row``, counted from 1. Nothing of the call is kept then, and the unit goes on.
        """
        with savepoint(self._life) as session:
            return session.insert_many(self._entity_type, rows)

    def upsert_many(self, rows: Iterable[Mapping[str, object]], key: str | Collection[str] | None = None) -> int:
        """Insert a row for each mapping, as `insert_many` does, or update the row with its key; return how many.

        Where a row with the key is there, only what is given is set, and what is set at every update: the version goes
        up, and a column's ``onupdate`` is computed, once for the call. Of given rows with the same key the last counts.
        A row that has a unique value of a row with another key is refused. Entities of the type that the unit holds are
        loaded afresh when they are next read.

        Args:
            rows: as for `insert_many`; all give the whole key.
            key: the attributes by which a row that is there is known, which a unique rule of the mapping must be
                about; by default the primary key, which is not given beside another key.

        Raises:
            InvalidRow, InvalidValue, ConstraintViolation: as for `insert_many`.
            MappingError: so too; or there is no such unique rule.
            UnsupportedQuery: the class is kept in more than one table, or shares one with other classes.

        Nothing of the call is kept then, and the unit goes on.
        """
        with savepoint(self._life) as session:
            return session.upsert_many(self._entity_type, rows, names(key))

    def update_where(self, /, *conditions: Condition, **values: object) -> int:
        """Set attributes of every entity that the conditions hold for, by one statement; return how many.

        What was changed is sent first. Entities in the unit are loaded afresh when they are next read; the version
        goes up as in a flush. Which rows they are is not compared with what the unit knows of them.

        Args:
            conditions: what must be true, at least one; `ANYTHING` is of every entity.
            values: attributes and what they are set to; not relationships, nor of the primary key.

        Raises:
            InvalidValue, ConstraintViolation: a value is refused, by its column or by the database.
            MappingError: a name that the mapping does not have, or that cannot be set.
            UnsupportedQuery: the class is kept in more than one table.
            UnitOfWorkError: there is no condition, or nothing to set; or the unit is read-only.
        """
        if not values:
            raise UnitOfWorkError("update_where() was given nothing to set", entity_type=self._entity_type)
        query = self._restricted("update_where", conditions)
        return self._life.working().update_where(query, values)

    def delete_where(self, *conditions: Condition) -> int:
        """Delete the rows of every entity that the conditions hold for, by one statement; return how many.

        What was changed is sent first. What becomes of related rows is for the database to say (ON DELETE): the
        mapping's cascades do not act. Entities in the unit whose rows are gone are deleted; all others are loaded
        afresh when they are next read.

        Args:
            conditions: what must be true, at least one; `ANYTHING` is of every entity.

        Raises:
            ForeignKeyViolation: a row is still referred to.
            UnsupportedQuery: the class is kept in more than one table.
            UnitOfWorkError: there is no condition; or the unit is read-only.
        """
        return self._life.working().delete_where(self._restricted("delete_where", conditions))

    def refresh(self, entity: T, *fields: str) -> None:
        """Load the entity's attributes afresh, all or those named; what was changed in them and not flushed is lost.

        Raises:
            NotFound: its row is gone.
            UnitOfWorkError: it is not persistent here.
        """
        self._life.working().refresh(entity, fields or None)

    def __contains__(self, entity: object) -> bool:
        """Whether the entity is of this type, and pending or persistent in the unit."""
        return isinstance(entity, self._entity_type) and entity in self._life.working()

    def _restricted(self, method: str, conditions: tuple[Condition, ...]) -> Query[T]:
        """A query that says which rows; saying nothing is far too easy where it would mean every one."""
        if not conditions:
            raise UnitOfWorkError(
                f"{method}() was given no condition: give ANYTHING to mean every {self._entity_type.__name__}",
                entity_type=self._entity_type,
            )
        return Query(self._entity_type, all_of(conditions))

    def _check_type(self, entity: object) -> None:
        if not isinstance(entity, self._entity_type):
            name = self._entity_type.__name__
            raise UnitOfWorkError(
                f"a repository of {name} keeps no {type(entity).__name__}: use that type's repository",
                entity_type=self._entity_type,
            )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._entity_type.__name__}>"


def names(fields: str | Collection[str] | None) -> Collection[str] | None:
    """One name or several as several; None stays None."""
    return (fields,) if isinstance(fields, str) else fields
