"""Features: declared once per subject, computed for any rows of (customer, cutoff) from what was known then."""

from winback.features.declarations import REASONS, ROLES, Attribute, Declaration, Derived, FeatureSpec, Windowed
from winback.features.derivations import Contrast, Derivation, Difference, Ratio, WhenAtLeast
from winback.features.engine import PartFeatures, compute_features, join_parts, part_features
from winback.features.matrix import FeatureMatrix
from winback.features.registry import registered_features, subjects

__all__ = [
    "REASONS",
    "ROLES",
    "Attribute",
    "Contrast",
    "Declaration",
    "Derivation",
    "Derived",
    "Difference",
    "FeatureMatrix",
    "FeatureSpec",
    "PartFeatures",
    "Ratio",
    "WhenAtLeast",
    "Windowed",
    "compute_features",
    "join_parts",
    "part_features",
    "registered_features",
    "subjects",
]
