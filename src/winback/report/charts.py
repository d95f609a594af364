"""Charts as inline SVG: drawn here, so that the page needs neither a network nor a script."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH, HEIGHT = 520, 250
TOP, RIGHT, BOTTOM = 28, 12, 44
#: Width of one character of an axis label, in the drawing's units.
CHARACTER = 6.6

Write = Callable[[float], str]


def nice_ticks(low: float, high: float, count: int = 4) -> list[float]:
    """Round numbers that cover a range.

    Parameters
    ----------
    low, high : float
        The range; where it is empty, it is widened upwards.
    count : int
        About how many steps.

    Examples
    --------
    >>> nice_ticks(0, 87)
    [0.0, 25.0, 50.0, 75.0, 100.0]
    >>> nice_ticks(0, 0)
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    high = high if high > low else low + 1.0
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
    first = math.floor(low / step + 1e-9)
    last = math.ceil(high / step - 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


@dataclass(frozen=True)
class Axes:
    """A drawing's coordinates: data to places on the page, with the frame drawn round them.

    Parameters
    ----------
    x_ticks, y_ticks : sequence of float
        Ascending; the first and the last are the bounds.
    write_x, write_y : callable
        How a number is written at the axis.
    x_title, y_title : str
        What the axes hold.
    """

    x_ticks: Sequence[float]
    y_ticks: Sequence[float]
    write_x: Write
    write_y: Write
    x_title: str = ""
    y_title: str = ""

    @property
    def left(self) -> float:
        """Room for the labels of the y axis."""
        return 14 + CHARACTER * max(len(self.write_y(tick)) for tick in self.y_ticks)

    def x(self, value: float) -> float:
        """Place of a value from left to right."""
        return self.left + (WIDTH - RIGHT - self.left) * _between(value, self.x_ticks)

    def y(self, value: float) -> float:
        """Place of a value from top to bottom."""
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * _between(value, self.y_ticks)

    def frame(self) -> list[Markup]:
        """Grid lines, labels and titles."""
        parts = [
            Markup('<line class="grid" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/>').format(
                self.left, WIDTH - RIGHT, self.y(tick), self.y(tick)
            )
            for tick in self.y_ticks
        ]
        parts += [label(self.left - 6, self.y(tick) + 4, self.write_y(tick), "end") for tick in self.y_ticks]
        # the last label ends at the edge, so that a long number is not cut off
        anchors = ["middle"] * (len(self.x_ticks) - 1) + ["end"]
        for tick, anchor in zip(self.x_ticks, anchors, strict=True):
            end = WIDTH - 2 if anchor == "end" else self.x(tick)
            parts.append(label(end, HEIGHT - BOTTOM + 16, self.write_x(tick), anchor))
        parts.append(label((self.left + WIDTH - RIGHT) / 2, HEIGHT - 6, self.x_title, "middle", "title"))
        parts.append(label(2, 12, self.y_title, "start", "title"))
        return parts


def _between(value: float, ticks: Sequence[float]) -> float:
    return (value - ticks[0]) / (ticks[-1] - ticks[0])


def label(x: float, y: float, text: str, anchor: str, css: str = "tick") -> Markup:
    """One text in a drawing."""
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(css, x, y, anchor, text)


def drawing(parts: Sequence[Markup], title: str) -> Markup:
    """Put the parts of a drawing together; ``title`` is read aloud where pictures are not seen."""
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        WIDTH, HEIGHT, title, Markup("").join(parts)
    )


def polyline(points: Sequence[tuple[float, float]], css: str) -> Markup:
    """Draw a line through places on the page."""
    return Markup('<polyline class="{}" points="{}"/>').format(css, " ".join(f"{x:.1f},{y:.1f}" for x, y in points))


def dot(x: float, y: float, radius: float, css: str, title: str = "") -> Markup:
    """Draw a dot; ``title`` shows when the pointer rests on it."""
    return Markup('<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"><title>{}</title></circle>').format(
        css, x, y, radius, title
    )


def curve_chart(
    points: Sequence[tuple[float, float]],
    *,
    chosen: tuple[float, float] | None,
    write: Write,
    x_title: str,
    y_title: str,
    chosen_text: str,
) -> Markup:
    """Draw gain over spend, with the chosen point.

    Parameters
    ----------
    points : sequence of (float, float)
        Spend and gain, ascending by spend.
    chosen : (float, float), optional
        What this cycle spends and expects.
    write : callable
        How money is written at the axes.
    x_title, y_title, chosen_text : str
        Words.
    """
    everything = [*points, *([chosen] if chosen else [])]
    axes = Axes(
        nice_ticks(0, max(x for x, _ in everything)),
        nice_ticks(min(0.0, *(y for _, y in everything)), max(y for _, y in everything)),
        write, write, x_title, y_title,
    )  # fmt: skip
    parts = axes.frame()
    parts.append(polyline([(axes.x(x), axes.y(y)) for x, y in points], "line"))
    if chosen:
        x, y = axes.x(chosen[0]), axes.y(chosen[1])
        on_left = x > WIDTH * 0.6
        parts.append(polyline([(x, axes.y(axes.y_ticks[0])), (x, y)], "guide"))
        parts.append(dot(x, y, 5, "mark", chosen_text))
        parts.append(label(x - 9 if on_left else x + 9, y + 18, chosen_text, "end" if on_left else "start", "strong"))
    return drawing(parts, f"{y_title} / {x_title}")


