"""The README keeps its word: commands, options, settings, objects, exit codes, links and the example exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
import typer.main

from mdm import errors
from mdm.cli import create_app
from mdm.export import Export, export
from mdm.settings import Settings
from mdm.store.engine import Store
from mdm.systems import load_mappings

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "mdm" / "decisions").glob("*.md"))]
_HOST = re.compile(r"https?://|index-url|\b[\w-]+\.(?:org|io|com|net)\b", re.I)


def _blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def _lines() -> Iterator[str]:
    """Every ``mdm ...`` command line of the README, in blocks and inside sentences."""
    for block in _blocks("sh"):
        for line in block.splitlines():
            for part in re.split(r"&&|\|", line.split(" #")[0].split("     ")[0]):
                if part.strip().startswith("mdm "):
                    yield part.strip()
    prose = re.sub(r"^```.*?^```", "", README, flags=re.M | re.S)
    for code in re.findall(r"`(mdm [^`]+)`", prose):
        if "COMMAND" not in code:
            yield code


COMMANDS = sorted(set(_lines()))


def test_the_readme_shows_commands() -> None:
    assert len(COMMANDS) > 25


@pytest.mark.parametrize("line", COMMANDS)
def test_command_and_its_options_exist(line: str) -> None:
    command = typer.main.get_command(create_app())
    words = shlex.split(line)[1:]
    place = 0
    while place < len(words):
        word = words[place]
        known = {name: p for p in command.params for name in (*p.opts, *p.secondary_opts)} | {
            "--help": None,
            "-h": None,
        }
        if word.startswith("-"):
            assert word in known, f"{line}: {word}"
            option = known[word]
            flag = option is None or getattr(option, "is_flag", False)
            place += 1 if flag else 2
            continue
        if hasattr(command, "commands"):
            assert word in command.commands, f"{line}: {word}"
            command = command.commands[word]
        else:
            assert any(p.param_type_name == "argument" for p in command.params), f"{line}: takes no {word}"
        place += 1


def settings_rows() -> list[str]:
    """The rows the table of settings must have."""
    rows = []
    for name, field in Settings.model_fields.items():
        if field.default_factory is not None:
            default = "see below"
        elif field.default is None:
            default = "unset"
        else:
            default = f"`{field.default}`"
        rows.append(f"| `MDM_{name.upper()}` | {default} | {field.description} |")
    return rows


def test_settings_table_says_what_the_code_says() -> None:
    table = README.split("<!-- settings:")[1].split("<!-- /settings -->")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert rows == settings_rows()


def test_every_variable_named_exists() -> None:
    named = set(re.findall(r"\bMDM_[A-Z_]+\b", "".join(page.read_text(encoding="utf-8") for page in PAGES)))
    known = {f"MDM_{name.upper()}" for name in Settings.model_fields} | {"MDM_ACTOR", "MDM_DEBUG"}
    assert named <= known


def test_shipped_objects_are_listed(tmp_path: Path) -> None:
    rows = re.findall(r"^\| `(\w+/\w+)` \| (\w+) \| `([^`]+)` \|", README, re.M)
    mappings = [
        (m.name, m.document.format, ", ".join(m.document.files)) for m in load_mappings(Settings(home=tmp_path))
    ]
    assert sorted(rows) == sorted(mappings)


def test_exit_codes_are_listed() -> None:
    codes = {
        kind.exit_code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.MdmError)
    }
    assert {int(code) for code in re.findall(r"^\| (\d) \| ", README, re.M)} == codes | {0}


def test_columns_of_exports_are_listed(store: Store, settings: Settings, tmp_path: Path) -> None:
    for what in Export:
        row = next(line for line in README.splitlines() if line.startswith(f"| {what} | "))
        named = re.findall(r"[a-z_]+", " ".join(re.findall(r"`([^`]+)`", row)))
        out = tmp_path / f"{what}.csv"
        export(store, settings, what=what, out=out)
        columns = out.read_text(encoding="utf-8").splitlines()[0].split(",")
        if what is Export.GOLDEN_RECORDS:
            assert columns[:4] + columns[-1:] == named
        else:
            assert columns == named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", h).strip().lower().replace(" ", "-") for h in re.findall(r"^#+ (.*)$", text, re.M)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        file, _, anchor = target.partition("#")
        if file:
            assert (page.parent / file).exists(), target
        elif anchor:
            assert anchor in headings, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_host_is_named(page: Path) -> None:
    assert not _HOST.findall(page.read_text(encoding="utf-8"))


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"\bmake ([a-z]+)\b", " ".join(re.findall(r"`[^`\n]+`", README)))):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_example_is_typed_for_a_caller_outside_the_checkout(tmp_path: Path) -> None:
    """As installed by the Makefile, every name it imports is found and typed (``py.typed``, an install by path)."""
    (example,) = _blocks("python")
    (tmp_path / "example.py").write_text(example, encoding="utf-8")
    # what lies behind those names is checked by `make lint`
    words = ["--strict", "--follow-imports=skip", f"--cache-dir={os.devnull}", "example.py"]
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_example_runs(settings: Settings, tmp_path: Path) -> None:
    (example,) = _blocks("python")
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        cwd=tmp_path,
        env=os.environ | settings.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert "golden records in" in done.stdout
    assert (tmp_path / "references.csv").stat().st_size > 1000
