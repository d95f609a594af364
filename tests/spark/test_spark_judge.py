"""Customers judged in parts on a cluster, against the same customers judged at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from small_project import SmallProject
from winback.features import compute_features
from winback.files import read_json
from winback.history import History
from winback.history.notes import Noting, keys_of
from winback.pipelines import cluster, cluster_rows
from winback.pipelines.cluster_features import features_on_spark
from winback.pipelines.decide import Decided, decide_all
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import Judgement, judge
from winback.pipelines.models import ModelSet
from winback.pipelines.outcomes import EFFECTS
from winback.pipelines.project import Project, texts_of
from winback.reasons import ask_questions
from winback.response import Effects
from winback.settings import Settings, load_settings
from winback.snapshots import cutoff_schedule, snapshots_at
from winback.spark import Parts, ask_everyone
from winback.spark.asking import quantiles_of
from winback.targeting import Decisions

#: Floats of the two ways may differ by the order in which they are added up.
SAME = {"rtol": 1e-9, "atol": 1e-9}


def test_judged_and_decided_in_parts_as_at_once(session: Any, finished: SmallProject) -> None:
    """Three parts, of which the driver sees few customers at a time; two parts and all at once are seen below."""
    settings = load_settings(finished.params)
    few = {"budget_amount": 3000, "capacity_per_manager": 3, "explore_share": 0.3}
    targeting = settings.targeting.model_copy(update=few)
    spark = settings.spark.model_copy(update={"customers_per_part": 100})
    project = Project(settings.model_copy(update={"spark": spark, "targeting": targeting}))
    settings, texts = project.settings, texts_of(settings)
    history, models = open_history(project), ModelSet.load(project.champion)
    effects = Effects.from_content(read_json(project.outcomes / EFFECTS))
    rows = snapshots_at(history, [history.ends_at], settings.population)
    at_once = judge(history, rows, models, settings, texts)
    wanted = decide_all(history, at_once, effects, project, "2024-05-06", texts)
    treatable = np.isin(wanted.decisions.decision, ("contact", "no_budget", "no_capacity")).sum()
    judged, found, _ = cluster.score_on_spark(
        project, history, rows, models, effects, "2024-05-06", few_customers=int(0.9 * treatable)
    )
    assert_same(judged, at_once)
    assert (at_once.reasons.code >= 0).sum() > 300, "there are reasons to compare"
    assert_decided(found, wanted)
    assert {"contact", "no_budget", "no_capacity"} <= set(wanted.decisions.decision), "there are limits that bind"


def assert_decided(found: Decided, wanted: Decided) -> None:
    for field in fields(Decisions):
        column, other = getattr(found.decisions, field.name), getattr(wanted.decisions, field.name)
        if getattr(other, "dtype", None) == np.float64:
            np.testing.assert_allclose(column, other, **SAME, err_msg=field.name)
        elif field.name != "totals":
            np.testing.assert_array_equal(column, other, err_msg=field.name)
    assert found.texts.equals(wanted.texts)
    np.testing.assert_array_equal(found.managers, wanted.managers)
    assert found.effects_notes == wanted.effects_notes
    names = wanted.decisions.action_names
    totals, others = (made.decisions.totals.content(names) for made in (found, wanted))
    assert list(leaves(totals)) == pytest.approx(list(leaves(others)), rel=1e-9, abs=1e-9)


def leaves(content: Any) -> Iterator[float]:
    """All numbers of a nested content, in order."""
    if isinstance(content, dict | list | tuple):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from leaves(inner)
    elif isinstance(content, float | int):
        yield content


def assert_same(found: Judgement, wanted: Judgement) -> None:
    assert list(found.counts) == list(wanted.counts)
    for name, counts in wanted.counts.items():
        np.testing.assert_array_equal(found.counts[name], counts, err_msg=name)
    np.testing.assert_allclose(found.churn_probability, wanted.churn_probability, **SAME)
    for name in (field.name for field in fields(wanted.value)):
        np.testing.assert_allclose(getattr(found.value, name), getattr(wanted.value, name), **SAME)
    np.testing.assert_array_equal(found.reasons.code, wanted.reasons.code)
    np.testing.assert_array_equal(found.reasons.text, wanted.reasons.text)
    np.testing.assert_array_equal(found.reasons.is_stated, wanted.reasons.is_stated)
    np.testing.assert_allclose(found.reasons.share, wanted.reasons.share, **SAME)
    np.testing.assert_allclose(found.reasons.confidence, wanted.reasons.confidence, **SAME)


def test_the_list_is_the_local_engines(session: Any, finished: SmallProject, tmp_path: Path) -> None:
    project = finished.copy(tmp_path / "project")
    wanted, offers = project.ranking(), project.offers()
    project.edit({"run": {"engine": "spark", "threads": 1}, "spark": {"customers_per_part": 200}})
    said = project.winback("score", "--json")
    assert said.code == 0, said.err
    pd.testing.assert_frame_equal(project.ranking(), wanted, rtol=1e-9, atol=1e-9)
    pd.testing.assert_frame_equal(project.offers(), offers, rtol=1e-9, atol=1e-9)
    assert project.manifest()["settings"]["run"]["engine"] == "spark"


def test_features_of_past_snapshots_are_the_local_engines(session: Any, finished: SmallProject) -> None:
    settings = load_settings(finished.params)
    settings = settings.model_copy(update={"spark": settings.spark.model_copy(update={"customers_per_part": 80})})
    project = Project(settings)
    history = open_history(project)
    rows = snapshots_at(history, cutoff_schedule(history, settings), settings.population, include_closed=False)
    rows = rows.rows(np.random.default_rng(2).permutation(len(rows))[:400])
    found = features_on_spark(project.staging, history, rows, settings)
    wanted = compute_features(history, rows, settings.features, threads=1)
    assert found.specs == wanted.specs
    np.testing.assert_array_equal(found.values, wanted.values)
    assert found.snapshots is rows


@pytest.fixture
def company(make_staging) -> Path:
    """Customers some of whom have hardly any facts, with a driver of the company's own."""
    draw = np.random.default_rng(5)
    names = np.array([f"c{place:03d}" for place in range(60)])
    owner = names[draw.integers(0, 50, 900)]  # the last ten never order
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(draw.integers(0, 500 * 86_400, 900), unit="s")
    orders = pd.DataFrame({"order_id": [f"o{place}" for place in range(900)], "customer_id": owner, "ordered_at": days})
    orders["amount"] = draw.gamma(2, 50, 900).round(2)
    items = pd.DataFrame({"order_id": orders["order_id"], "product_id": draw.choice(["p", "q", "r"], 900)})
    items["quantity"], items["unit_price"] = 1.0, draw.gamma(9, 3, 900).round(2)
    who = draw.choice(names, 150)
    when = pd.Timestamp("2023-06-01") + pd.to_timedelta(draw.integers(0, 300, 150), unit="D")
    own = pd.DataFrame({"customer_id": who, "known_at": when, "score": draw.normal(0, 3, 150).round(3)})
    people = pd.DataFrame({"customer_id": names, "department": draw.choice(["x", "y", None], 60)})
    contacts = pd.DataFrame({"customer_id": draw.choice(names, 200), "contacted_at": draw.choice(when, 200)})
    tables = {"orders": orders, "order_items": items, "customers": people, "contacts": contacts, "features_web": own}
    return make_staging(tables)


