"""Blocks as GitHub's Markdown, in which nothing that was read means anything but itself."""

from __future__ import annotations

import re

from schema.report.model import Block, Fold, Heading, Table
from schema.wording import printable

__all__ = ["github"]

# An underscore within a word is no emphasis (https://github.github.com/gfm/, section 6.4), and
# names are full of them.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w)")

# What would call a person, or link an issue, if a zero-width space did not part it: escapes do not
# help, as GitHub looks for both in the text that comes out
# (https://docs.github.com/en/get-started/writing-on-github).
_CALLING = re.compile(r"([@#])(?=\w)|(?<=\bGH)-(?=\d)")

# Two dollar signs in a line would make a formula of what is between them. A tag around each is what
# GitHub says to write
# (https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/writing-mathematical-expressions).
_MATH = re.compile(r"\$")

#: Characters that mean something inside of a code span, or of a table around it.
_UNSAFE_IN_CODE = re.compile(r"[`|\\\n\r\t]")


def github(block: Block) -> str:
    """One block as Markdown, without an empty line at its end."""
    if isinstance(block, Fold):
        inner = "\n\n".join(map(github, block.blocks))
        return f"<details><summary>{_html(block.title)}</summary>\n\n{inner}\n\n</details>"
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Heading):
        return f"**{_escaped(block.content)}**"
    if block.is_code:
        return _fenced(printable(block.content), block.language)
    return _escaped(block.content)


def _table(block: Table) -> str:
    rules = ["---:" if name in block.numbers else "---" for name in block.columns]
    rows = [
        [_code(cell) if name in block.code else _escaped(cell)
         for name, cell in zip(block.columns, row, strict=True)]
        for row in block.rows
    ]  # fmt: skip
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(block.columns), rules, *rows])


def _escaped(content: str) -> str:
    safe = _SPECIAL.sub(lambda found: "\\" + found.group(), printable(content))
    return "<br>".join(_parted(line.strip()) for line in safe.splitlines())


def _parted(content: str) -> str:
    calling = _CALLING.sub(lambda found: f"{found.group()}&#8203;", content)
    return _MATH.sub("<span>$</span>", calling)


def _code(content: str) -> str:
    """A code span; in one, names call nobody. Empty for nothing, which has no code span."""
    safe = printable(content).strip()
    if not safe:
        return ""
    if _UNSAFE_IN_CODE.search(safe) is None:
        return f"`{safe}`"
    return f"<code>{_entities(safe)}</code>"


def _html(content: str) -> str:
    # First: the number of an entity, as in "&#95;", would be taken for that of an issue.
    parted = _CALLING.sub(lambda found: f"{found.group()}\u200b", printable(content))
    return _entities(parted)


def _entities(content: str) -> str:
    """Text within tags of HTML: all that Markdown or HTML could take for its own is a number."""
    special = re.compile(r"[^\w\s.,:;()='\"/+→−–…-]|_")
    lines = (special.sub(lambda found: f"&#{ord(found.group())};", line.strip())
             for line in content.splitlines())  # fmt: skip
    return "<br>".join(lines)


def _fenced(content: str, language: str) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}"
