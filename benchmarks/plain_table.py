"""The churn model on a plain table without dates: IBM's sample telephone company, beside logistic regression."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.model_measures import SAMPLES, averaged, figures
from winback.evaluation import Measured, Scored, customer_weights
from winback.model import ChurnModel

TELCO = Path(__file__).parents[2] / "shared/data/telco"
#: Columns that say who it is, or give the label away.
LEAKS = ("churn_score", "cltv", "churn_value", "churn_reason", "customer_id")
FOLDS = 5

Fit = Callable[[pd.DataFrame, NDArray[np.int8]], Any]


def telco() -> tuple[pd.DataFrame, NDArray[np.int8]]:
    """Return the table without what gives the label away, and who left."""
    table = pd.read_parquet(TELCO / "customers.parquet")
    return table.drop(columns=[*LEAKS, "churn"]), table["churn"].to_numpy(np.int8)


def held_out(table: pd.DataFrame, left: NDArray[np.int8], fit: Fit, folds: int, seed: int) -> NDArray[np.float64]:
    """Probability of every row by a model that was taught on the other folds."""
    said = np.empty(len(left))
    for taught, out in StratifiedKFold(folds, shuffle=True, random_state=seed).split(table, left):
        said[out] = fit(table.iloc[taught], left[taught]).predict_proba(table.iloc[out])[:, 1]
    return said


def ours(table: pd.DataFrame, left: NDArray[np.int8]) -> ChurnModel:
    """The churn model as it comes."""
    return ChurnModel(threads=1).fit(table, left)


def logistic(table: pd.DataFrame, left: NDArray[np.int8]) -> Any:
    """Logistic regression on scaled numbers and one column per common word."""
    words = table.select_dtypes(exclude="number").columns
    numbers = table.columns.difference(words)
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), list(numbers)),
        (OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20), list(words)),
    )
    return make_pipeline(columns, LogisticRegression(max_iter=2000)).fit(table, left)


def plain_lines(seeds: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Yield the figures of five folds per seed."""
    if not TELCO.is_dir():
        print(f"{TELCO} is not there: telco is left out")
        return
    table, left = telco()
    said = {name: [held_out(table, left, fit, FOLDS, seed) for seed in seeds] for name, fit in WAYS.items()}
    weights = customer_weights(np.arange(len(left)), SAMPLES, seed=1)
    found = {
        name: averaged([Measured.of(Scored.of(left, part), weights) for part in parts]) for name, parts in said.items()
    }
    yield {
        "kind": "plain",
        "data": "telco",
        "rows": len(left),
        "folds": FOLDS,
        "repeats": len(seeds),
        "ways": {name: figures(found["model"], part) for name, part in found.items()},
    }


WAYS: Mapping[str, Fit] = MappingProxyType({"model": ours, "logistic": logistic})
