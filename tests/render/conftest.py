"""Names as hostile as a database may hold, and a reader that looks at a page as a browser does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

_VOID = {"meta", "br", "img", "col"}


class Page(HTMLParser):
    """The tags and the text of a page; fails when a tag is left open."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.said = ""
        self.feed(markup)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said += data


HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=y>",
    "quotes": 'it\'s "quoted" `so` [and] {so} %s %(x)s \\',
    "attribute": '"><a href="javascript:x" onclick=y>',
    "lines": "one\ntwo\r\n\nthree\tfour",
    "emoji": "🛒👩‍👧naïve",
    "bidi": "user\u202eresu\u2066x\u2069",
    "terminal": "\x1b[31mred\x1b[0m\x07\x08",
    "markdown": "| a | **b** @octocat #12 GH-3 <!-- -->",
    "long": "x" * 63,
}


@pytest.fixture(params=HOSTILE.values(), ids=HOSTILE.keys())
def hostile(request: pytest.FixtureRequest) -> str:
    """A name that means something to HTML, Markdown, SQL, a terminal, or the order of letters."""
    return str(request.param)


@pytest.fixture
def read() -> type[Page]:
    return Page
