"""`ReasonModel`: fitted once at training, it explains any customers at any cutoff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.features import FeatureMatrix, FeatureSpec, compute_features
from winback.files import read_json, write_json
from winback.history import History
from winback.reasons.agreement import Agreement, compare
from winback.reasons.attribution import Attribution, Column, attributable, fit_attribution
from winback.reasons.evidence import Evidence, gather_evidence
from winback.reasons.leaving import CONTROLS, Leaving, leaving_of
from winback.reasons.reasons import Choice, Reasons, choose
from winback.reasons.sentences import write_texts
from winback.reasons.stated import Stated, stated_reasons
from winback.reasons.words import WORDS
from winback.settings import Settings
from winback.snapshots import ACTIVE, Snapshots
from winback.texts import Texts


def _is_driver(spec: FeatureSpec) -> bool:
    return spec.role == "driver" and spec.reason is not None


@dataclass(frozen=True, eq=False)
class Inference:
    """What the model infers for rows, before anything is shown.

    Parameters
    ----------
    share : float64[n, words]
        Share of the explained risk per reason, columns in the order of `WORDS`.
    probability : float64[n, words]
        How likely each reason is why the customer left.
    evidence : Evidence
        What speaks for each reason.
    leaving : Leaving
        When each customer was leaving.
    """

    share: NDArray[np.float64]
    probability: NDArray[np.float64]
    evidence: Evidence
    leaving: Leaving

    def choose(self, stated: Stated, min_confidence: float) -> Choice:
        """Choose what each row shows; see `winback.reasons.reasons.choose`."""
        return choose(self.share, self.probability, self.evidence.supported, stated, min_confidence)


class ReasonModel:
    """Explains why customers leave.

    Parameters
    ----------
    attribution : Attribution or None
        None where the data has no drivers or too few rows: then only statements and symptoms are given.
    categories : mapping of str to tuple of str
        Words of the drivers that are categories.
    """

    def __init__(self, attribution: Attribution | None, categories: Mapping[str, tuple[str, ...]]) -> None:
        self.attribution = attribution
        self.categories = dict(categories)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons that can be inferred from this company's tables."""
        return () if self.attribution is None else self.attribution.reasons

    def infer(self, history: History, snapshots: Snapshots, settings: Settings) -> Inference:
        """Infer the reasons of each row from drivers around the time of leaving.

        Drivers are measured at the last purchase and when the next one was due; a reason counts by the worse of the
        two: what annoyed before the last purchase may have been healed too late, or have come with it.

        Parameters
        ----------
        history : History
            Covers all cutoffs; only what was known at each row's cutoff is used.
        snapshots : Snapshots
            The rows.
        settings : Settings
            Reads ``features``, ``run.threads``.

        Raises
        ------
        NoModelError
            When the drivers of this history are not those that the model was fitted on; all differences are listed.
        """
        leaving = leaving_of(history, snapshots)
        share = np.zeros((len(snapshots), len(WORDS)))
        probability = np.zeros((len(snapshots), len(WORDS)))
        if self.attribution is not None:
            places = [WORDS.index(reason) for reason in self.attribution.reasons]
            before, _ = self.attribution.excess(self.drivers(history, snapshots, leaving, leaving.ordered, settings))
            after, logit = self.attribution.excess(self.drivers(history, snapshots, leaving, leaving.anchor, settings))
            share[:, places], probability[:, places] = attributable(np.maximum(before, after), logit)
        return Inference(share, probability, gather_evidence(history, snapshots, leaving, settings), leaving)

    def explain(self, history: History, snapshots: Snapshots, settings: Settings, texts: Texts) -> Reasons:
        """Give each row up to three reasons with their evidence.

        Parameters
        ----------
        history, snapshots, settings
            As for `infer`; also reads ``reasons``.
        texts : Texts
            Language of the evidence.
        """
        inference = self.infer(history, snapshots, settings)
        stated = stated_reasons(history, snapshots, inference.leaving, settings.reasons.exit_words)
        choice = inference.choose(stated, settings.reasons.min_confidence)
        text = write_texts(choice, inference.evidence, inference.leaving, stated, texts)
        return Reasons(choice.code, text, choice.share, choice.confidence, choice.is_stated)

    def agreement_with_stated(self, history: History, snapshots: Snapshots, settings: Settings) -> Agreement:
        """Compare what customers said with what is inferred without knowing it.

        Parameters
        ----------
        history, snapshots, settings
            As for `infer`. Rows of customers that said nothing do not count.
        """
        stated = stated_reasons(history, snapshots, leaving_of(history, snapshots), settings.reasons.exit_words)
        said = (stated.code >= 0) & ~stated.is_closed
        rows = snapshots.rows(said)
        choice = self.infer(history, rows, settings).choose(Stated.nothing(len(rows)), settings.reasons.min_confidence)
        return compare(stated.code[said], choice.code)

    def save(self, folder: Path) -> None:
        """Write the model as LightGBM's text and JSON into an existing folder."""
        write_json(
            folder / "reason_model.json",
            {"has_attribution": self.attribution is not None, "categories": self.categories},
        )
        if self.attribution is not None:
            self.attribution.save(folder)

    @classmethod
    def load(cls, folder: Path) -> ReasonModel:
        """Read what `save` wrote; loading runs no code.

        Raises
        ------
        NoModelError
            When the folder holds no model of reasons.
        """
        path = folder / "reason_model.json"
        if not path.exists():
            raise NoModelError(f"{folder} holds no model of reasons", next_step="run 'winback train'")
        content = read_json(path)
        categories = {name: tuple(words) for name, words in content["categories"].items()}
        return cls(Attribution.load(folder) if content["has_attribution"] else None, categories)

    def drivers(
        self,
        history: History,
        snapshots: Snapshots,
        leaving: Leaving,
        at: NDArray[np.int64],
        settings: Settings,
    ) -> NDArray[np.float32]:
        """Return drivers and controls as of an instant of each row, in the attribution's columns.

        Parameters
        ----------
        history, snapshots, settings
            As for `infer`.
        leaving : Leaving
            Of the same rows.
        at : int64[n]
            Instants, none after its row's cutoff.
        """
        anchored = Snapshots(snapshots.customer, at, np.full(len(snapshots), ACTIVE, np.int8))
        drivers = compute_features(
            history,
            anchored,
            settings.features,
            categories=self.categories,
            only=_is_driver,
            threads=settings.run.threads,
        )
        self._check(drivers.specs)
        return np.column_stack([drivers.values, leaving.controls(at)])

    def _check(self, specs: tuple[FeatureSpec, ...]) -> None:
        """Refuse drivers that differ from those of the training."""
        columns = self.attribution.columns if self.attribution is not None else ()
        known = [(column.name, column.digest) for column in columns if column.reason]
        found = [(spec.name, spec.digest) for spec in specs]
        faults = [
            f"{name} (needed, but absent or defined otherwise)" for name, digest in known if (name, digest) not in found
        ]
        faults += [f"{name} (given, but not known to the model)" for name, _ in found if name not in dict(known)]
        if known != found:
            raise NoModelError(
                "The drivers of this data are not those that reasons were learned from: "
                + (", ".join(faults) or "their order"),
                next_step="train again: winback train",
            )


def fit_reason_model(
    history: History, train_matrix: FeatureMatrix, labels: NDArray[np.int8], settings: Settings
) -> ReasonModel:
    """Fit the model of reasons on snapshots of customers that were still active.

    Parameters
    ----------
    history : History
        From which the matrix was computed.
    train_matrix : FeatureMatrix
        Features of labelled snapshots.
    labels : int8[n]
        1 churned.
    settings : Settings
        Reads ``run.seed`` and ``run.threads``.
    """
    drivers = train_matrix.select(np.array([_is_driver(spec) for spec in train_matrix.specs], bool))
    leaving = leaving_of(history, train_matrix.snapshots)
    rows = np.flatnonzero(train_matrix.snapshots.population == ACTIVE)
    columns = [Column(spec.name, str(spec.reason), spec.digest) for spec in drivers.specs]
    columns += [Column(name, "") for name in CONTROLS]
    controls = leaving.controls(drivers.snapshots.cutoff)
    values = np.column_stack([drivers.values[rows], controls[rows]])
    attribution = fit_attribution(
        values,
        columns,
        labels[rows],
        drivers.snapshots.customer[rows],
        seed=settings.run.seed,
        threads=settings.run.threads,
    )
    return ReasonModel(attribution, drivers.categories)
