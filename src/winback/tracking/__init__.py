"""Runs, models and the champion, kept by MLflow in the project folder."""

from winback.tracking.registry import ChampionInfo
from winback.tracking.tracker import Tracker

__all__ = ["ChampionInfo", "Tracker"]
