"""The settings, typed and frozen; what each key means is said here and in the template that `init` writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from winback.settings.decisions import ActionSettings, OutcomeSettings, TargetingSettings
from winback.settings.memory import bytes_of
from winback.settings.section import Days, Section, Share


def _check_day(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("not a day such as 2024-05-06") from error


class RunSettings(Section):
    """What holds for the whole run."""

    as_of: str = "latest"
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "EUR"
    language: Literal["en", "ru"] = "en"
    seed: Annotated[int, Field(ge=0)] = 7
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads to use; 0: all cores."""
    memory_limit: str | None = None
    """Upper bound for the memory that tables and facts take, such as ``2GB``; null: DuckDB's own default for reading
    tables, 2 GiB for facts."""
    engine: Literal["local", "spark"] = "local"
    """Where features of the training are computed and customers judged: here, or on an Apache Spark cluster."""

    @property
    def memory_bytes(self) -> int | None:
        """``memory_limit`` in bytes."""
        return None if self.memory_limit is None else bytes_of(self.memory_limit)

    @field_validator("memory_limit")
    @classmethod
    def _amount_of_memory(cls, value: str | None) -> str | None:
        if value is not None:
            bytes_of(value)
        return value

    @field_validator("as_of", mode="before")
    @classmethod
    def _date_as_text(cls, value: object) -> object:
        # YAML reads an unquoted 2024-05-06 as a date.
        return value.isoformat() if hasattr(value, "isoformat") else value

    @field_validator("as_of")
    @classmethod
    def _latest_or_a_day(cls, value: str) -> str:
        if value != "latest":
            _check_day(value)
        return value


class TableSettings(Section):
    """How one input table is found and read, where its names differ from the contract's."""

    path: str | None = None
    """File or folder, relative to the folder of ``params.yaml``; null: ``<data.dir>/<table>``."""
    columns: Mapping[str, str] = Field(default_factory=dict)
    """From the contract's name to the file's name."""
    constants: Mapping[str, str | float | bool] = Field(default_factory=dict)
    """Values for columns that the file does not have (such as a channel)."""
    delimiter: str | None = None
    encoding: Literal["utf-8", "cp1251", "latin-1"] = "utf-8"
    decimal: Literal[".", ","] | None = None
    """Decimal sign; null: found by looking."""
    date_format: str | None = None
    """strptime format of the timestamps; null: found by looking."""


class DataSettings(Section):
    """Where the input is."""

    dir: str = "data/raw"
    timezone: str = "UTC"
    max_bad_share: Share = 0.02
    tables: Mapping[str, TableSettings] = Field(default_factory=dict)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("not a time zone of the IANA list, such as UTC or Europe/Moscow") from error
        return value


class LabelSettings(Section):
    """What churn means."""

    definition: str = "no_order"
    horizon_days: Days = 90


class PopulationSettings(Section):
    """Who is active, who has lapsed."""

    lapsed_after_days: Days = 90
    forget_after_days: Days | None = None


class SnapshotSettings(Section):
    """At which past instants the model learns."""

    every_days: Days | None = None
    """Distance of cutoffs; None: as horizon and history suggest."""
    max_cutoffs: Annotated[int, Field(ge=1, le=400)] = 24
    min_history_days: Days = 90
    """No cutoff earlier than this many days after the first order."""
    max_rows: Annotated[int, Field(ge=100)] = 2_000_000
    """More snapshots than this are sampled by customer, so that training stays in memory."""


class OwnFeatureSettings(Section):
    """What one column of a table of own features is."""

    role: Literal["driver", "symptom", "context"] = "context"
    reason: str | None = None
    """The reason that a driver counts under."""

    @model_validator(mode="after")
    def _drivers_have_reasons(self) -> OwnFeatureSettings:
        if (self.role == "driver") != (self.reason is not None):
            raise ValueError("a driver needs a reason, and nothing else has one")
        return self


class FeatureSettings(Section):
    """What the features are made of."""

    context: tuple[str, ...] = ()
    """Further columns of ``customers`` given to the model as context."""
    own: Mapping[str, Mapping[str, OwnFeatureSettings]] = Field(default_factory=dict)
    """Role and reason of columns of ``data/raw/features_<name>``, by name and column; left out: context."""
    slow_response_hours: Annotated[float, Field(gt=0)] = 24
    slow_resolution_hours: Annotated[float, Field(gt=0)] = 72
    activity_kinds: tuple[str, ...] = ("site_visit", "video_view", "newsletter_click")
    """Kinds of ``activities`` counted one by one; "Site visit" is ``site_visit``, here and in the next two."""
    loyal_kinds: tuple[str, ...] = ("review", "referral", "recommendation")
    """Kinds of ``activities`` for which a customer expects a reward."""
    reward_kinds: tuple[str, ...] = ("loyalty_points", "points", "bonus", "reward")
    """Kinds of ``activities`` that are the reward."""
    reward_within_days: Annotated[float, Field(gt=0)] = 7


