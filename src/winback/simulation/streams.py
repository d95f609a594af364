"""Random numbers: one stream per subsystem, so that a change in one leaves the others' draws alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, SeedSequence


@dataclass(frozen=True)
class Streams:
    """The generators of a world, all made from one seed.

    Examples
    --------
    >>> Streams.of(7).orders.random() == Streams.of(7).orders.random()
    True
    >>> Streams.of(7).orders.random() == Streams.of(7).service.random()
    False
    """

    population: Generator
    calendar: Generator
    staff: Generator
    prices: Generator
    orders: Generator
    baskets: Generator
    deliveries: Generator
    service: Generator
    contacts: Generator
    loyalty: Generator
    leaving: Generator
    surveys: Generator
    campaigns: Generator
    outreach: Generator
    dirt: Generator
    departing: Generator

    @classmethod
    def of(cls, seed: int | SeedSequence) -> Streams:
        """Make all generators; new ones go to the end of the fields so that the old ones stay as they are."""
        names = tuple(cls.__dataclass_fields__)
        root = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
        children = root.spawn(len(names))
        return cls(**{name: np.random.default_rng(child) for name, child in zip(names, children, strict=True)})
