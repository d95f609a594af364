from __future__ import annotations

import math
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winback.report.charts import (
    HEIGHT,
    WIDTH,
    Axes,
    Reliability,
    Series,
    calibration_chart,
    columns_chart,
    curve_chart,
    nice_ticks,
)


def write(value: float) -> str:
    return f"{value:g}"


@given(low=st.floats(-1e9, 1e9), span=st.floats(1e-6, 1e9))
def test_ticks_cover_the_range_in_equal_steps(low: float, span: float) -> None:
    high = low + max(span, abs(low) * 1e-6)
    ticks = nice_ticks(low, high)
    step = ticks[1] - ticks[0]
    assert ticks[0] <= low + step * 1e-6
    assert ticks[-1] >= high - step * 1e-6
    assert 3 <= len(ticks) <= 8
    assert all(math.isclose(b - a, step, rel_tol=1e-3) for a, b in pairwise(ticks))


def test_axes_put_the_bounds_at_the_edges() -> None:
    axes = Axes([0, 10], [0, 5], write, write)
    assert axes.x(10) > axes.x(5) > axes.x(0) == axes.left
    assert axes.y(5) < axes.y(0)


def rectangles(svg: str) -> list[ElementTree.Element]:
    return [part for part in ElementTree.fromstring(svg).iter() if part.tag == "rect"]


def test_columns_have_heights_in_proportion_and_gaps_where_nothing_is_known() -> None:
    series = [Series("lost <b>", [10.0, math.nan, 20.0], "warm")]
    svg = columns_chart(series, ["a", "b", "c"], [False, False, True], write=write, title="t & t")
    heights = [float(part.attrib["height"]) for part in rectangles(svg)]
    assert len(heights) == 2
    assert heights[1] == pytest.approx(2 * heights[0], abs=0.2)
    assert [part.attrib["class"] for part in rectangles(svg)] == ["warm", "warm pale"]


def test_stacked_columns_stand_on_each_other() -> None:
    series = [Series("one", [10.0], "cool"), Series("two", [5.0], "warm")]
    lower, upper = rectangles(columns_chart(series, ["a"], [False], write=write, title="t", stacked=True))
    assert float(upper.attrib["y"]) + float(upper.attrib["height"]) == pytest.approx(float(lower.attrib["y"]), abs=0.2)
    assert lower.attrib["x"] == upper.attrib["x"]


def test_charts_stay_inside_their_drawing() -> None:
    curve = curve_chart(
        [(0, 0), (100, 50), (1e6, -20)], chosen=(9e5, 10), write=write, x_title="x", y_title="y", chosen_text="here"
    )
    points = [Reliability(0.1, 0.2, 10, 0.1, 0.3), Reliability(0.9, 1.0, 10, 0.9, 1.0)]
    calibration = calibration_chart(points, write=write, x_title="x", y_title="y")
    for svg in (curve, calibration):
        for part in ElementTree.fromstring(svg).iter("circle"):
            assert 0 <= float(part.attrib["cx"]) <= WIDTH
            assert 0 <= float(part.attrib["cy"]) <= HEIGHT


def test_nothing_at_all_is_drawn_without_fault() -> None:
    empty = columns_chart([Series("lost", [math.nan], "warm")], ["a"], [False], write=write, title="t")
    assert rectangles(empty) == []
    ElementTree.fromstring(
        curve_chart([(0, 0), (0, 0)], chosen=None, write=write, x_title="x", y_title="y", chosen_text="")
    )
