"""Which network addresses a page may be fetched from: those of the public internet.

The tables are IANA's special-purpose address registries; Python's `ipaddress` knows most of
them, older versions fewer, so what they miss is named here. An IPv6 address that carries an
IPv4 address is as public as that.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence

from quoth.errors import ArticleError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""(host name, port) → its numeric addresses; raises OSError where it has none."""

_UNICAST = ipaddress.IPv6Network("2000::/3")  # all of IPv6 that is given out (RFC 4291)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are IPv4
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "2001::/23",  # protocol assignments, Teredo, ORCHID
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_LAST_IS_NUMBER = re.compile(r"(^|\.)(\d+|0[xX][0-9a-fA-F]*)\.?$")  # WHATWG, URL Standard, 3.5
_ISATAP = {0x00005EFE, 0x02005EFE}  # RFC 5214: the third quarter; the last is IPv4


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet; False for what is no address."""
    try:
        return _is_public(ipaddress.ip_address(address))
    except ValueError:
        return False


def _is_public(address: IPAddress) -> bool:
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        carried = _carried(address)
        if carried is not None and not _is_public(carried):
            return False
        if address in _NAT64:
            return True
        if address not in _UNICAST or address.scope_id is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which packets for this one would be sent on."""
    if address.sixtofour is not None:
        return address.sixtofour
    last = int(address) & 0xFFFFFFFF
    is_isatap = (int(address) >> 32) & 0xFFFFFFFF in _ISATAP
    return ipaddress.IPv4Address(last) if address in _NAT64 or is_isatap else None


def resolve_name(host: str, port: int) -> Sequence[str]:
    """The numeric addresses of a host, as the system finds them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def resolve_within(seconds: float, resolve: Resolve, host: str, port: int) -> Sequence[str]:
    """The addresses of a host, which may be a number and then is not looked up.

    The system's look-up knows no time limit, so a thread waits for it.

    Raises:
        ArticleError: there are none, or finding them takes longer than `seconds`.
    """
    if _LAST_IS_NUMBER.search(host) or ":" in host:
        return [_number(host)]
    found: list[Sequence[str]] = []

    def look_up() -> None:
        try:
            found.append(resolve(host, port))
        except Exception:  # OSError; ValueError where it is no name that could be asked for
            found.append([])

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if not found:
        raise ArticleError(f"finding the host '{host}' takes too long: try again later")
    if not found[0]:
        raise ArticleError(f"there is no host '{host}': check the address and the connection")
    return found[0]


def _number(host: str) -> str:
    """The address that a host's number means: also `127.1` and `2130706433` (inet_aton)."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError as error:
        raise ArticleError(f"there is no host '{host}': it is no address in numbers") from error


def check_public(host: str, addresses: Sequence[str]) -> None:
    """Raises ArticleError unless all of a host's addresses are public."""
    for address in addresses:
        if not is_public(address):
            where = f"'{host}'" if host == address else f"'{host}' ({address})"
            raise ArticleError(
                f"{where} is no address of the public internet: allow it by --allow-private"
            )
