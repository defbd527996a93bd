"""The demonstration: a made-up retailer's extracts go in, golden records come out, measured against the known truth."""

from mdm.demo.demonstration import Demonstration, run_demo

__all__ = ["Demonstration", "run_demo"]
