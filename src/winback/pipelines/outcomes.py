"""What past cycles earned, and what actions are believed to do after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from winback.actions import Actions
from winback.features import FeatureMatrix
from winback.files import replacing_folder, write_json
from winback.history import DAY_US, History
from winback.labels import make_labels
from winback.outcomes import measure
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import features_for, managers_of, silence_days
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import OfferLog, offer_log
from winback.pipelines.stage import Context, Result
from winback.pipelines.uplift import hold_contest, log_contest, save_adopted
from winback.reasons import WORDS
from winback.response import OfferOutcomes, learn_effects
from winback.settings import Settings
from winback.snapshots import Snapshots
from winback.texts import Texts
from winback.value import money_after, order_margins

EFFECTS = "effects.json"
MEASURED = "outcomes.json"


def outcomes(context: Context) -> Result:
    """Measure past cycles against their holdouts and update the effects of actions."""
    project, settings = context.project, context.settings
    history = open_history(project, context.as_of)
    models = ModelSet.load(project.require(project.champion, "promote"))
    context.step("past offers")
    log = offer_log(history, project, use_own_cycles=settings.outcomes.use_own_cycles)
    past = look_back(history, log, models, settings)
    context.step("effects")
    effects = learn_effects(Actions.from_settings(settings.actions), past.outcomes, WORDS)
    context.step("uplift of single customers")
    contest = hold_contest(past.outcomes, past.matrix, settings)
    measured = measure(past.outcomes).content() | {"learner": contest.content()}
    with replacing_folder(project.outcomes) as folder:
        write_json(folder / EFFECTS, effects.content())
        write_json(folder / MEASURED, measured)
        save_adopted(contest, folder)
    log_contest(contest, project, str(np.datetime64(history.ends_at, "us").astype("datetime64[D]")))
    return {
        "offers": len(log),
        "measured": measured,
        "effects": list(effects.rows()),
        "notes": list(effects.notes),
        "learner": Texts(settings.run.language).format(contest.statement, **contest.detail()),
    }


@dataclass(frozen=True, eq=False)
class LookedBack:
    """What became of the customers of past offers, and what was known of them at the time; one row per offer."""

    outcomes: OfferOutcomes
    matrix: FeatureMatrix


class PastViews:
    """What was believed of the customers of past offers at the time: it never changes, so it is worked out once."""

    def __init__(self) -> None:
        self._views: dict[tuple[str, int], tuple[float, str]] = {}

    def of(
        self, history: History, snapshots: Snapshots, models: ModelSet, settings: Settings
    ) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
        """Return the churn probability and the first reason of every row."""
        names = history.customer_ids[snapshots.customer].tolist()
        keys = list(zip(names, snapshots.cutoff.tolist(), strict=True))
        new = snapshots.rows(np.array([key not in self._views for key in keys], dtype=np.bool_))
        if len(new):
            churn, reason = _believed(history, new, features_for(history, new, models, settings), models, settings)
            at = zip(history.customer_ids[new.customer].tolist(), new.cutoff.tolist(), strict=True)
            self._views |= dict(zip(at, zip(churn.tolist(), reason.tolist(), strict=True), strict=True))
        views = [self._views[key] for key in keys]
        return np.array([churn for churn, _ in views]), np.array([reason for _, reason in views], dtype=object)


def offer_outcomes(
    history: History, log: OfferLog, models: ModelSet, settings: Settings, views: PastViews | None = None
) -> OfferOutcomes:
    """Return what became of the customers of every past offer; see `look_back`.

    ``views`` keep from call to call what was believed of them; they hold for the same models and settings only.
    """
    snapshots, known = _snapshots(history, log, settings)
    churn, reason = (views or PastViews()).of(history, snapshots, models, settings)
    return _became(history, log, snapshots, known, churn, reason, settings)


def look_back(history: History, log: OfferLog, models: ModelSet, settings: Settings) -> LookedBack:
    """Return what became of the customers of every past offer, and what was known and believed of them at the time.

    Offers to customers that had not ordered before are left out: nothing was known of them.
    """
    snapshots, known = _snapshots(history, log, settings)
    matrix = features_for(history, snapshots, models, settings)
    churn, reason = _believed(history, snapshots, matrix, models, settings)
    return LookedBack(_became(history, log, snapshots, known, churn, reason, settings), matrix)


def _believed(
    history: History, snapshots: Snapshots, matrix: FeatureMatrix, models: ModelSet, settings: Settings
) -> tuple[NDArray[np.float64], NDArray[np.object_]]:
    """The churn probability and the first reason of every row."""
    reasons = models.reasons.explain(history, snapshots, settings, None)
    return models.churn.churn_probability(matrix), reasons.words(0)


def _became(
    history: History,
    log: OfferLog,
    snapshots: Snapshots,
    known: NDArray[np.bool_],
    churn_probability: NDArray[np.float64],
    reason: NDArray[np.object_],
    settings: Settings,
) -> OfferOutcomes:
    """What became of the customers of the offers, beside what was believed of them."""
    horizon = settings.label.horizon_days * DAY_US
    complete = snapshots.cutoff + horizon <= history.ends_at
    kept = np.zeros(len(snapshots), np.bool_)
    kept[complete] = make_labels(history, snapshots.rows(complete), settings.label) == 0
    return OfferOutcomes.of(
        cycle=log.cycle[known],
        action=log.action[known],
        reason=reason,
        manager_id=managers_of(history, snapshots),
        population=snapshots.population,
        churn_probability=churn_probability,
        treated=log.treated[known],
        complete=complete,
        kept=kept,
        margin=_margin(history, snapshots, complete, settings),
        cost=log.cost[known],
        accepted=accepted(log, settings)[known],
        silence_days=silence_days(history, snapshots),
        ordered_after=_ordered_after(history, snapshots, horizon),
    )


def _ordered_after(history: History, snapshots: Snapshots, horizon: int) -> NDArray[np.float64]:
    """Share of the window that had passed at each customer's first order in it; nan where there is none."""
    orders = history.purchases()
    first = orders.places(snapshots.customer, snapshots.cutoff)
    is_there = first < orders.offsets[snapshots.customer + 1]
    passed = np.full(len(snapshots), np.nan)
    passed[is_there] = (orders.at[first[is_there]] - snapshots.cutoff[is_there]) / horizon
    return np.where(passed < 1, passed, np.nan)


