"""The page for people."""

from winback.report.customers import first_of_list
from winback.report.data import Figure, Money, PopulationQuality, Quality, ReportData
from winback.report.render import render_customer, render_report
from winback.report.watching import alarm_text

__all__ = [
    "Figure",
    "Money",
    "PopulationQuality",
    "Quality",
    "ReportData",
    "alarm_text",
    "first_of_list",
    "render_customer",
    "render_report",
]
