"""Settings: where state lives, and what a wrong variable says."""

from __future__ import annotations

from pathlib import Path

import pytest

from mdm import settings as module
from mdm.errors import RefusedInput
from mdm.settings import Settings, default_home, settings_from_environment, writable_scratch


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MDM_{name.upper()}", raising=False)


@pytest.mark.parametrize("mark", [".git", "Makefile"])
def test_in_a_checkout_state_lives_beside_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: str
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "mdm" / "settings.py"))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "customer-master"\n')
    assert default_home() != tmp_path / ".mdm"
    (tmp_path / mark).mkdir()
    assert default_home() == tmp_path / ".mdm"
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    assert default_home() != tmp_path / ".mdm"


@pytest.mark.parametrize(("uid", "place"), [(0, "/var/lib/mdm"), (1000, "/home/ann/.local/share/mdm")])
def test_installed_state_lives_with_the_system_or_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, place: str
) -> None:
    monkeypatch.setattr(module, "__file__", str(tmp_path / "mdm" / "settings.py"))
    monkeypatch.setattr(module.os, "geteuid", lambda: uid)
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_home() == Path(place)


def test_variables_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MDM_HOME", "here")
    monkeypatch.setenv("MDM_THREADS", "4")
    monkeypatch.setenv("MDM_DATABASE_URL", "")
    settings = settings_from_environment()
    assert (settings.home, settings.threads, settings.database_url) == (tmp_path / "here", 4, None)
    assert settings.database_shown == f"the embedded PostgreSQL of {tmp_path / 'here'}"


@pytest.mark.parametrize(
    "url",
    ["postgresql://a:hush@h:1/d?sslmode=require", "postgres://a:hush@h:1/d?sslmode=require",
     "postgresql+psycopg://a:hush@h:1/d?sslmode=require"],
)  # fmt: skip
def test_any_form_of_url_is_taken_and_none_is_shown_with_its_password(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("MDM_DATABASE_URL", url)
    settings = settings_from_environment()
    assert settings.database_url is not None
    assert settings.database_url.get_secret_value() == "postgresql://a:hush@h:1/d?sslmode=require"
    assert settings.database_shown == "user=a dbname=d host=h port=1"
    assert "hush" not in repr(settings) + str(settings)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://a:hush@h/d", "MDM_DATABASE_URL: must begin with postgresql://"),
        ("DATABASE_URL", "postgresql://a:hush@h:x y/d?bad", "MDM_DATABASE_URL: is not a URL"),
        ("THREADS", "many", "MDM_THREADS: "),
        ("MEMORY_LIMIT", "lots", "MDM_MEMORY_LIMIT: "),
        ("DEFAULT_REGION", "us", "MDM_DEFAULT_REGION: "),
    ],
)
def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(f"MDM_{name}", value)
    with pytest.raises(RefusedInput) as caught:
        settings_from_environment()
    assert str(caught.value).startswith(said)
    assert "hush" not in str(caught.value)


def test_another_process_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MDM_HOME", str(tmp_path))
    monkeypatch.setenv("MDM_DATABASE_URL", "postgresql://a:hush@h/d")
    given = settings_from_environment()
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert settings_from_environment() == given


def test_scratch_that_cannot_be_made_or_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert writable_scratch(Settings(home=tmp_path / "fresh")).is_dir()
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "fresh"):
        with pytest.raises(RefusedInput, match=rf"{home / 'tmp'} cannot be written .*set MDM_HOME"):
            writable_scratch(Settings(home=home))
        monkeypatch.setattr(module.os, "access", lambda *_: False)  # a file system mounted read-only
