"""Scoring on an Apache Spark cluster: customers are judged and decided on where they are, told what all have to say."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from winback.history import NO_TIME, History
from winback.history.notes import Told
from winback.pipelines.cluster_rows import (
    COLLECTED,
    JUDGED,
    ReadPeople,
    collected_table,
    in_order,
    judged_table,
    judgement_of,
    nobody,
)
from winback.pipelines.decide import Decided, cycle_of, decision_texts, make_candidates
from winback.pipelines.judge import Judgement, judge, managers_of
from winback.pipelines.models import ModelSet
from winback.pipelines.offers import offer_log
from winback.pipelines.parts import with_one_thread
from winback.pipelines.project import Project, texts_of
from winback.pipelines.uplift import Adopted
from winback.reasons import ask_questions
from winback.response import Effects
from winback.settings import Settings
from winback.snapshots import Snapshots, snapshots_at
from winback.spark import Part, Parts, Rows, ask_everyone, spark_session
from winback.targeting import Decisions, Totals
from winback.targeting.blocks import Block
from winback.targeting.cycle import Choice, Cycle, CycleSums, People, Survey, choose, totals_of
from winback.targeting.wishes import Wishes
from winback.texts import Texts

#: So many customers near the margin are handed to the driver at a time.
FEW_CUSTOMERS = 1_000_000
_WISHES = "urgency double, key long, manager int, action smallint, old smallint, cost double, old_cost double"


def score_on_spark(
    project: Project,
    history: History,
    snapshots: Snapshots,
    models: ModelSet,
    effects: Effects,
    cycle: str,
    *,
    tell: Callable[[str], None] = lambda what: None,  # noqa: ARG005
    few_customers: int = FEW_CUSTOMERS,
) -> tuple[Judgement, Decided, Told]:
    """Judge customers on the cluster that the settings name, decide on them there, and collect what is said of each.

    Parameters
    ----------
    project : Project
        Whose staged tables the workers read at the same path; its settings' ``spark`` names the cluster.
    history : History
        Of all customers, up to the cutoff.
    snapshots : Snapshots
        All customers at the history's end; at least one.
    models : ModelSet
        Who judges.
    effects : Effects
        What actions are believed to do.
    cycle : str
        Its name.
    tell : callable
        Hears when the decisions begin.
    few_customers : int
        At most so many customers are handed to the driver at a time to find prices.

    Returns
    -------
    judged : Judgement
        As `judge` gives it on one machine, but for what a learner says of single customers' uplift.
    decided : Decided
        As `decide_all` gives it.
    told : Told
        What the customers give together.
    """
    settings = project.settings
    adopted = Adopted.load(project, effects)
    worker = _Judge(models, Project(with_one_thread(settings)), texts_of(settings), adopted)
    with spark_session(settings.spark.master) as session:
        count = -(-history.n_customers // settings.spark.customers_per_part)
        parts = Parts.of_staging(session, project.staging, count, history.ends_at, history.timezone)
        try:
            told = ask_everyone(parts, partial(ask_questions, settings=settings))
            work = partial(worker, offers=_Offers.of(history, project), told=told)
            people = parts.map(work, JUDGED).persist()
            decide = _Decide(cycle_of(project, effects, cycle), settings, texts_of(settings))
            found, totals = decide.on(people, adopted, few_customers, tell)
            people.unpersist()
        finally:
            parts.close()
    columns = in_order(found, snapshots)
    return judgement_of(columns, snapshots), decide.decided(columns, totals), told


@dataclass(frozen=True, eq=False)
class _Offers:
    """When customers were last offered anything, of those who ever were."""

    customer: NDArray[np.int32]
    last_at: NDArray[np.int64]

    @classmethod
    def of(cls, history: History, project: Project) -> _Offers:
        log = offer_log(history, project, use_own_cycles=project.settings.outcomes.use_own_cycles)
        customer = np.unique(log.customer)
        return cls(customer, log.last_at(customer, history.n_customers))

    def at(self, customer: NDArray[np.int32]) -> NDArray[np.int64]:
        last = np.full(len(customer), NO_TIME, np.int64)
        _, mine, theirs = np.intersect1d(customer, self.customer, assume_unique=True, return_indices=True)
        last[mine] = self.last_at[theirs]
        return last


@dataclass(frozen=True)
class _Judge:
    """What workers judge with."""

    models: ModelSet
    project: Project
    texts: Texts
    adopted: Adopted | None

    def __call__(self, part: Part, *, offers: _Offers, told: Told) -> pa.Table:
        history, settings = part.history(told), self.project.settings
        snapshots = snapshots_at(history, [history.ends_at], settings.population)
        if not len(snapshots):
            return nobody()
        judged = judge(history, snapshots, self.models, settings, self.texts, self.adopted)
        customer = part.codes[snapshots.customer]
        managers = managers_of(history, snapshots)
        candidates = make_candidates(history, judged, managers, self.project, offers.at(customer))
        return judged_table(judged, candidates, customer)


@dataclass(frozen=True)
class _Decide:
    """Decides on customers that are on a cluster."""

    cycle: Cycle
    settings: Settings
    texts: Texts

    def on(
        self, judged: Any, adopted: Adopted | None, few: int, tell: Callable[[str], None]
    ) -> tuple[pa.Table, Totals]:
        """Return the rows `COLLECTED` of customers in rows `JUDGED`, and what the cycle comes to."""
        no_shifts = None if adopted is None else adopted.no_shifts(0)
        people = Rows(judged, ReadPeople(self.cycle, no_shifts))
        survey = people.add_up(People.survey)
        tell("decisions")
        blocks = people.map(partial(_packed_block, survey=survey), "block binary").persist()
        choice = choose(_Elsewhere(Rows(blocks, _read_block), few), survey, self.cycle)
        blocks.unpersist()
        sums = people.add_up(partial(_sums, survey=survey, choice=choice))
        error = 0.0 if no_shifts is None else no_shifts.scale_error
        totals = totals_of(choice, sums, survey, self.cycle, error)
        work = partial(self.rows, survey=survey, choice=choice, totals=totals)
        return people.map(work, COLLECTED).toArrow(), totals

    def rows(
        self, batch: pa.RecordBatch, people: People, *, survey: Survey, choice: Choice, totals: Totals
    ) -> pa.Table:
        """Return a batch with what is decided of its customers, in words too."""
        columns, _ = people.decided(people.block(survey), choice)
        given = people.as_given(columns)
        made = Decisions(**given, totals=totals, action_names=self.cycle.actions.names)
        managers = batch["manager_id"].to_numpy(zero_copy_only=False)
        texts = decision_texts(made, managers, self.settings, self.texts)
        return collected_table(batch, {**given, "decision_text": texts})

    def decided(self, columns: dict[str, NDArray[Any]], totals: Totals) -> Decided:
        """Return what was decided, from the columns `COLLECTED` in the order of the customers."""
        wanted = set(Decisions.__dataclass_fields__) - {"totals", "action_names"}
        made = Decisions(
            **{name: columns[name] for name in wanted}, totals=totals, action_names=self.cycle.actions.names
        )
        texts = pa.array(columns["decision_text"], pa.string())
        return Decided(made, texts, columns["manager_id"], self.cycle.effects.notes)


def _packed_block(batch: pa.RecordBatch, people: People, *, survey: Survey) -> pa.Table:  # noqa: ARG001
    return pa.table({"block": pa.array([pickle.dumps(people.block(survey))], pa.binary())})


def _read_block(batch: pa.RecordBatch) -> Block:
    blocks: list[Block] = [pickle.loads(packed.as_buffer()) for packed in batch["block"]]
    return reduce(add, blocks)


def _sums(people: People, *, survey: Survey, choice: Choice) -> CycleSums:
    return people.decided(people.block(survey), choice)[1]


@dataclass(frozen=True, eq=False)
class _Elsewhere:
    """Customers in blocks on a cluster."""

    blocks: Rows[Block]
    few: int

    def add_up(self, question: Callable[[Block], Any]) -> Any:
        return self.blocks.add_up(question)

    def first(self, question: Callable[[Block], Wishes], count: int) -> Wishes:
        from pyspark.sql import functions

        wishes = self.blocks.map(partial(_listed, question=question), _WISHES)
        ordered = wishes.orderBy(functions.desc("urgency"), functions.asc("key")).limit(count).toArrow()
        return Wishes(**{name: ordered[name].to_numpy() for name in ordered.column_names})


def _listed(batch: pa.RecordBatch, block: Block, *, question: Callable[[Block], Wishes]) -> pa.Table:  # noqa: ARG001
    wishes = question(block)
    return pa.table({name: getattr(wishes, name) for name in Wishes.__dataclass_fields__})
