"""Households: who lives together, as a relation between golden records of people, kept as they change."""

from mdm.households.compute import make_households
from mdm.households.publish import publish_households

__all__ = ["make_households", "publish_households"]
