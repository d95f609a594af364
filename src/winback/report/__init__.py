"""The page for people."""

from winback.report.data import Figure, Money, PopulationQuality, Quality, ReportData
from winback.report.render import render_report

__all__ = ["Figure", "Money", "PopulationQuality", "Quality", "ReportData", "render_report"]
