"""Addresses of networks, as the driver gives them: `ipaddress`'s classes, and text for hardware addresses."""

import re
from collections.abc import Callable
from ipaddress import IPv4Interface, IPv6Interface, ip_interface, ip_network
from typing import Any

from unitofwork.adapters.memory.values.codec import Codec, Holder
from unitofwork.adapters.orm.rules import Refusal
from unitofwork.domain.errors import WrongType

_HARDWARE = re.compile("[0-9a-f]{12}")


def inet_codec(holder: Holder) -> Codec:
    """An address, with its network if it is given one."""
    return _codec(_inet, "an IP address", holder)


def cidr_codec(holder: Holder) -> Codec:
    """A network."""
    return _codec(ip_network, "an IP network", holder)


def macaddr_codec(holder: Holder) -> Codec:
    """A hardware address of six bytes."""
    return Codec(store=_parsing(_macaddr, "a hardware address", holder))


def _codec(parse: Callable[[Any], Any], expected: str, holder: Holder) -> Codec:
    store = _parsing(parse, expected, holder)
    return Codec(store=store, operand=store, order=_network_order)


def _parsing(parse: Callable[[Any], Any], expected: str, holder: Holder) -> Callable[[Any], Any]:
    def store(value: object) -> object:
        if not isinstance(value, int | bytes):  # which PostgreSQL does not take for addresses
            try:
                return parse(value)
            except (TypeError, ValueError):
                pass
        raise holder.refused(Refusal(WrongType, f"takes {expected}"))

    return store


def _inet(value: object) -> object:
    interface: IPv4Interface | IPv6Interface = ip_interface(value)  # type: ignore[arg-type]  # raises for all others
    return interface.ip if interface.network.prefixlen == interface.max_prefixlen else interface


def _macaddr(value: object) -> str:
    digits = re.sub("[:.-]", "", value).lower() if isinstance(value, str) else ""
    if _HARDWARE.fullmatch(digits) is None:
        raise ValueError
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))


def _network_order(value: object) -> tuple[int, str, int]:
    """By the bits that both networks have, then the wider one first, then by the address."""
    interface: IPv4Interface | IPv6Interface = ip_interface(value)  # type: ignore[arg-type]  # it was stored
    bits = format(int(interface.ip), f"0{interface.max_prefixlen}b")
    return interface.version, bits[: interface.network.prefixlen], int(interface.ip)
