"""Documents that were committed, and what other units of work do to their rows meanwhile."""

from typing import Any

from attrs import frozen

from .models.documents import NewUnit


@frozen
class Kept:
    """An entity, detached as it was committed, and what other units do and see meanwhile."""

    entity: Any
    entity_type: type[Any]
    key: int
    unit: NewUnit

    def change(self, text: str = "changed elsewhere") -> None:
        """Change the row."""
        with self.unit() as uow:
            uow.repository(self.entity_type).get_one(self.key).text = text
            uow.commit()

    def remove(self) -> None:
        """Remove the row."""
        with self.unit() as uow:
            uow.repository(self.entity_type).delete(uow.repository(self.entity_type).get_one(self.key))
            uow.commit()

    def text(self) -> str:
        """The row's text."""
        with self.unit() as uow:
            text: str = uow.repository(self.entity_type).get_one(self.key).text
            return text

    def version(self) -> int:
        """The row's version."""
        with self.unit() as uow:
            version: int = uow.repository(self.entity_type).get_one(self.key).version
            return version


def keep(unit: NewUnit, entity: Any) -> Kept:
    """Commit a new entity."""
    with unit() as uow:
        uow.repository(type(entity)).add(entity)
        uow.commit()
    return Kept(entity, type(entity), entity.id, unit)
