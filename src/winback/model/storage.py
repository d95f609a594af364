"""A model as text and JSON: reading it runs no code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from winback.errors import NoModelError
from winback.files import read_json, write_json, write_text
from winback.model.boosting import BoostedTrees
from winback.model.calibration import Calibrator
from winback.model.churn import ChurnModel
from winback.model.contract import FeatureContract
from winback.model.learner import Learner
from winback.model.linear import RankLogistic

FORMAT = 1
TREES, DESCRIPTION = "model.txt", "model.json"


def save_model(model: ChurnModel, folder: Path) -> None:
    """Write ``model.txt`` (the trees, where there are any) and ``model.json`` (all the rest) into a folder.

    Parameters
    ----------
    model : ChurnModel
        Trained.
    folder : Path
        Made if absent.
    """
    folder.mkdir(parents=True, exist_ok=True)
    learner = model.learner_
    if learner.trees is not None:
        write_text(folder / TREES, learner.trees.text)
    content: dict[str, Any] = {
        "format": FORMAT,
        "kind": learner.kind,
        "parameters": model.get_params(),
        "features": model.contract_.to_json(),
        "base": learner.base,
        "tree_share": learner.tree_share,
        "linear": None if learner.linear is None else learner.linear.to_json(),
        "calibrators": {str(code): calibrator.to_json() for code, calibrator in model.calibrators_.items()},
        "classes": model.classes_.tolist(),
        "about": model.about_,
        "notes": list(model.notes_),
    }
    write_json(folder / DESCRIPTION, content)


def load_model(folder: Path) -> ChurnModel:
    """Read a model.

    Raises
    ------
    NoModelError
        If there is none, or one that this version cannot read.
    """
    path = folder / DESCRIPTION
    if not path.exists():
        raise NoModelError(f"there is no model in {folder}", next_step="train one: winback train, then winback promote")
    content = read_json(path)
    if content.get("format") != FORMAT:
        raise NoModelError(
            f"{path} has format {content.get('format')!r}", expected=f"format {FORMAT}", next_step="winback train"
        )
    model = ChurnModel(**content["parameters"])
    contract = FeatureContract.from_json(content["features"])
    calibrators = {int(code): Calibrator(**entry) for code, entry in content["calibrators"].items()}
    model.set_parts(
        _learner(folder, content, len(contract.names), model.threads),
        calibrators,
        contract=contract,
        about=content["about"],
        notes=tuple(content["notes"]),
    )
    model.classes_ = np.array(content["classes"])
    return model


def _learner(folder: Path, content: dict[str, Any], width: int, threads: int) -> Learner:
    trees = None
    if content["kind"] in ("trees", "mixed"):
        path = folder / TREES
        if not path.exists():
            raise NoModelError(f"{folder} has no {TREES}: the model is incomplete", next_step="train again")
        trees = BoostedTrees(path.read_text(encoding="utf-8"))
    linear = None if content["linear"] is None else RankLogistic.from_json(content["linear"])
    return Learner(width, content["base"], trees, linear, content["tree_share"], threads)