def test_all_customers_answer_as_if_they_were_one_part(session: Any, company: Path) -> None:
    driver = {"web": {"score": {"role": "driver", "reason": "service"}}}
    settings = Settings.model_validate({"features": {"own": driver}})
    noting, history = Noting(), History.load(company)
    history.everyone = noting.at(history.ends_at)
    ask_questions(history, settings)
    parts = Parts.of_staging(session, company, 5, history.ends_at, history.timezone)
    told = ask_everyone(parts, partial(ask_questions, settings=settings), few_values=50)
    parts.close()
    sizes = {name: values.size for (name, _), (values, _) in noting.values.items()}
    assert sizes.keys() == {"days between orders", "days between contacts", "web_score"}
    assert min(sizes.values()) <= 50 < max(sizes.values()), "some are collected, others counted"
    assert set(told.known) == set(noting.values)
    for question, (values, shares) in noting.values.items():
        np.testing.assert_allclose(told.known[question], np.quantile(values, shares), rtol=1e-14, err_msg=question[0])
    assert set(told.sums) == set(noting.sums)
    assert {name for name, _ in noting.sums} == {"prices paid", "price levels"}
    at_end = told.at(history.ends_at)
    paid = noting.sums["prices paid", history.ends_at]["amount"].to_numpy()
    np.testing.assert_allclose(at_end.total("prices paid", [0.0, 0.0]), paid, rtol=1e-12)
    levels = in_order(noting.sums["price levels", history.ends_at])
    pd.testing.assert_frame_equal(at_end.cells("price levels", pa.table({}), in_order), levels, rtol=1e-12)


def in_order(table: pa.Table) -> pd.DataFrame:
    return table.to_pandas().sort_values(["product", "department", "week"], ignore_index=True)


def test_quantiles_of_values_that_are_not_collected(session: Any) -> None:
    """Narrowed by ranges of keys: negative values, ties, and values that differ in the last bit."""
    draw = np.random.default_rng(3)
    near = 7.5 + np.arange(5) * 2.0**-50
    values = np.concatenate([draw.normal(0, 1e6, 400), np.full(300, 2.25), near, -draw.exponential(1e-9, 200)])
    keys = session.createDataFrame(pa.table({"key": keys_of(values)}))
    shares = (0.0, 0.25, 0.5, 0.73, 0.75, 1.0)
    found = quantiles_of(keys, values.size, shares, few=4)
    np.testing.assert_allclose(found, np.quantile(values, shares), rtol=1e-15)


def test_shifts_survive_the_way() -> None:
    """Also from a slice of what was sent, which is what batches are."""
    by_half = np.random.default_rng(1).normal(size=(3, 7, 5)).astype(np.float32)
    sent, wanted = cluster_rows._packed(by_half), np.moveaxis(by_half, 1, 0)
    np.testing.assert_array_equal(cluster_rows._unpacked(sent).reshape(7, 3, 5), wanted)
    np.testing.assert_array_equal(cluster_rows._unpacked(sent.slice(2, 3)).reshape(3, 3, 5), wanted[2:5])
