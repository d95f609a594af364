"""The section about one customer: sums that can be done again, a drawing that stays small, words for all of it."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from test_report_page import HOSTILE, Page

from winback.report import ReportData, first_of_list, render_customer, render_report
from winback.report.customer import FEW_EVENTS, customer_section
from winback.report.lanes import LANES, SLOTS, lanes_chart
from winback.tables import TABLES
from winback.texts import LANGUAGES, Texts

AS_OF = date(2024, 5, 6)


def event(back: int, what: str = "orders", *, is_bad: bool = False, **details: Any) -> dict[str, Any]:
    return {"day": str(AS_OF - timedelta(days=back)), "what": what, "details": details, "is_bad": is_bad}


def content(**changes: Any) -> dict[str, Any]:
    """A customer as the pipeline explains it, with something in every table."""
    action = {
        "uplift": 0.0312, "uplift_low": 0.01, "uplift_high": 0.06, "source": "assumed", "value_if_kept": 1234.56,
        "contact_cost": 2.5, "offer_cost": 20.0, "accept": 0.35, "expected_cost": 9.5,
        "expected_net_value": 0.0312 * 1234.56 - 9.5, "obstacle": "",
    }  # fmt: skip
    timeline = [
        event(3, "exits", is_bad=True, reason="price"),
        event(9, "contacts", channel="phone", answered=False),
        event(12, "tickets", is_bad=True, kind="complaint", topic="delivery", resolved_at="2024-04-28"),
        event(20, amount=120.5, discount=3.0, channel="web"),
        event(22, "deliveries", is_bad=True, delivered_at="2024-04-20", defective=True),
        event(30, "surveys", nps=4.0, wants="price"),
        event(31, "activities", kind="Golf day"),
        event(40, "managers", is_bad=True, manager_id=HOSTILE),
        event(50, "offers", action="phone_call", arm="treated", cost=3.0),
        event(400, amount=80.0),
    ]
    return {
        "customer": {
            "customer_id": "C001", "as_of": str(AS_OF), "population": "active", "orders": 2, "manager_id": "anna",
            "first_order": timeline[-1]["day"], "last_order": timeline[3]["day"], "days_since_order": 20,
            "revenue_amount": 200.5, "churn_probability": 0.42, "margin_if_kept": 1300.0, "margin_if_lost": 65.44,
            "value_if_kept": 1234.56, "leaving_on": "2024-05-01", "evidence_days": 180,
        },
        "reasons": [
            {"reason": "delivery", "share": 0.6, "confidence": 0.55, "evidence": "delivery: 3 of 4 late"},
            {"reason": "unknown", "share": None, "confidence": None, "evidence": "silent"},
        ],
        "actions": [
            action | {"action": "email"},
            action | {"action": "own_thing", "uplift": 0.0, "expected_net_value": -9.5, "obstacle": "cooldown"},
        ],
        "risk": [
            {"cutoff": "2024-04-06", "population": "active", "churn_probability": 0.2},
            {"cutoff": "2024-05-06", "population": "active", "churn_probability": 0.42},
        ],
        "timeline": timeline,
    } | changes  # fmt: skip


def numbers(text: str) -> list[float]:
    """All amounts of an English text."""
    return [float(found.replace(",", "")) for found in re.findall(r"\d[\d,]*\.?\d*", text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_well_formed_and_loads_nothing(language: str) -> None:
    html = render_customer(content(), Texts(language))
    page = Page(html)
    assert (page.faults, page.open) == ([], [])
    assert dict(page.tags)["html"]["lang"] == language
    assert not re.search(r"https?://|@import|url\(|<script|<img", html)
    assert "alert('x')" in page.text


def test_every_action_can_be_worked_out_again_from_what_is_shown() -> None:
    section = customer_section(content(), Texts("en", "EUR"))
    for row, action in zip(section.actions.rows, content()["actions"], strict=True):
        uplift, value, contact, accept, offer = numbers(row.cells[2].text)
        net = uplift / 100 * value - (contact + accept / 100 * offer)
        shown = numbers(row.cells[3].text)[0] * (-1 if row.cells[3].text.startswith("-") else 1)
        # the chance is shown to the hundredth of a per cent
        assert shown == pytest.approx(net, abs=0.00005 * value + 0.01)
        assert shown == pytest.approx(action["expected_net_value"], abs=0.005)
        assert numbers(row.cells[1].text) == [pytest.approx(action["uplift"] * 100, abs=0.005)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_has_its_lane_its_name_and_words_for_its_columns(language: str) -> None:
    texts = Texts(language)
    timed = {name for name, table in TABLES.items() if table.time}
    assert set(LANES) == timed
    for name in timed:
        assert texts.has(f"events-{name}")
        assert texts.has(f"event-{name}")
        silent = {TABLES[name].time, "recorded_at", "customer_id", "order_id", "ticket_id", "cycle", "propensity"}
        for column in set(TABLES[name].column_names) - silent:
            assert texts.has("field-" + column.replace("_", "-")), column
        for column in TABLES[name].columns:
            assert all(texts.has(f"word-{word}") for word in column.choices), column.name


def test_the_drawing_stays_small_and_names_what_it_shows() -> None:
    draw = np.random.default_rng(4)
    many = [
        event(int(back), str(draw.choice(LANES)), is_bad=bool(draw.random() < 0.2))
        for back in draw.integers(0, 720, 20_000)
    ]
    svg = lanes_chart(content(timeline=many), Texts("en"))
    assert len(svg) < 2 * len(LANES) * SLOTS * 20
    said = re.search(r'aria-label="([^"]*)"', svg)
    assert said is not None
    for name in LANES:
        here = [one for one in many if one["what"] == name]
        bad = sum(one["is_bad"] for one in here)
        words = Texts("en").format(f"events-{name}")
        assert f"{words} {Texts('en').format('count-events-of', n=len(here)).split()[0]}" in said.group(1)
        assert f"(went wrong: {bad})" in said.group(1)


def test_dots_lie_within_the_drawing_and_in_the_order_of_time() -> None:
    svg = lanes_chart(content(timeline=[event(-5), event(0), event(300), event(729), event(900)]), Texts("en"))
    places = {float(x): width for width, path in re.findall(r'stroke-width="([\d.]+)" d="([^"]*)"', svg)
              for x in re.findall(r"M([\d.]+) ", path)}  # fmt: skip
    # what lies ahead stands at the end with what is of today, as one larger dot; what lies too far back is not drawn
    first, middle, last = sorted(places)
    assert 0 < first < 100
    assert middle == pytest.approx(first + (729 - 300) / 729 * (last - first), abs=7)
    assert 950 < last < 980
    assert (places[first], places[middle], places[last]) == ("5", "5", "7.5")


def test_details_are_in_the_language_of_the_page() -> None:
    rows = customer_section(content(), Texts("ru", "EUR")).events.rows
    shown = [row.cells[2].text.replace("\xa0", " ").replace("\u202f", " ") for row in rows]
    assert shown[0] == "причина: цена"
    assert shown[2] == "вид: жалоба, решено 28 апр. 2024 г., о чём: доставка"
    assert shown[3] == "сумма 120,50 €, канал сайт, скидка 3,00 €"
    assert shown[6] == "вид: Golf day"
    assert [row.tone for row in rows[:3]] == ["bad", "", "bad"]


def test_tables_of_the_company_s_own_are_named_as_they_are() -> None:
    timeline = [event(3, "features_visits", days_on_site=4.0, plan="Gold")]
    row = customer_section(content(timeline=timeline), Texts("ru")).events.rows[0]
    assert [cell.text for cell in row.cells[1:]] == ["features visits", "days on site 4, plan Gold"]


def test_a_long_history_is_cut_and_says_so() -> None:
    section = customer_section(content(timeline=[event(back) for back in range(100)]), Texts("en"))
    assert len(section.events.rows) == FEW_EVENTS
    assert section.events.caption == f"{FEW_EVENTS} of 100 events, the latest first"


def test_a_new_customer_has_no_line_of_risk() -> None:
    one = content()["risk"][:1]
    section = customer_section(content(risk=one, reasons=[], actions=[], timeline=[event(3)]), Texts("ru"))
    assert section.risk is None
    assert len(section.risks.rows) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_cycle_s_page_shows_those_explained_in_their_rows(make_ranking: Any, language: str) -> None:
    ranking = make_ranking(60)
    first = first_of_list(ranking, 3)["customer_id"].tolist()
    assert ranking.set_index("customer_id").loc[first, "decision"].tolist() == ["contact"] * 3
    explained = [content(customer=content()["customer"] | {"customer_id": name}) for name in first]
    texts = Texts(language)
    page = Page(render_report(ReportData(str(AS_OF), ranking, explained=explained), texts))
    assert page.faults == []
    assert page.text.count(texts.format("customer-in-full")) == 3
    assert len([tag for tag, attrs in page.tags if tag == "svg" and attrs["class"] == "lanes"]) == 3


def test_the_page_is_the_same_from_memory_and_from_the_file() -> None:
    written = json.loads(json.dumps(content(), sort_keys=True))
    assert render_customer(written, Texts("en")) == render_customer(content(), Texts("en"))