@dataclass(frozen=True)
class Reliability:
    """One group of similar predictions: mean prediction, share that came true with its interval, and rows."""

    predicted: float
    observed: float
    rows: float
    low: float
    high: float


def calibration_chart(points: Sequence[Reliability], *, write: Write, x_title: str, y_title: str) -> Markup:
    """Draw observed over predicted shares with their intervals; on the diagonal, predictions are right.

    Parameters
    ----------
    points : sequence of Reliability
        Ascending by prediction.
    write : callable
        How shares are written at the axes.
    x_title, y_title : str
        Words.
    """
    ticks = nice_ticks(0, max(max(point.predicted, point.high) for point in points))
    axes = Axes(ticks, ticks, write, write, x_title, y_title)
    parts = axes.frame()
    parts.append(polyline([(axes.x(tick), axes.y(tick)) for tick in (ticks[0], ticks[-1])], "guide"))
    for point in points:
        x = axes.x(point.predicted)
        parts.append(polyline([(x, axes.y(point.low)), (x, axes.y(point.high))], "whisker"))
    parts.append(polyline([(axes.x(point.predicted), axes.y(point.observed)) for point in points], "line thin"))
    for point in points:
        title = f"{write(point.predicted)} → {write(point.observed)}"
        parts.append(dot(axes.x(point.predicted), axes.y(point.observed), 4, "mark", title))
    return drawing(parts, f"{y_title} / {x_title}")


@dataclass(frozen=True)
class Series:
    """Numbers of consecutive periods; NaN leaves a gap. ``css`` is the colour's class, ``name`` the legend."""

    name: str
    values: Sequence[float]
    css: str


def columns_chart(
    series: Sequence[Series],
    labels: Sequence[str],
    faint: Sequence[bool],
    *,
    write: Write,
    title: str,
    stacked: bool = False,
) -> Markup:
    """Draw columns for each period, side by side or one on top of the other.

    Parameters
    ----------
    series : sequence of Series
        One colour each.
    labels : sequence of str
        Names of the periods.
    faint : sequence of bool
        Periods that are not complete: drawn pale.
    write : callable
        How numbers are written.
    title : str
        What the columns count.
    stacked : bool
        The series are parts of a whole; a part below 0 is not drawn.
    """
    heights = [[0.0 if math.isnan(value) else max(value, 0.0) for value in one.values] for one in series]
    tops = [sum(parts) if stacked else max(parts) for parts in zip(*heights, strict=True)]
    axes = Axes([0, 1], nice_ticks(0, max(tops, default=0)), lambda _: "", write, "", title)
    parts = axes.frame()
    slot = (WIDTH - RIGHT - axes.left) / max(len(labels), 1)
    width = slot * 0.72 / (1 if stacked else len(series))
    for place, name in enumerate(labels):
        start, base = axes.left + slot * (place + 0.14), 0.0
        for number, one in enumerate(series):
            height = heights[number][place]
            css = f"{one.css} pale" if faint[place] else one.css
            left = start if stacked else start + number * width
            words = f"{name}, {one.name}: {write(height)}"
            if height > 0:
                parts.append(_column(axes, (left, width), (base, base + height), css, words))
            base += height if stacked else 0.0
    parts += period_labels(labels, axes.left, slot)
    return drawing(parts, title)


def _column(axes: Axes, across: tuple[float, float], up: tuple[float, float], css: str, title: str) -> Markup:
    top, bottom = axes.y(up[1]), axes.y(up[0])
    form = Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>')
    return form.format(css, across[0], top, max(across[1] - 1, 0.5), bottom - top, title)


def period_labels(labels: Sequence[str], left: float, slot: float) -> list[Markup]:
    """Name as many periods below their columns as there is room for."""
    longest = max((len(text) for text in labels), default=1)
    every = max(1, math.ceil((longest * CHARACTER + 8) / slot))
    # counted from the end, so that the latest period is always named
    return [
        label(left + slot * (place + 0.5), HEIGHT - BOTTOM + 16, text, "middle")
        for place, text in enumerate(labels)
        if (len(labels) - 1 - place) % every == 0
    ]


def legend(series: Sequence[Series]) -> Markup:
    """Name the colours."""
    items = [Markup('<span class="key {}"></span>{}').format(one.css, escape(one.name)) for one in series]
    return Markup('<p class="legend">{}</p>').format(Markup(" ").join(items))
