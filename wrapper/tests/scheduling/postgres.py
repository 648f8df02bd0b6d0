"""A PostgreSQL server for tests, in a folder of its own."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg

READY = 60.0
"""Seconds that a server may take to start."""


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, if they are installed. Debian does not put them into the PATH."""
    found = shutil.which("postgres") or max(map(str, Path("/usr/lib/postgresql").glob("*/bin/postgres")), default=None)
    return Path(found).resolve().parent if found else None


class Server:
    """A server that listens on a socket in its folder, and on no port."""

    def __init__(self, folder: Path, programs: Path, *, durable: bool) -> None:
        self.folder = folder
        self._durable = durable
        self._programs = programs
        # PostgreSQL refuses to run as root.
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None

    def make(self) -> None:
        """Make the database's files."""
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        options = ["--username=ledger", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        self._run("initdb", f"--pgdata={self.folder / 'data'}", *options).wait()

    def start(self) -> None:
        """Start, and wait until it answers."""
        settings = {"listen_addresses": "", "unix_socket_directories": str(self.folder)}
        if not self._durable:
            settings["fsync"] = "off"
        options = [it for name, value in settings.items() for it in ("-c", f"{name}={value}")]
        self._process = self._run("postgres", "-D", str(self.folder / "data"), *options)
        end = time.monotonic() + READY
        while True:
            try:
                self.execute("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop: at once and without a clean-up with SIGQUIT, as after a crash."""
        if self._process:
            self._process.send_signal(how)
            self._process.wait()

    def execute(self, statement: str) -> None:
        """Execute a statement."""
        with psycopg.connect(f"host={self.folder} user=ledger dbname=postgres", autocommit=True) as connection:
            connection.execute(statement.encode())

    def new_ledger(self) -> str:
        """The URL of a schema that is empty."""
        schema = f"ledger_{uuid.uuid4().hex}"
        self.execute(f"CREATE SCHEMA {schema}")
        return f"postgresql://ledger:pa55word@/postgres?host={self.folder}&options=-csearch_path%3D{schema}"

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        identity = {"user": self._user.pw_uid, "group": self._user.pw_gid} if self._user else {}
        with (self.folder / "log").open("ab") as log:
            command = [str(self._programs / program), *arguments]
            return subprocess.Popen(  # noqa: S603
                command, stdout=log, stderr=log, cwd=self.folder, extra_groups=[] if identity else None, **identity
            )


@contextlib.contextmanager
def running(programs: Path, *, durable: bool = False) -> Iterator[Server]:
    """A new server. Tests kill processes, not the machine, so nothing has to reach the disk unless `durable`."""
    # The path of a socket has 107 bytes at most, so its folder is not pytest's.
    with tempfile.TemporaryDirectory(prefix="luminus-postgresql-") as folder:
        server = Server(Path(folder), programs, durable=durable)
        server.make()
        try:
            server.start()
            yield server
        finally:
            server.stop()
