"""The churn model: how probable it is that a customer leaves."""

from winback.model.boosting import BoostedTrees, TrainingRows
from winback.model.calibration import Calibrator, calibrate, fit_calibrator, fit_calibrators
from winback.model.churn import ChurnModel
from winback.model.contract import FeatureContract
from winback.model.learner import Learner, Recipe
from winback.model.linear import RankLogistic, fit_logistic
from winback.model.sample import OutOfSample
from winback.model.storage import load_model, save_model
from winback.model.training import TrainedChurn, train_churn_model

__all__ = [
    "BoostedTrees",
    "Calibrator",
    "ChurnModel",
    "FeatureContract",
    "Learner",
    "OutOfSample",
    "RankLogistic",
    "Recipe",
    "TrainedChurn",
    "TrainingRows",
    "calibrate",
    "fit_calibrator",
    "fit_calibrators",
    "fit_logistic",
    "load_model",
    "save_model",
    "train_churn_model",
]
