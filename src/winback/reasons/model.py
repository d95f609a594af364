"""`ReasonModel`: fitted once at training, it explains any customers at any cutoff."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from winback.errors import NoModelError
from winback.files import read_json, write_json
from winback.history import History
from winback.reasons.agreement import Agreement, compare
from winback.reasons.confidence import Confidence, fit_confidence
from winback.reasons.evidence import Evidence, gather_evidence
from winback.reasons.hazard import HazardModel, fit_hazard
from winback.reasons.leaving import Leaving, leaving_of
from winback.reasons.reasons import Choice, Reasons, choose
from winback.reasons.sentences import write_texts
from winback.reasons.stated import Stated, last_words, stated_reasons
from winback.reasons.words import WORDS
from winback.settings import Settings
from winback.snapshots import Snapshots, snapshots_at
from winback.texts import Texts

FILE = "reason_model.json"
#: Only customers that ordered so recently say how far the confidence is right today.
RECENT_DAYS = 365


@dataclass(frozen=True, eq=False)
class Inference:
    """What the model infers for rows, before anything is shown.

    Parameters
    ----------
    share : float64[n, words]
        Share of the explained risk per reason, columns in the order of `WORDS`.
    probability : float64[n, words]
        The chance that each reason is why the customer left, as the hazards have it.
    evidence : Evidence
        What speaks for each reason.
    leaving : Leaving
        When each customer was leaving.
    confidence : Confidence
        How far a chance is to be believed.
    """

    share: NDArray[np.float64]
    probability: NDArray[np.float64]
    evidence: Evidence
    leaving: Leaving
    confidence: Confidence

    def choose(self, stated: Stated, min_confidence: float) -> Choice:
        """Choose what each row shows; see `winback.reasons.reasons.choose`."""
        return choose(
            self.share, self.probability, self.evidence.supported, stated, min_confidence, self.confidence
        )  # fmt: skip


class ReasonModel:
    """Explains why customers leave.

    Parameters
    ----------
    hazard : HazardModel or None
        None where no table shows a reason, or too few have left: then only statements and symptoms are given.
    confidence : Confidence
        How far its chances are to be believed.
    """

    def __init__(self, hazard: HazardModel | None, confidence: Confidence = Confidence()) -> None:  # noqa: B008
        self.hazard = hazard
        self.confidence = confidence

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons that can be inferred from this company's tables."""
        return () if self.hazard is None else self.hazard.words

    def infer(self, history: History, snapshots: Snapshots, settings: Settings) -> Inference:
        """Infer the reasons of each row from what weighed on the customer around the time of leaving.

        That time is from its last purchase until the next one was due.

        Parameters
        ----------
        history : History
            Covers all cutoffs; only what was known at each row's cutoff is used.
        snapshots : Snapshots
            The rows.
        settings : Settings
            Reads ``features``.

        Raises
        ------
        NoModelError
            When the grievances in this history are not those that the model was fitted on; all differences are listed.
        """
        leaving = leaving_of(history, snapshots)
        share, probability = self.chances(history, snapshots, leaving, settings)
        evidence = gather_evidence(history, snapshots, leaving, settings)
        return Inference(share, probability, evidence, leaving, self.confidence)

    def chances(
        self, history: History, snapshots: Snapshots, leaving: Leaving, settings: Settings
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return share and probability of each reason, as of `Inference`: what the hazards say, without evidence."""
        share = np.zeros((len(snapshots), len(WORDS)))
        probability = np.zeros((len(snapshots), len(WORDS)))
        if self.hazard is None:
            return share, probability
        places = np.array([WORDS.index(reason) for reason in self.hazard.words])
        for cutoff in np.unique(snapshots.cutoff):
            rows = np.flatnonzero(snapshots.cutoff == cutoff)
            known = history.upto(int(cutoff))
            times = (leaving.ordered[rows], leaving.anchor[rows])
            by_reason, total = self.hazard.hazards(known, snapshots.customer[rows], *times, settings.features)
            explained = by_reason.sum(axis=1)
            share[np.ix_(rows, places)] = _parts(by_reason, explained)
            probability[np.ix_(rows, places)] = _parts(by_reason, total)
        return share, probability

    def explain(self, history: History, snapshots: Snapshots, settings: Settings, texts: Texts | None) -> Reasons:
        """Give each row up to three reasons with their evidence.

        Parameters
        ----------
        history, snapshots, settings
            As for `infer`; also reads ``reasons``.
        texts : Texts or None
            Language of the evidence; None: nobody reads it, and all texts are empty.
        """
        inference = self.infer(history, snapshots, settings)
        stated = stated_reasons(history, snapshots, inference.leaving, settings.reasons.exit_words)
        choice = inference.choose(stated, settings.reasons.min_confidence)
        if texts is None:
            text = np.full(choice.code.shape, "", dtype=object)
        else:
            text = write_texts(choice, inference.evidence, inference.leaving, stated, texts)
        return Reasons(choice.code, text, choice.share, choice.confidence, choice.is_stated)

    def agreement_with_stated(self, history: History, snapshots: Snapshots, settings: Settings) -> Agreement:
        """Compare what customers said with what is inferred without knowing it.

        Parameters
        ----------
        history, snapshots, settings
            As for `infer`. Rows of customers that said nothing do not count.
        """
        rows, said = _said(history, snapshots, settings)
        choice = self.infer(history, rows, settings).choose(Stated.nothing(len(rows)), settings.reasons.min_confidence)
        return compare(said, choice.code)

    def save(self, folder: Path) -> None:
        """Write the model as JSON into an existing folder."""
        write_json(folder / FILE, {"has_hazard": self.hazard is not None, "shift": self.confidence.shift})
        if self.hazard is not None:
            self.hazard.save(folder)

    @classmethod
    def load(cls, folder: Path) -> ReasonModel:
        """Read what `save` wrote; loading runs no code.

        Raises
        ------
        NoModelError
            When the folder holds no model of reasons.
        """
        if not (folder / FILE).exists():
            raise NoModelError(f"{folder} holds no model of reasons", next_step="run 'winback train'")
        content = read_json(folder / FILE)
        hazard = HazardModel.load(folder) if content["has_hazard"] else None
        return cls(hazard, Confidence(content["shift"]))


def _parts(of: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide rows; 0 where there is no whole."""
    return np.divide(of, whole[:, None], out=np.zeros_like(of), where=whole[:, None] > 0)


def fit_reason_model(history: History, settings: Settings) -> ReasonModel:
    """Fit the model of reasons on all customer-weeks that a history knows.

    What customers said moves the confidence only: hazards are learned from who left, not from what was said.

    Parameters
    ----------
    history : History
        Up to the instant of training.
    settings : Settings
        Reads ``features``, ``label``, ``population``, ``reasons``, ``run.seed``.
    """
    model = ReasonModel(fit_hazard(history, settings))
    if model.hazard is None or not history.has("exits"):
        return model
    now = snapshots_at(history, [history.ends_at], settings.population)
    leaving = leaving_of(history, now)
    said = last_words(history, now, leaving, settings.reasons.exit_words)
    some = (said >= 0) & (leaving.silence_days < RECENT_DAYS)
    inference = model.infer(history, now.rows(some), settings)
    chance = np.where(inference.evidence.supported, inference.probability, 0.0)
    return ReasonModel(model.hazard, fit_confidence(chance, said[some]))


def _said(history: History, snapshots: Snapshots, settings: Settings) -> tuple[Snapshots, NDArray[np.int8]]:
    """Return the rows of customers that said why they left, and what they said (places in `WORDS`)."""
    stated = stated_reasons(history, snapshots, leaving_of(history, snapshots), settings.reasons.exit_words)
    said = (stated.code >= 0) & ~stated.is_closed
    return snapshots.rows(said), stated.code[said]
