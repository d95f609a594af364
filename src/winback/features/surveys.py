"""Surveys: what customers answered when asked. How they like the company is a symptom, what they want a driver."""

from __future__ import annotations

import numpy as np

from winback.features.aggregates import Count, DaysSinceLast, Last, LastWord, Mean, Minimum
from winback.features.declarations import Declaration, Windowed
from winback.features.linking import previous_known
from winback.features.streams import Stream, StreamData, events_stream
from winback.history import History
from winback.settings import FeatureSettings
from winback.tables import SURVEY_WANTS

YEAR = 365
#: Who would recommend less than this is a detractor, as is usual for the net promoter score.
DETRACTOR_UP_TO = 6
#: From a wish to the reason that it speaks for.
REASON_OF_WISH = {
    "price": "price",
    "product": "product_quality",
    "assortment": "assortment",
    "service": "service",
    "delivery": "delivery",
    "manager": "manager_change",
}


def _scores(history: History, _: FeatureSettings) -> StreamData:
    surveys = history.events("surveys")
    scored = surveys.where(~np.isnan(surveys.columns["nps"]))
    nps = scored.columns["nps"]
    before = previous_known(scored.customer, scored.known_at)
    change = np.where(before >= 0, nps - nps[before], np.nan)
    return events_stream(scored, {"nps_change": change, "is_detractor": (nps <= DETRACTOR_UP_TO).astype(float)})


def _wishes(history: History, _: FeatureSettings) -> StreamData:
    surveys = history.events("surveys")
    stated = surveys.where(surveys.columns["wants"] >= 0)
    wants = stated.columns["wants"]
    return events_stream(
        stated, {f"is_{word}": (wants == stated.code_of("wants", word)).astype(float) for word in SURVEY_WANTS}
    )


def _answers(history: History, _: FeatureSettings) -> StreamData:
    return events_stream(history.events("surveys"))


ANSWERS = Stream(name="surveys", table="surveys", build=_answers, doc="Every answered survey.")
SCORES = Stream(
    name="survey_scores",
    table="surveys",
    columns=("nps",),
    build=_scores,
    doc="Surveys with a score; nps_change since the customer's one before.",
)
WISHES = Stream(
    name="survey_wishes",
    table="surveys",
    columns=("wants",),
    build=_wishes,
    doc="Surveys with a wish; a flag for each.",
)


def _score(name: str, aggregate: Last | Mean | Minimum, doc: str, *, windows: tuple[int, ...] = ()) -> Windowed:
    unit = "share" if name.endswith("_share") else "points"
    return Windowed(
        name=name, stream=SCORES, aggregate=aggregate, windows=windows, role="symptom", unit=unit, doc=doc
    )  # fmt: skip


FEATURES: tuple[Declaration, ...] = (
    Windowed(
        name="survey_count", stream=ANSWERS, aggregate=Count(), windows=(YEAR,), role="symptom", unit="count",
        doc="Surveys answered.",
    ),
    Windowed(
        name="days_since_survey", stream=ANSWERS, aggregate=DaysSinceLast(), role="symptom", unit="days",
        doc="Days since a survey was last answered.",
    ),
    _score("nps_last", Last("nps"), "The last score, 0 to 10."),
    _score("nps_change", Last("nps_change"), "The last score less the one before."),
    _score("nps_mean", Mean("nps"), "Average score.", windows=(YEAR,)),
    _score("nps_minimum", Minimum("nps"), "Lowest score.", windows=(YEAR,)),
    _score("survey_detractor_share", Mean("is_detractor"), f"Share of the scores up to {DETRACTOR_UP_TO}.",
           windows=(YEAR,)),
    Windowed(
        name="survey_detractor_last", stream=SCORES, aggregate=Last("is_detractor"), role="symptom", unit="flag",
        doc=f"Whether the last score was at most {DETRACTOR_UP_TO}.",
    ),
    Windowed(
        name="survey_wants", stream=WISHES, aggregate=LastWord("wants"), role="symptom", unit="category",
        doc="What the customer last said should become better.",
    ),
    *(
        Windowed(
            name=f"survey_wants_{word}", stream=WISHES, aggregate=Last(f"is_{word}"), windows=(180, YEAR),
            role="driver", reason=reason, unit="flag", doc=f"Whether the last wish stated was: {word}.",
        )
        for word, reason in REASON_OF_WISH.items()
    ),
)  # fmt: skip
