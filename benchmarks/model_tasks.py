"""What the models are compared on: public histories cut at an instant, and demo companies with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import yaml
from numpy.typing import NDArray

from benchmarks.reason_companies import make_company
from winback.features import FeatureMatrix, compute_features
from winback.history import History
from winback.labels import make_labels
from winback.settings import Settings, parse_settings
from winback.snapshots import Snapshots, cutoff_schedule, snapshots_at
from winback.sources import prepare_sources

EXAMPLES = Path(__file__).parents[1] / "examples/shared"
SHARED = Path(__file__).parents[2] / "shared/data"


@dataclass(frozen=True)
class Cut:
    """A public history is known up to ``at``; the rest of it says what came."""

    at: str
    lapsed_after_days: int
    horizon_days: int


#: The cuts that the data's own page names.
CUTS: Mapping[str, Cut] = MappingProxyType(
    {
        "cdnow": Cut("1998-01-01", 365, 180),
        "completejourney": Cut("2017-10-01", 90, 60),
        "debruyn": Cut("2014-01-01", 730, 365),
    }
)


@dataclass(frozen=True, eq=False)
class Task:
    """Snapshots to learn from, all of them labelled before the cut, and those at the cut, whose outcome came later.

    Parameters
    ----------
    name : str
        Of the data.
    settings : Settings
        As a project on it would have them.
    history : History
        What was known at the cut.
    matrix : FeatureMatrix
        All snapshots; those at the cut come last.
    labels : int8[n]
        1 churned.
    now : bool[n]
        Those at the cut.
    truth : float64[m] or None
        True probability of churn of those at the cut, where it is known.
    """

    name: str
    settings: Settings
    history: History
    matrix: FeatureMatrix
    labels: NDArray[np.int8]
    now: NDArray[np.bool_]
    truth: NDArray[np.float64] | None = None

    @property
    def cutoffs(self) -> list[int]:
        """Instants that are learned from."""
        return [int(cutoff) for cutoff in np.unique(self.matrix.snapshots.cutoff[~self.now])]

    def with_seed(self, seed: int) -> Task:
        """Return the same with another seed of the run."""
        run = self.settings.run.model_copy(update={"seed": seed})
        return replace(self, settings=self.settings.model_copy(update={"run": run}))

    def of_population(self, code: int) -> Task:
        """Return the same for one population, as if there were no other."""
        keep = self.matrix.snapshots.population == code
        truth = None if self.truth is None else self.truth[keep[self.now]]
        return replace(self, matrix=self.matrix.rows(keep), labels=self.labels[keep], now=self.now[keep], truth=truth)


def public_task(name: str, cache: Path, cut: Cut | None = None) -> Task:
    """Cut a public history; `FileNotFoundError` where the public data is not there."""
    cut = cut or CUTS[name]
    settings = _public_settings(name, cache / name, cut)
    staging = settings.path("data/staging")
    if not staging.is_dir():
        settings.root.mkdir(parents=True, exist_ok=True)
        prepare_sources(settings)
    at = pd.Timestamp(cut.at).value // 1000
    past, whole = History.load(staging, as_of=at), History.load(staging)
    rows, now = _past_rows(past, settings), snapshots_at(past, [at], settings.population)
    came = make_labels(whole, now, settings.label)
    return _task(name, settings, past, (rows, make_labels(past, rows, settings.label)), (now, came))


def demo_task(seed: int, customers: int, cache: Path) -> Task:
    """Make a demo company; what its customers do after the last day of its tables is known from its truth."""
    company = make_company(cache, "default", seed, customers)
    truth = pd.read_parquet(company.settings.path("data/truth/as_of.parquet")).set_index("customer_id")
    truth = truth.reindex(company.history.customer_ids[company.now.customer])
    came = truth["is_churned"].to_numpy().astype(np.int8)
    task = _task(f"demo {seed}", company.settings, company.history, (company.rows, company.labels), (company.now, came))
    return replace(task, truth=truth["churn_probability"].to_numpy(np.float64))


def _past_rows(past: History, settings: Settings) -> Snapshots:
    return snapshots_at(past, cutoff_schedule(past, settings), settings.population, include_closed=False)


def _task(
    name: str,
    settings: Settings,
    past: History,
    taught: tuple[Snapshots, NDArray[np.int8]],
    now: tuple[Snapshots, NDArray[np.int8]],
) -> Task:
    learned = compute_features(past, taught[0], settings.features, threads=1)
    current = compute_features(past, now[0], settings.features, categories=learned.categories, threads=1)
    snapshots = Snapshots(
        *(
            np.concatenate([getattr(learned.snapshots, field), getattr(current.snapshots, field)])
            for field in ("customer", "cutoff", "population")
        )
    )
    matrix = FeatureMatrix(np.concatenate([learned.values, current.values]), learned.specs, snapshots)
    is_now = np.arange(len(snapshots)) >= len(taught[0])
    return Task(name, settings, past, matrix, np.concatenate([taught[1], now[1]]), is_now)


def _public_settings(name: str, root: Path, cut: Cut) -> Settings:
    """The example's own settings, but for the cut; its paths are relative to the example."""
    content: dict[str, Any] = yaml.safe_load((EXAMPLES / name / "params.yaml").read_text(encoding="utf-8"))
    for table in content["data"]["tables"].values():
        table["path"] = str((EXAMPLES / name / table["path"]).resolve())
        if not Path(table["path"]).exists():
            raise FileNotFoundError(f"{table['path']} is not there: {name} is left out")
    content["run"] |= {"threads": 1}
    content.setdefault("label", {})["horizon_days"] = cut.horizon_days
    content["population"] = {"lapsed_after_days": cut.lapsed_after_days}
    return parse_settings(yaml.safe_dump(content), root=root)
