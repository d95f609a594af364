"""The week in plain words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from winback.report.data import ReportData
from winback.report.parts import Numbers, Tile
from winback.texts import Texts


@dataclass(frozen=True)
class Sums:
    """What the ranking adds up to.

    Parameters
    ----------
    active, lapsed : int
        Customers by population.
    leaving : float
        Active customers expected to leave: the sum of their probabilities.
    at_risk : float
        Sum of value_at_risk of the active.
    contacts, holdout : int
        Customers to contact, and left alone to measure.
    cost, net, net_low, net_high : float
        Of the contacts: expected cost and net value; the bounds take every uplift at its low or high end at once.
    kept : float
        Customers that the contacts are expected to keep.
    measured : int
        Contacts whose uplift is measured.
    """

    active: int
    lapsed: int
    leaving: float
    at_risk: float
    contacts: int
    holdout: int
    cost: float
    net: float
    net_low: float
    net_high: float
    kept: float
    measured: int


def add_up(ranking: pd.DataFrame) -> Sums:
    """Add up the ranking."""
    active = ranking[ranking["population"] == "active"]
    contacts = ranking[ranking["decision"] == "contact"]
    value, cost = contacts["value_if_kept"], contacts["expected_cost"]
    return Sums(
        active=len(active),
        lapsed=len(ranking) - len(active),
        leaving=float(active["churn_probability"].sum()),
        at_risk=float(active["value_at_risk"].sum()),
        contacts=len(contacts),
        holdout=int((ranking["decision"] == "holdout").sum()),
        cost=float(cost.sum()),
        net=float(contacts["expected_net_value"].sum()),
        net_low=float((contacts["uplift_low"] * value - cost).sum()),
        net_high=float((contacts["uplift_high"] * value - cost).sum()),
        kept=float(contacts["uplift"].sum()),
        measured=int((contacts["uplift_source"] == "measured").sum()),
    )


def headline(data: ReportData, sums: Sums, texts: Texts) -> list[str]:
    """Sentences at the top of the page: how many leave, how many to contact, what it costs and earns."""
    leaving = {"leaving": round(sums.leaving), "active": sums.active}
    days = data.horizon_days
    sentences = []
    if sums.active and days:
        sentences.append(texts.format("report-headline-leaving-within", days=days, **leaving))
    elif sums.active:
        sentences.append(texts.format("report-headline-leaving", **leaving))
    if sums.lapsed:
        sentences.append(texts.format("report-headline-lapsed", count=sums.lapsed))
    if sums.contacts:
        sentences.append(
            texts.format("report-headline-contacts", count=sums.contacts, cost=sums.cost, net_value=sums.net)
        )
    else:
        sentences.append(texts.format("report-headline-nobody"))
    return sentences


def trust(sums: Sums, texts: Texts) -> str:
    """Whether the expected gain is assumed or measured; empty where there is none."""
    if not sums.contacts:
        return ""
    if sums.measured == 0:
        return texts.format("report-trust-assumed")
    if sums.measured == sums.contacts:
        return texts.format("report-trust-measured")
    return texts.format("report-trust-partly", share=sums.measured / sums.contacts)


def tiles(data: ReportData, sums: Sums, texts: Texts) -> list[Tile]:
    """Four numbers under the headline."""
    write = Numbers(texts)
    share = sums.leaving / sums.active if sums.active else np.nan
    budget = data.money.budget if data.money else None
    of_budget = "" if budget is None else texts.format("report-tile-of-budget", budget=budget)
    low, high = interval(data, sums)
    return [
        Tile(
            texts.format("report-tile-leaving"),
            write.number(sums.leaving),
            texts.format("report-tile-leaving-note", share=share, value=sums.at_risk) if sums.active else "",
            "warm",
        ),
        Tile(
            texts.format("report-tile-contacts"),
            write.number(sums.contacts),
            texts.format("report-tile-contacts-note", count=sums.holdout),
        ),
        Tile(texts.format("report-tile-cost"), write.money(sums.cost), of_budget),
        Tile(
            texts.format("report-tile-net"),
            write.money(sums.net),
            texts.format("report-tile-net-note", low=low, high=high) if sums.contacts else "",
            "cool",
        ),
    ]


def interval(data: ReportData, sums: Sums) -> tuple[float, float]:
    """Interval of the expected net value: the cycle's forecast where there is one, else all uplifts at their ends."""
    money = data.money
    if money and money.expected_low is not None and money.expected_high is not None:
        return money.expected_low, money.expected_high
    return sums.net_low, sums.net_high
