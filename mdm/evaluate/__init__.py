"""Measures published cross-references against a known truth: figures, segments, losses, curves and the worst errors."""

from mdm.evaluate.depth import RECLUSTER_UP_TO, evaluate_in_depth, explain_errors
from mdm.evaluate.figures import (
    ClusterFigures,
    Cut,
    Figures,
    best_cut,
    measure_clusters,
    measure_cuts,
    measure_overlap,
    pair_figures,
)
from mdm.evaluate.households import HouseholdEvaluation, evaluate_households
from mdm.evaluate.measure import evaluate
from mdm.evaluate.report import Evaluation, SystemPair

__all__ = [
    "RECLUSTER_UP_TO",
    "ClusterFigures",
    "Cut",
    "Evaluation",
    "Figures",
    "HouseholdEvaluation",
    "SystemPair",
    "best_cut",
    "evaluate",
    "evaluate_households",
    "evaluate_in_depth",
    "explain_errors",
    "measure_clusters",
    "measure_cuts",
    "measure_overlap",
    "pair_figures",
]
