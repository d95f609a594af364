"""A company's own features through the whole chain: found, learned from, shown; and refused when they are gone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from small_project import SmallProject


@pytest.fixture(scope="module")
def with_own(simulated: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    project = simulated.copy(tmp_path_factory.mktemp("own") / "project")
    orders = pd.read_parquet(project.folder / "data/raw/orders.parquet")
    random = np.random.default_rng(1)
    first = orders.groupby("customer_id")["ordered_at"].min()
    pd.DataFrame(
        {
            "customer_id": first.index,
            "known_at": first.dt.strftime("%Y-%m-%d").to_numpy(),
            "visits": random.poisson(5, len(first)),
            "plan": random.choice(["gold", "base"], len(first)),
            "broken_pages": random.poisson(1, len(first)),
        }
    ).to_csv(project.folder / "data/raw/features_web.csv", index=False)
    project.edit({"features": {"own": {"web": {"broken_pages": {"role": "driver", "reason": "service"}}}}})
    said = project.winback("run", "--json")
    assert said.code == 0, said.err
    return project


def test_check_shows_the_table(with_own: SmallProject) -> None:
    said = with_own.winback("check", "--json")
    rows = {row["table"]: row for row in said.json["tables"]}
    assert rows["features_web"]["kept"] == rows["features_web"]["customers"] > 250


def test_the_model_knows_and_weighs_the_columns(with_own: SmallProject) -> None:
    about = json.loads((with_own.folder / "models/champion/about.json").read_text(encoding="utf-8"))
    assert {"web_visits", "web_plan", "web_broken_pages"} <= set(about["features"])
    assert "data/raw/features_web.csv" in about["inputs"]
    evaluation = json.loads((with_own.folder / "models/evaluation/evaluation.json").read_text(encoding="utf-8"))
    weights = {entry["feature"]: (entry["role"], entry["reason"]) for entry in evaluation["importance"]}
    assert weights["web_broken_pages"] == ("driver", "service")
    assert weights["web_plan"] == ("context", None)


def test_scoring_without_the_table_is_refused_and_leaves_the_cycle(with_own: SmallProject, tmp_path: Path) -> None:
    project = with_own.copy(tmp_path / "project")
    (project.folder / "data/raw/features_web.csv").unlink()
    said = project.winback("score")
    assert said.code == 2
    assert "features.own.web: there is no table features_web" in said.err
    project.edit({"features": {"own": {}}})
    before = project.ranking()
    said = project.winback("score")
    assert said.code == 4
    assert "web_visits: missing" in said.err or "web_broken_pages_above (needed, but absent" in said.err
    pd.testing.assert_frame_equal(project.ranking(), before)
