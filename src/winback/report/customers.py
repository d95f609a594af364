"""The list: whom to contact, why, with what, and what it is expected to earn."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from winback.ranking import DECISIONS
from winback.report.data import ReportData
from winback.report.parts import Numbers, dimension_name, reason_name
from winback.texts import Texts


@dataclass(frozen=True)
class Customer:
    """One customer of the list, in words.

    Parameters
    ----------
    customer_id, name : str
        Who; ``name`` is empty where only the id is known.
    details : list of (str, str)
        Further columns that the company wants to see.
    rank, population, risk, risk_share, silence, value : str, float
        Standing; ``risk_share`` is the probability as a number.
    reasons : list of (str, str)
        Name of each reason and its evidence, first the strongest.
    is_reason_known : bool
        False: the first reason is ``unknown``.
    advice : str
        What to say.
    decision, decision_name, decision_text : str
        What was decided, as a word, as a name, and why.
    action, arithmetic : str
        The best action and its sum; empty where none is possible.
    net : str
        What the action is expected to earn.
    manager : str
        Who looks after the customer; empty: nobody.
    """

    customer_id: str
    name: str
    details: list[tuple[str, str]]
    rank: str
    population: str
    risk: str
    risk_share: float
    silence: str
    value: str
    reasons: list[tuple[str, str]]
    is_reason_known: bool
    advice: str
    decision: str
    decision_name: str
    decision_text: str
    action: str
    arithmetic: str
    net: str
    manager: str

    @property
    def search(self) -> str:
        """Everything that a search looks through, lower case."""
        details = [text for _, text in self.details]
        return " ".join([self.customer_id, self.name, self.manager, *details]).casefold()


@dataclass(frozen=True)
class CustomerList:
    """The list and what its filters offer.

    Parameters
    ----------
    customers : list of Customer
        Those to contact first, then the others, each in the order of the ranking.
    total : int
        Customers in the ranking.
    managers : list of str
        Everyone who has customers in the list.
    decisions : list of (str, str, int)
        Words and names of the decisions in the list, with how many customers of the list they concern.
    """

    customers: list[Customer]
    total: int
    managers: list[str]
    decisions: list[tuple[str, str, int]]

    @property
    def is_cut(self) -> bool:
        """Whether the ranking has more customers than the list."""
        return self.total > len(self.customers)


def customer_list(data: ReportData, texts: Texts) -> CustomerList:
    """Take the top of the ranking, contacts first, so that a short list is one of work to do."""
    ranking = data.ranking
    chosen = first_of_list(ranking, data.top)
    details = _details(data, chosen["customer_id"])
    customers = [_customer(row, details, texts) for row in chosen.to_dict("records")]
    counts = chosen["decision"].value_counts()
    return CustomerList(
        customers,
        len(ranking),
        sorted({customer.manager for customer in customers if customer.manager}),
        [
            (word, texts.format("decision-name-" + word.replace("_", "-")), int(counts[word]))
            for word in DECISIONS
            if word in counts
        ],
    )


def first_of_list(ranking: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first rows of the page's list: those to contact, then the others, each in the ranking's order."""
    is_contact = (ranking["decision"] == "contact").to_numpy(bool)
    # places, not rows: a million of them are not to be copied for the sake of a few
    return ranking.iloc[np.concatenate([np.flatnonzero(is_contact), np.flatnonzero(~is_contact)])[:count]]


def _details(data: ReportData, wanted: pd.Series[str]) -> Mapping[str, dict[Hashable, Any]]:
    if data.customers is None:
        return {}
    rows = data.customers[data.customers["customer_id"].isin(wanted)]
    return {str(row["customer_id"]): row for row in rows.to_dict("records")}


def _customer(row: Mapping[Any, Any], details: Mapping[str, dict[Hashable, Any]], texts: Texts) -> Customer:
    write = Numbers(texts)
    known = details.get(row["customer_id"], {})
    reason = _text(row["reason_1"])
    return Customer(
        customer_id=row["customer_id"],
        name=_text(known.get("name")),
        details=[
            (dimension_name(str(name), texts), _text(value))
            for name, value in known.items()
            if name not in ("customer_id", "name") and _text(value)
        ],
        rank=write.number(row["rank"]),
        population=texts.format(f"population-{row['population']}"),
        risk=write.percent(row["churn_probability"]),
        risk_share=row["churn_probability"],
        silence=texts.format("report-silence", days=row["days_since_order"]),
        value=write.money(row["value_if_kept"]),
        reasons=[
            _named(reason_name(row[f"reason_{place}"], texts), _text(row[f"reason_{place}_text"]))
            for place in (1, 2, 3)
            if _text(row[f"reason_{place}"])
        ],
        is_reason_known=reason not in ("", "unknown"),
        advice=_advice(reason, texts),
        decision=row["decision"],
        decision_name=texts.format("decision-name-" + row["decision"].replace("_", "-")),
        decision_text=row["decision_text"],
        action=texts.action(row["action"]) if _text(row["action"]) else "",
        arithmetic=_arithmetic(row, texts),
        net=write.money(row["expected_net_value"]),
        manager=_text(row["manager_id"]),
    )


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value)


def _named(name: str, text: str) -> tuple[str, str]:
    """The reason's name and its evidence; in the list's text the name stands before it."""
    return name, text.removeprefix(f"{name}: ")


def _advice(reason: str, texts: Texts) -> str:
    message = "reason-" + reason.replace("_", "-") + "-advice"
    return texts.format(message) if reason and texts.has(message) else ""


def _arithmetic(row: Mapping[Any, Any], texts: Texts) -> str:
    if not _text(row["action"]):
        return ""
    return texts.format(
        "report-arithmetic",
        uplift=texts.percent(row["uplift"], 1),
        low=texts.percent(row["uplift_low"], 1),
        high=texts.percent(row["uplift_high"], 1),
        value=row["value_if_kept"],
        cost=row["expected_cost"],
        net_value=row["expected_net_value"],
        source=row["uplift_source"],
    )
