"""Starts servers as processes of their own on free loopback ports, and front ends with stock settings before them."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

_EXPRESS: Final = Path(__file__).parent / "express"
_PATIENCE: Final = 60.0
"""Seconds for a process to listen: a limit for one that never does."""
_MODULES: Final = Path("/usr/lib/apache2/modules")


def free_port() -> int:
    """A loopback port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@contextlib.contextmanager
def running(command: Sequence[str], port: int, folder: Path) -> Iterator[None]:
    """A process that listens at a port, ended when the context is left; RuntimeError with its words if it does not."""
    log = folder / f"{port}.log"
    environment = {**os.environ, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)  # noqa: S603 - of this module
        try:
            _wait_for(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not listen: {log.read_text('utf-8', 'replace')[-2000:]}")


def missing(*programs: str) -> str:
    """Which of some programs is not there, in words; empty where all are."""
    lost = [name for name in programs if shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None]
    return f"{', '.join(lost)} is not installed" if lost else ""


def _program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise FileNotFoundError(name)
    return found


def _user() -> str:
    return pwd.getpwuid(os.getuid()).pw_name


def _nginx(port: int, behind: str, folder: Path) -> list[str]:
    temporary = " ".join(
        f"{kind}_temp_path {folder}/{kind}-{port};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / f"nginx-{port}.conf"
    config.write_text(f"""
daemon off; user {_user()}; worker_processes 1; pid {folder}/nginx-{port}.pid; error_log stderr;
events {{}}
http {{
    access_log off; {temporary}
    server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{behind}; proxy_set_header Host $http_host; }} }}
}}
""")
    return [_program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(config)]


def _haproxy(port: int, behind: str, folder: Path) -> list[str]:
    config = folder / f"haproxy-{port}.cfg"
    config.write_text(f"""
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
frontend front
    bind 127.0.0.1:{port}
    default_backend back
backend back
    server one {behind}
""")
    return [_program("haproxy"), "-db", "-q", "-f", str(config)]


def _apache(port: int, behind: str, folder: Path) -> list[str]:
    loaded = "\n".join(
        f"LoadModule {name}_module {_MODULES}/mod_{name}.so"
        for name in ("mpm_event", "authz_core", "proxy", "proxy_http")
    )
    config = folder / f"apache-{port}.conf"
    config.write_text(f"""
ServerRoot {folder}
{loaded}
User {_user() if os.getuid() else "www-data"}
ServerName localhost
PidFile {folder}/apache-{port}.pid
ErrorLog {folder}/apache-{port}.errors
Listen 127.0.0.1:{port}
ProxyPass / http://{behind}/
ProxyPreserveHost On
""")
    return [_program("apache2"), "-DFOREGROUND", "-f", str(config)]


def _caddy(port: int, behind: str, folder: Path) -> list[str]:
    config = folder / f"Caddyfile-{port}"
    config.write_text(f"""
{{
    admin off
    auto_https off
}}
:{port} {{
    bind 127.0.0.1
    reverse_proxy {behind}
}}
""")
    return [_program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]


FRONT_ENDS: Final[dict[str, Callable[[int, str, Path], list[str]]]] = {
    "nginx": _nginx, "haproxy": _haproxy, "apache2": _apache, "caddy": _caddy
}  # fmt: skip
"""By the name of the program: what writes its settings, for a port and for the address behind it."""


@contextlib.contextmanager
def front_end(name: str, behind: str, folder: Path) -> Iterator[str]:
    """Serve what is behind an address `host:port` through a front end; yields the front end's own address."""
    port = free_port()
    with running(FRONT_ENDS[name](port, behind, folder), port, folder):
        yield f"127.0.0.1:{port}"


def _python(*words: str) -> Callable[[int], list[str]]:
    return lambda port: [sys.executable, "-m", *(word.format(port=port) for word in words)]


_HERE: Final = __package__
FRAMEWORKS: Final[dict[str, Callable[[int], list[str]]]] = {
    "Flask under gunicorn": _python("gunicorn", "--bind", "127.0.0.1:{port}", f"{_HERE}.with_flask:app"),
    "Flask under gunicorn with threads": _python(
        "gunicorn", "--threads", "4", "--bind", "127.0.0.1:{port}", f"{_HERE}.with_flask:app"
    ),
    "FastAPI under uvicorn": _python(
        "uvicorn", "--port", "{port}", "--log-level", "warning", f"{_HERE}.with_fastapi:app"
    ),
    "aiohttp": _python(f"{_HERE}.with_aiohttp", "{port}"),
    "Express": lambda port: [_program("node"), str(_EXPRESS / "server.js"), str(port)],
}  # fmt: skip
"""By their names: the commands that serve the service at a port."""
AVERAGE: Final[dict[str, Callable[[int], list[str]]]] = {
    "FastAPI": _python(
        "uvicorn", "--port", "{port}", "--log-level", "warning", f"{_HERE}.average.with_fastapi:app"
    ),
    "Flask": _python("flask", "--app", f"{_HERE}.average.with_flask", "run", "--port", "{port}"),
    "Express": lambda port: [_program("node"), str(_EXPRESS / "average.js"), str(port)],
}  # fmt: skip
"""The same of servers that keep less of it."""


def has_express() -> bool:
    """Whether `npm ci` has been run in the folder of the Express server."""
    return (_EXPRESS / "node_modules" / "express").exists() and not missing("node")


@contextlib.contextmanager
def framework(name: str, folder: Path) -> Iterator[str]:
    """Serve the service in a framework; yields the address."""
    with served(FRAMEWORKS[name], folder) as address:
        yield address


@contextlib.contextmanager
def served(command: Callable[[int], list[str]], folder: Path) -> Iterator[str]:
    """Run a command that serves at a port; yields the address."""
    port = free_port()
    with running(command(port), port, folder):
        yield f"127.0.0.1:{port}"
