"""Customers that are judged part by part, against the same customers judged at once."""

from __future__ import annotations

import gc
import weakref
from dataclasses import fields, replace
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from small_project import SmallProject
from winback.actions import Actions
from winback.history import History
from winback.history.notes import Noting
from winback.pipelines.explain import explain_customers
from winback.pipelines.judge import Judgement, features_for, judge, managers_of, silence_days
from winback.pipelines.models import ModelSet
from winback.pipelines.parts import judge_all
from winback.pipelines.project import Project, texts_of
from winback.pipelines.uplift import Adopted, learner_features
from winback.reasons import WORDS, ask_questions
from winback.response import assumed_effects
from winback.response.individual import UpliftLearner
from winback.response.individual.gains import Gain
from winback.settings import Settings, load_settings
from winback.snapshots import Snapshots, snapshots_at

#: Floats of the two ways may differ by the order in which they are added up.
SAME = {"rtol": 1e-9, "atol": 1e-9}
Company = tuple[Project, ModelSet, History, Snapshots, Judgement]


@pytest.fixture(scope="module")
def opened(finished: SmallProject) -> tuple[Project, ModelSet, History]:
    project = Project(load_settings(finished.params))
    history = History.load(project.staging)
    assert len(history.parts()) == 1
    return project, ModelSet.load(project.champion), history


@pytest.fixture(scope="module")
def adopted(opened: tuple[Project, ModelSet, History]) -> Adopted:
    """A learner that says something else of every customer."""
    project, models, history = opened
    rows = snapshots_at(history, [history.ends_at], project.settings.population)
    features = learner_features(features_for(history, rows, models, project.settings))
    effects = assumed_effects(Actions.from_settings(project.settings.actions), WORDS)
    effects = replace(effects, measured=np.ones_like(effects.measured, bool))
    nothing = np.zeros(len(rows), np.int64)
    design = features.design(nothing.astype(float), rows.population, nothing, nothing)
    draw = np.random.default_rng(4)
    halves = tuple(
        ((1.0, lgb.train({"verbose": -1, "num_threads": 1}, lgb.Dataset(design, draw.normal(size=len(rows))), 5)),)
        for _ in range(2)
    )
    layout = effects.layout
    learner = UpliftLearner("T", features.columns(), layout.actions, layout.reasons, halves, Gain(0.5, 0.3, 0.7, 0.1))
    return Adopted(learner, effects)


@pytest.fixture(scope="module")
def company(opened: tuple[Project, ModelSet, History], adopted: Adopted) -> Company:
    """All judged at once."""
    project, models, history = opened
    rows = snapshots_at(history, [history.ends_at], project.settings.population)
    texts = texts_of(project.settings)
    return project, models, history, rows, judge(history, rows, models, project.settings, texts, adopted)


@pytest.mark.parametrize(("parts", "threads"), [(2, 1), (7, 2)])
def test_parts_are_judged_as_all_at_once(company: Company, adopted: Adopted, parts: int, threads: int) -> None:
    project, models, whole, rows, wanted = company
    history = in_parts(project, whole, parts)
    heard: list[str] = []
    settings, texts = with_threads(project.settings, threads), texts_of(project.settings)
    found, told = judge_all(history, rows, models, settings, texts, adopted, tell=heard.append)
    assert found.snapshots is rows
    assert_counted(found, wanted, models)
    np.testing.assert_array_equal(found.shifts.by_half, wanted.shifts.by_half)
    assert found.shifts.scale_error == wanted.shifts.scale_error > 0
    assert np.ptp(wanted.shifts.by_half, axis=1).all(), "customers differ"
    np.testing.assert_array_equal(found.churn_probability, wanted.churn_probability)
    for name in (field.name for field in fields(wanted.value)):
        np.testing.assert_array_equal(getattr(found.value, name), getattr(wanted.value, name))
    for name in ("code", "text", "is_stated"):
        np.testing.assert_array_equal(getattr(found.reasons, name), getattr(wanted.reasons, name))
    for name in ("share", "confidence"):
        np.testing.assert_allclose(getattr(found.reasons, name), getattr(wanted.reasons, name), **SAME)
    assert (wanted.reasons.code[:, 1] >= 0).sum() > 20, "there are second reasons to compare"
    # it says how far it is, up to the last part
    of = len(history.parts(threads))
    assert f"what is usual ({of} of {of})" in heard
    assert heard[-1] == f"judging ({of} of {of})"
    assert_explained_alike(company, history.told(told))


