"""How Sphinx builds the documentation: `make docs`. Pages are Markdown; the library's reference is its docstrings."""

import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / folder) for folder in ("wrapper", "generated_client", "mock_server", "contract_tests")]

project = "luminus-zoom"
author = copyright = "The maintainers of luminus-zoom"
version = release = re.search(r'__version__ = "(.+)"', (ROOT / "wrapper/luminus_zoom/__init__.py").read_text())[1]  # type: ignore[index]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["samples"]
html_theme = "furo"
html_title = "luminus-zoom"
html_show_sphinx = False
html_copy_source = False
myst_heading_anchors = 4
autodoc_member_order = "bysource"
autodoc_typehints = "description"
# Single backquotes in docstrings name code of this project.
default_role = "literal"
PAGES = {
    "](../README.md": "](index.md",
    "](../CONTRIBUTING.md": "](changing.md",
    "](CONTRIBUTING.md": "](docs/changing.md",
}
"""Links to files at the root, which read well in a checkout, and the pages that have their text here."""


def setup(app: Any) -> None:
    """Let links lead to pages instead of files at the root."""
    app.connect("source-read", lambda _, __, text: linked(text))
    app.connect("include-read", lambda _, __, ___, text: linked(text))


def linked(text: list[str]) -> None:
    """Replace the links in a page's text, which Sphinx hands over as the only item of a list."""
    for file, page in PAGES.items():
        text[0] = text[0].replace(file, page)
