"""A customer's events as a drawing: one lane per table, one dot per few days, however many events there are."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from winback.report.charts import label
from winback.texts import Texts

#: Tables in the order of their lanes.
LANES = ("orders", "deliveries", "tickets", "contacts", "activities", "surveys", "managers", "offers", "exits")
#: Days before the run's day that are drawn.
SHOWN_DAYS = 730
WIDTH, LANE, TOP, BOTTOM, RIGHT = 980, 26, 20, 22, 16
#: Width of one character of a lane's name, in the drawing's units.
CHARACTER = 7.6
#: The time is cut into so many slots; the events of a slot are one dot.
SLOTS = 146
#: Diameter of a dot from so many events on.
SIZES = ((4, 10.0), (2, 7.5), (1, 5.0))


@dataclass(frozen=True)
class _Scale:
    """Days to places from left to right."""

    left: float
    begins: date
    ends: date

    def x(self, day: date) -> float:
        share = (day - self.begins).days / max((self.ends - self.begins).days, 1)
        return self.left + (WIDTH - RIGHT - self.left) * min(max(share, 0.0), 1.0)

    def slot(self, day: date) -> float:
        """Middle of the slot in which a day lies."""
        width = (WIDTH - RIGHT - self.left) / SLOTS
        return self.left + (min(int((self.x(day) - self.left) / width), SLOTS - 1) + 0.5) * width


def lanes_chart(content: Mapping[str, Any], texts: Texts) -> Markup:
    """Draw what happened to one customer, what went wrong on top, and the days from which evidence is taken.

    Parameters
    ----------
    content : mapping
        As `winback.pipelines.explain.explain_customers` gives it.
    texts : Texts
        Language.

    Returns
    -------
    Markup
        At most `SLOTS` dots of each kind per lane. What it shows is also said in words, for those who do not see it.
    """
    facts = content["customer"]
    ends, leaving = date.fromisoformat(facts["as_of"]), date.fromisoformat(facts["leaving_on"])
    first = min([date.fromisoformat(facts["first_order"]), *(_day(event) for event in content["timeline"])])
    begins = max(first, ends - timedelta(days=SHOWN_DAYS))
    events = [event for event in content["timeline"] if _day(event) >= begins]
    lanes = [name for name in LANES if any(event["what"] == name for event in events)]
    names = [texts.format(f"events-{name}") for name in lanes]
    scale = _Scale(14 + CHARACTER * max((len(name) for name in names), default=4), begins, ends)
    height = TOP + LANE * len(lanes) + BOTTOM
    parts = _window(scale, leaving, facts["evidence_days"], height, texts)
    parts += _months(scale, height, texts)
    for place, (name, title) in enumerate(zip(lanes, names, strict=True)):
        y = TOP + LANE * (place + 0.5)
        parts.append(Markup('<line class="grid" x1="{:.0f}" x2="{}" y1="{:.0f}" y2="{:.0f}"/>').format(
            scale.left, WIDTH - RIGHT, y, y))  # fmt: skip
        parts.append(label(scale.left - 8, y + 4, title, "end"))
        mine = [event for event in events if event["what"] == name]
        parts += _dots([event for event in mine if not event["is_bad"]], scale, y, "plain")
        parts += _dots([event for event in mine if event["is_bad"]], scale, y, "bad")
    return Markup('<svg class="lanes" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, height, said(events, begins, texts), Markup("").join(parts)
    )


def said(events: Sequence[Mapping[str, Any]], begins: date, texts: Texts) -> str:
    """Say in words what the drawing shows."""
    counts = Counter(event["what"] for event in events)
    bad = Counter(event["what"] for event in events if event["is_bad"])
    parts = [
        texts.format("events-said", what=texts.format(f"events-{name}"), count=counts[name], bad=bad[name])
        for name in LANES
        if counts[name]
    ]
    return texts.format("events-since", on=begins) + ": " + ", ".join(parts)


def _day(event: Mapping[str, Any]) -> date:
    return date.fromisoformat(event["day"])


def _window(scale: _Scale, leaving: date, days: int, height: float, texts: Texts) -> list[Markup]:
    """The days before it was leaving, from which evidence is taken."""
    left, right = scale.x(leaving - timedelta(days=days)), scale.x(leaving)
    form = Markup('<rect class="window" x="{:.0f}" y="{}" width="{:.0f}" height="{:.0f}"><title>{}</title></rect>')
    words = texts.format("events-window", days=days, on=leaving)
    return [
        form.format(left, TOP - 8, right - left, height - TOP - BOTTOM + 8, words),
        label(right - 4, TOP - 10, texts.format("events-leaving", on=leaving), "end", "strong"),
    ]


def _months(scale: _Scale, height: float, texts: Texts) -> list[Markup]:
    """Names of months below, as many as there is room for."""
    months = (scale.ends.year - scale.begins.year) * 12 + scale.ends.month - scale.begins.month
    every = max(1, math.ceil((months + 1) / 12))
    number = scale.begins.year * 12 + scale.begins.month
    firsts = [date(place // 12, place % 12 + 1, 1) for place in range(number, number + months)]
    return [
        label(scale.x(day), height - 6, texts.numbers.date(day, "LLL yy"), "middle")
        for day in firsts[::-1][::every]
        if day >= scale.begins
    ]


def _dots(events: Sequence[Mapping[str, Any]], scale: _Scale, y: float, css: str) -> list[Markup]:
    """One path per size of dots: a dot is a line of no length with round ends."""
    slots = Counter(round(scale.slot(_day(event)), 1) for event in events)
    paths = []
    for place, (least, width) in enumerate(SIZES):
        most = SIZES[place - 1][0] if place else math.inf
        here = sorted(x for x, count in slots.items() if least <= count < most)
        if here:
            steps = "".join(f"M{x:g} {y:g}h0" for x in here)
            paths.append(Markup('<path class="{}" stroke-width="{:g}" d="{}"/>').format(css, width, steps))
    return paths
