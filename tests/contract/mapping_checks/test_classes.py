"""What the mapping checks say of the class itself: slots, frozen, hash and equality."""

import attrs
import pytest
from sqlalchemy.orm import registry

from unitofwork.adapters.orm import MappingWarning, check_registry, map_entity
from unitofwork.domain.entity import entity
from unitofwork.domain.errors import MappingError

from ..mapping_checks.tables import table_of

pytestmark = pytest.mark.row("M")


def test_an_entity_that_fits_its_table_is_mapped_without_a_warning(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    mapper = map_entity(mapping, User, table_of(mapping))
    check_registry(mapping)
    assert mapper.class_ is User
    assert User("sandy").name == "sandy"


def test_a_class_that_attrs_did_not_make_is_refused(mapping: registry) -> None:
    class User:
        id: int
        name: str

    with pytest.raises(MappingError, match="User is not an attrs class: decorate it with @entity") as refused:
        map_entity(mapping, User, table_of(mapping))
    assert refused.value.entity_type is User


def test_a_class_slotted_by_attrs_is_refused(mapping: registry) -> None:
    @attrs.define(eq=False)
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_class_slotted_by_hand_is_refused(mapping: registry) -> None:
    @attrs.define(slots=False, eq=False, init=False)
    class User:
        __slots__ = ("__weakref__", "id", "name")
        id: int | None
        name: str

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_slotted_subclass_is_refused_though_its_base_has_a_dict(mapping: registry) -> None:
    @entity
    class Base:
        id: int | None = None

    @attrs.define(eq=False)
    class User(Base):
        name: str = ""

    with pytest.raises(MappingError, match=r"User is a slotted class.*slots=False"):
        map_entity(mapping, User, table_of(mapping))


def test_a_frozen_class_is_refused_and_frozen_fields_are_the_cure(mapping: registry) -> None:
    @attrs.frozen(slots=False, eq=False)
    class Frozen:
        name: str
        id: int | None = None

    table = table_of(mapping)
    with pytest.raises(MappingError, match=r"Frozen is frozen.*on_setattr=attrs\.setters\.frozen"):
        map_entity(mapping, Frozen, table)

    @entity
    class User:
        name: str = attrs.field(on_setattr=attrs.setters.frozen)
        id: int | None = None

    map_entity(mapping, User, table)
    user = User("sandy")
    with pytest.raises(attrs.exceptions.FrozenAttributeError):
        user.name = "squirrel"


@pytest.mark.parametrize("cached", [False, True])
def test_a_hash_made_by_attrs_is_refused(mapping: registry, cached: bool) -> None:
    @attrs.define(slots=False, unsafe_hash=True, cache_hash=cached)
    class User:
        name: str
        id: int | None = None

    with pytest.raises(MappingError, match=r"User is hashed by its attributes.*drop unsafe_hash and cache_hash"):
        map_entity(mapping, User, table_of(mapping))


def test_a_hash_that_a_base_has_from_attrs_is_refused(mapping: registry) -> None:
    @attrs.define(slots=False, unsafe_hash=True)
    class Base:
        id: int | None = None

    @entity
    class User(Base):
        name: str = ""

    with pytest.raises(MappingError, match="User is hashed by its attributes"):
        map_entity(mapping, User, table_of(mapping))


def test_a_handwritten_hash_over_the_key_is_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        _id: int | None = None

        def __hash__(self) -> int:
            return hash((type(self), self._id))

    table = table_of(mapping)
    with pytest.raises(MappingError, match=r"User.__hash__ reads the key '_id'.*drop it"):
        map_entity(mapping, User, table, properties={"_id": table.c.id})


def test_a_handwritten_hash_that_does_not_read_the_key_passes(mapping: registry) -> None:
    """It calls the function ``id``, which has the key's name."""

    @entity
    class User:
        name: str
        id: int | None = None

        def __hash__(self) -> int:
            return id(self)

    map_entity(mapping, User, table_of(mapping))


def test_equality_by_value_is_warned_of(mapping: registry) -> None:
    @attrs.define(slots=False)
    class User:
        name: str
        id: int | None = None

    with pytest.warns(MappingWarning, match=r"User compares by value \(eq=True\).*use @entity") as warned:
        map_entity(mapping, User, table_of(mapping))
    assert warned[0].filename == __file__


def test_equality_by_value_that_a_base_brings_is_warned_of(mapping: registry) -> None:
    @attrs.define(slots=False)
    class Base:
        id: int | None = None

    @entity
    class User(Base):
        name: str = ""

    with pytest.warns(MappingWarning, match="User compares by value"):
        map_entity(mapping, User, table_of(mapping))


def test_handwritten_equality_is_the_authors_choice(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

        def __eq__(self, other: object) -> bool:
            return isinstance(other, User) and self.name == other.name

        def __hash__(self) -> int:
            return hash(self.name)

    map_entity(mapping, User, table_of(mapping))


def test_a_plain_subclass_of_an_entity_is_an_entity(mapping: registry) -> None:
    @entity
    class Base:
        name: str
        id: int | None = None

    class User(Base):
        pass

    map_entity(mapping, User, table_of(mapping))
    assert User("sandy").name == "sandy"


def test_mapping_a_class_twice_is_refused(mapping: registry) -> None:
    @entity
    class User:
        name: str
        id: int | None = None

    table = table_of(mapping)
    map_entity(mapping, User, table)
    with pytest.raises(MappingError, match="User is mapped already"):
        map_entity(mapping, User, table)


def test_what_sqlalchemy_refuses_is_a_mapping_error_too(mapping: registry) -> None:
    @entity
    class User:
        name: str

    table = table_of(mapping)
    with pytest.raises(MappingError, match="no attribute is mapped to this name") as refused:
        map_entity(mapping, User, table, polymorphic_on="kind")
    assert refused.value.entity_type is User
    assert "\n" not in str(refused.value)
