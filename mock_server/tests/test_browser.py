"""The mock's pages in a real browser, which reaches nothing but the mock; `test_pages.py` looks without one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from luminus_zoom_mock import MockServer, Settings, pages
from tools.reference_page.static import write

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LIBRARY = Path(__file__).parent / "library.yaml"
AXE = Path(__file__).parents[2] / "tools/linters/node_modules/axe-core/axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SIZES = [(400, "light"), (400, "dark"), (1400, "light"), (1400, "dark")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for which no other host has an address."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium is there, so the pages are not tried in a browser")
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def page_of(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function from an address to its page. In the end, only that origin was asked, and `also`, without an error."""
    opened: list[tuple[Page, tuple[str, ...], list[str], list[str]]] = []

    def show(url: str, width: int = 1400, scheme: Any = "light", also: str = "data:") -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page = context.new_page()
        page.set_default_timeout(60_000)
        asked: list[str] = []
        errors: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
        page.goto(url)
        opened.append((page, (origin(url), "data:", "blob:", also), asked, errors))
        return page

    yield show
    for page, allowed, asked, errors in opened:
        assert [it for it in asked if not it.startswith(allowed)] == []
        assert errors == []
        page.context.close()


@pytest.fixture
def server() -> Iterator[MockServer]:
    with MockServer() as opened:
        yield opened


def origin(url: str) -> str:
    """Scheme and host of an address, with the slash."""
    found = re.match(r"\w+://[^/]*/", url)
    assert found
    return found[0]


def root(server: MockServer) -> str:
    return server.base_url.removesuffix(server.app.contract.base) + "/"


def execute(page: Page) -> None:
    page.get_by_role("button", name="Execute").first.click()


def answered(page: Page, status: int) -> None:
    page.locator(".live-responses-table .response-col_status", has_text=str(status)).wait_for()


needs_swagger_ui = pytest.mark.skipif(
    not pages.ASSETS["swagger-ui-bundle.js"].exists(), reason="without npm the page is the plain one"
)
needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not there: npm is missing")


@needs_swagger_ui
def test_a_meeting_is_created_seen_and_made_to_fail(page_of: Callable[..., Page], server: MockServer) -> None:
    reference = page_of(root(server))
    execute(reference)
    answered(reference, 201)
    server.assert_created(times=1)

    mock = page_of(root(server) + "_mock/")
    name = server.meetings[0]["name"]
    mock.locator("#meetings", has_text=name).wait_for()
    mock.locator("#requests", has_text="POST /zoom/Meeting 201").wait_for()
    mock.get_by_label("What goes wrong").select_option("server error after creating")
    mock.get_by_role("button", name="Fail the next request").click()
    mock.locator("#waiting", has_text="server error after creating: the next request").wait_for()

    execute(reference)
    answered(reference, 500)
    failed = mock.locator("#requests > li", has_text="500 (server error after creating)")
    failed.get_by_text("a meeting was created").wait_for()
    mock.locator("#state", has_text="2 requests, 2 meetings. No request will fail.").wait_for()

    failed.locator("summary").click()
    assert server.subscription_key not in mock.locator("body").inner_text()
    mock.get_by_role("button", name="Delete the meetings").click()
    mock.locator("#state", has_text="2 requests, 0 meetings").wait_for()
    assert server.meetings == []


@needs_swagger_ui
def test_other_contracts_are_shown_too(page_of: Callable[..., Page]) -> None:
    with MockServer(Settings(contract=LIBRARY)) as server:
        page = page_of(root(server))
        page.locator(".opblock").nth(len(server.app.contract.operations) - 1).wait_for()


@needs_swagger_ui
def test_the_page_as_files_sends_to_the_address_that_is_typed(page_of: Callable[..., Page], tmp_path: Path) -> None:
    write(tmp_path)
    with MockServer(Settings(allow_origins=frozenset({"null"}))) as server:
        page = page_of(f"file://{tmp_path}/index.html", also=root(server))
        page.get_by_label("Server variable").fill(server.base_url)
        page.get_by_role("button", name="Authorize").first.click()
        page.locator(".auth-container input").first.fill(server.subscription_key)
        page.locator(".modal-ux").get_by_role("button", name="Authorize").first.click()
        page.get_by_role("button", name="Close").last.click()
        execute(page)
        answered(page, 201)
        server.assert_created(times=1)


@needs_axe
@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("path", ["", "_mock/", "plain"])
def test_axe_finds_nothing(
    path: str,
    width: int,
    scheme: str,
    page_of: Callable[..., Page],
    server: MockServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    if path == "plain":
        monkeypatch.setitem(pages.ASSETS, "swagger-ui-bundle.js", tmp_path / "none")
    elif path == "" and not pages.ASSETS["swagger-ui-bundle.js"].exists():
        pytest.skip("without npm the page is the plain one")
    page = page_of(root(server) + path.removeprefix("plain"), width, scheme)
    if path == "":
        execute(page)
        answered(page, 201)
        assert faults(page) == []
        page.get_by_role("button", name="Authorize").first.click()
        page.locator(".modal-ux").wait_for()
    elif path == "_mock/":
        server.fail_next(503)
        page.locator("#waiting li").wait_for()
    assert faults(page) == []
    # Nothing is wider than the window: only tables and code scroll sideways.
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def faults(page: Page) -> list[str]:
    """What axe-core finds wrong, and where."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run()")
    return [f"{it['id']}: {node['target']} {node['html'][:120]}" for it in found["violations"] for node in it["nodes"]]
