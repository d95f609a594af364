"""``params.yaml`` as typed, frozen settings."""

from winback.settings.decisions import ActionSettings, OutcomeSettings, TargetingSettings
from winback.settings.load import load_settings, parse_settings
from winback.settings.restrict import UndeclaredSettingError, restrict
from winback.settings.schema import (
    DataSettings,
    FeatureSettings,
    KpiSettings,
    LabelSettings,
    ModelSettings,
    OwnFeatureSettings,
    PopulationSettings,
    PromotionSettings,
    ReasonSettings,
    RunSettings,
    Settings,
    SimulateSettings,
    SnapshotSettings,
    TableSettings,
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
    "OwnFeatureSettings",
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
