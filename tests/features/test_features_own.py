"""Own features: as of the cutoff, by an ASOF join of another engine; names, kinds, roles, categories and refusals."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from one_customer import AS_OF, ago, features_of
from random_company import CUTOFFS, Maker, company_snapshots, load_company, random_tables

from winback.errors import DataError, NoModelError, SettingsError
from winback.features import FeatureMatrix, FeatureSpec, compute_features
from winback.history import History
from winback.model import FeatureContract
from winback.settings import FeatureSettings, parse_settings

SEEDS = st.integers(0, 2**32 - 1)
NAMES = ("web_score", "web_is_vip", "web_plan", "web_signed_on")


def own_rows(seed: int, count: int = 40) -> pd.DataFrame:
    make = Maker(seed)
    r = make.random
    frame = make.events("known_at", count, recorded=False).drop_duplicates(["customer_id", "known_at"])
    n = len(frame)
    return frame.assign(
        score=make.some(np.round(r.normal(0, 50, n), 3)).to_numpy(),
        is_vip=make.some(r.random(n) < 0.5).astype("boolean").array,
        plan=make.some(make.pick(["gold", "base", "trial"], n)).to_numpy(),
        signed_on=make.after(frame["known_at"].to_numpy().astype("datetime64[us]").view(np.int64) - 10**13, 0.7, 200),
    )


def is_own(spec: FeatureSpec) -> bool:
    return spec.name.startswith("web_")


def own_matrix(history: History, rows) -> pd.DataFrame:
    frame = compute_features(history, rows, FeatureSettings(), only=is_own).to_pandas(history)
    return frame[["customer_id", "cutoff", *NAMES]]


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS)
def test_values_equal_an_asof_join(seed: int) -> None:
    with TemporaryDirectory() as folder:
        tables = {**random_tables(seed), "features_web": own_rows(seed)}
        history = load_company(tables, Path(folder))
        found = own_matrix(history, company_snapshots(history))
        own, rows = tables["features_web"], found[["customer_id", "cutoff"]]  # noqa: F841 - DuckDB finds them by name
        expected = duckdb.sql(
            """
            SELECT r.customer_id, r.cutoff, o.score, o.is_vip::DOUBLE AS is_vip, o.plan,
                   (epoch_us(r.cutoff) - epoch_us(o.signed_on)) / 86400e6 AS signed_on
            FROM rows r ASOF LEFT JOIN own o ON r.customer_id = o.customer_id AND r.cutoff > o.known_at
            """
        ).df()
        merged = found.merge(expected, on=["customer_id", "cutoff"], validate="one_to_one")
        assert len(merged) == len(found)
        for name in ("score", "is_vip", "signed_on"):
            np.testing.assert_array_equal(merged[f"web_{name}"], merged[name].astype(np.float32), err_msg=name)
        said = merged["web_plan"].astype(object).where(merged["web_plan"].notna(), None)
        assert said.tolist() == merged["plan"].astype(object).where(merged["plan"].notna(), None).tolist()


@settings(max_examples=8, deadline=None)
@given(seed=SEEDS, other=SEEDS, place=st.integers(0, len(CUTOFFS) - 1))
def test_rows_known_at_or_after_the_cutoff_change_nothing(seed: int, other: int, place: int) -> None:
    moment = pd.Timestamp(CUTOFFS[place], unit="us")
    tables, mine, later = random_tables(seed), own_rows(seed), own_rows(other)
    altered = pd.concat([mine[mine["known_at"] < moment], later[later["known_at"] >= moment]], ignore_index=True)
    with TemporaryDirectory() as folder:
        history = load_company({**tables, "features_web": mine}, Path(folder) / "was")
        changed = load_company({**tables, "features_web": altered}, Path(folder) / "now")
        rows = company_snapshots(history)
        rows = rows.rows(rows.cutoff == CUTOFFS[place])
        expected = own_matrix(history, rows)
        pd.testing.assert_frame_equal(own_matrix(changed, rows), expected)
        pd.testing.assert_frame_equal(own_matrix(history.upto(CUTOFFS[place]), rows), expected)


@settings(max_examples=6, deadline=None)
@given(seed=SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    tables, own = random_tables(seed), own_rows(seed)
    with TemporaryDirectory() as folder:
        history = load_company({**tables, "features_web": own}, Path(folder) / "a")
        again = load_company({**tables, "features_web": own.sample(frac=1, random_state=3)}, Path(folder) / "b")
        rows = company_snapshots(history)
        pd.testing.assert_frame_equal(own_matrix(again, rows), own_matrix(history, rows))


def test_the_last_row_counts_whole_and_strictly_before_the_cutoff(tmp_path: Path) -> None:
    web = pd.DataFrame({"known_at": [ago(10), ago(3)], "score": [5.0, np.nan], "ends_on": [ago(-20), ago(2)]})
    before = features_of(tmp_path / "a", {"features_web": web}, days_ago=3)
    assert (before["web_score"], before["web_ends_on"]) == (5, -23), "the second row becomes known at that instant"
    after = features_of(tmp_path / "b", {"features_web": web}, days_ago=1)
    assert np.isnan(after["web_score"]), "the last row says nothing of it, so nothing is known"
    assert after["web_ends_on"] == 1
    none = features_of(tmp_path / "c", {"features_web": web}, days_ago=10)
    assert np.isnan(none["web_score"])
    assert np.isnan(none["web_ends_on"])


def matrix_of(folder: Path, web: pd.DataFrame, own: str = "{}", categories=None) -> FeatureMatrix:
    tables = {**random_tables(1), "features_web": web}
    history = load_company(tables, folder)
    settings = parse_settings(f"features: {{own: {own}}}").features
    return compute_features(history, company_snapshots(history), settings, categories=categories, only=is_own)


def test_roles_and_reasons_come_from_the_settings(tmp_path: Path) -> None:
    own = "{web: {score: {role: driver, reason: service}, plan: {role: symptom}}}"
    specs = {spec.name: spec for spec in matrix_of(tmp_path, own_rows(1), own).specs}
    assert [(specs[name].role, specs[name].reason, specs[name].kind) for name in NAMES] == [
        ("driver", "service", "number"), ("context", None, "number"), ("symptom", None, "category"),
        ("context", None, "number"),
    ]  # fmt: skip


def test_unseen_words_are_missing_and_another_meaning_is_refused(tmp_path: Path) -> None:
    web = own_rows(1)
    trained = matrix_of(tmp_path / "a", web)
    contract = FeatureContract(trained.specs)
    other = web.assign(plan=web["plan"].replace({"gold": "platinum"}))
    scored = matrix_of(tmp_path / "b", other, categories=contract.categories)
    contract.check(scored.specs)
    was = trained.to_pandas()["web_plan"].astype(object)
    now = scored.to_pandas()["web_plan"].astype(object)
    assert (was == "gold").any()
    assert now[was == "gold"].isna().all()
    assert (now[was == "base"] == "base").all()
    with pytest.raises(NoModelError, match="web_signed_on: its definition has changed"):
        contract.check(matrix_of(tmp_path / "c", web.assign(signed_on=1.0)).specs)
    with pytest.raises(NoModelError, match="web_plan: missing"):
        contract.check(matrix_of(tmp_path / "d", web.drop(columns="plan")).specs)
    with pytest.raises(NoModelError, match="web_more: not known to the model"):
        contract.check(matrix_of(tmp_path / "e", web.assign(more=1.0)).specs)


@pytest.mark.parametrize(
    ("own", "message"),
    [
        (
            "{wep: {score: {role: symptom}}}",
            r"features.own.wep: there is no table features_wep \(did you mean 'web'\?\)",
        ),
        ("{web: {scor: {role: symptom}}}", r"features.own.web.scor: no such column \(did you mean 'score'\?\)"),
        ("{web: {score: {role: driver, reason: servise}}}", r"'servise' is no reason \(did you mean 'service'\?\)"),
        ("{web: {score: {role: driver}}}", "a driver needs a reason"),
    ],
)
def test_settings_that_lead_nowhere_are_refused(tmp_path: Path, own: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        matrix_of(tmp_path, own_rows(1), own)


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    taken = pd.DataFrame({"customer_id": ["c1"], "known_at": [AS_OF - pd.Timedelta(days=200)], "count_90d": [1.0]})
    history = load_company({**random_tables(1), "features_order": taken}, tmp_path)
    with pytest.raises(DataError, match="'order_count_90d', which there is"):
        compute_features(history, company_snapshots(history), FeatureSettings())
