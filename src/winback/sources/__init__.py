"""From raw files to clean, typed, sorted tables, with a quarantine for what is wrong."""

from winback.sources.earlier import forget_earlier
from winback.sources.files import raw_digest
from winback.sources.prepare import prepare_sources
from winback.sources.report import RuleCount, StagingReport, TableReport

__all__ = ["RuleCount", "StagingReport", "TableReport", "forget_earlier", "prepare_sources", "raw_digest"]
