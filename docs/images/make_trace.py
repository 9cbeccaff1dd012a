"""Makes trace.png, the picture in observation.md: ``python docs/images/make_trace.py``. It needs chromium."""

import subprocess
import sys
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).with_name("trace.png")
COMMAND = (sys.executable, "-m", "unitofwork.entrypoints.cli", "trace", "-m", "accounts.demo")


def main() -> None:
    """Trace the example's tour, open what is worth seeing, and take the picture."""
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        subprocess.run(COMMAND, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1040, "height": 800})
        page.goto(Path(folder, "unitofwork-trace.html").as_uri())
        _open(page)
        page.screenshot(path=PICTURE, full_page=True)
        browser.close()


def _open(page: Page) -> None:
    """The unit of the request that changed a user, with the SQL of its flush; those without it are left out."""
    changing = page.locator(".unit", has_text="web.py").locator("nth=0")
    changing.locator("summary").first.click()
    changing.locator("summary", has_text="flush").last.click()
    page.evaluate(
        "all => all.forEach((one, at) => { if (!one.open && at > 4) one.remove(); })",
        page.locator(".unit").element_handles(),
    )
    page.mouse.move(0, 0)


if __name__ == "__main__":
    main()
