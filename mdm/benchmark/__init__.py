"""The benchmark: a made-up population of a wanted size goes the whole way, measured by stage, beside raw Splink."""

from mdm.benchmark.measure import run_benchmark
from mdm.benchmark.report import Benchmark, Phase, Stage

__all__ = ["Benchmark", "Phase", "Stage", "run_benchmark"]
