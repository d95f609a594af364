"""Every number in an evidence text can be counted again from the tables."""

import numpy as np
import pandas as pd
import pytest

from winback.history import DAY_US, History
from winback.reasons import UNKNOWN, WORDS, ReasonModel, leaving_of
from winback.reasons.evidence import gather_evidence
from winback.settings import Settings
from winback.snapshots import snapshots_at
from winback.texts import Texts

DAY0 = pd.Timestamp("2024-01-01")
END = 300
SETTINGS = Settings()


def day(number):
    return DAY0 + pd.to_timedelta(number, unit="D")


def instant(number):
    return int(day(number).value // 1000)


@pytest.fixture(scope="module")
def company():
    """Forty customers with everything that can go wrong, drawn at random."""
    draw = np.random.default_rng(8)
    names = [f"c{place:02d}" for place in range(40)]
    orders, items, deliveries = [], [], []
    for name in names:
        last = draw.integers(120, END)
        for when in np.unique(draw.integers(0, last, 14)):
            order = f"o{len(orders)}"
            orders.append((order, name, day(float(when) + 0.5), 100.0, float(draw.choice([0, 5, 20]))))
            items.append((order, f"p{draw.integers(3)}", 2.0, round(10 + when / 40 + draw.random(), 2)))
            promised = day(int(when) + 3)
            late = draw.random() < 0.3
            delivered = promised + pd.Timedelta(days=int(draw.integers(1, 9)) if late else 0, hours=12)
            deliveries.append((order, name, promised, delivered, bool(draw.random() < 0.2)))
    tickets = []
    for _ in range(200):
        opened = day(float(draw.uniform(0, END)))
        tickets.append(
            (
                f"t{len(tickets)}",
                draw.choice(names),
                opened,
                draw.choice(["complaint", "conflict", "request"]),
                draw.choice(["price", "product", "delivery", "service", "other"]),
                opened + pd.Timedelta(hours=float(draw.choice([2, 30]))),
                opened + pd.Timedelta(hours=float(draw.choice([40, 100]))) if draw.random() < 0.9 else pd.NaT,
            )
        )
    contacts = [(draw.choice(names), day(float(draw.uniform(0, END))), "phone") for _ in range(250)]
    managers = [(name, f"m{draw.integers(4)}", day(when)) for name in names for when in (0, int(draw.integers(1, END)))]
    surveys = [
        (
            draw.choice(names),
            day(float(draw.uniform(0, END))),
            int(draw.integers(0, 11)),
            draw.choice(["price", "manager"]),
        )
        for _ in range(40)
    ]
    return {
        "orders": pd.DataFrame(orders, columns=["order_id", "customer_id", "ordered_at", "amount", "discount"]),
        "order_items": pd.DataFrame(items, columns=["order_id", "product_id", "quantity", "unit_price"]),
        "deliveries": pd.DataFrame(
            deliveries, columns=["order_id", "customer_id", "promised_at", "delivered_at", "defective"]
        ),
        "tickets": pd.DataFrame(
            tickets,
            columns=["ticket_id", "customer_id", "opened_at", "kind", "topic", "first_response_at", "resolved_at"],
        ),
        "contacts": pd.DataFrame(contacts, columns=["customer_id", "contacted_at", "channel"]),
        "managers": pd.DataFrame(managers, columns=["customer_id", "manager_id", "assigned_at"]),
        "surveys": pd.DataFrame(surveys, columns=["customer_id", "answered_at", "nps", "wants"]),
    }


@pytest.fixture
def case(company, make_staging):
    history = History.load(make_staging(company), as_of=instant(END))
    rows = snapshots_at(history, [instant(END)], SETTINGS.population)
    leaving = leaving_of(history, rows)
    names = history.customer_ids[rows.customer]
    anchors = pd.to_datetime(leaving.anchor, unit="us")
    return company, history, rows, leaving, dict(zip(names, anchors, strict=True)), names


def lines(case, reason, message):
    _, history, rows, leaving, _, _ = case
    found = gather_evidence(history, rows, leaving, SETTINGS).lines[reason]
    return next(line for line in found if line.message == message)


def within(frame, time, anchors, days=180):
    """Rows of the customer's own window before it was leaving."""
    end = frame["customer_id"].map(anchors)
    return frame[(frame[time] >= end - pd.Timedelta(days=days)) & (frame[time] < end)]


def per_customer(frame, names):
    return frame.groupby("customer_id").size().reindex(names, fill_value=0).to_numpy()


def test_late_deliveries_are_counted_as_a_person_would(case):
    company, _, _, _, anchors, names = case
    frame = company["deliveries"].copy()
    frame["due"] = frame["promised_at"] + pd.Timedelta(days=1)
    frame["late"] = frame["delivered_at"] >= frame["due"]
    frame["decided"] = np.where(frame["late"], frame["due"], frame["delivered_at"])
    frame["decided"] = pd.to_datetime(frame["decided"]) - pd.to_timedelta(frame["late"].astype(int), unit="us")
    inside = within(frame, "decided", anchors)
    line = lines(case, "delivery", "reason-delivery-evidence")
    late, of = per_customer(inside[inside["late"]], names), per_customer(inside, names)
    np.testing.assert_array_equal(line.arguments["bad"], late)
    np.testing.assert_array_equal(line.arguments["all"], of)
    year = frame[(frame["decided"] < day(END)) & (frame["decided"] >= day(END - 365))]
    np.testing.assert_allclose(line.arguments["others"], year["late"].mean())
    arrived = within(frame[frame["late"]].assign(at=frame["delivered_at"]), "at", anchors)
    delay = (arrived["delivered_at"] - arrived["promised_at"]) / pd.Timedelta(days=1)
    delay = delay.groupby(arrived["customer_id"]).mean().reindex(names).to_numpy()
    worse = (late > 0) & (late / np.maximum(of, 1) > year["late"].mean())
    np.testing.assert_array_equal(line.holds, worse & ~np.isnan(delay))
    np.testing.assert_allclose(line.arguments["delay"][line.holds], delay[line.holds])


def test_defective_deliveries(case):
    company, _, _, _, anchors, names = case
    inside = within(company["deliveries"], "delivered_at", anchors)
    line = lines(case, "product_quality", "reason-product-quality-evidence")
    np.testing.assert_array_equal(line.arguments["bad"], per_customer(inside[inside["defective"]], names))
    np.testing.assert_array_equal(line.arguments["all"], per_customer(inside, names))


def test_conflicts_and_complaints(case):
    company, _, _, _, anchors, names = case
    inside = within(company["tickets"], "opened_at", anchors)
    line = lines(case, "conflict", "reason-conflict-evidence")
    year = within(company["tickets"], "opened_at", anchors, 365)
    conflicts = year[year["kind"] == "conflict"]
    np.testing.assert_array_equal(line.arguments["count"], per_customer(conflicts, names))
    np.testing.assert_array_equal(line.holds, per_customer(conflicts, names) > 0)
    latest = conflicts.groupby("customer_id")["opened_at"].max().reindex(names)
    shown = pd.to_datetime(line.arguments["at"][line.holds], unit="us")
    assert list(shown) == list(latest[line.holds].dt.floor("us"))
    about = inside[(inside["kind"] == "complaint") & (inside["topic"] == "price")]
    price = lines(case, "price", "reason-complaints-evidence")
    np.testing.assert_array_equal(price.arguments["count"], per_customer(about, names))


def test_slow_answers(case):
    company, _, _, _, anchors, names = case
    frame = company["tickets"].copy()
    deadline = frame["opened_at"] + pd.Timedelta(hours=24)
    frame["slow"] = frame["first_response_at"] > deadline
    frame["decided"] = frame["first_response_at"].where(~frame["slow"], deadline)
    inside = within(frame, "decided", anchors)
    line = lines(case, "service", "reason-service-evidence-response")
    np.testing.assert_array_equal(line.arguments["bad"], per_customer(inside[inside["slow"]], names))
    np.testing.assert_array_equal(line.arguments["all"], per_customer(inside, names))


def test_silence_of_the_company(case):
    company, _, _, leaving, anchors, names = case
    line = lines(case, "neglect", "reason-neglect-evidence")
    for place, name in enumerate(names):
        own = company["contacts"].loc[company["contacts"]["customer_id"] == name, "contacted_at"].sort_values()
        first, last = (pd.to_datetime(at[place], unit="us") for at in (leaving.first_at, leaving.last_at))
        expected = []
        for when in (last, anchors[name]):
            heard = own[own < when]
            expected.append(when - (heard.max() if len(heard) else first))
        assert line.arguments["days"][place] == pytest.approx(max(expected) / pd.Timedelta(days=1))


def test_fewer_contacts(case):
    company, _, _, leaving, anchors, names = case
    before = {name: anchor - pd.Timedelta(days=180) for name, anchor in anchors.items()}
    line = lines(case, "neglect", "reason-neglect-evidence-fewer")
    counts = [per_customer(within(company["contacts"], "contacted_at", ends), names) for ends in (anchors, before)]
    np.testing.assert_array_equal(line.arguments["now"], counts[0])
    np.testing.assert_array_equal(line.arguments["before"], counts[1])
    there = pd.to_datetime(leaving.first_at, unit="us") <= pd.to_datetime(leaving.anchor, unit="us") - pd.Timedelta(
        days=360
    )
    np.testing.assert_array_equal(line.holds, there & (counts[1] >= 2) & (counts[0] <= counts[1] / 2))


def test_changes_of_manager(case):
    company, _, _, _, anchors, names = case
    frame = company["managers"].sort_values(["customer_id", "assigned_at"])
    frame["changed"] = frame.groupby("customer_id")["manager_id"].transform(lambda ids: ids != ids.shift()) & (
        frame.groupby("customer_id").cumcount() > 0
    )
    inside = within(frame[frame["changed"]], "assigned_at", anchors, 365)
    line = lines(case, "manager_change", "reason-manager-change-evidence")
    np.testing.assert_array_equal(line.arguments["count"], per_customer(inside, names))


def test_discounts(case):
    company, _, _, _, anchors, names = case
    frame = company["orders"].assign(listed=lambda orders: orders["amount"] + orders["discount"])
    line = lines(case, "price", "reason-price-evidence-discount")
    before = {name: anchor - pd.Timedelta(days=180) for name, anchor in anchors.items()}
    for argument, ends, days in (("now", anchors, 180), ("before", before, 365)):
        sums = within(frame, "ordered_at", ends, days).groupby("customer_id")[["discount", "listed"]].sum()
        share = (sums["discount"] / sums["listed"]).reindex(names, fill_value=0)
        np.testing.assert_allclose(line.arguments[argument], share)


def test_evidence_knows_nothing_that_happened_after_the_cutoff(case):
    _, history, _, _, _, _ = case
    cutoff = instant(200)
    rows = snapshots_at(history, [cutoff], SETTINGS.population)
    seen = gather_evidence(history, rows, leaving_of(history, rows), SETTINGS)
    cut = history.upto(cutoff)
    known = gather_evidence(cut, rows, leaving_of(cut, rows), SETTINGS)
    np.testing.assert_array_equal(seen.supported, known.supported)
    for word, found in seen.lines.items():
        for line, same in zip(found, known.lines[word], strict=True):
            for name, values in line.arguments.items():
                np.testing.assert_array_equal(values[line.holds], same.arguments[name][same.holds])


@pytest.mark.parametrize("language", ["en", "ru"])
def test_without_a_model_rows_show_symptoms_in_words(case, language):
    _, history, rows, leaving, _, _ = case
    reasons = ReasonModel(None).explain(history, rows, SETTINGS, Texts(language))
    assert set(reasons.words(0)) == {UNKNOWN}
    assert (reasons.text[:, 0] != "").all()
    assert (reasons.text[:, 1:] == "").all()
    place = int(np.flatnonzero(leaving.silence_days > leaving.gap_days)[0])
    gap, silence = round(leaving.gap_days[place]), round(leaving.silence_days[place])
    if language == "en":
        assert reasons.text[place, 0] == f"unknown: usually orders every {gap} days, silent for {silence}"
    assert (leaving.anchor - leaving.last_at <= 45 * DAY_US).all()


def test_every_line_can_be_said_in_both_languages(case):
    _, history, rows, leaving, _, _ = case
    evidence = gather_evidence(history, rows, leaving, SETTINGS)
    assert {"price", "delivery", "service", "conflict", "neglect", "manager_change"} <= set(evidence.lines)
    for language in ("en", "ru"):
        texts = Texts(language)
        for line in (line for found in evidence.lines.values() for line in found):
            assert texts.variables(line.message) <= set(line.arguments), line.message
    assert evidence.supported.shape == (len(rows), len(WORDS))
