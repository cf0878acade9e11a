"""Values as terminal text, as Markdown, and as what JSON can hold.

A value is first made into blocks; ``text`` and ``markdown`` write the same blocks.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, cast

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from schema.compare import Differences
from schema.history import History
from schema.report.blocks import blocks_of
from schema.report.github import github
from schema.report.model import Block, Fold, Heading, Line, Table
from schema.report.rehearsal import told
from schema.wording import printable

__all__ = ["markdown", "plain", "text", "told"]

Stamp = tuple[str, ...]

#: A comment on GitHub holds 65,536 characters.
MOST_CHARACTERS = 60_000
#: How many rows of each table to try, until it fits.
_ROWS = (10_000, 200, 80, 30, 10, 3, 0)


class _Dictable(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


def text(
    value: object,
    *,
    current: Stamp | None = None,
    width: int | None = None,
    colour: bool = False,
    cosmetic: bool = False,
    was_told: bool = False,
) -> str:
    """The value for a terminal, ``width`` columns wide: the terminal's own width when None.

    Takes a History (``current``: the stamps of a database), Differences, a Drift (``cosmetic``: its
    cosmetic differences too), a Location, a Repair or its Proof, a Step, a sequence of steps, a
    Rehearsal (``was_told``: its steps were told one by one), a Forecast or what it expects. Nothing
    in it acts on a terminal but our own colours.
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
        before: Heading | Line | Table | None = None
        for block in _unfolded(blocks_of(value, current, cosmetic=cosmetic, was_told=was_told)):
            if isinstance(block, Heading) and before is not None:
                console.print()
            _print(console, block)
            before = block
    lines = (line.rstrip() for line in captured.get().splitlines())
    return "\n".join(lines).strip("\n") + "\n"


def markdown(value: object, *, current: Stamp | None = None, cosmetic: bool = False) -> str:
    """The same as ``text`` takes, in GitHub's Markdown, to be pasted into a pull request.

    So much of a Drift or of a rehearsal is told as fits into a comment, and the rest is counted.
    """
    for rows in _ROWS:
        most = MOST_CHARACTERS if rows else None
        said = _joined(blocks_of(value, current, cosmetic=cosmetic, rows=rows), most)
        if said is not None:
            break
    return said or ""


def _joined(blocks: Iterable[Block], most: int | None) -> str | None:
    """The blocks as Markdown; None, as soon as that is known, when they are longer than that."""
    parts: list[str] = []
    left = most
    for block in blocks:
        parts.append(github(block))
        if left is not None:
            left -= len(parts[-1]) + 2
            if left < 0:
                return None
    return "\n\n".join(parts) + "\n"


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


def _unfolded(blocks: Iterable[Block]) -> Iterator[Heading | Line | Table]:
    """A terminal folds nothing: what is brief is only named, all else is there."""
    for block in blocks:
        if isinstance(block, Fold) and block.is_aside:
            continue
        if isinstance(block, Fold):
            yield Heading(block.title)
            yield from () if block.is_brief else _unfolded(block.blocks)
        else:
            yield block


def _print(console: Console, block: Heading | Line | Table) -> None:
    if isinstance(block, Table):
        console.print(_rich_table(block, console.width))
        return
    style = ""
    if isinstance(block, Heading):
        style = "bold red" if block.is_bad else "bold"
    console.print(Text(printable(block.content), style=style))


def _rich_table(block: Table, width: int) -> RichTable:
    table = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number, name in enumerate(block.columns):
        table.add_column(
            name,
            width=_width_of_names(block, number, width) if name == "Object" else None,
            justify="right" if name in block.numbers else "left",
            no_wrap=name in block.unbroken | block.numbers,
            overflow="fold",
        )
    for row in block.rows:
        table.add_row(*(Text(printable(cell), style=_style(cell)) for cell in row))
    return table


def _width_of_names(block: Table, number: int, width: int) -> int:
    """A third of the page, or what the longest name needs, at most half of it: the sentences in
    other columns can be broken anywhere."""
    cells = [printable(row[number]) for row in block.rows]
    cell = max(map(cell_len, [block.columns[number], *cells]))
    word = max((cell_len(word) for cell in cells for word in cell.split()), default=1)
    return min(max(word, min(cell, width // 3)), width // 2)


def _style(cell: str) -> str:
    styles = {"+ added": "green", "− removed": "red", "~ changed": "yellow", "→ renamed": "blue"}
    styles |= {"✗ failed": "bold red", "✓ done": "green", "◆ current": "bold", "✓ applied": "dim"}
    return styles.get(cell, "")
