"""How much of a customer's risk each reason explains: a model of drivers only, and its own contributions.

A model that also knows the symptoms credits them: a customer lost to late deliveries has stopped ordering, so recency
takes all. This model sees drivers, and how often a customer buys, on snapshots of customers still active.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.special import logit as logit_of

from winback.errors import NoModelError
from winback.files import read_json, write_json, write_text

#: Rows whose contributions are computed at once: bounds the memory (rows × features × 8 bytes).
BLOCK = 50_000
#: Fewer rows than this, or fewer of either outcome, teach nothing about causes.
MIN_ROWS, MIN_OF_EACH = 300, 40
#: Share of the customers that decide when to stop.
STOPPING_SHARE = 0.2
MAX_ROUNDS, STOP_AFTER = 250, 25
#: More rows than this teach nothing more about a handful of causes: customers are sampled.
MAX_ROWS = 200_000


@dataclass(frozen=True)
class Column:
    """A column of the model: a driver with its reason, or a control (reason ``""``)."""

    name: str
    reason: str
    digest: str = ""


@dataclass(frozen=True, eq=False)
class Attribution:
    """A fitted driver model.

    Parameters
    ----------
    booster : lightgbm.Booster
        Log-odds of churn from drivers and controls.
    columns : tuple of Column
        What its features are.
    typical : mapping of str to float
        For each reason, its mean contribution (log-odds) among customers that stayed: what everybody lives through.
    """

    booster: Any
    columns: tuple[Column, ...]
    typical: dict[str, float] = field(default_factory=dict)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons that the model knows drivers of, ascending."""
        return tuple(sorted({column.reason for column in self.columns} - {""}))

    def excess(self, values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what each reason adds to the risk, beyond what customers that stay live through.

        Parameters
        ----------
        values : float32[n, columns]
            Drivers and controls.

        Returns
        -------
        excess : float64[n, reasons]
            Log-odds, at least 0: a reason that lowers the risk explains nothing.
        logit : float64[n]
            The model's log-odds of churn.
        """
        excess = np.empty((len(values), len(self.reasons)))
        logit = np.empty(len(values))
        typical = np.array([self.typical[reason] for reason in self.reasons])
        for begin in range(0, len(values), BLOCK):
            block = slice(begin, begin + BLOCK)
            by_reason, logit[block] = self._by_reason(values[block])
            excess[block] = np.maximum(by_reason - typical, 0)
        return excess, logit

    def mean_contributions(self, values: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the mean contribution (log-odds) of each reason over rows."""
        total = np.zeros(len(self.reasons))
        for begin in range(0, len(values), BLOCK):
            total += self._by_reason(values[begin : begin + BLOCK])[0].sum(axis=0)
        return np.asarray(total / max(len(values), 1))

    def _by_reason(self, values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        contributions = np.asarray(self.booster.predict(values, pred_contrib=True), np.float64)
        of = np.array([column.reason for column in self.columns])
        sums = [contributions[:, :-1][:, of == reason].sum(axis=1) for reason in self.reasons]
        return np.column_stack(sums), contributions.sum(axis=1)

    def save(self, folder: Path) -> None:
        """Write ``reasons.txt`` (LightGBM's text) and ``reasons.json``."""
        write_text(folder / "reasons.txt", self.booster.model_to_string())
        columns = [[column.name, column.reason, column.digest] for column in self.columns]
        write_json(folder / "reasons.json", {"columns": columns, "typical": self.typical})

    @classmethod
    def load(cls, folder: Path) -> Attribution:
        """Read what `save` wrote; loading runs no code.

        Raises
        ------
        NoModelError
            When the files are not there.
        """
        if not (folder / "reasons.txt").exists():
            raise NoModelError(f"{folder} holds no model of reasons", next_step="run 'winback train'")
        content = read_json(folder / "reasons.json")
        booster = lgb.Booster(model_str=(folder / "reasons.txt").read_text(encoding="utf-8"))
        return cls(booster, tuple(Column(*column) for column in content["columns"]), content["typical"])


#: Slope and shift from the log-odds of an attributable probability to those of being right. The fraction understates:
#: some of those that are silent for a whole horizon have not left. Measured on simulated companies with known causes.
CONFIDENCE = (0.55, 0.45)


def confidence_of(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how likely a first reason with that attributable probability is right.

    Examples
    --------
    >>> confidence_of(np.array([0.0, 0.1, 0.5])).round(2)
    array([0.  , 0.32, 0.61])
    """
    slope, shift = CONFIDENCE
    with np.errstate(divide="ignore"):
        return np.asarray(expit(slope * logit_of(probability) + shift))


def attributable(
    excess: NDArray[np.float64], logit: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each reason's share of the explained risk, and the probability that it is why the customer left.

    With p the risk and p0 the risk without any excess, (p - p0) / p of those who leave do so because of the reasons
    (the attributable fraction of epidemiology); the reasons divide it as they divide the log-odds.

    Parameters
    ----------
    excess : float64[n, reasons]
        Log-odds, at least 0.
    logit : float64[n]
        Log-odds of churn.

    Returns
    -------
    share : float64[n, reasons]
        Sums to 1, or 0 where nothing is in excess.
    probability : float64[n, reasons]
        Sums to less than 1.

    Examples
    --------
    >>> share, probability = attributable(np.array([[3.0, 1.0]]), np.array([0.0]))
    >>> share, probability.round(3)
    (array([[0.75, 0.25]]), array([[0.723, 0.241]]))
    """
    total = excess.sum(axis=1)
    share = np.divide(excess, total[:, None], out=np.zeros_like(excess), where=total[:, None] > 0)
    fraction = 1 - expit(logit - total) / expit(logit)
    return share, share * fraction[:, None]


def fit_attribution(
    values: NDArray[np.float32],
    columns: Sequence[Column],
    labels: NDArray[np.int8],
    customer: NDArray[np.int32],
    *,
    seed: int,
    threads: int = 0,
) -> Attribution | None:
    """Fit the driver model.

    Parameters
    ----------
    values : float32[n, columns]
        Drivers and controls at cutoffs at which the customers were active.
    columns : sequence of Column
        What they are.
    labels : int8[n]
        1 churned.
    customer : int32[n]
        Whose rows: some customers decide when to stop.
    seed, threads : int
        Of LightGBM.

    Returns
    -------
    Attribution or None
        None where there are no drivers or too few rows to learn from.
    """
    if labels.size > MAX_ROWS:
        sample = _some_customers(customer, MAX_ROWS / labels.size, seed + 1)
        values, labels, customer = values[sample], labels[sample], customer[sample]
    reasons = {column.reason for column in columns} - {""}
    churned = int(labels.sum())
    if not reasons or labels.size < MIN_ROWS or min(churned, labels.size - churned) < MIN_OF_EACH:
        return None
    booster = _grow(values, columns, labels, _some_customers(customer, STOPPING_SHARE, seed), seed, threads)
    model = Attribution(booster, tuple(columns))
    typical = model.mean_contributions(values[labels == 0])
    return Attribution(booster, model.columns, dict(zip(model.reasons, typical.tolist(), strict=True)))


def _some_customers(customer: NDArray[np.int32], share: float, seed: int) -> NDArray[np.bool_]:
    """Mark the rows of customers drawn at random; a customer's rows stay together."""
    chosen = np.random.default_rng(seed).random(int(customer.max()) + 1) < share
    return np.asarray(chosen[customer])


def _grow(
    values: NDArray[np.float32],
    columns: Sequence[Column],
    labels: NDArray[np.int8],
    stopping: NDArray[np.bool_],
    seed: int,
    threads: int,
) -> Any:
    parameters = {
        "objective": "binary",
        "learning_rate": 0.1,
        "num_leaves": 15,
        "max_bin": 63,
        "min_data_in_leaf": int(np.clip(labels.size // 300, 20, 200)),
        "lambda_l2": 10.0,
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed,
        "num_threads": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    names = [f"{place}_{column.name}" for place, column in enumerate(columns)]
    data = lgb.Dataset(values[~stopping], labels[~stopping], feature_name=names, free_raw_data=True)
    held = lgb.Dataset(values[stopping], labels[stopping], reference=data)
    return lgb.train(parameters, data, MAX_ROUNDS, [held], callbacks=[lgb.early_stopping(STOP_AFTER, verbose=False)])
