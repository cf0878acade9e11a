"""Values as terminal text, as Markdown, and as what JSON can hold.

A value is first made into blocks; ``text`` and ``markdown`` write the same blocks.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, Protocol, cast

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from schema.compare import Differences
from schema.history import History
from schema.report.blocks import Block, Heading, Table, blocks_of
from schema.wording import printable

__all__ = ["markdown", "plain", "text"]

Stamp = tuple[str, ...]


class _Dictable(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def text(
    value: object,
    *,
    current: Stamp | None = None,
    width: int | None = None,
    colour: bool = False,
) -> str:
    """The value for a terminal, ``width`` columns wide: the terminal's own width when None.

    Takes a History (``current``: the stamps of a database), Differences, a Drift, a Step, a
    sequence of steps, or a Rehearsal. Nothing in it acts on a terminal but our own colours.
    """
    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        before: Block | None = None
        for block in blocks_of(value, current):
            if isinstance(block, Heading) and before is not None:
                console.print()
            _print(console, block)
            before = block
    lines = (line.rstrip() for line in captured.get().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def markdown(value: object, *, current: Stamp | None = None) -> str:
    """The same as ``text`` takes and tells, in GitHub's Markdown."""
    return "\n\n".join(_markdown(block) for block in blocks_of(value, current)) + "\n"


def plain(value: object, *, current: Stamp | None = None) -> list[Any] | dict[str, Any]:
    """The same as JSON can hold it: the value's own ``to_list`` or ``to_dict``."""
    if isinstance(value, History):
        return value.to_list(current)
    if isinstance(value, Differences):
        return value.to_list()
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    return cast("_Dictable", value).to_dict()


# -- to text --------------------------------------------------------------------------


def _print(console: Console, block: Block) -> None:
    if isinstance(block, Table):
        console.print(_rich_table(block))
        return
    style = ""
    if isinstance(block, Heading):
        style = "bold red" if block.is_bad else "bold"
    console.print(Text(printable(block.content), style=style))


def _rich_table(block: Table) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name in block.columns:
        table.add_column(
            name,
            justify="right" if name in block.numbers else "left",
            no_wrap=name in block.unbroken | block.numbers,
            overflow="fold",
        )
    for row in block.rows:
        table.add_row(*(Text(printable(cell), style=_style(cell)) for cell in row))
    return table


def _style(cell: str) -> str:
    styles = {"+ added": "green", "− removed": "red", "~ changed": "yellow", "→ renamed": "blue"}
    styles |= {"✗ failed": "bold red", "✓ done": "green", "◆ current": "bold", "✓ applied": "dim"}
    return styles.get(cell, "")


# -- to Markdown ----------------------------------------------------------------------

# An underscore within a word is no emphasis (https://github.github.com/gfm/, section 6.4), and
# names are full of them.
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&]|(?<!\w)_|_(?!\w)")


def _markdown(block: Block) -> str:
    if isinstance(block, Table):
        return _markdown_table(block)
    if isinstance(block, Heading):
        return f"**{_escaped(block.content)}**"
    if block.is_code:
        return _fenced(printable(block.content))
    return _escaped(block.content)


def _markdown_table(block: Table) -> str:
    rules = ["---:" if name in block.numbers else "---" for name in block.columns]
    rows = [[_escaped(cell) for cell in row] for row in block.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [list(block.columns), rules, *rows])


def _escaped(content: str) -> str:
    safe = _SPECIAL.sub(lambda found: "\\" + found.group(), printable(content))
    return "<br>".join(line.strip() for line in safe.splitlines())


def _fenced(content: str) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{content}\n{fence}"
