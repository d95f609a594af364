"""Plain tables as features: what a notebook hands to the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from winback.features import FeatureSpec
from winback.files import sha256_of_json


def is_categorical(column: pd.Series[Any]) -> bool:
    """Tell whether a column holds words rather than numbers."""
    return not (pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype))


def specs_of_table(table: pd.DataFrame) -> tuple[FeatureSpec, ...]:
    """Describe each column of a table: numbers and booleans as numbers, anything else as categories.

    Examples
    --------
    >>> specs = specs_of_table(pd.DataFrame({"months": [1, 2], "contract": ["year", "month"]}))
    >>> [(spec.name, spec.kind, spec.categories) for spec in specs]
    [('months', 'number', ()), ('contract', 'category', ('month', 'year'))]
    """
    return tuple(_spec(str(name), table[name]) for name in table.columns)


def _spec(name: str, column: pd.Series[Any]) -> FeatureSpec:
    words = tuple(sorted({str(word) for word in column.dropna().unique()})) if is_categorical(column) else ()
    kind: Literal["number", "category"] = "category" if is_categorical(column) else "number"
    return FeatureSpec(
        name=name,
        role="context",
        reason=None,
        unit="",
        doc="A column of a plain table.",
        kind=kind,
        categories=words,
        digest=sha256_of_json(["plain", name, kind]),
    )


def values_of_table(table: pd.DataFrame, categories: Mapping[str, tuple[str, ...]]) -> NDArray[np.float32]:
    """Numbers of a table, float32[n, k]; words become codes of ``categories``, unknown words and gaps nan."""
    values = np.empty(table.shape, np.float32)
    for place, name in enumerate(table.columns):
        column = table[name]
        if str(name) in categories:
            words = pd.Index(list(categories[str(name)]), dtype="string")
            codes = words.get_indexer(pd.Index(column.astype("string"))).astype(np.float32)
            values[:, place] = np.where(codes < 0, np.nan, codes)
        else:
            values[:, place] = column.to_numpy(np.float32, na_value=np.nan)
    return values
