"""Places of instants among each customer's events, against a plain loop."""

from __future__ import annotations

import numpy as np

from winback.history import Events
from winback.history.events import customer_offsets


def test_places_are_those_of_a_search_per_customer():
    generator = np.random.default_rng(5)
    customer = np.sort(generator.integers(0, 6, 40)).astype(np.int32)
    customer[customer == 3] = 4
    at = generator.integers(0, 30, 40)
    order = np.lexsort((at, customer))
    customer, at = customer[order], at[order].astype(np.int64)
    events = Events("orders", customer, at, at, {}, {}, customer_offsets(customer, 7))
    asked = np.repeat(np.arange(7, dtype=np.int32), 33)
    instants = np.tile(np.arange(-1, 32, dtype=np.int64), 7)
    expected = [
        events.offsets[who] + int((at[customer == who] < when).sum()) for who, when in zip(asked, instants, strict=True)
    ]
    assert events.places(asked, instants).tolist() == expected
