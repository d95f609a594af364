"""Runs, models and the champion, kept by MLflow in the project folder."""

from winback.tracking.tracker import ChampionInfo, Tracker

__all__ = ["ChampionInfo", "Tracker"]
