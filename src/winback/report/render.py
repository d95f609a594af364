"""The page: one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from winback.report.customer import ALL_EVENTS, customer_section
from winback.report.customers import customer_list
from winback.report.data import ReportData
from winback.report.headline import add_up, headline, tiles, trust
from winback.report.money import money_section
from winback.report.origin import data_section, manifest_lines
from winback.report.outcomes import outcomes_section
from winback.report.quality import quality_section
from winback.report.reasons import reasons_section
from winback.report.statistics import statistics_section
from winback.report.watching import watching_section
from winback.texts import Texts

#: Sections in the order of the page.
SECTIONS = ("list", "money", "reasons", "quality", "watching", "statistics", "outcomes", "data", "origin")


def render_report(data: ReportData, texts: Texts) -> str:
    """Write the page for people.

    Parameters
    ----------
    data : ReportData
        What to show. Where a part is absent, the page says what could not be shown.
    texts : Texts
        Language, currency and time zone.

    Returns
    -------
    str
        One HTML document with its styles, charts and scripts inside; it loads nothing, and its own policy forbids
        it to. Everything that comes from the data is escaped. The same data gives the same text.
    """
    return _environment().get_template("page.html.j2").render(t=texts.format, texts=texts, **_content(data, texts))


def render_customer(content: Mapping[str, Any], texts: Texts) -> str:
    """Write a page about one customer.

    Parameters
    ----------
    content : mapping
        As `winback.pipelines.explain.explain_customers` gives it.
    texts : Texts
        Language, currency and time zone.

    Returns
    -------
    str
        One HTML document without scripts that loads nothing.
    """
    return (
        _environment()
        .get_template("customer_page.html.j2")
        .render(
            t=texts.format,
            texts=texts,
            language=texts.language,
            as_of=date.fromisoformat(content["customer"]["as_of"]),
            section=customer_section(content, texts, events=ALL_EVENTS),
        )
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("winback.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _content(data: ReportData, texts: Texts) -> dict[str, Any]:
    sums = add_up(data.ranking)
    return {
        "title": data.title,
        "language": texts.language,
        "as_of": date.fromisoformat(data.as_of),
        "sections": [(name, texts.format(f"report-section-{name}")) for name in SECTIONS],
        "sentences": headline(data, sums, texts),
        "trust": trust(sums, texts),
        "tiles": tiles(data, sums, texts),
        "list": customer_list(data, texts),
        "explained": {one["customer"]["customer_id"]: customer_section(one, texts) for one in data.explained},
        "money": money_section(data, sums, texts),
        "reasons": reasons_section(data.ranking, texts),
        "quality": quality_section(data.quality, texts) if data.quality else None,
        "watching": watching_section(data.watching, texts) if data.watching else None,
        "statistics": statistics_section(data.kpis, texts) if data.kpis else None,
        "outcomes": _outcomes(data, texts),
        "data": data_section(data.staging, texts) if data.staging else None,
        "manifest": manifest_lines(data.manifest),
    }


def _outcomes(data: ReportData, texts: Texts) -> Any:
    if data.outcomes is None or data.outcomes.empty:
        return None
    return outcomes_section(data.outcomes, texts, data.outcomes_remarks)
