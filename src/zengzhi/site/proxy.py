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
        try:
            known = ipaddress.ip_address(address)
        except ValueError:
            return False
        mapped = getattr(known, "ipv4_mapped", None) or known
        return any(mapped in network for network in self.trusted)

    def see(self, peer: str, scheme: str, headers: list[Header]) -> Seen:
        """Who asks, and how. From the right, the first address that is no proxy's is the client's;
        what stands left of it is the client's own word.

        >>> proxies = Proxies(("10.0.0.0/8",))
        >>> said = [("x-forwarded-for", "1.1.1.1, 203.0.113.9"), ("x-forwarded-proto", "https")]
        >>> proxies.see("10.0.0.7", "http", said).address
        '203.0.113.9'
        >>> proxies.see("203.0.113.1", "http", said).address
        '203.0.113.1'
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
        address = next((part for part in reversed(chain) if not self._believed(part)), peer)
        try:
            address = str(ipaddress.ip_address(address))
        except ValueError:
            address = peer
        if said.get("x-forwarded-proto") in {"http", "https"}:
            scheme = said["x-forwarded-proto"]
        if host := said.get("x-forwarded-host"):
            own = [(name, value) for name, value in own if name != "host"] + [("host", host)]
        return Seen(address, scheme, own)


def _forwarded(name: str) -> bool:
    return name.startswith(FORWARDED) or name == "forwarded"
