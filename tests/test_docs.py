"""The documentation's pages are built without a warning, and load nothing from another host."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The pages' HTML by name."""
    built = tmp_path_factory.mktemp("docs")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(ROOT / "docs"), str(built)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return {path.name: path.read_text(encoding="utf-8") for path in built.glob("*.html")}


def test_every_document_is_a_page(pages: dict[str, str]) -> None:
    documents = {f"{path.stem}.html" for path in (ROOT / "docs").glob("*.md")}
    assert documents <= pages.keys()
    contents = pages["index.html"]
    assert [name for name in documents if f'href="{name}"' not in contents and name != "index.html"] == []


def test_nothing_is_loaded_from_another_host(pages: dict[str, str]) -> None:
    sources = r'<(?:script|img|iframe|source)[^>]+src="([^"]+)'
    links = r'<link[^>]+rel="(?:stylesheet|icon|preload)[^>]+href="([^"]+)'
    found = [address for text in pages.values() for which in (sources, links) for address in re.findall(which, text)]
    assert found
    assert [address for address in found if "//" in address] == []


def test_the_library_s_reference_has_every_public_name(pages: dict[str, str]) -> None:
    import luminus_zoom

    enums = {"AuthenticationOption", "MeetingType", "RecordType"}
    others = {"MeetingArguments", "Outcome", "Problem", "__version__"}
    names = set(luminus_zoom.__all__) - enums - others
    assert [name for name in sorted(names) if f'.{name}"' not in pages["library.html"]] == []
