"""The whole chain on public data, mapped as a user would; skipped where the data is not beside the project."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from small_project import SmallProject

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.public_data, pytest.mark.slow]


def project_of(name: str, folder: Path) -> SmallProject:
    """A copy of an example's settings with absolute paths and little work."""
    home = ROOT / "examples/shared" / name
    content = yaml.safe_load((home / "params.yaml").read_text(encoding="utf-8"))
    for table in content["data"]["tables"].values():
        path = (home / table["path"]).resolve()
        if not path.exists():
            pytest.skip(f"the public data set {name!r} is not at {path}")
        table["path"] = str(path)
    content["run"]["threads"] = 1
    content["snapshots"] |= {"max_cutoffs": 5, "max_rows": 6000}
    content["model"] = {"max_rounds": 40, "seeds": 1, "bootstrap_samples": 20}
    folder.mkdir()
    (folder / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    return SmallProject(folder)


@pytest.mark.parametrize(
    ("name", "customers", "budget"),
    [("cdnow", 23_570, 2000), ("completejourney", 2469, 1000), ("debruyn", 18_417, 5000)],
)
def test_whole_chain(name, customers, budget, tmp_path):
    project = project_of(name, tmp_path / name)
    said = project.winback("run", "--quiet", "--json")
    assert said.code == 0, said.err
    ranking = project.ranking()
    assert len(ranking) == customers
    contacted = ranking[ranking["decision"] == "contact"]
    assert len(contacted) > 0
    assert contacted["expected_cost"].sum() <= budget + 1e-6
    assert set(project.offers()["customer_id"]) == set(
        ranking.loc[ranking["decision"].isin(["contact", "holdout"]), "customer_id"]
    )
    silent = ranking.groupby(pd.qcut(ranking["days_since_order"].rank(method="first"), 3, labels=False))
    risk = silent["churn_probability"].mean()
    assert risk[0] < risk[2], "who ordered lately is less likely to be gone"
    assert {path.name for path in project.cycle.iterdir()} >= {"report.html", "ranking.xlsx", "manifest.json"}
