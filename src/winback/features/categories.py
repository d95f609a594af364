"""The words of category columns: fixed once, at training, so that a code means the same ever after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from winback.features.declarations import FeatureSpec
from winback.features.plan import Planned

#: A category keeps at most this many words, the most frequent ones; the others are missing.
MAX_WORDS = 200


def fix_categories(
    values: NDArray[np.float32], planned: Sequence[Planned], fixed: Mapping[str, tuple[str, ...]]
) -> tuple[FeatureSpec, ...]:
    """Translate category columns, in place, from the history's codes to places among fixed words.

    Parameters
    ----------
    values : float32[rows, features]
        Computed features; a category column holds places in ``planned.words``, -1 or NaN missing.
    planned : sequence of Planned
        The features, in the order of the columns.
    fixed : mapping of str to tuple of str
        Words of some columns. The other columns get the words that occur in them.

    Returns
    -------
    tuple of FeatureSpec
        With their categories.
    """
    specs = []
    for place, plan in enumerate(planned):
        if plan.spec.kind != "category":
            specs.append(plan.spec)
            continue
        column = values[:, place]
        codes = np.where(column >= 0, column, -1).astype(np.int64)
        words = tuple(fixed[plan.name]) if plan.name in fixed else _words_that_occur(codes, plan.words)
        specs.append(replace(plan.spec, categories=words))
        place_of = {word: number for number, word in enumerate(words)}
        # one further element, for -1 (missing)
        table = np.array([*(place_of.get(word, np.nan) for word in plan.words), np.nan], np.float32)
        values[:, place] = table[codes]
    return tuple(specs)


def _words_that_occur(codes: NDArray[np.int64], words: tuple[str, ...]) -> tuple[str, ...]:
    times = np.bincount(codes[codes >= 0], minlength=len(words))
    frequent = np.argsort(-times, kind="stable")[:MAX_WORDS]
    return tuple(words[code] for code in sorted(frequent) if times[code])
