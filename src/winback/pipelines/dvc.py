"""The stages as a DVC pipeline: ``dvc.yaml`` follows from their declarations."""

from __future__ import annotations

import yaml

from winback.pipelines.stage import Stage
from winback.pipelines.stages import STAGES

HEAD = """\
# The stages of winback as a DVC pipeline; made from their declarations by 'winback init'.
# Each stage lists the parameters that it reads, and no others.
"""


def dvc_yaml(*, demo: bool) -> str:
    """Return the text of a ``dvc.yaml``.

    Parameters
    ----------
    demo : bool
        With the stage that makes the demo company's data, and with the package's own code as a dependency:
        for the project's own repository, where the code changes under the pipeline.
    """
    stages = {stage.name: _entry(stage, demo) for stage in STAGES if stage.outs and (demo or stage.name != "simulate")}
    return HEAD + yaml.safe_dump({"stages": stages}, sort_keys=False, width=110)


def _entry(stage: Stage, demo: bool) -> dict[str, object]:
    entry: dict[str, object] = {"desc": stage.what, "cmd": f"winback {stage.name}"}
    deps = [*stage.deps, *(["src/winback"] if demo else [])]
    if deps:
        entry["deps"] = deps
    if stage.params:
        entry["params"] = list(stage.params)
    # never in DVC's cache: the folders are large, made again by one command, and hold customers' data;
    # 'persist' keeps DVC from deleting them first, since stages replace them whole or add to them
    entry["outs"] = [{out: {"cache": False, "persist": True}} for out in stage.outs]
    return entry
