"""The page names the capacity of which one more offer would earn most."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from winback.pipelines.page import dearest_place
from winback.report import Money, ReportData, render_report
from winback.texts import LANGUAGES, Texts


@pytest.mark.parametrize(
    ("prices", "place"),
    [
        ({"action": {}, "manager": {}, "manager_action": []}, None),
        ({"action": {"gift": 20.0, "email": 5.0}, "manager": {}, "manager_action": []}, ("gift", "", 20.0)),
        (
            {
                "action": {"gift": 20.0},
                "manager": {"M1": 30.0},
                "manager_action": [{"manager_id": "M2", "action": "phone_call", "price": 95.0}],
            },
            ("phone_call", "M2", 95.0),
        ),
    ],
)
def test_the_largest_price_of_all_capacities_is_found(prices: dict, place: tuple | None) -> None:
    assert dearest_place(prices) == place


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [("gift", "", 1234.0), ("", "M-77", 1234.0), ("gift", "M-77", 1234.0)])
def test_the_page_says_what_one_more_place_would_earn(
    make_ranking: Callable[..., pd.DataFrame], language: str, place: tuple[str, str, float]
) -> None:
    texts = Texts(language, "EUR")
    page = render_report(
        ReportData(as_of="2024-05-06", ranking=make_ranking(), money=Money(dearest_place=place)), texts
    )
    mark = {"en": "any other capacity", "ru": "единица мощности"}[language]
    (sentence,) = re.findall(f"[^<>]*{mark}[^<>]*", page)
    assert texts.money(1234.0) in sentence
    assert all(word in sentence for word in ((texts.action("gift"),) if place[0] else ()) + (place[1],))