def _snapshots(history: History, log: OfferLog, settings: Settings) -> tuple[Snapshots, NDArray[np.bool_]]:
    """The customers of the offers at the instants of the offers, and which offers had a customer with a past."""
    everyone = Snapshots(log.customer, log.offered_at, np.zeros(len(log), np.int8))
    silent = silence_days(history, everyone)
    known = ~np.isnan(silent)
    lapsed = silent[known] > settings.population.lapsed_after_days
    return Snapshots(log.customer[known], log.offered_at[known], lapsed.astype(np.int8)), known


def accepted(log: OfferLog, settings: Settings) -> NDArray[np.float64]:
    """Return whether each treated offer was taken up (1 or 0, nan unknown): it then cost more than the contact."""
    taken = np.full(len(log), np.nan)
    for name, action in settings.actions.items():
        if action.offer_cost > 0 or action.offer_share > 0:
            told = (log.action == name) & log.treated & log.paid & ~np.isnan(log.cost)
            # a cent more than the contact may come from rounding
            taken[told] = log.cost[told] > action.contact_cost * 1.001 + 0.01
    return taken


def _margin(
    history: History, snapshots: Snapshots, complete: NDArray[np.bool_], settings: Settings
) -> NDArray[np.float64]:
    """Margin of each customer's orders in the window that begins with its offer; nan where it is still open."""
    margin = np.full(len(snapshots), np.nan)
    margin[complete] = money_after(
        history,
        snapshots.rows(complete),
        order_margins(history, settings.value.margin_rate),
        from_days=0,
        to_days=settings.label.horizon_days,
    )
    return margin
