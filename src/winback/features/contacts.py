"""Contacts: how often the company turns to the customer, and its silence. Nobody calling is the driver of neglect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from winback.features.aggregates import Count, DaysSinceLast, DistinctCount, GapMedian, LastWord, Mean
from winback.features.declarations import Declaration, Derived, Windowed
from winback.features.derivations import Contrast, Derivation, Ratio
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import History
from winback.settings import FeatureSettings

YEAR = 365


@dataclass(frozen=True)
class Otherwise(Derivation):
    """A feature, and another one where it is missing.

    Examples
    --------
    >>> Otherwise("contact", "order").apply(np.array([3.0, np.nan]), np.array([9.0, 9.0]))
    array([3., 9.])
    """

    value: str
    otherwise: str

    def inputs(self) -> tuple[str, ...]:
        """Names of the features it is made of."""
        return self.value, self.otherwise

    def apply(self, *values: NDArray[Any]) -> NDArray[Any]:
        """Compute the feature."""
        value, otherwise = values
        return np.where(np.isnan(value), otherwise, value)


def _contacts(history: History, _: FeatureSettings) -> StreamData:
    contacts = history.events("contacts")
    if not contacts.has("answered"):
        return events_stream(contacts)
    answered = contacts.columns["answered"]
    return events_stream(contacts, {"is_unanswered": np.where(np.isnan(answered), np.nan, answered == 0)})


CONTACTS = Stream(
    name="contacts",
    table="contacts",
    build=_contacts,
    doc="Every contact of the company with the customer; answered or not (is_unanswered) where that is known.",
)

_SILENCE: tuple[Declaration, ...] = (
    Windowed(
        name="days_since_contact", stream=CONTACTS, aggregate=DaysSinceLast(), role="driver", reason="neglect",
        unit="days", doc="Days since the last contact.", hidden=True,
    ),
    Derived(
        name="contact_silence_days", how=Otherwise("days_since_contact", "days_since_first_order"), role="driver",
        reason="neglect", unit="days",
        doc="Silence of the company: days since the last contact, or since the first order where there was none.",
    ),
    Windowed(
        name="contact_gap_median_days", stream=CONTACTS, aggregate=GapMedian(), role="context", unit="days",
        doc="Usual (median) gap between days with contacts.",
    ),
    Derived(
        name="contact_silence_ratio", how=Ratio("contact_silence_days", "contact_gap_median_days"), role="driver",
        reason="neglect", unit="ratio", doc="Silence of the company in its usual gaps.",
    ),
)  # fmt: skip

_FREQUENCY: tuple[Declaration, ...] = (
    Windowed(
        name="contact_count", stream=CONTACTS, aggregate=Count(), windows=(30, 60, 90, 180, YEAR), role="driver",
        reason="neglect", unit="count", doc="Contacts.",
    ),
    *(
        Windowed(
            name="contact_count_before", stream=CONTACTS, aggregate=Count(), windows=(days,), shift=days,
            role="driver", reason="neglect", unit="count", doc="Contacts in the window before.", hidden=True,
        )
        for days in (90, 180)
    ),
    Derived(
        name="contact_count_trend", how=Contrast("contact_count_{window}", "contact_count_before_{window}"),
        windows=(90, 180), role="driver", reason="neglect", unit="ratio",
        doc="Contacts against the window before, -1 (stopped) to 1 (began).",
    ),
    Windowed(
        name="contact_channel_count", stream=CONTACTS, aggregate=DistinctCount("channel"), windows=(YEAR,),
        role="context", unit="count", doc="Different channels of contact.",
    ),
    Windowed(
        name="contact_channel_last", stream=CONTACTS, aggregate=LastWord("channel"), role="context", unit="category",
        doc="Channel of the last contact.",
    ),
)  # fmt: skip

_ANSWERS: tuple[Declaration, ...] = (
    Windowed(
        name="contact_answered_share", stream=CONTACTS, aggregate=Mean("answered"), windows=(90, 180, YEAR),
        role="symptom", unit="share", doc="Share of the contacts that were answered.",
    ),
    Windowed(
        name="contact_unanswered_count", stream=CONTACTS, where="is_unanswered", aggregate=Count(), windows=(90, 180),
        role="symptom", unit="count", doc="Contacts known not to have been answered.",
    ),
    Windowed(
        name="days_since_answered_contact", stream=CONTACTS, where="answered", aggregate=DaysSinceLast(),
        role="symptom", unit="days", doc="Days since the last contact that was answered.",
    ),
)  # fmt: skip

FEATURES: tuple[Declaration, ...] = (*_SILENCE, *_FREQUENCY, *_ANSWERS)
