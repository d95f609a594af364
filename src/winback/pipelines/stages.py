"""All stages in their order: the one list that the commands, ``run`` and ``dvc.yaml`` follow."""

from __future__ import annotations

from winback.pipelines.evaluate import evaluate
from winback.pipelines.featurize import featurize
from winback.pipelines.kpis import kpis
from winback.pipelines.outcomes import outcomes
from winback.pipelines.prepare import prepare
from winback.pipelines.promote import promote
from winback.pipelines.score import score
from winback.pipelines.simulate import simulate_company
from winback.pipelines.stage import Stage
from winback.pipelines.train import train
from winback.pipelines.tune import tune

#: What decides which facts are known at a cutoff, and who stands at it.
SNAPSHOT_PARAMS = ("label", "population", "snapshots", "features", "data.timezone")

STAGES: tuple[Stage, ...] = (
    Stage(
        "simulate",
        "Making the demo company's data",
        simulate_company,
        params=("run.seed", "label.horizon_days", "data.dir", "simulate"),
        outs=("data/raw", "data/truth"),
    ),
    Stage(
        "prepare",
        "Checking and staging the input tables",
        prepare,
        params=("run.as_of", "data"),
        deps=("data/raw",),
        outs=("data/staging", "data/quarantine"),
    ),
    Stage(
        "featurize",
        "Computing the features of past snapshots",
        featurize,
        params=("run.seed", *SNAPSHOT_PARAMS),
        deps=("data/staging",),
        outs=("data/features",),
    ),
    Stage(
        "tune",
        "Looking for better settings of the model",
        tune,
        params=("run.seed", "label", "model", "tuning"),
        deps=("data/features",),
        outs=("models/tuned",),
    ),
    Stage(
        "train",
        "Training the models",
        train,
        params=("run.seed", *SNAPSHOT_PARAMS, "model", "value", "reasons"),
        deps=("data/staging", "data/features", "models/tuned"),
        outs=("models/challenger",),
    ),
    Stage(
        "evaluate",
        "Measuring the model on the latest past",
        evaluate,
        params=("run.seed", *SNAPSHOT_PARAMS, "model", "reasons"),
        deps=("data/staging", "data/features", "models/challenger"),
        outs=("models/evaluation",),
    ),
    Stage(
        "promote",
        "Deciding whether the new model scores from now on",
        promote,
        params=("run.seed", *SNAPSHOT_PARAMS, "model.bootstrap_samples", "value.margin_rate", "promotion"),
        deps=("data/staging", "models/challenger", "models/evaluation"),
        outs=("models/champion",),
        keeps=True,
    ),
    Stage(
        "outcomes",
        "Measuring what past cycles earned",
        outcomes,
        params=("run.seed", "run.language", *SNAPSHOT_PARAMS, "value", "reasons", "actions", "outcomes"),
        deps=("data/staging", "models/champion"),
        outs=("data/outcomes",),
    ),
    Stage(
        "kpis",
        "Counting losses and returns",
        kpis,
        params=("run.seed", *SNAPSHOT_PARAMS, "value", "reasons", "kpis"),
        deps=("data/staging", "models/champion"),
        outs=("data/kpis",),
    ),
    Stage(
        "score",
        "Ranking the customers",
        score,
        params=("run", *SNAPSHOT_PARAMS, "value", "reasons", "actions", "targeting", "outcomes", "report"),
        deps=("data/staging", "data/quarantine", "data/outcomes", "data/kpis", "models/champion"),
        outs=("data/scored",),
        keeps=True,
    ),
)


def stage(name: str) -> Stage:
    """Return the stage of that name.

    Raises
    ------
    KeyError
        When there is none.
    """
    return next(stage for stage in STAGES if stage.name == name)
