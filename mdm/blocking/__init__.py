"""Blocking under control: what each rule brings and costs, what is skipped or missed, and which would do better."""

from mdm.blocking.propose import propose
from mdm.blocking.report import report
from mdm.blocking.view import BlockingReport, BlockView, EntityBlocking, EntityProposals, RuleView

__all__ = ["BlockView", "BlockingReport", "EntityBlocking", "EntityProposals", "RuleView", "propose", "report"]
