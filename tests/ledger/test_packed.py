"""The bytes of a sealed batch, read back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zengzhi.records.ledger.packed import Unreadable, pack, unpack

TEXTS = st.lists(st.text(max_size=20), max_size=8)
NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=8)


@given(NUMBERS, TEXTS, TEXTS)
def test_what_is_packed_is_read_back(numbers, some, more):
    numbers = np.array(numbers, np.int64)
    payload = pack({"stream": "acts"}, [("n", "<i8", numbers)], [("a", some), ("b", more)])
    said = unpack(payload)
    assert said.header == {"stream": "acts"}
    assert said.columns["n"].tolist() == numbers.tolist()
    assert said.texts == {"a": some, "b": more}


@given(st.data())
def test_bytes_that_are_cut_or_longer_are_refused(data):
    payload = pack({}, [("n", "<i8", np.arange(3))], [("a", ["甲", "b"])])
    cut = data.draw(st.integers(0, len(payload) - 1))
    for wrong in (payload[:cut], payload + b"x", b"\x02" + payload[1:]):
        with pytest.raises(Unreadable):
            unpack(wrong)
