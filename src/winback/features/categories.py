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


def share_words(
    values: NDArray[np.float32], parts: Sequence[tuple[NDArray[np.intp], Sequence[Planned]]]
) -> tuple[Planned, ...]:
    """Translate category columns, in place, from the codes of each part's own words to those of the words of all.

    Parameters
    ----------
    values : float32[rows, features]
        Computed features.
    parts : sequence of (rows, planned)
        For each part the places of its rows, and the features as they were planned there, in the order of the columns.

    Returns
    -------
    tuple of Planned
        The features with the words of all parts.
    """
    shared = []
    for place, plans in enumerate(zip(*(planned for _, planned in parts), strict=True)):
        if plans[0].spec.kind != "category":
            shared.append(plans[0])
            continue
        words = tuple(sorted({word for plan in plans for word in plan.words}))
        shared.append(replace(plans[0], words=words))
        code_of = {word: float(code) for code, word in enumerate(words)}
        for (rows, _), plan in zip(parts, plans, strict=True):
            if plan.words != words:
                table = np.array([*(code_of[word] for word in plan.words), np.nan], np.float32)
                column = values[rows, place]
                values[rows, place] = table[np.where(column >= 0, column, -1).astype(np.int64)]
    return tuple(shared)


def _words_that_occur(codes: NDArray[np.int64], words: tuple[str, ...]) -> tuple[str, ...]:
    times = np.bincount(codes[codes >= 0], minlength=len(words))
    frequent = np.argsort(-times, kind="stable")[:MAX_WORDS]
    return tuple(words[code] for code in sorted(frequent) if times[code])
