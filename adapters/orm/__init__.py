"""What every adapter reads from the mapping, and how an application makes one that can be relied on."""

from unitofwork.adapters.orm.checks import MappingWarning
from unitofwork.adapters.orm.mapping import check_registry, map_entity

__all__ = ["MappingWarning", "check_registry", "map_entity"]
