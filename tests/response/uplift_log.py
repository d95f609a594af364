"""A log of offers whose effect is known for every customer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from winback.actions import Actions
from winback.response import OfferOutcomes
from winback.response.individual import Contest, OfferFeatures, choose_learner
from winback.settings import ActionSettings

REASONS = ("price", "delivery", "neglect")
ACTIONS = 3
DAY_US = 86_400_000_000
HORIZON = 90 * DAY_US


@dataclass(frozen=True)
class Log:
    """A log and the truth about it."""

    actions: Actions
    outcomes: OfferOutcomes
    features: OfferFeatures
    customer: np.ndarray
    offered_at: np.ndarray
    uplift: np.ndarray

    def contest(self, seed: int = 0) -> Contest:
        return choose_learner(
            self.actions,
            self.outcomes,
            self.features,
            customer=self.customer,
            offered_at=self.offered_at,
            horizon=HORIZON,
            seed=seed,
        )


def make_log(seed: int, n: int, *, own: float, pooled: bool = True, features: int = 8, days: int = 700) -> Log:
    """Make offers over ``days``; ``own`` is how far customers of one cell differ, by a feature of theirs.

    Without ``pooled`` effects, and with ``own`` 0, nothing that was done changed anything.
    """
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, features)).astype(np.float32)
    action, reason = rng.integers(0, ACTIONS, n), rng.integers(0, len(REASONS), n)
    churn = rng.beta(3, 2, n)
    saves = np.where(np.eye(ACTIONS, dtype=bool), 0.35, 0.08) * pooled
    save = saves[action, reason] + own * np.sign(values[:, 0])
    uplift = np.clip(churn * save, churn - 1, churn)
    treated = rng.random(n) < 0.7
    cycle = np.sort(rng.integers(0, days // 7, n))
    one = ActionSettings(contact_cost=10, save_probability=0.15)
    return Log(
        Actions.from_settings({f"action_{code}": one for code in range(ACTIONS)}),
        OfferOutcomes.of(
            action=np.array([f"action_{code}" for code in action], dtype=object),
            reason=np.array(REASONS, dtype=object)[reason],
            cycle=np.array([f"{number:04d}" for number in cycle], dtype=object),
            population=rng.integers(0, 2, n),
            churn_probability=churn,
            treated=treated,
            kept=rng.random(n) < 1 - churn + treated * uplift,
        ),
        OfferFeatures.of(values, tuple(f"feature_{place}" for place in range(features))),
        rng.integers(0, n // 2, n),
        cycle * 7 * DAY_US,
        uplift,
    )
