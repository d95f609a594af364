from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from winback.kpis import Kpis, compute_kpis
from winback.report import Figure, Money, PopulationQuality, Quality, ReportData, render_report
from winback.report.headline import add_up
from winback.settings import Settings
from winback.sources import RuleCount, StagingReport, TableReport
from winback.texts import LANGUAGES, Texts

MakeRanking = Callable[..., pd.DataFrame]
HOSTILE = "<script>alert('x')</script>\"'&<img src=x onerror=alert(1)>"
VOID = {"meta", "link", "input", "br"}


class Page(HTMLParser):
    """Reads a page strictly: every element that opens must close, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        # "option" and other elements of the page are always closed explicitly
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts)).replace("\u202f", " ")

    def of(self, tag: str, css: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag and css in (attrs.get("class") or "").split()]


@pytest.fixture
def kpis(make_staging: Callable[..., Any]) -> Kpis:
    from winback.history import History

    random = np.random.default_rng(1)
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 500, 400), unit="D")
    orders = pd.DataFrame({"order_id": range(400), "ordered_at": days, "amount": random.gamma(2, 30, 400)})
    orders["customer_id"] = [f"C{number:03d}" for number in random.integers(0, 60, 400)]
    ids = sorted(set(orders["customer_id"]))
    customers = pd.DataFrame(
        {"customer_id": ids, "region": [HOSTILE if place % 2 else "north" for place in range(len(ids))]}
    )
    staging = make_staging({"orders": orders, "customers": customers}, as_of="2024-05-06")
    return compute_kpis(History.load(staging), Settings(), reasons={0: "delivery"})


@pytest.fixture
def full(make_ranking: MakeRanking, kpis: Kpis) -> ReportData:
    ranking = make_ranking()
    scores = {
        "model": {"auc": Figure(0.81, 0.79, 0.83), "lift_10": Figure(3.1, 2.8, 3.4)},
        "recency": {"auc": Figure(0.7)},
    }
    calibration = pd.DataFrame({"probability": [0.1, 0.6], "churned_share": [0.12, 0.5], "rows": [50, 50]})
    return ReportData(
        as_of="2024-05-06",
        ranking=ranking,
        customers=pd.DataFrame({"customer_id": ranking["customer_id"], "name": HOSTILE, "city": "Riga"}),
        money=Money(
            500.0,
            20.0,
            700.0,
            0.001,
            1.5,
            curve=pd.DataFrame({"spend": [0, 50, 90], "net_value": [0, 300, 400]}),
            explore_price=3.0,
        ),
        quality=Quality(
            {"active": PopulationQuality(500, 0.2, scores, calibration)},
            "2024-01-01",
            "2024-05-01",
            pd.DataFrame({"feature": ["recency_days"], "share": [0.4]}),
            ("No baseline could be fitted.",),
        ),
        kpis=kpis,
        outcomes=pd.DataFrame(
            {
                "cycle": ["2024-01-01", "2024-02-01", "2024-05-01"],
                "action": ["email", "gift", None],
                "treated": [100, 50, 40],
                "holdout": [12, 0, 4],
                "kept_treated": [0.31, 0.5, np.nan],
                "incremental_customers": [7.0, 25.0, np.nan],
                "incremental_customers_low": [-1.0, np.nan, np.nan],
                "incremental_customers_high": [15.0, np.nan, np.nan],
                "status": ["measured", "no_control", "open"],
            }
        ),
        staging=StagingReport(
            "2024-05-06",
            "UTC",
            60,
            (TableReport("orders", ("o.csv",), 410, 400, 10, (RuleCount("amount", "unreadable", 10, True, HOSTILE),)),),
            ("tickets",),
            ({"id": "data-note-empty", "table": "orders", "file": HOSTILE},),
        ),
        manifest={"version": "0.1.0", "model": {"note": HOSTILE}},
        horizon_days=90,
        title=HOSTILE,
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_full_page_is_well_formed_and_loads_nothing(full: ReportData, language: str) -> None:
    html = render_report(full, Texts(language))
    page = Page(html)
    assert page.faults == []
    assert page.open == []
    assert dict(page.tags)["html"]["lang"] == language
    for tag, attrs in page.tags:
        for name in ("src", "href", "action", "data", "srcset"):
            assert (attrs.get(name) or "#").startswith(("#", "data:")), (tag, attrs)
        assert not [name for name in attrs if name.startswith("on")]
    assert not re.search(r"https?://|@import|url\(", html)
    assert len(html) < 2_000_000


def test_everything_from_the_data_is_escaped(full: ReportData) -> None:
    page = Page(render_report(full, Texts("en")))
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert "img" not in {tag for tag, _ in page.tags}
    # the same text, as text: in the title, a customer's name, a region, an example, a note, the manifest
    assert page.text.count("alert('x')") >= 6


def test_absent_parts_are_named(make_ranking: MakeRanking) -> None:
    for language in LANGUAGES:
        texts = Texts(language)
        page = Page(render_report(ReportData("2024-05-06", make_ranking()), texts))
        assert page.faults == []
        for part in ("curve", "quality", "statistics", "outcomes", "data", "manifest"):
            assert texts.format(f"report-no-{part}") in page.text


def test_nobody_at_all(make_ranking: MakeRanking) -> None:
    texts = Texts("en")
    page = Page(render_report(ReportData("2024-05-06", make_ranking(0)), texts))
    assert texts.format("report-headline-nobody") in page.text
    assert texts.format("report-no-customers") in page.text
    assert texts.format("report-no-reasons") in page.text


def test_nobody_has_an_action(make_ranking: MakeRanking) -> None:
    nothing, blank = [np.nan] * 12, [None] * 12
    ranking = make_ranking(
        action=blank, uplift=nothing, uplift_low=nothing, uplift_high=nothing, uplift_source=blank,
        expected_cost=nothing, expected_net_value=nothing, decision=["not_worth_it"] * 12, manager_id=blank,
        reason_1=blank, reason_1_text=blank,
    )  # fmt: skip
    page = Page(render_report(ReportData("2024-05-06", ranking), Texts("ru")))
    assert page.faults == []
    assert len(page.of("li", "customer")) == 12


def test_sums_of_the_headline(make_ranking: MakeRanking) -> None:
    ranking = make_ranking()
    sums = add_up(ranking)
    contacts = ranking.query("decision == 'contact'")
    assert sums.contacts == 4
    assert sums.holdout == 2
    assert sums.cost == 40.0
    assert sums.net == pytest.approx(contacts["expected_net_value"].sum())
    assert sums.net_low < sums.net < sums.net_high
    assert sums.leaving == pytest.approx(ranking.query("population == 'active'")["churn_probability"].sum())


def test_assumed_and_measured_are_told_apart(make_ranking: MakeRanking) -> None:
    texts = Texts("en")
    for source, message in (("assumed", "report-trust-assumed"), ("measured", "report-trust-measured")):
        page = Page(render_report(ReportData("2024-05-06", make_ranking(uplift_source=[source] * 12)), texts))
        assert texts.format(message) in page.text


def test_the_list_is_cut_contacts_first(make_ranking: MakeRanking) -> None:
    ranking = make_ranking(60)
    page = Page(render_report(ReportData("2024-05-06", ranking, top=25), Texts("en")))
    shown = page.of("li", "customer")
    assert [attrs["data-decision"] for attrs in shown[:20]] == ["contact"] * 20
    assert len(shown) == 25
    assert "25 of 60 customers are shown" in page.text
    assert {attrs["data-manager"] for attrs in shown} == {"anna", "boris"}


def test_arithmetic_can_be_redone(make_ranking: MakeRanking) -> None:
    ranking = make_ranking(
        1, uplift=[0.1], uplift_low=[0.05], uplift_high=[0.2], value_if_kept=[500.0], expected_net_value=[40.0]
    )
    page = Page(render_report(ReportData("2024-05-06", ranking), Texts("en", "EUR")))
    assert (
        "10.0% better chance of keeping (5.0% to 20.0%, assumed) × €500 if kept − €10.00 expected cost = €40.00"
        in page.text
    )


def test_a_return_without_a_control_group_is_not_claimed(full: ReportData) -> None:
    texts = Texts("en")
    text = Page(render_report(full, texts)).text
    assert "-1.0 … 15.0" in text
    assert "25.0" not in text.split(texts.format("outcomes-lead"))[1].split(texts.format("outcomes-remark-open"))[0]
    assert texts.format("outcomes-remark-no-control") in text


def test_the_same_data_gives_the_same_page(full: ReportData) -> None:
    assert render_report(full, Texts("en")) == render_report(full, Texts("en"))


def test_every_column_of_the_ranking_is_explained() -> None:
    from winback.ranking import RANKING_COLUMNS

    for language in LANGUAGES:
        texts = Texts(language)
        assert all(texts.has("column-" + name.replace("_", "-")) for name in RANKING_COLUMNS)
