"""Trees of LightGBM, compiled: scores bit for bit as its own, and exact SHAP values, both many times faster.

LightGBM stays the reference in the tests. A model is read once (`compile_trees`) and made ready to score
(`Scorer`) or to say what each feature adds (`Explainer`).
"""

from winback.trees.compiled import CompiledTrees, Tree, compile_trees
from winback.trees.contributions import Explainer
from winback.trees.scoring import Scorer

__all__ = ["CompiledTrees", "Explainer", "Scorer", "Tree", "compile_trees"]
