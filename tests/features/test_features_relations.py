"""Contacts, managers, surveys, activities and exits of one customer, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from one_customer import ago, features_of, orders

from winback.settings import FeatureSettings


def events(time: str, *days: float, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({time: [ago(each) for each in days]}).assign(**columns)


def check(found: dict[str, float], expected: dict[str, float]) -> None:
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-4, nan_ok=True)


def test_contacts(tmp_path: Path) -> None:
    contacts = events(
        "contacted_at", 200, 180.5, 160, 140, 70, channel="phone", answered=[True, None, False, True, False]
    )
    check(
        features_of(tmp_path, {"contacts": contacts}),
        {
            "contact_silence_days": 70, "contact_gap_median_days": 20.5, "contact_silence_ratio": 70 / 20.5,
            "contact_count_30d": 0, "contact_count_90d": 1, "contact_count_180d": 3,
            "contact_count_trend_90d": (1 - 2) / (1 + 2), "contact_answered_share_180d": 1 / 3,
            "contact_unanswered_count_90d": 1, "contact_unanswered_count_180d": 2, "days_since_answered_contact": 140,
        },
    )  # fmt: skip


def test_whom_nobody_ever_called_the_silence_began_with_its_first_order(tmp_path: Path) -> None:
    contacts = events("contacted_at", 20, channel="phone")
    found = features_of(tmp_path, {"contacts": contacts}, days_ago=50)
    assert found["contact_silence_days"] == 350
    assert np.isnan(found["contact_silence_ratio"])
    assert "contact_answered_share_90d" not in found


def test_managers(tmp_path: Path) -> None:
    managers = events("assigned_at", 300, 200, 100, 20, manager_id=["m1", "m1", "m2", "m3"])
    tables = {"managers": managers, "orders": orders(400, 50)}
    check(
        features_of(tmp_path, tables),
        {
            "manager_change_count_90d": 1, "manager_change_count_180d": 2, "manager_change_count_365d": 2,
            "days_since_manager_change": 20, "manager_distinct_count": 3, "days_since_manager_assigned": 20,
            "manager_change_without_order_count": 1, "manager_change_without_order_oldest_days": 20,
        },
    )  # fmt: skip
    check(
        features_of(tmp_path, tables, days_ago=150),
        {"manager_change_count_365d": 0, "days_since_manager_change": np.nan, "manager_change_without_order_count": 0},
    )


def test_an_assignment_recorded_late_is_not_what_the_next_one_changed(tmp_path: Path) -> None:
    managers = events(
        "assigned_at", 300, 200, 100, manager_id=["m1", "m2", "m1"], recorded_at=[ago(300), ago(50), ago(100)]
    )
    assert features_of(tmp_path, {"managers": managers}, days_ago=60)["manager_change_count_365d"] == 0
    assert features_of(tmp_path, {"managers": managers})["manager_change_count_365d"] == 1


def test_surveys(tmp_path: Path) -> None:
    surveys = events(
        "answered_at", 300, 150, 100, 10, nps=[9.0, 7.0, None, 6.0], wants=["price", "delivery", "service", None]
    )
    check(
        features_of(tmp_path, {"surveys": surveys}),
        {
            "survey_count_365d": 4, "days_since_survey": 10, "nps_last": 6, "nps_change": -1, "nps_mean_365d": 22 / 3,
            "nps_minimum_365d": 6, "survey_detractor_share_365d": 1 / 3, "survey_detractor_last": 1,
            "survey_wants_service_180d": 1, "survey_wants_delivery_180d": 0, "survey_wants_price_365d": 0,
        },
    )  # fmt: skip
    found = features_of(tmp_path, {"surveys": surveys}, days_ago=200)
    check(found, {"nps_last": 9, "nps_change": np.nan, "survey_wants_price_180d": 1})


def test_activities_and_rewards(tmp_path: Path) -> None:
    kinds = ["Review", "loyalty_points", "referral", "Site visit", "review"]
    activities = events("occurred_at", 100, 99, 80, 40, 3, kind=kinds)
    tables = {"activities": activities, "orders": orders(400, 60)}
    check(
        features_of(tmp_path, tables),
        {
            "activity_count_30d": 1, "activity_count_90d": 3, "activity_count_180d": 5, "days_since_activity": 3,
            "activity_count_trend_90d": (3 - 2) / 5, "activity_kind_count_180d": 5, "activity_site_visit_count_90d": 1,
            "activity_without_order_count": 2, "activity_without_order_oldest_days": 40,
            # the last review may still be rewarded
            "loyal_act_judged_count_180d": 2, "loyal_act_unrewarded_count_180d": 1,
            "loyal_act_unrewarded_share_180d": 0.5, "loyal_act_unrewarded_count_90d": 1, "days_since_reward": 99,
        },
    )  # fmt: skip
    own = FeatureSettings(reward_kinds=(), loyal_kinds=("site-visit",), activity_kinds=("Review",))
    found = features_of(tmp_path, tables, settings=own)
    check(found, {"loyal_act_unrewarded_count_180d": 1, "activity_review_count_90d": 1})
    assert "activity_site_visit_count_90d" not in found


def test_exits(tmp_path: Path) -> None:
    exits = events("recorded_at", 500, 50, reason=["price", "moved"])
    check(features_of(tmp_path, {"exits": exits}), {"exit_count_365d": 1, "days_since_exit": 50})
    check(features_of(tmp_path, {"exits": exits}, days_ago=50), {"exit_count_365d": 0, "days_since_exit": 450})
