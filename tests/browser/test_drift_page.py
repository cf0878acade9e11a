"""The single HTML file in a browser: legible in both themes, on paper, and alone on a train."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, sync_playwright

from schema.compare import Difference, Differences
from schema.drift import Drift
from schema.render import drift_page

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore")]

HOSTILE = '"><script>document.title="owned"</script><img src=http://example.invalid/x>\u202e'

CONTRAST = """() => {
    const light = text => {
        const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map(Number).map(c => c / 255).map(
            c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const style = getComputedStyle(document.querySelector('.swb'));
    const pair = [light(style.color), light(style.backgroundColor)].sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
}"""
DARKNESS = "() => getComputedStyle(document.body).backgroundColor"
HEIGHT = "() => document.querySelector('details:not([open])').getBoundingClientRect().height"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The address of a page with hostile names in it, drift and folded parts."""
    found = [
        Difference("column", None, "users", name, "changed", {"type": ("A" * 300, "B")}, "pending")
        for name in ("role", HOSTILE)
    ]
    drift = Drift(
        sa.make_url("sqlite:///x"), ("a1",), ("b1",), Differences(found), Differences(),
        Differences(found), notes=(HOSTILE,),
    )  # fmt: skip
    path = tmp_path / "drift.html"
    path.write_text(drift_page(drift))
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_follows_the_readers_theme_and_asks_nobody(
    browser: Browser, file: str, scheme: str
) -> None:
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file)
    assert asked == [file]
    assert page.title() == "Drift of sqlite:///x"
    assert page.evaluate(CONTRAST) > 7
    assert (page.evaluate(DARKNESS) == "rgb(255, 255, 255)") == (scheme == "light")


def test_it_fits_on_a_telephone(browser: Browser, file: str) -> None:
    page = browser.new_context(viewport={"width": 400, "height": 800}).new_page()
    page.goto(file)
    assert page.evaluate("document.documentElement.scrollWidth") <= 400


def test_on_paper_everything_is_unfolded(browser: Browser, file: str) -> None:
    page = browser.new_context(color_scheme="dark").new_page()
    page.goto(file)
    folded = page.evaluate(HEIGHT)
    page.emulate_media(media="print")
    assert page.evaluate(HEIGHT) > folded + 40
    assert page.evaluate(DARKNESS) == "rgb(255, 255, 255)", "ink is dear"
