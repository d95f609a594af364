"""Whatever happens to the input between runs: what is staged is what a first run would have staged."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from winback.files import replacing_folder
from winback.settings import parse_settings
from winback.sources import loading, prepare, prepare_sources

DAY0 = date(2024, 3, 1)


def random_day(rng: random.Random, upto: date) -> str:
    day = upto - timedelta(days=rng.choice([0, 1, 1, 2, 3, 7, 20, 40, -3]))
    return day.isoformat() + rng.choice(["", "", " 10:00:00", " 10:00:00", "T23:59:59.5"])


def orders(rng: random.Random, upto: date) -> dict[str, str]:
    return {
        "order_id": rng.choice(["", *(f"o{n}" for n in range(60))]),
        "customer_id": rng.choice(["", "c9.0", *(f"c{n}" for n in range(rng.choice([3, 12])))]),
        "ordered_at": random_day(rng, upto),
        "amount": rng.choice(["1", "2.50", "", "many", "1 000"]),
        "recorded_at": rng.choice(["", random_day(rng, upto)]),
    }


def order_items(rng: random.Random, upto: date) -> dict[str, str]:
    return {
        "order_id": f"o{rng.randrange(60)}",
        "product_id": rng.choice("pq"),
        "quantity": rng.choice(["1", "2", "-1"]),
        "unit_price": "3",
    }


def deliveries(rng: random.Random, upto: date) -> dict[str, str]:
    return {
        "order_id": f"o{rng.randrange(60)}",
        "customer_id": rng.choice(["c1", "c2", "c7", "zz"]),
        "promised_at": random_day(rng, upto + timedelta(days=5)),
        "delivered_at": rng.choice(["", random_day(rng, upto)]),
    }


def tickets(rng: random.Random, upto: date) -> dict[str, str]:
    return {
        "ticket_id": rng.choice(["t7.0", *(f"t{n}" for n in range(30))]),
        "customer_id": rng.choice(["c1", "c2", "c3", "c11", "zz"]),
        "opened_at": rng.choice([random_day(rng, upto), random_day(rng, upto), "soon"]),
        "kind": rng.choice(["Complaint", "enquiry", "shout"]),
    }


def customers(rng: random.Random, upto: date) -> dict[str, str]:
    return {
        "customer_id": rng.choice([*(f"c{n}" for n in range(12)), "zz"]),
        "registered_at": "2020-01-01",
        "size": rng.choice(["s", "l"]),
        "do_not_contact": rng.choice(["", "1", "perhaps"]),
    }


def offers(rng: random.Random, upto: date) -> dict[str, str]:
    day = random_day(rng, upto)
    return {
        "cycle": day[:10],
        "customer_id": rng.choice(["c1", "c2"]),
        "action": "gift",
        "offered_at": day,
        "arm": rng.choice(["treated", "holdout"]),
    }


MAKERS = {made.__name__: made for made in (orders, order_items, deliveries, tickets, customers, offers)}


@dataclass
class Company:
    """Files that change, and what was asked of the last run."""

    rng: random.Random
    root: Path
    today: date = DAY0
    as_of: date | None = None
    params: str = ""
    serial: int = 0
    done: list[str] = field(default_factory=list)

    @property
    def raw(self) -> Path:
        return self.root / "data/raw"

    def add(self, table: str) -> None:
        self.serial += 1
        early = self.rng.random() < 0.2
        path = self.raw / table / f"{'a' if early else 'm'}{self.serial:03d}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = [MAKERS[table](self.rng, self.today) for _ in range(self.rng.randrange(1, 9))]
        lines = [",".join(rows[0]), *(",".join(row.values()) for row in rows)]
        if self.rng.random() < 0.15:
            lines.insert(2, self.rng.choice(["x", "," * (len(rows[0]) - 1), 'a,"b'[:1]]))
        path.write_text("\n".join(lines) + "\n")

    def files(self) -> list[Path]:
        return sorted(self.raw.rglob("*.csv"))

    def week(self) -> None:
        self.today += timedelta(days=7)
        for table in MAKERS:
            if self.rng.random() < 0.7:
                self.add(table)

    def any_table(self) -> None:
        self.add(self.rng.choice(list(MAKERS)))

    def change(self) -> None:
        path = self.rng.choice(self.files())
        lines = path.read_text().splitlines()
        if len(lines) > 2:
            lines.pop(self.rng.randrange(1, len(lines)))
        path.write_text("\n".join(lines) + "\n")

    def remove(self) -> None:
        path = self.rng.choice(self.files())
        if len(list(path.parent.iterdir())) > 1:
            path.unlink()

    def rename(self) -> None:
        path = self.rng.choice(self.files())
        path.rename(path.with_name(self.rng.choice("az") + path.name))

    def setting(self) -> None:
        self.params = self.rng.choice(["", "timezone: Europe/Moscow", "tables: {orders: {constants: {channel: web}}}"])

    def another_day(self) -> None:
        self.as_of = self.rng.choice([None, self.today, self.today - timedelta(days=5)])

    def tomorrow(self) -> None:
        self.today += timedelta(days=1)

    def nothing(self) -> None:
        pass

    def odd_dates(self) -> None:
        path = self.raw / "tickets" / f"n{self.serial:03d}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text("ticket_id,customer_id,opened_at,kind\nt90,c1,25.02.2024,enquiry\n")

    def prepare(self, root: Path) -> dict[str, object]:
        text = f"data: {{max_bad_share: 1, {self.params}}}\nrun: {{threads: 1}}"
        report = prepare_sources(parse_settings(text, root=root), as_of=self.as_of, today=self.today)
        found: dict[str, object] = {path.name: path.read_bytes() for path in (root / "data/staging").iterdir()}
        found["quarantine"] = (root / "data/quarantine/quarantine.csv").read_text()
        found["report"] = report.to_json()
        return found

    def first_run(self) -> dict[str, object]:
        with replacing_folder(self.root.parent / "fresh") as root:
            shutil.copytree(self.raw, root / "data/raw")
            return self.prepare(root)


STEPS = [
    *["week"] * 8,
    *["any_table"] * 3,
    *["change", "remove", "rename", "setting", "another_day", "tomorrow", "nothing", "nothing", "odd_dates", "killed"],
]


def killed(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    company.week()
    where = company.rng.choice(["write_table", "write_quarantine", "replacing_folder", "report_table"])

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(prepare, where, dies)
        with pytest.raises(KeyboardInterrupt):
            company.prepare(company.root)


@pytest.mark.parametrize("seed", range(4))
def test_a_run_after_changes_equals_a_first_run(tmp_path, monkeypatch, seed):
    rng = random.Random(seed)
    company = Company(rng, tmp_path / "project")
    for table in MAKERS:
        company.add("orders")
        company.add(table)
    assert company.prepare(company.root) == company.first_run()
    for _ in range(6):
        step = rng.choice(STEPS)
        company.done.append(step)
        if step == "killed":
            killed(company, monkeypatch)
        else:
            getattr(company, step)()
        again, first = company.prepare(company.root), company.first_run()
        assert again.keys() == first.keys(), company.done
        for name, content in first.items():
            assert again[name] == content, (name, company.done)


@pytest.fixture
def loaded(monkeypatch):
    """Names of the files that are read."""
    names: list[str] = []
    append = loading._append

    def noting(connection, intake, target, query, source):
        names.append(source.part.shown)
        append(connection, intake, target, query, source)

    monkeypatch.setattr(loading, "_append", noting)
    return names


HEAD = "order_id,customer_id,ordered_at,amount\n"


def test_only_new_files_are_read(project, loaded):
    project.write("orders/1.csv", HEAD + "1,a,2024-01-01,1\n2,b,2024-01-02,1\n")
    project.write("tickets.csv", "ticket_id,customer_id,opened_at,kind\n1,c,2024-01-01,enquiry\n")
    project.prepare()
    assert loaded == ["data/raw/orders/1.csv", "data/raw/tickets.csv"]
    loaded.clear()
    project.prepare()
    assert loaded == []
    project.write("orders/2.csv", HEAD + "3,c,2024-01-08,1\n")
    report = project.prepare()
    assert loaded == ["data/raw/orders/2.csv"]
    # the ticket waited for its customer
    assert [report.table(table).rows_kept for table in ("orders", "tickets")] == [3, 1]
    assert project.staged("tickets")["customer"].tolist() == [2]


def test_a_week_that_repeats_the_days_before_is_gone_on_with(project, loaded):
    project.write("orders/1.csv", HEAD + "1,a,2024-01-01,1\n2,b,2024-01-02,1\n")
    project.prepare()
    loaded.clear()
    project.write("orders/2.csv", HEAD + "2,b,2024-01-02,1\n3,b,2024-01-03,1\n")
    assert project.prepare().table("orders").rows_kept == 3
    assert loaded == ["data/raw/orders/2.csv"]
    assert project.quarantine() == [("orders", 2, "order_id", "repeated_key", "2")]


def test_a_new_row_that_beats_an_old_one_makes_all_be_read(project, loaded):
    project.write("orders/1.csv", HEAD + "1,a,2024-01-05,1\n")
    project.prepare()
    loaded.clear()
    project.write("orders/2.csv", HEAD + "1,a,2024-01-02,1\n")
    project.prepare()
    assert loaded[-2:] == ["data/raw/orders/1.csv", "data/raw/orders/2.csv"]
    assert project.staged("orders")["ordered_at"].tolist() == [pd.Timestamp("2024-01-02")]


def test_staged_files_that_were_touched_are_not_gone_on_from(project, loaded):
    project.write("orders.csv", HEAD + "1,a,2024-01-05,1\n")
    project.prepare()
    staged = project.root / "data/staging/orders.parquet"
    content = staged.read_bytes()
    staged.write_bytes(content)
    loaded.clear()
    project.prepare()
    assert loaded == ["data/raw/orders.csv"]


def test_a_refused_run_between_changes_nothing(project):
    project.write("orders/1.csv", HEAD + "1,a,2024-01-05,1\n")
    first = project.prepare(bad=0.1)
    bad = project.write("orders/2.csv", HEAD + "2,a,soon,1\n")
    with pytest.raises(Exception, match="Too many rows are bad"):
        project.prepare(bad=0.1)
    assert len(project.quarantine()) == 1
    bad.unlink()
    assert project.prepare(bad=0.1) == first
    assert project.quarantine() == []
