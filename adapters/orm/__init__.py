"""What every adapter reads from the mapping, and how an application makes one that can be relied on."""

from unitofwork.adapters.orm.findings import MappingWarning
from unitofwork.adapters.orm.mapping import check_registry, map_entity
from unitofwork.adapters.orm.messages import inbox_table, outbox_table

__all__ = ["MappingWarning", "check_registry", "inbox_table", "map_entity", "outbox_table"]
