"""Demo companies with trained models, made by the real stages and kept on disk for the benchmarks that decide."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from winback.pipelines.stages import stage
from winback.settings import Settings, parse_settings

#: Larger steps than the default train in a third of the time; a few thousandths of AUC do not matter here.
QUICK = {"learning_rate": 0.12, "max_rounds": 400, "early_stopping_rounds": 30}
#: From nothing to models; the first model of a company scores without a comparison, so none is evaluated here.
STAGES = ("simulate", "prepare", "featurize", "tune", "train")


def company_settings(root: Path, seed: int, customers: int, **sections: dict[str, Any]) -> Settings:
    """Return the settings of a new project with other seed and size, and with whole sections put in place."""
    content = yaml.safe_load(files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8"))
    content["run"] |= {"seed": seed, "threads": 1}
    content["simulate"] |= {"customers": customers}
    content["model"] |= QUICK
    return parse_settings(yaml.safe_dump(content | sections), root=root)


def trained_company(cache: Path, seed: int, customers: int) -> Settings:
    """Make a company and train its models, unless the cache has it.

    Returns
    -------
    Settings
        Of the project ``<cache>/<customers>-<seed>``; its models are in ``models/challenger``.
    """
    settings = company_settings(cache / f"{customers}-{seed}", seed, customers)
    settings.root.mkdir(parents=True, exist_ok=True)
    for name in STAGES:
        made = all((settings.root / out).is_dir() for out in stage(name).outs)
        if not made:
            stage(name).execute(settings)
    return settings
