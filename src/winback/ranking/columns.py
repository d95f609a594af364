"""The columns of the ranking: their order, types and meaning, said once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Look = Literal["text", "integer", "share", "money"]


@dataclass(frozen=True)
class RankingColumn:
    """One column of the ranking.

    Parameters
    ----------
    name : str
        Its name in every form of the ranking.
    look : {"text", "integer", "share", "money"}
        What a cell holds: it decides the type in memory and the number format in a spreadsheet.
    optional : bool
        A row may have no value there.
    width : int
        Width in a spreadsheet, in characters.
    """

    name: str
    look: Look
    optional: bool = False
    width: int = 14

    @property
    def arrow_type(self) -> pa.DataType:
        """Type in Parquet."""
        return {"text": pa.string(), "integer": pa.int64()}.get(self.look, pa.float64())


COLUMNS = (
    RankingColumn("rank", "integer", width=8),
    RankingColumn("customer_id", "text", width=18),
    RankingColumn("as_of", "text", width=12),
    RankingColumn("population", "text", width=11),
    RankingColumn("churn_probability", "share", width=12),
    RankingColumn("value_if_kept", "money"),
    RankingColumn("value_at_risk", "money"),
    RankingColumn("reason_1", "text", optional=True, width=16),
    RankingColumn("reason_1_text", "text", optional=True, width=48),
    RankingColumn("reason_2", "text", optional=True, width=16),
    RankingColumn("reason_2_text", "text", optional=True, width=40),
    RankingColumn("reason_3", "text", optional=True, width=16),
    RankingColumn("reason_3_text", "text", optional=True, width=40),
    RankingColumn("action", "text", optional=True, width=18),
    RankingColumn("uplift", "share", optional=True, width=10),
    RankingColumn("uplift_low", "share", optional=True, width=10),
    RankingColumn("uplift_high", "share", optional=True, width=10),
    RankingColumn("uplift_source", "text", optional=True, width=12),
    RankingColumn("expected_cost", "money", optional=True),
    RankingColumn("expected_net_value", "money", optional=True),
    RankingColumn("decision", "text", width=13),
    RankingColumn("decision_text", "text", width=48),
    RankingColumn("manager_id", "text", optional=True, width=16),
    RankingColumn("days_since_order", "integer", width=10),
    RankingColumn("model_version", "text", width=16),
)

#: Names of the columns, in their order.
RANKING_COLUMNS: tuple[str, ...] = tuple(column.name for column in COLUMNS)

#: The ranking as Arrow knows it.
RANKING_SCHEMA: pa.Schema = pa.schema([pa.field(column.name, column.arrow_type) for column in COLUMNS])

POPULATIONS = ("active", "lapsed")
DECISIONS = ("contact", "holdout", "excluded", "not_worth_it", "no_budget", "no_capacity")
UPLIFT_SOURCES = ("assumed", "measured")
