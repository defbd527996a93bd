"""Every notebook runs from top to bottom on the sample data, within its time, and shows nobody's data."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from mdm.settings import Settings
from mdm.store.embedded import EmbeddedServer, remove_state

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
NAMES = sorted(path.name for path in NOTEBOOKS.glob("*.ipynb"))
CELL_SECONDS = 240  # a cell takes seconds; a loaded machine takes longer

_PERSONAL = re.compile(r"name|mail|phone|mobile|street|addr|line1|(^|_)id$|card|birth|number|legal|company", re.I)
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
_LONG_NUMBER = re.compile(r"(?<![\d.,])\+?\d{8,}")


# the session's server is not used, but its lock is what keeps the session's folder from another session's tidying
@pytest.fixture
def kernel_home(home: Path, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh MDM_HOME for the kernel; Jupyter and matplotlib keep their own files there too, not in the account's."""
    for name in ("MDM_DATABASE_URL", "MDM_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    own = {
        "MDM_HOME": home,
        "JUPYTER_PLATFORM_DIRS": 1,
        "JUPYTER_RUNTIME_DIR": home / "jupyter",
        "JUPYTER_CONFIG_DIR": home / "jupyter",
        "IPYTHONDIR": home / "ipython",
        "MPLCONFIGDIR": home / "matplotlib",
        "MDM_PG_PROFILE": "test",
        "MDM_PG_SHARED_BUFFERS": "128MB",
    }
    for name, value in own.items():
        monkeypatch.setenv(name, str(value))
    yield home
    for place in home.glob("notebooks/*/postgres"):  # a notebook that failed leaves its server
        remove_state(Settings(home=place.parent, database_url=None, pg_profile="test"))


def test_there_are_notebooks() -> None:
    assert {"profile_sources.ipynb", "choose_thresholds.ipynb", "train.ipynb"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_kept_without_outputs(name: str) -> None:
    for cell in _code_cells(_read(name)):
        assert cell.outputs == []
        assert cell.execution_count is None


# Jupyter's own warnings about its own future (event loops, directories) are not ours to mend.
@pytest.mark.filterwarnings("ignore:::jupyter_client")
@pytest.mark.filterwarnings("ignore:::jupyter_core")
@pytest.mark.filterwarnings("ignore:::nbclient")
@pytest.mark.filterwarnings("ignore:::zmq")
@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_and_shows_nobody(name: str, kernel_home: Path) -> None:
    notebook = _read(name)
    _run(notebook, kernel_home)
    assert all(cell.execution_count for cell in _code_cells(notebook))
    shown = "\n".join(_texts(notebook))
    assert shown.strip()
    assert any("image/png" in output.get("data", {}) for cell in _code_cells(notebook) for output in cell.outputs)
    assert not _EMAIL.findall(shown)
    assert not _LONG_NUMBER.findall(shown)
    extracts = kernel_home / "notebooks" / Path(name).stem / "extracts"
    personal = set(_personal_values(extracts))
    assert len(personal) > 1000
    cells = {text.strip() for text in re.split(r"<[^>]+>|\s{2,}|\n", shown)}
    assert not cells & personal


def _run(notebook: NotebookNode, folder: Path) -> None:
    # "python3" is the kernel of the environment the tests run in: ipykernel brings it, nothing has to be registered
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(folder)}},
    ).execute()


def _read(name: str) -> NotebookNode:
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _texts(notebook: NotebookNode) -> Iterator[str]:
    for cell in _code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.get("text")
            yield output.get("text", "")
            data = output.get("data", {})
            yield from (data[kind] for kind in data if kind.startswith("text/"))


def _personal_values(extracts: Path) -> Iterator[str]:
    """What stands in the extracts under a name that sounds personal: names, contacts, numbers, record ids."""
    for path in sorted(extracts.iterdir()):
        if path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    yield from _personal_in(row)
        elif path.suffix == ".jsonl":
            for line in path.read_text(encoding="utf-8").splitlines():
                yield from _personal_in(json.loads(line))


def _personal_in(node: Any, name: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _personal_in(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _personal_in(value, name)
    elif node is not None and _PERSONAL.search(name) and len(text := str(node).strip()) > 5:
        yield text