class ModelSettings(Section):
    """How the churn model is trained."""

    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.04
    num_leaves: Annotated[int, Field(ge=2, le=4096)] = 12
    min_data_in_leaf: Annotated[int, Field(ge=1)] = 50
    feature_fraction: Annotated[float, Field(gt=0, le=1)] = 0.4
    bagging_fraction: Annotated[float, Field(gt=0, le=1)] = 0.8
    lambda_l2: Annotated[float, Field(ge=0)] = 20.0
    max_rounds: Annotated[int, Field(ge=1)] = 1500
    early_stopping_rounds: Annotated[int, Field(ge=1)] = 75
    seeds: Annotated[int, Field(ge=1, le=20)] = 1
    """How many models of different seeds are averaged."""
    bootstrap_samples: Annotated[int, Field(ge=20)] = 200
    """Resamples of customers behind every interval."""


class TuningSettings(Section):
    """The search for better settings of the model."""

    trials: Annotated[int, Field(ge=0)] = 0
    """0: no search; the settings above stand."""
    time_limit_minutes: Annotated[float, Field(gt=0)] = 20


class PromotionSettings(Section):
    """When a new model may take the place of the champion."""

    tolerance: Annotated[float, Field(ge=0)] = 0.01
    """How much a challenger may lose in AUC, calibration or found money; a larger and sure loss is refused."""


class ValueSettings(Section):
    """What a kept customer is worth."""

    horizon_days: Days = 365
    discount_rate: Annotated[float, Field(ge=0, le=10)] = 0.10
    """Per year."""
    margin_rate: Share = 0.30
    """Used where orders carry no margin."""


class ReasonSettings(Section):
    """How reasons are given."""

    min_confidence: Share = 0.3
    """Below it the first reason is ``unknown``."""
    exit_words: Mapping[str, str] = Field(default_factory=dict)
    """What the words in the table ``exits`` mean: from a word to a reason such as ``life_event``."""


class KpiSettings(Section):
    """What "lost" means in the statistics; a customer is lost when any rule that is switched on says so."""

    lost_after_days: Days | Literal["own_rhythm"] = 90
    """Silence after which a customer counts as lost; ``own_rhythm``: three of its own median gaps, 30 to 365 days."""
    lost_by_nps: bool = False
    lost_by_conflict: bool = False
    lost_by_enquiries: bool = False
    dimensions: tuple[str, ...] = ("region", "channel", "department", "manager_id", "industry")


class ReportSettings(Section):
    """The page for people."""

    explained_customers: Annotated[int, Field(ge=0, le=500)] = 20
    """How many customers at the top of the list are shown in full: events, past risk, every action's arithmetic."""


class SparkSettings(Section):
    """How an Apache Spark cluster is used."""

    master: str | None = None
    """Such as ``local[2]`` or ``spark://host:7077``; null: as Spark is set up (``spark-submit``)."""
    customers_per_part: Annotated[int, Field(ge=1)] = 20_000
    """Customers that a worker holds at a time."""


class SimulateSettings(Section):
    """The demo company."""

    customers: Annotated[int, Field(ge=10, le=2_000_000)] = 4000
    days: Annotated[int, Field(ge=240, le=3650)] = 1000
    start: date = date(2023, 1, 1)
    format: Literal["csv", "parquet"] = "parquet"
    bad_share: Annotated[float, Field(ge=0, le=0.5)] = 0.002
    """Share of bad rows, such as real exports have."""
    campaigns: bool = True
    """Whether the company has run campaigns with holdouts."""
    causes: Mapping[str, Annotated[float, Field(ge=0, le=100)]] = Field(default_factory=dict)
    """Factors on causes of leaving, such as ``{delivery: 2, price: 0.5}``."""
    without_tables: tuple[str, ...] = ()
    """Tables that the company does not have."""


class Settings(Section):
    """All of ``params.yaml``.

    ``root`` is the folder of the file: relative paths in it are relative to that folder.
    """

    root: Path = Path()
    run: RunSettings = RunSettings()
    data: DataSettings = DataSettings()
    label: LabelSettings = LabelSettings()
    population: PopulationSettings = PopulationSettings()
    snapshots: SnapshotSettings = SnapshotSettings()
    features: FeatureSettings = FeatureSettings()
    model: ModelSettings = ModelSettings()
    tuning: TuningSettings = TuningSettings()
    promotion: PromotionSettings = PromotionSettings()
    value: ValueSettings = ValueSettings()
    reasons: ReasonSettings = ReasonSettings()
    actions: Mapping[str, ActionSettings] = Field(default_factory=dict)
    targeting: TargetingSettings = TargetingSettings()
    outcomes: OutcomeSettings = OutcomeSettings()
    kpis: KpiSettings = KpiSettings()
    report: ReportSettings = ReportSettings()
    spark: SparkSettings = SparkSettings()
    simulate: SimulateSettings = SimulateSettings()

    def path(self, *parts: str) -> Path:
        """Return a path inside the project folder."""
        return self.root.joinpath(*parts)