def test_a_single_part_is_told_what_it_gives(company: Company) -> None:
    project, models, history, rows, wanted = company
    found, told = judge_all(history, rows, models, project.settings, texts_of(project.settings))
    np.testing.assert_array_equal(found.reasons.text, wanted.reasons.text)
    np.testing.assert_array_equal(found.reasons.share, wanted.reasons.share)
    assert_explained_alike(company, history.told(told))


def test_a_part_is_free_as_soon_as_nobody_holds_it(opened: tuple[Project, ModelSet, History]) -> None:
    """Not only when Python looks for garbage: by then many more parts would have been read."""
    project, models, history = opened
    gc.collect()
    gc.disable()
    try:
        part = history.part(0, 100).told(Noting())
        ask_questions(part, project.settings)
        rows = snapshots_at(part, [part.ends_at], project.settings.population)
        judge(part, rows, models, project.settings, texts_of(project.settings))
        held = [weakref.ref(one) for one in (part, part.attributes(), part.events("orders"))]
        del part
        assert [ref() for ref in held] == [None, None, None]
    finally:
        gc.enable()


def test_silence_and_managers_are_those_of_all_at_once(company: Company) -> None:
    project, _, whole, rows, _ = company
    history = in_parts(project, whole, 5)
    shuffled = rows.rows(np.random.default_rng(1).permutation(len(rows)))
    np.testing.assert_array_equal(silence_days(history, shuffled), silence_days(whole, shuffled))
    np.testing.assert_array_equal(managers_of(history, shuffled), managers_of(whole, shuffled))


def with_threads(settings: Settings, threads: int) -> Settings:
    return settings.model_copy(update={"run": settings.run.model_copy(update={"threads": threads})})


def in_parts(project: Project, whole: History, parts: int) -> History:
    """The same history with memory for a part of its facts."""
    least = next(size for size in range(10, 60) if len(History.load(project.staging, None, 2**size).parts()) == 1)
    for memory in np.geomspace(2**least, 2 ** (least - 12), 200).astype(int).tolist():
        history = History.load(project.staging, whole.ends_at, memory)
        if len(history.parts()) >= parts:
            return history
    raise AssertionError("no memory is so small")


def assert_counted(found: Judgement, wanted: Judgement, models: ModelSet) -> None:
    """How features are spread, over all rows."""
    assert set(found.counts) == set(wanted.counts) == set(models.reference.features)
    for name, counts in wanted.counts.items():
        np.testing.assert_array_equal(found.counts[name], counts, err_msg=name)
        assert counts.sum() == len(wanted.snapshots), name


def assert_explained_alike(company: Company, known: History) -> None:
    """Single customers without the others, as with them."""
    project, models, whole, rows, _ = company
    some = rows.customer[:: len(rows) // 5]
    together = explain_customers(whole, some, models, project)
    for code, wanted in zip(some.tolist(), together, strict=True):
        found = explain_customers(known.part(code, code + 1), np.zeros(1, np.int32), models, project)[0]
        assert_alike(found, wanted)
    alone = explain_customers(known.only(some), np.arange(len(some), dtype=np.int32), models, project)
    assert_alike(alone, together)


def assert_alike(found: Any, wanted: Any) -> None:
    assert type(found) is type(wanted)
    if isinstance(wanted, dict):
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            assert_alike(found[name], value)
    elif isinstance(wanted, list):
        assert len(found) == len(wanted)
        for one, other in zip(found, wanted, strict=True):
            assert_alike(one, other)
    elif isinstance(wanted, float):
        assert found == pytest.approx(wanted, rel=1e-9, nan_ok=True)
    else:
        assert found == wanted
