"""A new project folder."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from winback.errors import UsageError
from winback.files import write_text
from winback.pipelines.dvc import dvc_yaml

#: What stages write and git should not keep.
IGNORED = "/data/\n/models/\n/mlruns/\n/.winback/\nwinback-error.log\n"


def settings_template() -> str:
    """Return the commented ``params.yaml`` of a new project."""
    return files("winback.settings").joinpath("template.yaml").read_text(encoding="utf-8")


def initialise(folder: Path) -> list[Path]:
    """Make a new project.

    Parameters
    ----------
    folder : Path
        The folder to make; it may exist and hold data already.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    UsageError
        When the folder is a project already, or cannot be made.
    """
    texts = {"params.yaml": settings_template(), "dvc.yaml": dvc_yaml(demo=False), ".gitignore": IGNORED}
    taken = [name for name in texts if (folder / name).exists()]
    if "params.yaml" in taken:
        raise UsageError(
            f"{folder} is a project already: it has a params.yaml",
            next_step="take another folder, or edit the params.yaml that is there",
        )
    try:
        (folder / "data" / "raw").mkdir(parents=True, exist_ok=True)
        written = [folder / name for name in texts if name not in taken]
        for path in written:
            write_text(path, texts[path.name])
    except OSError as error:
        raise UsageError(f"{folder} cannot be made a project: {error.strerror}") from error
    return written
