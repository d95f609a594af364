"""The ranking: one row per customer, in the order in which it pays to look at them, and this cycle's offers."""

from winback.ranking.build import GIVEN, build_ranking
from winback.ranking.check import ranking_faults
from winback.ranking.columns import COLUMNS, DECISIONS, RANKING_COLUMNS, RANKING_SCHEMA, RankingColumn
from winback.ranking.offers import OFFERS_SCHEMA, build_offers, write_offers
from winback.ranking.write import read_ranking, write_ranking

__all__ = [
    "COLUMNS",
    "DECISIONS",
    "GIVEN",
    "OFFERS_SCHEMA",
    "RANKING_COLUMNS",
    "RANKING_SCHEMA",
    "RankingColumn",
    "build_offers",
    "build_ranking",
    "ranking_faults",
    "read_ranking",
    "write_offers",
    "write_ranking",
]
