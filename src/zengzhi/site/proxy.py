"""Whom a request really comes from: a proxy that is trusted says it, anybody else is not asked."""

import ipaddress
from dataclasses import dataclass

FORWARDED = "x-forwarded-"
Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as the proxy saw it; without a trusted one, as the server did."""

    address: str
    scheme: str
    headers: list[Header]


class Proxies:
    """The addresses or networks of proxies that are believed; none by default."""

    def __init__(self, trusted: tuple[str, ...] = ()) -> None:
        """Errors: ``ValueError`` for what is neither an address nor a network."""
        self.trusted = [ipaddress.ip_network(text, strict=False) for text in trusted]

    def _believed(self, address: str) -> bool:
        known = _read(address)
        return known is not None and any(known in network for network in self.trusted)

    def see(self, peer: str, scheme: str, headers: list[Header]) -> Seen:
        """Who asks, and how. From the right, the first address that is no proxy's is the client's;
        what stands left of it is the client's own word.

        >>> proxies = Proxies(("10.0.0.0/8",))
        >>> said = [("x-forwarded-for", "1.1.1.1, 203.0.113.9"), ("x-forwarded-proto", "https")]
        >>> proxies.see("10.0.0.7", "http", said).address
        '203.0.113.9'
        >>> proxies.see("203.0.113.1", "http", said).address
        '203.0.113.1'

        The host is the request's own: a proxy passes it on unchanged.
        """
        own = [(name, value) for name, value in headers if not _forwarded(name)]
        if not self._believed(peer):
            return Seen(peer, scheme, own)
        said = {name: value for name, value in headers if name.startswith(FORWARDED)}
        chain = [
            part.strip()
            for name, value in headers
            if name == "x-forwarded-for"
            for part in value.split(",")
        ]
        known = _read(next((part for part in reversed(chain) if not self._believed(part)), peer))
        address = str(known) if known is not None else peer
        if said.get("x-forwarded-proto") in {"http", "https"}:
            scheme = said["x-forwarded-proto"]
        return Seen(address, scheme, own)


def _read(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address as proxies write it: also with a port, and an IPv4 one in the clothes of IPv6.

    >>> [str(_read(text)) for text in ("::ffff:192.0.2.7", "192.0.2.7:443", "[2001:db8::1]:443")]
    ['192.0.2.7', '192.0.2.7', '2001:db8::1']
    >>> _read("unknown") is None
    True
    """
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        known = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(known, "ipv4_mapped", None) or known


def _forwarded(name: str) -> bool:
    return name.startswith(FORWARDED) or name == "forwarded"
