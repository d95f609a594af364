"""Small and odd data: the whole run trains what the data bears, and says what it could not do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from small_project import SmallProject, new_project
from winback.evaluation import Estimate, EvaluationReport
from winback.texts import Texts, remarks

pytestmark = pytest.mark.slow

#: Days without an order after which a customer with that rhythm is thought of as gone.
YEARLY = {"label": {"horizon_days": 450}, "population": {"lapsed_after_days": 450}}
WEEKLY = {"label": {"horizon_days": 28}, "population": {"lapsed_after_days": 28}}
#: What makes a run quick.
FEW = {"run": {"threads": 1, "language": "ru"}, "model": {"max_rounds": 30, "seeds": 1, "bootstrap_samples": 40}}


def orders(customers: int, *, days: int = 720, gap: float = 30, leave: float = 0.6, only: int = 10_000) -> pd.DataFrame:
    """Orders of customers with a rhythm of their own, a share of whom stop at some time.

    What is known ends after ``days``; the company lives on, and customers go on leaving, for three tenths longer:
    these orders are in ``attrs["later"]``.
    """
    random = np.random.default_rng(1)
    rows = []
    for customer in range(customers):
        own = gap * random.uniform(0.7, 1.3)
        at = random.uniform(0, days if only == 1 else min(2 * own, days / 2))
        end = random.uniform(0.1 * days, 1.3 * days) if random.random() < leave else 1.3 * days
        times = np.append(at, at + random.gamma(9, own / 9, int(3 * days / own)).cumsum())
        kept = times[(times < end) | (times == at)][:only]
        rows += [(f"c{customer:03d}", time, round(random.gamma(3, 50), 2)) for time in kept]
    frame = pd.DataFrame(rows, columns=["customer_id", "at", "amount"]).sort_values("at", ignore_index=True)
    frame.insert(0, "order_id", [f"o{number}" for number in range(len(frame))])
    frame["ordered_at"] = (pd.Timestamp("2019-01-07") + pd.to_timedelta(frame.pop("at"), unit="D")).dt.floor("s")
    is_known = frame["ordered_at"] < pd.Timestamp("2019-01-07") + pd.Timedelta(days=days)
    known = frame[is_known].copy()
    known.attrs["later"] = frame[~is_known]
    return known


#: How the data is made, which settings fit it, and what must be said of it.
CASES: Mapping[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "60 customers": ({"customers": 60}, {}, {"no-trees", "window", "test-few-left"}),
    "300 customers": ({"customers": 300}, {}, {"one-for-both", "window"}),
    "1 % leave": ({"customers": 300, "leave": 0.01}, {}, {"no-trees", "test-few-left"}),
    "99 % leave": ({"customers": 300, "leave": 0.99}, {}, {"test-few-stayed"}),
    "60 by the week, nobody leaves": ({"customers": 60, "gap": 7, "days": 364, "leave": 0}, WEEKLY, {"all-stayed"}),
    "60 by the year, judged by the quarter": ({"customers": 60, "gap": 365, "days": 1825}, {}, {"short-horizon"}),
    "by the year": ({"customers": 300, "gap": 365, "days": 2190}, YEARLY, set()),
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], SmallProject]:
    """The project of a case after ``winback run``; each is run once."""
    made: dict[str, SmallProject] = {}

    def run(name: str) -> SmallProject:
        if name not in made:
            how, settings, _ = CASES[name]
            project = new_project(tmp_path_factory.mktemp("odd") / "project", {**FEW, **settings})
            orders(**how).to_csv(project.folder / "data/raw/orders.csv", index=False)
            said = project.winback("run", "--quiet")
            assert (said.code, "Traceback" in said.err) == (0, False), said.err
            made[name] = project
        return made[name]

    return run


def report_of(project: SmallProject) -> EvaluationReport:
    path = project.folder / "models/champion/evaluation.json"
    return EvaluationReport.from_json(json.loads(path.read_text(encoding="utf-8")))


def notes_of(project: SmallProject) -> list[dict[str, Any]]:
    return [*project.manifest()["model"]["notes"], *report_of(project).notes]


@pytest.mark.parametrize("name", CASES)
def test_everybody_is_judged_and_what_was_wanting_is_said(name: str, finished) -> None:
    project = finished(name)
    ranking = project.ranking()
    assert len(ranking) == CASES[name][0]["customers"]
    assert ranking["churn_probability"].between(0, 1, inclusive="neither").all()
    assert (np.isfinite(ranking["value_if_kept"]) & (ranking["value_if_kept"] >= 0)).all()
    notes = notes_of(project)
    said = {note["id"] for note in notes}
    assert {f"model-note-{word}" for word in CASES[name][2]} <= said
    assert ("model-note-short-horizon" in said) is ("short-horizon" in CASES[name][2])
    page = re.sub(r"\s+", " ", (project.cycle / "report.html").read_text(encoding="utf-8"))
    for sentence in remarks(notes, Texts("ru")):
        assert sentence in page


def test_less_data_gives_a_simpler_model_and_wider_intervals(finished) -> None:
    few, many = finished("60 customers"), finished("300 customers")
    kinds = [
        json.loads((project.folder / "models/champion/churn/model.json").read_text(encoding="utf-8"))["kind"]
        for project in (few, many)
    ]
    assert kinds[0] == "linear"
    assert kinds[1] in ("trees", "mixed")
    auc = [report_of(project).populations["active"].scores["model"]["auc"] for project in (few, many)]
    assert width(auc[0]) > 1.4 * width(auc[1])


def width(found: Estimate) -> float:
    """No interval: it may be anything."""
    return np.inf if found.low is None else found.high - found.low


@pytest.mark.parametrize("name", ["1 % leave", "300 customers"])
def test_what_is_said_of_all_together_comes(name: str, finished) -> None:
    """What came of the active customers, as the generator had it, is near what was said of them."""
    ranking = finished(name).ranking()
    active = ranking[ranking["population"] == "active"]
    later = orders(**CASES[name][0]).attrs["later"]
    in_time = later["ordered_at"] < pd.Timestamp(ranking["as_of"].iloc[0]) + pd.Timedelta(days=90)
    gone = ~active["customer_id"].isin(later.loc[in_time, "customer_id"])
    said = active["churn_probability"]
    assert abs(said.sum() - gone.sum()) < 3 * np.sqrt((said * (1 - said)).sum()) + 1


def test_no_interval_is_given_where_one_outcome_hardly_occurs(finished) -> None:
    model = report_of(finished("1 % leave")).populations["active"].scores["model"]
    assert {(found.low, found.high) for found in model.values()} == {(None, None)}
