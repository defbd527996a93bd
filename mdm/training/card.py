"""What a model card says of the code that made the model."""

from __future__ import annotations

import hashlib
import subprocess
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("matching_rules", "mdm/sample", "mdm/standardise", "mdm/training")


@lru_cache(maxsize=1)
def code_version() -> dict[str, str | None]:
    """``version`` of this package, ``commit`` of the checkout it runs from ("..., changed" with changes on top; None:
    no checkout), and ``sources``: a digest of the code that makes populations, standardises them and learns from them.
    """
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted(p for p in (_ROOT / package).rglob("*") if p.suffix in (".py", ".sql")):
            digest.update(f"{path.relative_to(_ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return {"version": version("customer-master"), "commit": _commit(), "sources": digest.hexdigest()[:12]}


def _commit() -> str | None:
    if not (_ROOT / ".git").exists():
        return None
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", *_PACKAGES)
    except (OSError, subprocess.CalledProcessError):
        return None  # no git here
    return f"{commit}, changed" if changed else commit


def _git(*arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # fixed arguments, no shell
        ["git", "-C", str(_ROOT), *arguments],  # noqa: S607
        capture_output=True,
        check=True,
        text=True,
    )
    return done.stdout.strip()
