"""Settings of which only a declared part can be read, so that a stage cannot depend on more than it says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from winback.settings.schema import Settings

Model = TypeVar("Model", bound=BaseModel)

#: How a run is carried out, not what comes out: every stage may read these.
ALWAYS = ("root", "run.threads", "run.memory_limit", "run.engine", "spark")


class UndeclaredSettingError(RuntimeError):
    """A stage read a setting that it does not declare: a mistake in the program, not in ``params.yaml``."""


def restrict(settings: Settings, keys: Iterable[str]) -> Settings:
    """Return settings in which only ``keys`` can be read.

    Parameters
    ----------
    settings : Settings
        The whole settings.
    keys : iterable of str
        Sections (``label``) or single keys (``run.seed``).

    Returns
    -------
    Settings
        The same values; reading any other key raises `UndeclaredSettingError`.

    Examples
    --------
    >>> part = restrict(Settings(), ["run.seed", "label"])
    >>> part.run.seed, part.label.horizon_days
    (7, 90)
    >>> part.run.language
    Traceback (most recent call last):
        ...
    winback.settings.restrict.UndeclaredSettingError: setting 'run.language' is read but not declared
    """
    return _restricted(settings, {*keys, *ALWAYS}, "")


def _restricted(model: Model, allowed: set[str], prefix: str) -> Model:
    cls = type(model)
    own = set(cls.model_fields)

    class Restricted(cls):  # type: ignore[valid-type,misc]
        def __getattribute__(self, name: str) -> Any:
            value = super().__getattribute__(name)
            if name not in own:
                return value
            path = f"{prefix}{name}"
            if path in allowed:
                return value
            inner = {key for key in allowed if key.startswith(f"{path}.")}
            if inner and isinstance(value, BaseModel):
                return _restricted(value, inner, f"{path}.")
            raise UndeclaredSettingError(f"setting {path!r} is read but not declared")

    part: Model = Restricted.model_construct(**{name: getattr(model, name) for name in own})
    return part
