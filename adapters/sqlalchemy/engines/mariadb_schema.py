"""Tables whose text is compared exactly: by case and by spaces at the end, as other databases compare it."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.mysql.base import MySQLDDLCompiler

_CHOICES = ("charset", "collate", "default_charset", "default_collate", "character_set", "default_character_set")


class ExactText(MySQLDDLCompiler):
    """Gives a table a collation where the mapping chooses none."""

    def post_create_table(self, table: Table) -> str:
        """The options behind a table's columns."""
        options: str = super().post_create_table(table)
        chosen: dict[str, Any] = dict(table.kwargs)
        if any(f"{dialect}_{choice}" in chosen for dialect in ("mariadb", "mysql") for choice in _CHOICES):
            return options
        return f"{options} CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
