"""Take Swagger UI, with its licences, out of the locked npm package into the mock's own package.

It is a build hook of hatchling, so that `make` has it in a checkout, and wheel and sdist ship it. Without npm, or
without its registry, the build goes on: the mock then shows a plain reference, and says why. `python bundle.py` does
the same by hand, and fails where it cannot.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "mock_server/luminus_zoom_mock/swagger_ui"
FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui-bundle.js.LICENSE.txt", "LICENSE", "NOTICE")
LOCKS = ("package.json", "package-lock.json")


class BundleHook(BuildHookInterface[Any]):
    """Takes the bundle before anything is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Take the bundle, or say why the page will be the plain one."""
        try:
            take()
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"the mock's page will be the plain reference, since npm failed: {error}")


def take() -> None:
    """Write the files, unless they are those of the lock already.

    Raises OSError where npm is missing, and subprocess.SubprocessError where it fails.
    """
    if (stamp := TARGET / "lock").exists() and stamp.read_text("utf-8") == _locked():
        return
    npm = shutil.which("npm")
    if npm is None:
        if TARGET.exists():  # as in an unpacked sdist, whose files are of the lock
            return
        raise FileNotFoundError("npm is not there")
    # Elsewhere, so that builds at the same time do not disturb each other, and a half of the files is never seen.
    with tempfile.TemporaryDirectory(dir=TARGET.parents[2]) as folder:
        for name in LOCKS:
            shutil.copy(HERE / name, folder)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=folder, check=True, timeout=300, capture_output=True)  # noqa: S603
        made = Path(folder) / "made"
        made.mkdir()
        for name in FILES:
            shutil.copy(Path(folder) / "node_modules/swagger-ui-dist" / name, made)
        (made / "lock").write_text(_locked(), "utf-8")
        shutil.rmtree(TARGET, ignore_errors=True)
        made.rename(TARGET)


def _locked() -> str:
    return hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        take()
    except (OSError, subprocess.SubprocessError) as error:
        sys.exit(f"Swagger UI could not be taken: {error}")
