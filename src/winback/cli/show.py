"""Results as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

Show = Callable[[Any], None]
#: Events of a customer that a terminal shows; ``--json`` and ``--html`` have more.
SHOWN_EVENTS = 40


def of_stage(name: str) -> Show:
    """Return what prints the result of a stage."""
    return _STAGES.get(name, _fields)


def _console() -> Console:
    # a pipe has no width of its own: rows must not be wrapped for it
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=max(console.width, 160))


def table(rows: Sequence[dict[str, Any]], title: str = "") -> None:
    """Print rows of equal keys as a table; numbers are right-aligned."""
    if not rows:
        return
    shown = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for key in rows[0]:
        numeric = any(isinstance(row[key], int | float) for row in rows)
        shown.add_column(key.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(_cell(key, value) for key, value in row.items()))
    _console().print(shown)


def _cell(key: str, value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if key.endswith(("probability", "share")):
            return f"{value:.1%}"
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    # user data may hold what rich takes for markup
    return str(value).replace("[", r"\[")


def _fields(result: dict[str, Any]) -> None:
    for key, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{name} {_cell(key, inner)}" for name, inner in value.items())
        _console().print(f"{key.replace('_', ' ')}: {_cell(key, value)}")


def init(result: dict[str, Any]) -> None:
    """Print what was made and what comes next."""
    console = _console()
    console.print(f"A new project stands in {result['folder']}:", markup=False)
    for path in result["written"]:
        console.print(f"  {path}", markup=False)
    console.print("Put your tables into its data/raw (orders is the one that is needed), then:")
    console.print(f"  winback check --params {result['folder']}/params.yaml", markup=False)
    console.print(f"  winback run --params {result['folder']}/params.yaml", markup=False)


def _prepared(result: dict[str, Any]) -> None:
    table(result["tables"], title=f"Input tables as of {result['as_of']}")
    for note in result["notes"]:
        _console().print(f"note: {note}", markup=False)


def _evaluated(result: dict[str, Any]) -> None:
    table(result["rows"], title=f"Model {result['version']}, tested at {', '.join(result['test_cutoffs'])}")
    for note in result["notes"]:
        _console().print(f"note: {note}", markup=False)


def _promoted(result: dict[str, Any]) -> None:
    console = _console()
    if result["promoted"]:
        console.print(f"Model {result['version']} scores from now on.", markup=False)
    else:
        console.print(
            f"Model {result['version']} was not promoted; {result['champion']} goes on scoring:", markup=False
        )
    for objection in result["against"] or result["overruled"]:
        console.print(f"  - {objection}", markup=False)
    compared = result["compared"] or {"comparison": None, "notes": []}
    if compared["comparison"]:
        table(_gains(compared), title=f"Against the champion, at {', '.join(compared['cutoffs'])} (above 0: better)")
    for note in compared["notes"]:
        console.print(f"note: {note}", markup=False)


def _gains(compared: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the differences between challenger and champion."""
    found = compared["comparison"]
    rows = [
        {"of": population, "measure": name.replace("_", " "), **gain}
        for population, part in found["gains"].items()
        for name, gain in part.items()
    ]
    return [*rows, {"of": "both", "measure": "money of leavers in the top tenth", **found["money"]}]


def _scored(result: dict[str, Any]) -> None:
    table(result["top"], title=f"The first {len(result['top'])} of {result['customers']:,} customers")
    console = _console()
    totals, currency = result["totals"], result["currency"]
    console.print()
    console.print("  ".join(f"{name} {count:,}" for name, count in result["decisions"].items()))
    budget = "no limit" if totals["budget"] is None else f"{totals['budget']:,.0f} {currency}"
    console.print(f"budget {budget}, planned cost {totals['spent']:,.0f} {currency}")
    console.print(
        f"expected to earn {totals['expected_net_value']:,.0f} {currency} after costs "
        f"(80 % interval {totals['low']:,.0f} to {totals['high']:,.0f})"
    )
    console.print(f"report {result['report']}", markup=False, soft_wrap=True)


