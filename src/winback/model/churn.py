"""`ChurnModel`: the probability that a customer leaves, after the conventions of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from winback.features import FeatureMatrix, FeatureSpec
from winback.model.boosting import TrainingRows
from winback.model.calibration import Calibrator, calibrate
from winback.model.contract import FeatureContract
from winback.model.learner import Learner, build
from winback.model.plain import specs_of_table, values_of_table
from winback.model.search import search_by_folds
from winback.settings import ModelSettings
from winback.texts import Note

Floats = NDArray[np.float64]


def seeds_of(seed: int, count: int) -> tuple[int, ...]:
    """Seeds of the models that are averaged, derived from the run's seed.

    Examples
    --------
    >>> seeds_of(7, 3)
    (7000, 7001, 7002)
    """
    return tuple(seed * 1000 + place for place in range(count))


class ChurnModel(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Gradient-boosted trees, mixed with logistic regression where that helps, calibrated for each population.

    Parameters
    ----------
    learning_rate, num_leaves, min_data_in_leaf, feature_fraction, bagging_fraction, lambda_l2 : number
        LightGBM's parameters of these names. Small data gets fewer and smaller leaves.
    max_rounds, early_stopping_rounds : int
        At most so many trees; growing stops when the held-out loss has not fallen for so many.
    seeds : int
        How many models of different seeds are averaged.
    random_state : int
        Seed; the same seed and data give the same model.
    threads : int
        Threads to use; 0: all cores.

    Attributes
    ----------
    learner_ : Learner
        What gives the log-odds.
    calibrators_ : dict of int to Calibrator
        One per population.
    contract_ : FeatureContract
        The features of the training; others are refused.
    about_ : dict
        What the model was trained on: label, population, cutoffs, versions.
    notes_ : tuple of Note
        What could not be done.
    classes_, n_features_in_, feature_names_in_
        As scikit-learn has them.

    Notes
    -----
    `fit` is for plain tables: it finds the number of trees and the calibration by leaving out customers. For snapshots
    of many cutoffs, `train_churn_model` finds them on later cutoffs, which is what a forecast needs.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"silence": rng.exponential(30, 400), "plan": rng.choice(["a", "b"], 400)})
    >>> left = (rng.random(400) < table.silence / (30 + table.silence)).astype(int)
    >>> model = ChurnModel(seeds=1, threads=1).fit(table, left)
    >>> shorter, longer = model.predict_proba(pd.DataFrame({"silence": [5.0, 90.0], "plan": ["a", "a"]}))[:, 1]
    >>> bool(shorter < longer)
    True
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.04,
        num_leaves: int = 12,
        min_data_in_leaf: int = 50,
        feature_fraction: float = 0.4,
        bagging_fraction: float = 0.8,
        lambda_l2: float = 20.0,
        max_rounds: int = 1500,
        early_stopping_rounds: int = 75,
        seeds: int = 3,
        random_state: int = 7,
        threads: int = 0,
    ) -> None:
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_data_in_leaf = min_data_in_leaf
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.lambda_l2 = lambda_l2
        self.max_rounds = max_rounds
        self.early_stopping_rounds = early_stopping_rounds
        self.seeds = seeds
        self.random_state = random_state
        self.threads = threads

    @classmethod
    def of(cls, settings: ModelSettings, *, seed: int, threads: int) -> ChurnModel:
        """Make an untrained model from the settings of a project."""
        known = cls._get_param_names()
        chosen = {name: value for name, value in settings.model_dump().items() if name in known}
        return cls(**chosen, random_state=seed, threads=threads)

    @property
    def settings(self) -> ModelSettings:
        """The parameters as validated settings."""
        known = ModelSettings.model_fields
        return ModelSettings(**{name: value for name, value in self.get_params().items() if name in known})

    def __sklearn_tags__(self) -> Tags:
        tags: Tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.classifier_tags.multi_class = False
        return tags

    def fit(
        self,
        X: pd.DataFrame | ArrayLike,
        y: ArrayLike,
        population: NDArray[np.int8] | None = None,
        groups: NDArray[np.int64] | None = None,
    ) -> ChurnModel:
        """Train on a plain table.

        Parameters
        ----------
        X : table of n rows
            Numbers, booleans and words; gaps are allowed.
        y : array of n
            Two classes; the larger one (1, True) is churn. One class alone gives a constant model that says so.
        population : int8[n], optional
            Population of each row, for calibration; all active if left out.
        groups : int64[n], optional
            Customer of each row, whose rows stay together; each row its own if left out.

        Returns
        -------
        ChurnModel
            Itself.
        """
        table, target = self._checked(X, y)
        self.contract_ = FeatureContract(specs_of_table(table))
        values = values_of_table(table, self.contract_.categories)
        rows = TrainingRows(values, target, np.ones(len(target)), self.contract_.categorical)
        population = np.zeros(len(rows), np.int8) if population is None else np.asarray(population, np.int8)
        groups = np.arange(len(rows)) if groups is None else np.asarray(groups, np.int64)
        found = search_by_folds(rows, population, groups, self.settings, seed=self.random_state, threads=self.threads)
        learner = build(found.recipe, rows, self.settings, seeds_of(self.random_state, self.seeds), self.threads)
        notes = ({"id": "model-note-one-outcome"},) if len(self.classes_) < 2 else ()
        self.set_parts(learner, found.calibrators, notes=notes)
        return self

    def _checked(self, X: Any, y: ArrayLike) -> tuple[pd.DataFrame, NDArray[np.int8]]:
        """Validate as scikit-learn does, and code the classes as 0 and 1."""
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, skip_check_array=True)
            labels = np.asarray(y)
            if len(labels) != len(X):
                raise ValueError(f"X has {len(X)} rows, y has {len(labels)}")
            table = X
        else:
            values, labels = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=np.float64)
            table = pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])
        check_classification_targets(labels)
        self.classes_ = np.unique(labels)
        if len(self.classes_) > 2:
            raise ValueError(f"Only binary classification is supported, y has {len(self.classes_)} classes.")
        churned = (labels == 1) if len(self.classes_) < 2 else (labels == self.classes_[1])
        return table, churned.astype(np.int8)

    def set_parts(
        self,
        learner: Learner,
        calibrators: dict[int, Calibrator],
        *,
        contract: FeatureContract | None = None,
        about: dict[str, Any] | None = None,
        notes: tuple[Note, ...] = (),
    ) -> ChurnModel:
        """Take parts that were trained elsewhere; returns itself."""
        self.learner_ = learner
        self.calibrators_ = calibrators
        self.about_ = about or {}
        self.notes_ = notes
        if contract is not None:
            self.contract_ = contract
            self.classes_ = np.array([0, 1])
            self.n_features_in_ = len(contract.names)
            self.feature_names_in_ = np.array(contract.names, dtype=object)
        return self

    def churn_probability(self, matrix: FeatureMatrix) -> Floats:
        """Probability that each snapshot's customer churns, float64[n], strictly between 0 and 1.

        Parameters
        ----------
        matrix : FeatureMatrix
            The features of the training, in its order, with codes of its categories.

        Raises
        ------
        NoModelError
            If the features differ from those of the training; lists how.
        """
        check_is_fitted(self, "learner_")
        self.contract_.check(matrix.specs)
        return calibrate(self.calibrators_, self.learner_.scores(matrix.values), matrix.snapshots.population)

    def contributions(self, matrix: FeatureMatrix) -> NDArray[np.float32]:
        """SHAP values: what each feature adds to a snapshot's calibrated log-odds, float32[n, k].

        Raises
        ------
        NoModelError
            If the features differ from those of the training.
        """
        check_is_fitted(self, "learner_")
        self.contract_.check(matrix.specs)
        slopes = np.array([self.calibrators_[code].slope for code in sorted(self.calibrators_)])
        shares = self.learner_.contributions(matrix.values)[:, :-1]
        return np.asarray(shares * slopes[matrix.snapshots.population][:, None], np.float32)

    def predict_proba(self, X: pd.DataFrame | ArrayLike, population: NDArray[np.int8] | None = None) -> Floats:
        """Probabilities of the classes for a plain table, float64[n, 2], columns in the order of ``classes_``."""
        values = self._values(X)
        population = np.zeros(len(values), np.int8) if population is None else np.asarray(population, np.int8)
        churned = calibrate(self.calibrators_, self.learner_.scores(values), population)
        if len(self.classes_) < 2:
            return np.ones((len(values), 1))
        return np.column_stack([1 - churned, churned])

    def predict(self, X: pd.DataFrame | ArrayLike) -> NDArray[Any]:
        """The more probable class of each row of a plain table."""
        probabilities = self.predict_proba(X)
        return np.asarray(self.classes_[np.argmax(probabilities, axis=1)])

    def _values(self, X: Any) -> NDArray[np.float32]:
        check_is_fitted(self, "learner_")
        if isinstance(X, pd.DataFrame):
            validate_data(self, X, reset=False, skip_check_array=True)
            self.contract_.check(_as_trained(specs_of_table(X), self.contract_))
            return values_of_table(X, self.contract_.categories)
        checked = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)
        return np.asarray(checked, np.float32)


def _as_trained(specs: tuple[FeatureSpec, ...], contract: FeatureContract) -> tuple[FeatureSpec, ...]:
    """Describe a table's columns by the categories of the training: new words are missing values, not an error."""
    trained = {spec.name: spec for spec in contract.specs}
    return tuple(trained[spec.name] if _same_kind(spec, trained.get(spec.name)) else spec for spec in specs)


def _same_kind(spec: FeatureSpec, trained: FeatureSpec | None) -> bool:
    return trained is not None and trained.kind == spec.kind
