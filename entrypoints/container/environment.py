"""The configuration from the environment, where nothing more than that is wanted; `Settings` can more."""

import os
from collections.abc import Mapping
from typing import TypeAlias, Union

from unitofwork.entrypoints.errors import ConfigurationError

Section: TypeAlias = dict[str, Union[str, "Section"]]
"""Texts by names, and sections of the same kind."""

_DELIMITER = "__"


def environment(prefix: str = "UNITOFWORK_", variables: Mapping[str, str] | None = None) -> Section:
    """What the variables of this prefix say: ``SHOP_DATABASE__POOL_SIZE`` is ``config.database.pool_size``.

    ::

        ShopContainer(config=environment("SHOP_"))

    Args:
        prefix: which the names of all variables begin with.
        variables: those of the process by default.

    Raises:
        ConfigurationError: a variable is a text and a section at once.
    """
    found: Section = {}
    for name, text in sorted((os.environ if variables is None else variables).items()):
        if name.startswith(prefix):
            *sections, option = name.removeprefix(prefix).lower().split(_DELIMITER)
            into = found
            for each in sections:
                within = into.setdefault(each, {})
                if isinstance(within, str):
                    raise ConfigurationError(
                        f"{name} is set, and so is {each.upper()}, which holds it: unset one of them"
                    )
                into = within
            into[option] = text
    return found
