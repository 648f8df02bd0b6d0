"""Write the API's reference as files for any web server, where Try it asks for the address to send to.

`make reference-page` runs it with the folder to write to. The same page, at the mock's `/`, sends to that mock.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from luminus_zoom_mock import pages
from luminus_zoom_mock.contract import load

ROOT = Path(__file__).resolve().parents[2]


def write(target: Path) -> None:
    """Write the page, what it loads, the licences of that, and the document."""
    contract = load(ROOT / "openapi.yaml")
    address = {"default": f"http://127.0.0.1:8000{contract.base}", "description": "Base URL, here of a mock"}
    server = {"url": "{address}", "variables": {"address": address}}
    target.mkdir(parents=True, exist_ok=True)
    page = pages.reference_page(contract, server, place="API reference", links=pages.LINKS)
    for name, text in {
        "index.html": page,
        "openapi.json": pages.as_json(contract, server),
        "openapi.yaml": pages.as_yaml(contract, server),
    }.items():
        (target / name).write_text(text, encoding="utf-8")
    for path in pages.files():
        shutil.copy(path, target)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
    print(f"{sys.argv[1]}/index.html")