def _outcomes(result: dict[str, Any]) -> None:
    arms = ("dimension", "name", "contacted", "held_out", "open")
    effect = ("incremental_customers", "incremental_low", "incremental_high", "incremental_margin", "cost")
    groups = result["measured"]["groups"]
    table(
        [{key: group[key] for key in (*arms, *effect)} for group in groups], title="Past offers against their holdouts"
    )
    table([row for row in result["effects"] if row["treated"]], title="What actions do (save probability)")
    for note in result["notes"]:
        _console().print(f"note: {note.replace('_', ' ')}", markup=False)
    _console().print(result["learner"], markup=False, soft_wrap=True)


#: What a terminal shows of a month; the file has all of it.
_OF_A_MONTH = (
    *("first_on", "customers_start", "new_customers", "returned_customers", "lost_customers", "churn_rate"),
    *("revenue_amount", "lost_profit_amount"),
)


def _statistics(result: dict[str, Any]) -> None:
    _fields({"as of": result["as_of"], **result["totals"]})
    table(result["rules"], title="Who counts as lost")
    months = [row for row in result["table"] if row["grain"] == "month" and row["dimension"] == "all"]
    table([{key: row[key] for key in _OF_A_MONTH} for row in months[-6:]], title="The last months")


def customer(result: dict[str, Any]) -> None:
    """Print one customer."""
    _fields(result["customer"])
    table(result["reasons"], title="Reasons")
    table(result["actions"], title="Every action's arithmetic")
    table(result["risk"], title="Risk at past cutoffs")
    events = result["timeline"]
    shown = [
        {
            "day": event["day"],
            "what": event["what"],
            "wrong": "!" if event["is_bad"] else "",
            "details": ", ".join(f"{name} {_cell(name, value)}" for name, value in event["details"].items()),
        }
        for event in events[:SHOWN_EVENTS]
    ]
    table(shown, title=f"History, latest {len(shown)} of {len(events)} events")


def cycles(result: dict[str, Any]) -> None:
    """Print every week that the demo company lived under a policy, and the sums."""
    table(result["weeks"], title=f"Weeks under the policy {result['policy']}")
    _fields({key: value for key, value in result.items() if key not in ("weeks", "policy")})


def watched(result: dict[str, Any]) -> None:
    """Print what a scoring run watched."""
    from winback.report import alarm_text
    from winback.texts import Texts

    console, english = _console(), Texts("en")
    for alarm in result["alarms"]:
        console.print(f"alarm: {alarm_text(alarm, english)}", markup=False, soft_wrap=True)
    if not result["alarms"]:
        console.print("Nothing to look into.")
    promises = [
        {
            **{key: row[key] for key in ("cycle", "population", "customers", "predicted", "came")},
            **{f"{key}_{end}": row[key][end] for key in ("gap", "auc") for end in ("value", "low", "high")},
        }
        for row in result["promises"]
    ]
    table(promises, title="What past cycles said, and what came")
    table(result["volumes"], title="Facts of the last four weeks")
    table(result["scores"], title=f"Scores against the training of {result['reference'] or 'an older version'}")
    table(result["features"][:10], title="Features that moved most (index above 0.25: a shift)")


def forgotten(result: dict[str, Any]) -> None:
    """Print where a customer was erased, and where it still stands."""
    console = _console()
    for path in result["erased"]:
        console.print(f"erased from {path}", markup=False)
    for path in result["still_in"]:
        console.print(f"still in {path}: winback never writes there; erase it yourself", markup=False)
    if not result["erased"]:
        console.print("The project holds nothing of this customer.")


_STAGES: dict[str, Show] = {
    "prepare": _prepared,
    "evaluate": _evaluated,
    "promote": _promoted,
    "score": _scored,
    "outcomes": _outcomes,
    "kpis": _statistics,
}
