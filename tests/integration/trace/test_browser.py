"""The page in a real browser: bars where they belong, nothing loaded, nothing amiss, with and without scripts."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from servers.plugin import required
from servers.private import ServerMissing
from unit.entrypoints.trace.lived import committed, flushed, found, lived, loaded, sent, step
from unitofwork.domain.observation import Changes, StepKind, UnitOutcome
from unitofwork.entrypoints.trace.keeping import Keeper
from unitofwork.entrypoints.trace.page import page_of

HOSTILE = "</script><img src=x onerror=alert(1)>\"'"

_OPTIONS = (
    "--no-sandbox",  # a root user has none
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Generator[Browser]:
    """The browser, in a folder of its own that is gone afterwards."""
    path = which("chromium") or which("chromium-browser")
    if path is None:
        raise ServerMissing("there is no chromium in the PATH")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*_OPTIONS])
        try:
            yield browser
        finally:
            browser.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with required("chromium", chromium()) as started:
        yield started


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    flush = step(StepKind.FLUSH, started=0.3, seconds=0.2, entity=None, statements=[sent("INSERT INTO users (name)")])
    keeper = Keeper()
    for record in (
        lived(flush, committed(started=0.6, seconds=0.3), started=0.0, seconds=1.0),
        lived(found(9), *[loaded()] * 9, outcome=UnitOutcome.READ, started=1.2, seconds=0.001),
        lived(flushed(1), outcome=UnitOutcome.LEFT, left=Changes(dirty=1), started=1.3, seconds=0.5),
        lived(unit=HOSTILE, worker=HOSTILE, outcome=UnitOutcome.FAILED, error=HOSTILE, started=90.0, seconds=0.5),
        lived(found(1), worker="worker-1", outcome=UnitOutcome.ROLLED_BACK, started=1.0, seconds=1.5),
    ):
        keeper.begun(record.begun)
        keeper.ended(record)
    made = tmp_path_factory.mktemp("trace") / "page.html"
    made.write_text(str(page_of(keeper.traced(HOSTILE))), encoding="utf-8")
    return made


@contextmanager
def opened(context: BrowserContext, page_file: Path) -> Generator[Page]:
    """The page, which asks for nothing, complains of nothing and shows no dialogue while it is open."""
    amiss: list[str] = []
    requested: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        amiss.append(dialog.message)
        dialog.dismiss()

    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda message: amiss.append(message.text))
    page.on("pageerror", lambda error: amiss.append(str(error)))
    page.on("dialog", dismissed)
    page.on("request", lambda request: requested.append(request.url))
    page.goto(page_file.as_uri())
    yield page
    assert amiss == []
    assert requested == [page_file.as_uri()]
    context.close()


def boxes(page: Page, selector: str) -> list[dict[str, float]]:
    found: list[dict[str, float]] = page.eval_on_selector_all(
        selector, "all => all.map(one => { const {x, y, width} = one.getBoundingClientRect(); return {x, y, width}; })"
    )
    return found


def test_bars_are_in_order_and_in_proportion(browser: Browser, page_file: Path) -> None:
    with opened(browser.new_context(), page_file) as page:
        first, second, third, last = boxes(page, ".lane:nth-of-type(3) .bar, .lane:nth-of-type(5) .bar")
        (other,) = boxes(page, ".lane:nth-of-type(4) .bar")
        lefts = [box["x"] for box in (first, second, third, last)]
        assert lefts == sorted(lefts)
        assert all(box["width"] >= 4 for box in (first, second, third, last, other))
        assert first["width"] == pytest.approx(2 * third["width"], rel=0.05)
        assert other["width"] == pytest.approx(3 * third["width"], rel=0.05)
        assert other["y"] > first["y"]
        assert other["x"] == pytest.approx(first["x"] + first["width"], abs=2)
        (before,) = boxes(page, ".canvas > div")
        page.click("text=4×")
        (after,) = boxes(page, ".canvas > div")
        assert after["width"] > 3.9 * before["width"]


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_click_on_a_flush_opens_its_sql(browser: Browser, page_file: Path, scripts: bool) -> None:
    with opened(browser.new_context(java_script_enabled=scripts), page_file) as page:
        sql = page.locator("text=INSERT INTO users (name)").locator("visible=true")
        assert sql.count() == 0
        page.click(".bar.committed")
        flush = page.locator("#u1 .marks a.change")
        flush.wait_for(state="visible")
        flush.click()
        sql.wait_for(state="visible")
        page.locator("#u1 summary:has-text('flush')").click()
        sql.wait_for(state="hidden")


def test_it_says_at_once_what_a_bar_is(browser: Browser, page_file: Path) -> None:
    with opened(browser.new_context(), page_file) as page:
        page.hover(".bar.lost")
        assert "1 entity changed, never committed" in page.inner_text(".tip")
        page.hover("h1")
        assert page.locator(".tip").count() == 0


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_light_and_dark(browser: Browser, page_file: Path, scheme: str, is_dark: bool) -> None:
    context = browser.new_context(color_scheme="dark" if is_dark else "light")
    with opened(context, page_file) as page:
        shades = page.eval_on_selector("body", "b => [getComputedStyle(b).backgroundColor, getComputedStyle(b).color]")
        ground, ink = ([int(part) for part in shade[4:-1].split(",")] for shade in shades)
        assert (sum(ground) < 150) is is_dark
        assert (sum(ink) > 600) is is_dark


def test_a_telephone_need_not_scroll_sideways(browser: Browser, page_file: Path) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    with opened(context, page_file) as page:
        page.tap(".unit.lost > summary")
        page.locator(".unit.lost .steps").wait_for(state="visible")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
