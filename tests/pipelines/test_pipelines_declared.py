"""What stages declare: the pipeline file follows from it, and they can read nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from small_project import new_project
from winback.pipelines.dvc import dvc_yaml
from winback.pipelines.initialise import settings_template
from winback.pipelines.stage import Stage
from winback.pipelines.stages import STAGES
from winback.settings import Settings, parse_settings
from winback.settings.restrict import UndeclaredSettingError

ROOT = Path(__file__).resolve().parents[2]


def test_the_repository_is_a_project_like_any_other():
    assert (ROOT / "dvc.yaml").read_text(encoding="utf-8") == dvc_yaml(demo=True)
    assert (ROOT / "params.yaml").read_text(encoding="utf-8") == settings_template()


def test_template_holds_every_setting_with_its_default():
    written = parse_settings(settings_template())
    content = yaml.safe_load(settings_template())
    for section, value in Settings():
        if section in ("root", "actions"):
            continue
        assert set(content[section]) == set(type(value).model_fields) - _left_out(section, content), section
    defaults = Settings()
    for section in ("label", "population", "snapshots", "features", "model", "value", "promotion", "kpis"):
        assert getattr(written, section) == getattr(defaults, section)


def _left_out(section: str, content: dict[str, dict[str, object]]) -> set[str]:
    """Keys that a new project's file may leave to their defaults."""
    optional = {"run": {"threads", "memory_limit"}, "data": {"tables"}}
    return optional.get(section, set()) - set(content[section])


def test_each_stage_reads_what_another_wrote_before_it():
    made = {"data/raw"}
    for stage in STAGES:
        assert set(stage.deps) <= made, stage.name
        made |= set(stage.outs)
    outs = [out for stage in STAGES for out in stage.outs]
    assert len(outs) == len(set(outs)), "two stages must not write one folder"


def test_each_declared_setting_exists():
    settings = Settings()
    for stage in STAGES:
        for key in stage.params:
            value: object = settings
            for part in key.split("."):
                value = getattr(value, part)


def test_a_stage_cannot_read_what_it_does_not_declare(tmp_path):
    project = new_project(tmp_path / "project")
    settings = parse_settings(project.params.read_text(encoding="utf-8"), root=project.folder)
    nosy = Stage("nosy", "Reads too much", lambda context: {"days": context.settings.label.horizon_days})
    with pytest.raises(UndeclaredSettingError, match=r"label"):
        nosy.execute(settings)
    assert not (project.folder / ".winback/stages/nosy.json").exists()
    honest = Stage("honest", "Says it", nosy.run, params=("label",))
    assert honest.execute(settings) == {"days": settings.label.horizon_days}


def test_freshness_follows_settings_files_and_outs(tmp_path):
    settings = parse_settings("label: {horizon_days: 30}", root=tmp_path)
    (tmp_path / "models/tuned").mkdir(parents=True)
    source = tmp_path / "models/tuned/a.json"
    source.write_text("1")
    runs: list[int] = []

    def work(context):
        runs.append(1)
        (tmp_path / "out").mkdir(exist_ok=True)
        return {"runs": len(runs)}

    stage = Stage("work", "Works", work, params=("label",), deps=("models/tuned",), outs=("out",))

    def times(settings):
        return stage.execute(settings, force=False)["runs"]

    assert [times(settings), times(settings)] == [1, 1]
    assert times(parse_settings("label: {horizon_days: 31}", root=tmp_path)) == 2
    assert times(parse_settings("{label: {horizon_days: 31}, run: {threads: 3, seed: 9}}", root=tmp_path)) == 2
    settings = parse_settings("label: {horizon_days: 31}", root=tmp_path)
    source.write_text("2")
    assert [times(settings), times(settings)] == [3, 3]
    (tmp_path / "out").rmdir()
    assert times(settings) == 4
