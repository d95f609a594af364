"""Activities: what customers do beside buying (symptoms), and loyal acts that nobody rewarded (a driver)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from winback.features.aggregates import Count, DaysSinceLast, DistinctCount, LastWord, Mean, Sum
from winback.features.declarations import Declaration, Derived, Windowed
from winback.features.derivations import Contrast
from winback.features.linking import first_known_after
from winback.features.open_items import open_features, open_items
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import DAY_US, NO_TIME, Events, History
from winback.settings import FeatureSettings

#: What was done to a customer is looked at in these days before the cutoff.
WINDOWS = (90, 180)


def plain(kind: str) -> str:
    """Return a kind of activity as it stands in names of features.

    Examples
    --------
    >>> plain("Site visit "), plain("newsletter-click")
    ('site_visit', 'newsletter_click')
    """
    return re.sub(r"\W+", "_", kind.strip().lower())


def _is_one_of(activities: Events, kinds: Sequence[str]) -> NDArray[np.bool_]:
    wanted = {plain(kind) for kind in kinds}
    codes = [code for code, word in enumerate(activities.categories["kind"]) if plain(word) in wanted]
    return np.isin(activities.columns["kind"], codes)


def _activities(history: History, settings: FeatureSettings) -> StreamData:
    activities = history.events("activities")
    measures = {f"is_{plain(kind)}": _is_one_of(activities, [kind]).astype(float) for kind in settings.activity_kinds}
    measures["is_rewarding"] = _is_one_of(activities, settings.reward_kinds).astype(float)
    return events_stream(activities, measures)


def _activities_without_order(history: History, _: FeatureSettings) -> StreamData:
    activities = history.events("activities")
    ordered = first_known_after(activities, history.purchases())
    return open_items(activities.customer, activities.at, ordered, activities.known_at)


def _loyal_acts(history: History, settings: FeatureSettings) -> StreamData:
    """Acts when it is decided whether they were rewarded: with the reward, or when the time for it is up."""
    activities = history.events("activities")
    acts = activities.where(_is_one_of(activities, settings.loyal_kinds))
    rewards = activities.where(_is_one_of(activities, settings.reward_kinds))
    rewarded_at = first_known_after(acts, rewards)
    deadline = acts.at + round(settings.reward_within_days * DAY_US)
    in_time = (rewarded_at != NO_TIME) & (rewarded_at <= deadline)
    measures = {"is_unrewarded": (~in_time).astype(float)}
    return events_stream(acts, measures, at=np.where(in_time, rewarded_at, deadline))


ACTIVITIES = Stream(
    name="activities",
    table="activities",
    columns=("kind",),
    build=_activities,
    settings=("activity_kinds", "reward_kinds"),
    doc="Every activity, with a flag for each kind that the settings name; is_rewarding marks rewards.",
)
ACTIVITIES_WITHOUT_ORDER = Stream(
    name="activities_without_order",
    table="activities",
    build=_activities_without_order,
    doc="Balance of activities after which nothing was bought.",
)
LOYAL_ACTS = Stream(
    name="loyal_acts",
    table="activities",
    columns=("kind",),
    build=_loyal_acts,
    settings=("loyal_kinds", "reward_kinds", "reward_within_days"),
    doc="Loyal acts when the first reward after them became known, or (is_unrewarded) when the time for it was up.",
)


def _behaviour() -> Iterator[Declaration]:
    yield Windowed(
        name="activity_count", stream=ACTIVITIES, aggregate=Count(), windows=(30, 90, 180), role="symptom",
        unit="count", doc="Activities of any kind.",
    )  # fmt: skip
    yield Windowed(
        name="activity_count_before", stream=ACTIVITIES, aggregate=Count(), windows=(90,), shift=90, role="symptom",
        unit="count", doc="Activities in the window before.", hidden=True,
    )  # fmt: skip
    yield Derived(
        name="activity_count_trend", how=Contrast("activity_count_{window}", "activity_count_before_{window}"),
        windows=(90,), role="symptom", unit="ratio",
        doc="Activities against the window before, -1 (stopped) to 1 (began).",
    )  # fmt: skip
    yield Windowed(
        name="days_since_activity", stream=ACTIVITIES, aggregate=DaysSinceLast(), role="symptom", unit="days",
        doc="Days since the last activity.",
    )  # fmt: skip
    yield Windowed(
        name="activity_kind_count", stream=ACTIVITIES, aggregate=DistinctCount("kind"), windows=(180,),
        role="symptom", unit="count", doc="Different kinds of activity.",
    )  # fmt: skip
    yield Windowed(
        name="activity_kind_last", stream=ACTIVITIES, aggregate=LastWord("kind"), role="symptom", unit="category",
        doc="Kind of the last activity.",
    )  # fmt: skip
    yield from open_features(
        ACTIVITIES_WITHOUT_ORDER, "activity_without_order", things="Activities that no order has followed",
        role="symptom",
    )  # fmt: skip


def _loyalty() -> Iterator[Declaration]:
    yield Windowed(
        name="loyal_act_judged_count", stream=LOYAL_ACTS, aggregate=Count(), windows=WINDOWS, role="symptom",
        unit="count", doc="Loyal acts that were rewarded, or whose time for it was up.",
    )  # fmt: skip
    yield Windowed(
        name="loyal_act_unrewarded_count", stream=LOYAL_ACTS, aggregate=Sum("is_unrewarded"), windows=WINDOWS,
        role="driver", reason="loyalty", unit="count", doc="Loyal acts that nobody rewarded in time.",
    )  # fmt: skip
    yield Windowed(
        name="loyal_act_unrewarded_share", stream=LOYAL_ACTS, aggregate=Mean("is_unrewarded"), windows=WINDOWS,
        role="driver", reason="loyalty", unit="share", doc="Share of the loyal acts that nobody rewarded in time.",
    )  # fmt: skip
    yield Windowed(
        name="days_since_reward", stream=ACTIVITIES, where="is_rewarding", aggregate=DaysSinceLast(), role="driver",
        reason="loyalty", unit="days", doc="Days since the last reward.",
    )  # fmt: skip


FEATURES: tuple[Declaration, ...] = (*_behaviour(), *_loyalty())


def configured(settings: FeatureSettings) -> tuple[Declaration, ...]:
    """Return a count for each kind of activity that the settings name.

    Examples
    --------
    >>> [declared.names() for declared in configured(FeatureSettings(activity_kinds=("call",)))]
    [('activity_call_count_30d', 'activity_call_count_90d')]
    """
    return tuple(
        Windowed(
            name=f"activity_{kind}_count", stream=ACTIVITIES, where=f"is_{kind}", aggregate=Count(), windows=(30, 90),
            role="symptom", unit="count", doc=f"Activities of the kind {kind}.",
        )
        for kind in dict.fromkeys(plain(kind) for kind in settings.activity_kinds)
    )  # fmt: skip
