"""All declared features: every module of this room that has ``FEATURES`` is a subject and is found by itself."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from types import ModuleType

import winback.features as room
from winback.features.declarations import Declaration
from winback.settings import FeatureSettings


@cache
def subjects() -> tuple[ModuleType, ...]:
    """Return the subject modules, by name: those that define ``FEATURES``."""
    names = sorted(module.name for module in pkgutil.iter_modules(room.__path__))
    modules = [importlib.import_module(f"{room.__name__}.{name}") for name in names]
    return tuple(module for module in modules if hasattr(module, "FEATURES"))


def registered_features(settings: FeatureSettings | None = None) -> tuple[Declaration, ...]:
    """Return all declarations, subject by subject.

    Parameters
    ----------
    settings : FeatureSettings, optional
        Adds the declarations that the settings ask for (further context columns).

    Returns
    -------
    tuple of Declaration
        With distinct names of features.

    Raises
    ------
    ValueError
        When two declarations give the same name to a feature.

    Examples
    --------
    >>> "order_count_90d" in {name for declared in registered_features() for name in declared.names()}
    True
    """
    declared: list[Declaration] = []
    for subject in subjects():
        declared += subject.FEATURES
        if settings is not None and hasattr(subject, "configured"):
            declared += subject.configured(settings)
    names = [name for declaration in declared for name in declaration.names()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"features declared twice: {', '.join(twice)}")
    return tuple(declared)
