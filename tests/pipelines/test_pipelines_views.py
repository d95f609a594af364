"""What was believed of the customers of past offers is worked out once, whatever comes later."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from small_project import SmallProject
from winback.history import DAY_US
from winback.pipelines import outcomes
from winback.pipelines.featurize import open_history
from winback.pipelines.judge import features_for
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.outcomes import PastViews, look_back, offer_outcomes
from winback.pipelines.project import Project
from winback.response import OfferOutcomes
from winback.settings.load import load_settings


def test_views_kept_from_an_earlier_week_are_those_of_today(
    finished: SmallProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings(finished.params)
    project = Project(settings)
    models, now = ModelSet.load(project.champion), open_history(project)
    earlier = now.upto(now.ends_at - 90 * DAY_US)
    logs = [offer_log(history, project, use_own_cycles=False) for history in (earlier, now)]
    assert 0 < len(logs[0]) < len(logs[1])
    looked_at: list[int] = []

    def counted(history, snapshots, *rest, **more):  # type: ignore[no-untyped-def]
        looked_at.append(len(snapshots))
        return features_for(history, snapshots, *rest, **more)

    monkeypatch.setattr(outcomes, "features_for", counted)
    views = PastViews()
    offer_outcomes(earlier, logs[0], models, settings, views)
    kept = offer_outcomes(now, logs[1], models, settings, views)
    assert sum(looked_at) == len(kept)
    assert_same(kept, look_back(now, logs[1], models, settings).outcomes)


def assert_same(one: OfferOutcomes, other: OfferOutcomes) -> None:
    for field in fields(OfferOutcomes):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(other, field.name), err_msg=field.name)
