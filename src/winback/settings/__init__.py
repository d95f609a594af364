"""``params.yaml`` as typed, frozen settings."""

from winback.settings.load import load_settings, parse_settings
from winback.settings.restrict import UndeclaredSettingError, restrict
from winback.settings.schema import (
    ActionSettings,
    DataSettings,
    FeatureSettings,
    KpiSettings,
    LabelSettings,
    ModelSettings,
    OutcomeSettings,
    PopulationSettings,
    PromotionSettings,
    ReasonSettings,
    RunSettings,
    Settings,
    SimulateSettings,
    SnapshotSettings,
    TableSettings,
    TargetingSettings,
    TuningSettings,
    ValueSettings,
)

__all__ = [
    "ActionSettings",
    "DataSettings",
    "FeatureSettings",
    "KpiSettings",
    "LabelSettings",
    "ModelSettings",
    "OutcomeSettings",
    "PopulationSettings",
    "PromotionSettings",
    "ReasonSettings",
    "RunSettings",
    "Settings",
    "SimulateSettings",
    "SnapshotSettings",
    "TableSettings",
    "TargetingSettings",
    "TuningSettings",
    "UndeclaredSettingError",
    "ValueSettings",
    "load_settings",
    "parse_settings",
    "restrict",
]
