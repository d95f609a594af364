"""What bad input gets: one clear message, the right exit code, nothing half-written."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from small_project import QUICK, SmallProject, new_project, winback

RESULTS = ("data/staging", "data/features", "data/scored", "models", "mlruns/artifacts")
LABEL_DAYS = 60


def orders(customers: int = 50, days: int = 360, *, leave: float = 0.5) -> pd.DataFrame:
    """Orders of regular customers, a share of whom stop at some time."""
    random = np.random.default_rng(4)
    rows = []
    for customer in range(customers):
        gap, at = random.uniform(6, 25), random.uniform(0, 30)
        end = random.uniform(60, days) if random.random() < leave else days
        while at < end:
            rows.append((f"c{customer:03d}", at, round(random.gamma(3, 50), 2)))
            at += random.gamma(4, gap / 4)
    frame = pd.DataFrame(rows, columns=["customer_id", "at", "amount"]).sort_values("at", ignore_index=True)
    frame.insert(0, "order_id", [f"o{number}" for number in range(len(frame))])
    frame["ordered_at"] = (pd.Timestamp("2023-01-01") + pd.to_timedelta(frame.pop("at"), unit="D")).dt.floor("s")
    return frame


@pytest.fixture
def project(tmp_path) -> SmallProject:
    made = new_project(
        tmp_path / "project",
        {
            "label": {"horizon_days": LABEL_DAYS},
            "model": {**QUICK["model"], "max_rounds": 15},
            "snapshots": {"max_cutoffs": 4},
        },
    )
    give(made, orders())
    return made


def give(project: SmallProject, content: pd.DataFrame | bytes, table: str = "orders", form: str = "csv") -> None:
    path = project.folder / "data/raw" / f"{table}.{form}"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content.to_csv(path, index=False)


def refused(project: SmallProject, code: int, *words: str, command: tuple[str, ...] = ("run",)) -> None:
    """The command ends with that code and one message, and leaves nothing half-written."""
    said = project.winback(*command)
    assert said.code == code, said
    message = said.err.partition("winback: error: ")[2]
    assert message, said.err
    assert "Traceback" not in said.err
    assert "fault of winback" not in said.err
    for word in words:
        assert word in message
    assert len(message) < 3000
    assert not project.half_written()
    assert not list(project.folder.glob("data/scored/*"))


def test_no_orders(project):
    (project.folder / "data/raw/orders.csv").unlink()
    refused(project, 3, "orders", "data/raw")
    assert not [name for name in RESULTS if (project.folder / name).exists()]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "no rows"),
        (b"order_id,customer_id,ordered_at,amount\n", "no rows"),
        (bytes(range(256)) * 40, "is no table"),
        (b"sku,shop,when,dollars\n1,2,2024-01-01,4\n", "no column 'customer_id'"),
        (b"order_id,customer_id,ordered_at,amount\n1,2,never,4\n3,2,neither,4\n", "ordered_at"),
    ],
)
def test_no_usable_orders(project, content, word):
    give(project, content)
    refused(project, 3, word)
    assert not [name for name in RESULTS if (project.folder / name).exists()]


def test_a_mapping_is_advised_only_where_it_helps(project):
    give(project, b"sku,shop,when,dollars\n1,2,2024-01-01,4\n")
    assert "map columns" in project.winback("check").err
    give(project, b"")
    assert "map columns" not in project.winback("check").err


def test_broken_parquet(project):
    (project.folder / "data/raw/orders.csv").unlink()
    give(project, b"PAR1" + bytes(300), form="parquet")
    refused(project, 3, "orders.parquet")


def test_as_of_before_the_first_order(project):
    refused(project, 3, "before the first order", command=("run", "--as-of", "2020-01-01"))


def test_as_of_too_early_for_one_label_window(project):
    refused(project, 3, "too few", "horizon_days", command=("run", "--as-of", "2023-03-01"))
    assert not (project.folder / "models/champion").exists()


def test_duplicate_keys_beyond_the_share(project):
    frame = orders()
    give(project, pd.concat([frame, frame.head(200)]))
    refused(project, 3, "repeated_key", "quarantine")
    assert (project.folder / "data/quarantine/quarantine.csv").stat().st_size > 0


def test_few_duplicate_keys_are_set_aside(project):
    frame = orders()
    give(project, pd.concat([frame, frame.head(3)]))
    found = project.winback("check", "--json").json["tables"][0]
    assert (found["read"], found["kept"], found["bad"]) == (len(frame) + 3, len(frame), 3)


def test_dates_in_three_formats(project):
    frame = orders()
    at, which = frame["ordered_at"], np.arange(len(frame)) % 3
    forms = [at.dt.strftime(form) for form in ("%Y-%m-%d", "%d.%m.%Y", "%Y%m%d")]
    give(project, frame.assign(ordered_at=np.choose(which, forms)))
    assert project.winback("check").code == 0
    staged = pd.read_parquet(project.folder / "data/staging/orders.parquet").set_index("order_id")["ordered_at"]
    assert (staged.loc[frame["order_id"]].to_numpy() == at.dt.floor("D").to_numpy()).all()


@pytest.mark.parametrize("column", ["customer_id", "amount", "channel", "ordered_at"])
def test_a_million_characters_in_a_cell(project, column):
    frame = orders().assign(channel="shop").astype({"amount": object, "ordered_at": object})
    frame.loc[7, column] = "9" * 1_000_000
    give(project, frame)
    found = project.winback("check", "--json").json["tables"][0]
    assert (found["kept"], found["bad"]) == (len(frame) - 1, 1)
    assert (project.folder / "data/quarantine/quarantine.csv").stat().st_size < 2000


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"targeting": {"budget": 3}}, ("targeting.budget", "did you mean 'budget_amount'")),
        ({"targeting": {"budget_amount": -3}}, ("targeting.budget_amount", "-3")),
        ({"targeting": {"holdout_share": 1.5}, "label": {"horizon_days": 0}}, ("holdout_share", "horizon_days")),
        ({"actions": {"gift": {"contact_cost": -1, "save_probability": 0.1}}}, ("actions.gift.contact_cost",)),
        ({"actions": {"gift": {"contact_cost": 1}}}, ("actions.gift.save_probability",)),
        ({"run": {"language": "fr"}}, ("run.language",)),
        ({"data": {"tables": {"order": {"path": "x.csv"}}}}, ("data.tables.order", "orders")),
    ],
)
def test_settings_that_cannot_be_followed(project, changes, words):
    project.edit(changes)
    refused(project, 2, *words)
    assert not (project.folder / "data/quarantine").exists()


@pytest.mark.parametrize("content", ["a: [1,\nb", "- 1\n", "just words", "\x00"])
def test_settings_that_are_none(project, content):
    project.params.write_text(content, encoding="utf-8")
    refused(project, 2, "params.yaml")


def test_no_settings_file(project):
    project.params.unlink()
    refused(project, 2, "winback init")


@pytest.mark.parametrize("day", ["tomorrow", "2024-13-01", "01.02.2024", ""])
def test_as_of_that_is_no_day(project, day):
    refused(project, 2, "--as-of", command=("run", "--as-of", day))


def test_unknown_command_and_option(project):
    assert winback("frobnicate").code == 2
    refused(project, 2, "--bogus", command=("run", "--bogus"))


@pytest.mark.parametrize("command", [("score",), ("explain", "c001"), ("promote",), ("promote", "--rollback")])
def test_before_any_model(project, command):
    refused(project, 4, "What to do", command=command)


def test_a_project_is_not_made_twice(project):
    before = project.params.read_bytes()
    assert winback("init", str(project.folder)).code == 2
    assert project.params.read_bytes() == before


@pytest.mark.parametrize("place", [".winback", "models"])
def test_a_folder_that_cannot_be_written(project, place):
    (project.folder / place).write_text("in the way")
    refused(project, 1, place, "can be written")
    assert (project.folder / place).read_text() == "in the way"


def finished(project: SmallProject, *arguments: str) -> pd.DataFrame:
    """The run ends well and the list is whole."""
    said = project.winback("run", "--quiet", *arguments)
    assert said.code == 0, said.err
    ranking = project.ranking()
    assert ranking["churn_probability"].between(0, 1).all()
    assert (project.cycle / "report.html").stat().st_size > 1000
    assert not project.half_written()
    return ranking


def test_orders_that_end_long_before_as_of_are_mentioned(project):
    assert "The last one lies".lower() in project.winback("check", "--as-of", "2030-01-01").err
    assert "the last one lies" not in project.winback("check").err


def test_one_customer(project):
    give(project, orders(1, leave=0))
    assert len(finished(project)) == 1
    assert project.manifest()["model"]["notes"], "what could not be learnt is said"


def test_everybody_lost(project):
    frame = orders()
    give(project, frame[frame["ordered_at"] < "2023-04-01"])
    assert set(finished(project, "--as-of", "2023-12-20")["population"]) == {"lapsed"}


def test_nobody_lost(project):
    give(project, orders(leave=0))
    ranking = finished(project)
    assert set(ranking["population"]) == {"active"}
    assert ranking["churn_probability"].max() < 0.5


def test_no_margin_is_worth_no_money(project):
    project.edit({"value": {"margin_rate": 0}})
    ranking = finished(project)
    assert (ranking["value_if_kept"] == 0).all()
    assert "contact" not in set(ranking["decision"])


def test_no_budget_and_no_actions(project):
    project.edit({"targeting": {"budget_amount": 0}})
    ranking = finished(project)
    assert ranking.loc[ranking["decision"] == "contact", "expected_cost"].sum() == 0
    project.edit({"actions": {}, "targeting": {"budget_amount": 100}})
    ranking = finished(project)
    assert not {"contact", "holdout"} & set(ranking["decision"])
    assert ranking["action"].fillna("").eq("").all()
    assert len(project.offers()) == 0


STRANGE = [
    "a,b",
    'say "hi"',
    "=cmd()",
    "Иванов",
    "🙂",
    "+1",
    "-2",
    "@x",
    "[red]x[/red]",
    "'q",
    "a;b",
    "{curly}",
    "<b>&",
]


def test_strange_ids_manager_of_one_contact_and_contacts(project):
    frame = orders()
    names = {f"c{number:03d}": name for number, name in enumerate(STRANGE)}
    frame["customer_id"] = frame["customer_id"].map(lambda name: names.get(name, name))
    give(project, frame)
    give(project, pd.DataFrame({"customer_id": frame["customer_id"].unique(), "manager_id": "m"}), "customers")
    calls = frame[["customer_id", "ordered_at"]].iloc[::5].rename(columns={"ordered_at": "contacted_at"})
    give(project, calls.assign(channel="phone"), "contacts")
    project.edit({"targeting": {"capacity_per_manager": 1}})
    ranking = finished(project)
    assert set(STRANGE) <= set(ranking["customer_id"])
    assert (ranking["decision"] == "contact").sum() <= 1
    csv = pd.read_csv(project.cycle / "ranking.csv", dtype=str, keep_default_na=False)
    assert len(csv) == len(ranking)
    assert not [cell for cell in csv["customer_id"] if re.match(r"[=@]|[+-](?!\d+$)", cell)], (
        "a spreadsheet would run these"
    )
    page = (project.cycle / "report.html").read_text(encoding="utf-8")
    assert "<b>&<" not in page
    for name in STRANGE:
        said = project.winback("explain", "--json", "--", name)
        assert said.code == 0, said.err
        assert said.json["customer"]["customer_id"] == name
        assert name in project.winback("explain", "--", name).out
    assert project.winback("explain", "nobody").code == 2
    for name in ('say "hi"', "Иванов"):
        forgotten = project.winback("forget", "--json", "--", name).json
        assert "data/raw/orders.csv" in forgotten["still_in"]
        assert name not in set(project.ranking()["customer_id"])
