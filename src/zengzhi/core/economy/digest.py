"""The digest of a state: equal for equal states, on every machine and by either engine (G6).

Version 2 (version 1 knew no ``closed``, and grants had no spend): SHA-256 over, in this order,

1. the ASCII text ``zengzhi-state-2`` and, each after one blank, the decimal numbers pool,
   outstanding, epoch, pool reserve, refund reserve, put in, paid out, converted, taken out by
   refunds, closed (0 or 1), number of lots; then a line feed;
2. for each of the columns spend, contribution, granted, remaining, paid, refunded, is-grant,
   exited: the values of all lots in sequence as little-endian signed 64-bit integers;
3. for each lot in sequence its event id, then for each lot its member: length of the UTF-8 bytes
   as a little-endian 32-bit integer, then the bytes.
"""

import hashlib
import struct
import sys
from array import array
from collections.abc import Iterable

from zengzhi.core.economy.pool import Economy

HEADER = "zengzhi-state-2"


def header(economy_numbers: Iterable[int]) -> bytes:
    """Part 1 of the digest's input."""
    return f"{HEADER} {' '.join(str(number) for number in economy_numbers)}\n".encode()


def names(texts: Iterable[str]) -> bytes:
    """Part 3 of the digest's input, for one list of names."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    return b"".join(struct.pack("<I", len(name)) + name for name in encoded)


def column(values: Iterable[int]) -> bytes:
    """One column of part 2."""
    numbers = array("q", values)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def digest_of(
    numbers: Iterable[int],
    columns: Iterable[bytes],
    event_ids: Iterable[str],
    members: Iterable[str],
) -> str:
    """The hexadecimal digest, version 2, of the numbers, the columns as bytes, and the names."""
    hashed = hashlib.sha256(header(numbers))
    for values in columns:
        hashed.update(values)
    hashed.update(names(event_ids))
    hashed.update(names(members))
    return hashed.hexdigest()


def digest(economy: Economy) -> str:
    """The digest of a state."""
    lots = economy.lots
    numbers = (
        economy.pool_fen,
        economy.outstanding_units,
        economy.epoch,
        economy.pool_reserve_fen,
        economy.refund_reserve_fen,
        economy.put_in_fen,
        economy.paid_out_fen,
        economy.converted_fen,
        economy.refunded_fen,
        int(economy.closed),
        len(lots),
    )
    columns = (
        (lot.spend_fen for lot in lots),
        (lot.contribution_fen for lot in lots),
        (lot.granted_units for lot in lots),
        (lot.remaining_units for lot in lots),
        (lot.paid_fen for lot in lots),
        (lot.refunded_fen for lot in lots),
        (int(lot.is_grant) for lot in lots),
        (int(lot.exited) for lot in lots),
    )
    return digest_of(
        numbers,
        (column(values) for values in columns),
        (lot.event_id for lot in lots),
        (lot.member for lot in lots),
    )
