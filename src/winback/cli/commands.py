"""The commands of DESIGN §9; each one calls a function of `winback.pipelines` and prints what it returns."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from winback.cli import show
from winback.cli.options import Call, as_of, common
from winback.pipelines.policy_names import POLICIES
from winback.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(version("winback"), prog_name="winback")
def group() -> None:
    """Who is leaving, why, and whom it pays to win back."""


@group.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing.")
def init(folder: Path, as_json: bool, quiet: bool) -> None:
    """Make a new project folder: commented params.yaml, dvc.yaml, empty data/."""
    from winback.pipelines.initialise import initialise

    written = [str(path) for path in initialise(folder)]
    if not quiet or as_json:
        Call(folder, as_json, quiet).answer({"folder": str(folder), "written": written}, show.init)


def _stage_command(name: str, what: str) -> None:
    """Add the command of a stage that takes no arguments of its own."""

    @group.command(name, help=what)
    @common
    @as_of
    def command(call: Call, as_of: date | None) -> None:
        _run_stage(call, name, call.settings(), as_of)


def _run_stage(call: Call, name: str, settings: Settings, as_of: date | None = None) -> None:
    from winback.pipelines.project import Project
    from winback.pipelines.stages import stage

    with Project(settings).hold(), call.progress(total=1) as progress:
        result = stage(name).execute(settings, as_of=as_of, progress=progress)
    call.answer(result, show.of_stage(name))


_stage_command("prepare", "Check the input and write clean, typed, sorted tables.")
_stage_command("featurize", "Compute the features of past snapshots.")
_stage_command("train", "Train the models.")
_stage_command("evaluate", "Measure the model on the latest past, beside simple rules.")
_stage_command("kpis", "Count losses and returns: the statistics.")
_stage_command("outcomes", "Measure past cycles against their holdouts.")


@group.command()
@common
@click.option("--customers", type=click.IntRange(min=10), help="How many customers.")
@click.option("--seed", type=click.IntRange(min=0), help="Another company of the same kind.")
@click.option("--cycles", type=click.IntRange(min=1, max=52), help="Weeks that it then lives on under a policy.")
@click.option("--policy", type=click.Choice(POLICIES), help="Who decides in these weeks; by default this engine.")
def simulate(call: Call, customers: int | None, seed: int | None, cycles: int | None, policy: str | None) -> None:
    """Make a demo company with known truth in data/raw, and let it live on under a policy."""
    if policy is not None and cycles is None:
        raise click.UsageError("--policy needs --cycles: how many weeks it decides in")
    settings = call.settings()
    if customers is not None:
        settings = _with(settings, "simulate", customers=customers)
    if seed is not None:
        settings = _with(settings, "run", seed=seed)
    if cycles is None:
        _run_stage(call, "simulate", settings)
        return
    from winback.pipelines.cycles import simulate_cycles

    with call.progress() as progress:
        result = simulate_cycles(settings, cycles=cycles, policy=policy or "engine", progress=progress)
    call.answer(result, show.cycles)


@group.command()
@common
@as_of
def check(call: Call, as_of: date | None) -> None:
    """Validate the input, print what was found, write the quarantine."""
    _run_stage(call, "prepare", call.settings(), as_of)


@group.command()
@common
@click.option("--trials", type=click.IntRange(min=1), help="How many settings to try.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="How long at most.")
def tune(call: Call, trials: int | None, minutes: float | None) -> None:
    """Search for better settings of the model; adopted only where they are better by more than noise."""
    settings = call.settings()
    if trials is not None:
        settings = _with(settings, "tuning", trials=trials)
    if minutes is not None:
        settings = _with(settings, "tuning", time_limit_minutes=minutes)
    _run_stage(call, "tune", settings)


@group.command()
@common
@click.option("--force", is_flag=True, help="Promote even where the comparison speaks against it.")
@click.option("--why", default="", help="The reason for --force; it is kept with the model.")
@click.option("--rollback", is_flag=True, help="Put the champion before this one back.")
def promote(call: Call, force: bool, why: str, rollback: bool) -> None:
    """Let the trained model score from now on, if it is no worse than the one that does."""
    from winback.pipelines.project import Project
    from winback.pipelines.promote import promote_by_hand

    settings = call.settings()
    with Project(settings).hold():
        result = promote_by_hand(settings, force=force, why=why, rollback=rollback)
    call.answer(result, show.of_stage("promote"))


@group.command()
@common
@as_of
def score(call: Call, as_of: date | None) -> None:
    """Rank the customers with the promoted model: the weekly job."""
    from winback.pipelines.run import score_now

    settings = call.settings()
    with call.progress() as progress:
        result = score_now(settings, as_of=as_of, progress=progress)
    call.answer(result, show.of_stage("score"))


@group.command("run")
@common
@as_of
def run_all(call: Call, as_of: date | None) -> None:
    """Do all that is needed, in order, from raw tables to the report."""
    from winback.pipelines.run import run_everything

    settings = call.settings()
    with call.progress() as progress:
        result = run_everything(settings, as_of=as_of, progress=progress)
    call.answer(result, show.of_stage("score"))


@group.command()
@common
@as_of
@click.option("--alarm", "as_alarm", is_flag=True, help="Exit with 1 where something should be looked into.")
def watch(call: Call, as_of: date | None, as_alarm: bool) -> None:
    """Show what the last scoring run watched: drift, input volumes, past predictions against what came."""
    from winback.pipelines.watch import watched

    result = watched(call.settings(), as_of=as_of)
    call.answer(result, show.watched)
    if as_alarm and result["alarms"]:
        raise click.exceptions.Exit(1)


@group.command()
@common
@as_of
def report(call: Call, as_of: date | None) -> None:
    """Write the page for people again, and print its first rows."""
    from winback.pipelines.project import Project
    from winback.pipelines.report import report_again

    settings = call.settings()
    with Project(settings).hold():
        result = report_again(settings, as_of=as_of)
    call.answer(result, show.of_stage("score"))


@group.command()
@click.argument("customer")
@common
@as_of
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Also write it as a page to this file.")
def explain(call: Call, customer: str, as_of: date | None, html: Path | None) -> None:
    """Show one customer: history, risk, reasons, every action's arithmetic."""
    from winback.pipelines.explain import explain_customer

    result = explain_customer(call.settings(), customer, as_of=as_of, html=html)
    call.answer(result, show.customer)


@group.command()
@click.argument("customer")
@common
def forget(call: Call, customer: str) -> None:
    """Erase one customer from all that the project wrote."""
    from winback.pipelines.forget import forget_customer
    from winback.pipelines.project import Project

    settings = call.settings()
    with Project(settings).hold():
        result = forget_customer(settings, customer)
    call.answer(result, show.forgotten)


def _with(settings: Settings, section: str, **changes: Any) -> Settings:
    """Settings with some keys of one section changed, checked like the file's."""
    old = getattr(settings, section)
    new = type(old).model_validate({**old.model_dump(), **changes})
    return settings.model_copy(update={section: new})
