"""Builds the shipped models anew: ``python -m mdm.training`` (``make models``). Deterministic for a code version."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import matching_rules
from matching_rules.model import SHIPPED_MODELS, save_model
from mdm.model import EntityType
from mdm.settings import Settings
from mdm.training.shipped import build_shipped


def main() -> None:
    """Writes one new dated model folder per entity type beside the rules; one that exists is never touched."""
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home))
        for entity_type in EntityType:
            rules = Path(matching_rules.__file__).parent / f"{entity_type}.yaml"
            model = build_shipped(entity_type, rules, settings=settings, today=today, progress=_say)
            sys.stdout.write(f"{save_model(model, SHIPPED_MODELS)}\n")


def _say(what: str, done: int, total: int) -> None:
    sys.stderr.write(f"{what}: {done} of {total}\n")


if __name__ == "__main__":
    main()
