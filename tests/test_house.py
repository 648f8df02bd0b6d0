"""Who may know whom, and what may stand in the project at all."""

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WRAPPER = ROOT / "wrapper/luminus_zoom"
GENERATED = ROOT / "generated_client/luminus_zoom_api"
MOCK = ROOT / "mock_server/luminus_zoom_mock"
OURS = {"luminus_zoom", "luminus_zoom_api", "luminus_zoom_mock", "luminus_zoom_contract", "contract_tests"}


def imports(path: Path) -> Iterator[str]:
    """The absolute names that a module imports, `from a import b` as `a.b`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def strangers(folder: Path, allowed: set[str]) -> list[str]:
    """The imports of our own packages in a folder that the house does not allow."""
    return [
        f"{path.name} imports {name}"
        for path in folder.rglob("*.py")
        for name in imports(path)
        if name.partition(".")[0] in OURS - allowed
    ]


def test_the_mock_knows_the_contract_and_nothing_of_the_client() -> None:
    assert strangers(MOCK, {"luminus_zoom_mock"}) == []


def test_the_generated_client_knows_nobody() -> None:
    assert strangers(GENERATED, {"luminus_zoom_api"}) == []


def test_the_wrapper_knows_the_generated_client_only() -> None:
    assert strangers(WRAPPER, {"luminus_zoom", "luminus_zoom_api"}) == []


def test_the_wrapper_uses_models_limits_and_get_kwargs_of_the_generated_client() -> None:
    allowed = r"luminus_zoom_api\.(models|limits|api\.meeting\.add_meeting\._get_kwargs$)"
    used = {name for path in WRAPPER.rglob("*.py") for name in imports(path) if name.startswith("luminus_zoom_api")}
    assert used, "the wrapper is expected to build on the generated client"
    assert [name for name in used if not re.match(allowed, name)] == []


def test_one_module_of_the_wrapper_imports_the_http_library() -> None:
    def at_run_time(path: Path) -> str:
        return re.sub(r"if TYPE_CHECKING:\n(?:    .*\n|\n)+", "", path.read_text(encoding="utf-8"))

    importers = [path.name for path in WRAPPER.rglob("*.py") if re.search(r"import http(x|core)", at_run_time(path))]
    assert importers == ["_transport.py"]


def test_no_private_name_of_the_http_library_is_used() -> None:
    text = (WRAPPER / "_transport.py").read_text(encoding="utf-8")
    # Its objects are called so there; what is ours begins with `self.`.
    theirs = "httpx2?|httpcore2?|h11|client|response|connection|request|error"
    assert re.findall(rf"\b(?:{theirs})\._(?!_)\w+", text) == []


@pytest.mark.parametrize(
    "module", ["_arguments", "_time", "_request", "_call", "_response", "_error_body", "errors", "meeting"]
)
def test_the_core_does_no_io(module: str) -> None:
    io = {
        "socket",
        "ssl",
        "asyncio",
        "anyio",
        "httpx",
        "httpcore",
        "threading",
        "time",
        "os",
        "pathlib",
        "urllib.request",
    }
    assert [name for name in imports(WRAPPER / f"{module}.py") if name in io or name.partition(".")[0] in io] == []


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_machine_or_a_package_index() -> None:
    machine = re.compile(
        rb"(?<![\w./])/(?:root|home/\w+)/|files\.python" + rb"hosted|pypi\.o" + rb"rg|registry\.npm" + rb"js"
    )
    assert [str(path) for path in tracked_files() if machine.search(path.read_bytes())] == []


def test_the_wheel_pins_nothing_and_the_locks_pin_everything() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shipped = [
        *project["dependencies"],
        *(line for extra in project["optional-dependencies"].values() for line in extra),
    ]
    assert shipped
    assert [line for line in shipped if "==" in line.partition(";")[0]] == []
    for lock in (ROOT / "locks").glob("*.txt"):
        text = lock.read_text(encoding="utf-8")
        pinned = re.findall(r"^\S+==\S+", text, re.MULTILINE)
        assert pinned
        assert (
            len(pinned)
            == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
            == len(re.findall(r"(?<!\S) \\\n    --hash=.*|^\S.*\\\n", text, re.MULTILINE))
        )
        assert "://" not in text


def test_the_wheel_works_without_the_repository(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path / "site")
    assert {
        f"{package}/py.typed"
        for package in ("luminus_zoom", "luminus_zoom_api", "luminus_zoom_mock", "luminus_zoom_contract")
    } <= names
    assert "luminus_zoom_mock/openapi.yaml" in names
    assert [name for name in names if "tests/" in name or "/test_" in name] == []
    script = (
        "import luminus_zoom, luminus_zoom_mock, sys\n"
        "from datetime import UTC, datetime\n"
        "assert luminus_zoom_mock.__file__.startswith(sys.argv[1]), luminus_zoom_mock.__file__\n"
        "with luminus_zoom_mock.MockServer() as mock, luminus_zoom.ZoomClient(\n"
        "    base_url=mock.base_url, subscription_key=mock.subscription_key\n"
        ") as zoom:\n"
        "    module = '0f8fad5b-d9cb-469f-a165-70867728950e'\n"
        "    start = datetime(2027, 1, 18, tzinfo=UTC)\n"
        "    zoom.create_meeting(module_id=module, name='x', start=start, duration=15)\n"
        "    print(len(mock.meetings))\n"
    )
    site = str(tmp_path / "site")
    ran = subprocess.run(
        [sys.executable, "-c", script, site],
        env={"PYTHONPATH": site},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.stdout, ran.returncode) == ("1\n", 0), ran.stderr
    suite = [sys.executable, "-m", "luminus_zoom_contract", "--dry-run", "--out", str(tmp_path / "out")]
    listed = subprocess.run(
        suite, env={"PYTHONPATH": site}, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert "requests would be sent" in listed.stdout, listed.stderr
    assert listed.returncode == 0


def test_the_lock_holds_everything_that_the_project_asks_for() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = settings["project"], settings["dependency-groups"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    lines = [line for group in groups.values() for line in group if isinstance(line, str)]
    asked = {
        re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") for line in (*project["dependencies"], *extras, *lines)
    }
    locked = "".join(lock.read_text(encoding="utf-8") for lock in (ROOT / "locks").glob("*.txt"))
    missing = sorted(name for name in asked if not re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE))
    assert not missing, f"run make lock: {missing}"
