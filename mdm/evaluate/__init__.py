"""Measures published cross-references against a known truth: pairs, B-cubed, whole clusters, pairs of systems."""

from mdm.evaluate.measure import Evaluation, Figures, SystemPair, evaluate

__all__ = ["Evaluation", "Figures", "SystemPair", "evaluate"]
