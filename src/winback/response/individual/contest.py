"""The contest: is any learner of single customers' uplift surely better than the pooled estimate?

All estimates predict the same held-out offers, and each prediction's policy value is read off the same doubly robust
scores. A learner is adopted only if its policy value exceeds the pooled estimate's by so much that without any
difference at most one contest in 100 would end with an adoption: the paired difference must be above 0 at a level of
`FALSE_ADOPTION` shared out equally among the learners (Bonferroni), which pays for choosing the best of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions
from winback.response.effects import Effects
from winback.response.evidence import OfferOutcomes
from winback.response.individual.features import OfferFeatures
from winback.response.individual.gains import Gain, gain, policy_weights, qini_weights, scale_of
from winback.response.individual.learner import UpliftLearner, fit_beyond
from winback.response.individual.meta import META, doubly_robust
from winback.response.individual.offers import PastOffers, divide
from winback.response.learning import learn_effects

Floats = NDArray[np.float64]

#: Held-out offers, what every estimate predicts of them, and their doubly robust scores.
_Held = tuple[PastOffers, dict[str, Floats], Floats]

#: The learners that compete.
LEARNERS = tuple(META)
#: Probability that anything is adopted although nothing is better.
FALSE_ADOPTION = 0.01
#: With fewer offers, or fewer left alone, nothing is tried.
MIN_OFFERS, MIN_HELD_OUT = 1000, 150


@dataclass(frozen=True)
class Entry:
    """What one estimate achieved on the held-out offers; customers kept per offer of the log.

    Parameters
    ----------
    name : str
        ``pooled`` or a learner's.
    policy_value : Gain
        Kept because the best offers were made, averaged over budgets (`policy_weights`).
    qini : Gain
        Area between the uplift curve and that of a random order (`qini_weights`).
    policy_difference, qini_difference : Gain or None
        By how much more than the pooled estimate's; None for itself.
    """

    name: str
    policy_value: Gain
    qini: Gain
    policy_difference: Gain | None = None
    qini_difference: Gain | None = None

    def content(self) -> dict[str, Any]:
        """Return the fields as JSON-like values."""
        gains = {name: getattr(self, name) for name in ("policy_value", "qini", "policy_difference", "qini_difference")}
        return {"name": self.name} | {name: None if made is None else made.content() for name, made in gains.items()}


@dataclass(frozen=True, eq=False)
class Contest:
    """How the contest ended.

    Parameters
    ----------
    adopted : str
        The learner that is used from now on; ``""``: the pooled estimate stays.
    divided_by : str
        ``time``, ``customer`` (see `divide`), or ``""``: too few offers, nothing was tried.
    offers, held_out, tested : int
        Offers that can be learned from, how many of them were left alone, and how many were predicted.
    entries : tuple of Entry
        The pooled estimate and the learners.
    learner : UpliftLearner or None
        The winner, fitted on the whole log.
    """

    adopted: str
    divided_by: str
    offers: int
    held_out: int
    tested: int = 0
    entries: tuple[Entry, ...] = ()
    learner: UpliftLearner | None = None

    @property
    def statement(self) -> str:
        """Id of the plain sentence."""
        if not self.divided_by:
            return "outcomes-learner-untried"
        return "outcomes-learner-adopted" if self.adopted else "outcomes-learner-refused"

    def best(self) -> Entry | None:
        """Return the learner with the highest policy value; None where nothing was tried."""
        learners = [entry for entry in self.entries if entry.name != "pooled"]
        return max(learners, key=lambda entry: entry.policy_value.value, default=None)

    def detail(self) -> dict[str, float | str]:
        """Return the arguments of the sentence; differences in customers kept per 1,000 offers."""
        best = self.best()
        difference = None if best is None else best.policy_difference
        figures = (0.0, 0.0, 0.0) if difference is None else (difference.value, difference.low, difference.high)
        more, low, high = (round(1000 * figure, 1) for figure in figures)
        counts = {"offers": self.offers, "held_out": self.held_out, "tested": self.tested}
        least = {"min_offers": MIN_OFFERS, "min_held_out": MIN_HELD_OUT}
        return {**counts, **least, "learner": "" if best is None else best.name, "more": more, "low": low, "high": high}

    def content(self) -> dict[str, Any]:
        """Return everything but the learner as JSON-like values."""
        return {
            "adopted": self.adopted,
            "divided_by": self.divided_by,
            "offers": self.offers,
            "held_out": self.held_out,
            "tested": self.tested,
            "entries": [entry.content() for entry in self.entries],
            "statement": self.statement,
            "detail": self.detail(),
        }

    def metrics(self) -> dict[str, float]:
        """Return the figures under flat names, as experiment trackers want them."""
        made = {"adopted": float(bool(self.adopted)), "offers": float(self.offers), "tested": float(self.tested)}
        for entry in self.entries:
            for figure, values in entry.content().items():
                if isinstance(values, Mapping):
                    made |= {f"{entry.name}.{figure}.{end}": values[end] for end in ("value", "low", "high")}
        return made


def choose_learner(
    actions: Actions,
    outcomes: OfferOutcomes,
    features: OfferFeatures,
    *,
    customer: NDArray[np.int64],
    offered_at: NDArray[np.int64],
    horizon: int,
    reasons: tuple[str, ...] = (),
    seed: int = 0,
    threads: int = 1,
) -> Contest:
    """Let the learners compete with the pooled estimate on offers that none of them was fitted on.

    Parameters
    ----------
    actions : Actions
        With the assumptions that the pooled estimate starts from.
    outcomes : OfferOutcomes
        The log.
    features : OfferFeatures
        What was known at every offer of the log.
    customer, offered_at : ndarray of int64, shape (n,)
        Whose offer it is (any code); when, in microseconds.
    horizon : int
        Length of the window in which a customer counts as kept; microseconds.
    reasons : tuple of str
        Reason words that may occur later, as for `learn_effects`.
    seed, threads : int
        Of the learners.

    Returns
    -------
    Contest
        Without a learner unless one is surely better.
    """
    offers = PastOffers.of(actions, outcomes, features, customer, offered_at)
    if len(offers) < MIN_OFFERS or offers.held_out < MIN_HELD_OUT:
        return Contest("", "", len(offers), offers.held_out)
    words = reasons + tuple(sorted({str(word) for word in offers.outcomes.reason}))
    fitting = _Fitting(actions, words, seed, threads)
    divided_by, parts = divide(offers, horizon, np.random.default_rng(seed))
    held = [(offers.rows(part.held), *fitting.predict(offers.rows(part.fit), offers.rows(part.held))) for part in parts]
    entries = _compare(held)
    adopted = _surely_better(entries)
    learner = replace(fitting.learner(adopted, offers), scale=_scale(adopted, held)) if adopted else None
    tested = sum(len(rows) for rows, _, _ in held)
    return Contest(adopted, divided_by, len(offers), offers.held_out, tested, entries, learner)


@dataclass(frozen=True)
class _Fitting:
    """What every fit of the contest shares."""

    actions: Actions
    reasons: tuple[str, ...]
    seed: int
    threads: int

    def learner(self, kind: str, offers: PastOffers) -> UpliftLearner:
        """Fit what a learner finds beyond the pooled effects."""
        return self._beyond(kind, offers, learn_effects(self.actions, offers.outcomes, self.reasons))

    def _beyond(self, kind: str, offers: PastOffers, effects: Effects) -> UpliftLearner:
        return fit_beyond(kind, offers, effects, seed=self.seed, threads=self.threads)

    def predict(self, fit: PastOffers, held: PastOffers) -> tuple[dict[str, Floats], Floats]:
        """Return every estimate's predictions of held-out offers, and their doubly robust scores.

        The nuisances of the scores are the same for all estimates, and learned from the fitted rows only.
        """
        effects = learn_effects(self.actions, fit.outcomes, self.reasons)
        pooled = held.pooled_uplift(effects)
        log = held.outcomes
        context = (log.churn_probability, log.population, held.reason_codes(effects), held.action_codes(effects))
        predictions = {"pooled": pooled}
        for kind in LEARNERS:
            shifts = self._beyond(kind, fit, effects).shifts(held.features, *context)
            predictions[kind] = pooled + shifts.mean(axis=0)
        without = 1 - log.churn_probability + fit.baseline(effects)[log.population]
        score = doubly_robust(
            log.kept.astype(np.float64), log.treated, held.share, with_offer=without + pooled, without=without
        )
        return predictions, score


def _compare(held: list[_Held]) -> tuple[Entry, ...]:
    """Read every estimate's figures off the held-out offers; each part is ranked by itself."""
    customer = np.concatenate([rows.customer for rows, _, _ in held])
    score = np.concatenate([part for _, _, part in held])

    def weights(name: str) -> tuple[Floats, Floats]:
        made = [predictions[name] for _, predictions, _ in held]
        policy, qini = ([rule(part) for part in made] for rule in (policy_weights, qini_weights))
        return np.concatenate(policy), np.concatenate(qini)

    base = weights("pooled")
    entries = [Entry("pooled", *(gain(part, score, customer) for part in base))]
    for name in LEARNERS:
        mine = weights(name)
        figures = [gain(part, score, customer) for part in mine]
        differences = [gain(part - other, score, customer) for part, other in zip(mine, base, strict=True)]
        entries.append(Entry(name, *figures, *differences))
    return tuple(entries)


def _scale(name: str, held: list[_Held]) -> Gain:
    """Return how far a learner's shifts are to be stretched or shrunk, by the held-out offers."""
    shift = np.concatenate([predictions[name] - predictions["pooled"] for _, predictions, _ in held])
    left = np.concatenate([score - predictions["pooled"] for _, predictions, score in held])
    return scale_of(shift, left, np.concatenate([rows.customer for rows, _, _ in held]))


def _surely_better(entries: tuple[Entry, ...]) -> str:
    """Return the learner whose advantage is surest; ``""``: none is sure enough."""
    level = FALSE_ADOPTION / len(LEARNERS)
    lowest = {e.name: e.policy_difference.lowest(level) for e in entries if e.policy_difference is not None}
    name = max(lowest, key=lambda key: lowest[key])
    return name if lowest[name] > 0 else ""
