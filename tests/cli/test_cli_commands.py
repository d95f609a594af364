"""Every command on a finished project: for people, for machines, and in silence."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from small_project import SmallProject, winback

pytestmark = [pytest.mark.xdist_group("small_project"), pytest.mark.slow]


@pytest.fixture(scope="module")
def mine(finished: SmallProject, tmp_path_factory: pytest.TempPathFactory) -> SmallProject:
    """A copy that this module's tests may change as long as it stays whole."""
    return finished.copy(tmp_path_factory.mktemp("commands") / "project")


@pytest.mark.parametrize(
    ("command", "keys"),
    [
        (("check",), {"tables", "as_of", "notes"}),
        (("prepare",), {"tables"}),
        (("featurize",), {"rows", "features", "cutoffs"}),
        (("train",), {"version", "snapshots"}),
        (("evaluate",), {"version", "rows", "test_cutoffs"}),
        (("promote",), {"promoted", "version", "champion"}),
        (("outcomes",), {"offers", "measured", "effects"}),
        (("kpis",), {"table", "rules", "totals"}),
        (("score",), {"top", "totals", "folder"}),
        (("report",), {"top", "report"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_json_is_all_that_stands_on_stdout(mine, command, keys):
    said = mine.winback(*command, "--json", "--quiet")
    assert said.code == 0, said.err
    assert keys <= said.json.keys()
    assert not [line for line in said.err.splitlines() if "…" in line], "quiet means no progress"


@pytest.mark.parametrize("command", ["check", "kpis", "outcomes", "report"])
def test_people_get_text(mine, command):
    said = mine.winback(command)
    assert said.code == 0, said.err
    assert len(said.out.splitlines()) > 3
    assert not said.out.startswith("{")


def test_explain(mine):
    first = mine.ranking().iloc[0]
    found = mine.winback("explain", first["customer_id"], "--json").json
    customer = found["customer"]
    assert customer["churn_probability"] == pytest.approx(first["churn_probability"])
    assert customer["value_if_kept"] == pytest.approx(first["value_if_kept"])
    assert customer["days_since_order"] == first["days_since_order"]
    assert found["reasons"][0]["reason"] == first["reason_1"]
    for action in found["actions"]:
        net = action["uplift"] * action["value_if_kept"] - action["expected_cost"]
        assert action["expected_net_value"] == pytest.approx(net)
        cost = action["contact_cost"] + action["offer_cost"] * action["accept"]
        assert action["expected_cost"] == pytest.approx(cost)
    orders = pd.read_parquet(mine.folder / "data/raw/orders.parquet")
    bought = orders[(orders["customer_id"] == first["customer_id"])]["order_id"].nunique()
    assert 0 < customer["orders"] <= bought
    said = mine.winback("explain", first["customer_id"])
    assert first["customer_id"] in said.out


def test_explain_nobody(mine):
    said = mine.winback("explain", "C00001x", "--json")
    assert said.code == 2
    assert said.json["exit_code"] == 2
    assert "Traceback" not in said.err


def test_force_needs_a_reason_and_rollback_takes_it_back(finished, tmp_path):
    project = finished.copy(tmp_path / "promotion")
    first = project.winback("promote", "--json").json["champion"]
    assert project.winback("promote", "--force").code == 2
    assert project.winback("promote", "--force", "--why", " ").code == 2
    project.edit({"model": {"max_rounds": 7}})
    for command in ("train", "evaluate"):
        assert project.winback(command, "--quiet").code == 0
    second = project.winback("promote", "--force", "--why", "we try it", "--json").json
    assert second["promoted"]
    assert second["why"] == "we try it"
    assert second["champion"] != first
    back = project.winback("promote", "--rollback", "--json")
    assert back.code == 0, back.err
    assert back.json["champion"] == first
    assert project.winback("score", "--quiet").code == 0
    assert set(project.ranking()["model_version"]) == {first}


def test_tune_tries_and_says_what_it_did(finished, tmp_path):
    project = finished.copy(tmp_path / "tuning")
    project.edit({"model": {"max_rounds": 10}})
    said = project.winback("tune", "--trials", "2", "--json", "--quiet")
    assert said.code == 0, said.err
    assert (project.folder / "models/tuned/tuned.json").exists()
    assert "adopted" in said.json


def test_russian(finished, tmp_path):
    project = finished.copy(tmp_path / "russian")
    project.edit({"run": {"language": "ru"}})
    said = project.winback("score", "--quiet", "--json")
    assert said.code == 0, said.err
    ranking = project.ranking()
    cyrillic = r"[а-яё]"
    assert ranking["decision_text"].str.contains(cyrillic, case=False).all()
    assert ranking["reason_1_text"].str.contains(cyrillic, case=False).all()
    page = (project.cycle / "report.html").read_text(encoding="utf-8")
    assert 'lang="ru"' in page
    english = finished.ranking()
    pd.testing.assert_series_equal(ranking["reason_1"], english["reason_1"])
    pd.testing.assert_series_equal(ranking["expected_net_value"], english["expected_net_value"])


def test_report_is_written_again(mine):
    page = mine.cycle / "report.html"
    before = page.read_bytes()
    page.write_text("spoiled")
    assert mine.winback("report", "--quiet").code == 0
    assert len(page.read_bytes()) > 0.9 * len(before)
    assert mine.winback("report", "--as-of", "2001-01-01").code == 2


def _files_with(project: SmallProject, customer: str) -> list[str]:
    """Written files in which the id stands; Parquet and Excel pack their text, so they are read as tables."""
    found = []
    for path in sorted(project.folder.rglob("*")):
        inside = path.relative_to(project.folder)
        if not path.is_file() or inside.parts[:2] in {("data", "raw"), ("data", "truth")}:
            continue
        if path.suffix == ".parquet":
            cells = pd.read_parquet(path).astype(str)
            hit = any(cells[column].str.contains(customer, regex=False).any() for column in cells)
        elif path.suffix == ".xlsx":
            sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=str)
            hit = any((sheet == customer).any(axis=None) for sheet in sheets.values())
        else:
            hit = customer.encode() in path.read_bytes()
        if hit:
            found.append(str(inside))
    return found


def test_forget_leaves_no_trace_and_the_chain_goes_on(finished, tmp_path):
    project = finished.copy(tmp_path / "forgetting")
    first, other = project.ranking()["customer_id"].iloc[[0, 1]]
    quarantine = project.folder / "data/quarantine/quarantine.parquet"
    rows = pd.read_parquet(quarantine)
    line = rows.iloc[[0]].assign(value=f"o1;{first};2024-01-01")
    pd.concat([rows, line]).to_parquet(quarantine, index=False)
    assert _files_with(project, first), "the search must be able to find something"
    said = project.winback("forget", first, "--json")
    assert said.code == 0, said.err
    assert "data/raw/orders.parquet" in said.json["still_in"]
    assert _files_with(project, first) == []
    assert _files_with(project, other), "nobody else is erased"
    assert len(project.ranking()) == len(finished.ranking()) - 1
    assert len(pd.read_parquet(quarantine)) == len(rows)
    assert project.winback("explain", first).code == 2
    assert project.winback("run", "--quiet").code == 0
    assert first not in set(project.ranking()["customer_id"])
    assert project.winback("forget", " ").code == 2


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]])
def test_help_is_light(arguments):
    heavy = ("mlflow", "lightgbm", "duckdb", "numba", "pandas", "sklearn", "matplotlib", "optuna")
    loaded = f"print([name for name in {heavy!r} if name in sys.modules])"
    code = f"import sys; from winback.cli import run; run({arguments!r}); {loaded}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_init_answers_machines_and_people(tmp_path):
    assert winback("init", str(tmp_path / "a"), "--json").json["written"]
    assert "winback run" in winback("init", str(tmp_path / "b")).out
    assert winback("init", str(tmp_path / "c"), "--quiet").out == ""
