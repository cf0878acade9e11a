"""``schema diagram``: the tables and their relations as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from schema.cli.options import (
    json_option,
    json_text,
    note,
    opened,
    project_options,
    shown,
    write,
    write_bytes,
)

if TYPE_CHECKING:
    from schema.diagram import Diagram

__all__ = ["diagram"]

_FORMATS = ("svg", "png", "html", "mermaid", "dbml", "text", "json")


@click.command()
@project_options
@json_option
@click.option(
    "--at",
    metavar="REV",
    help="A revision, 'live' or 'models'. By default what is known best: the live database if it "
    "can be read, else the heads of the revisions, else the models.",
)
@click.option("--since", metavar="REV", help="Mark what changed from this revision on.")
@click.option("--focus", metavar="TABLE", multiple=True, help="Show this table and what is near.")
@click.option(
    "--distance",
    metavar="N",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How many relations away from it is near.",
)
@click.option(
    "--all", "is_all", is_flag=True, help="With --since: show also what is far from every change."
)
@click.option(
    "--detail",
    type=click.Choice(["all", "keys", "names"]),
    help="Which columns are shown. By default all, from 61 tables on none.",
)
@click.option("--no-implied", is_flag=True, help="Foreign keys only, nothing that names tell of.")
@click.option(
    "--dialect",
    type=click.Choice(["sqlite", "postgresql"]),
    help="The kind of scratch database for revisions and models.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="By default what the ending of the output's name says, else text.",
)
@click.option("--dark", "is_dark", is_flag=True, help="Draw a PNG in dark colours.")
@click.option(
    "-o", "--output", metavar="FILE", help="Write to this file; - is standard output, as without."
)
def diagram(
    config: str | None, url: str | None, python: str | None, as_json: bool, at: str | None,
    since: str | None, focus: tuple[str, ...], distance: int, is_all: bool, detail: str | None,
    no_implied: bool, dialect: str | None, form: str | None, is_dark: bool, output: str | None,
) -> None:  # fmt: skip
    """Draw the tables and their relations.

    Relations that no foreign key keeps, but the names of columns tell of, are dashed. From 61
    tables on, the picture is a map of groups; --focus shows a part of it in full. SVG files follow
    the reader's light or dark theme; PNG needs: pip install "schema-workbench[png]"

    \b
    Example:
      schema diagram -o schema.svg
      schema diagram --focus guest_requests --distance 2 -o guests.png
      schema diagram --since 487f52cc5aef --at head -o changes.html
      schema diagram --format mermaid
    """
    chosen = "json" if as_json else form or _form_of(output)
    with opened(config, url, python) as project:
        found = project.diagram(
            at, since, focus or None, distance, around=None if is_all else 1,
            implied=not no_implied, detail=detail, dialect=dialect,
        )  # fmt: skip
    for said in found.notes:
        note(said)
    path = None if output in (None, "-") else Path(output or "")
    if chosen == "png":
        from schema.render.er_files import er_png

        write_bytes(er_png(found, is_dark=is_dark), path)
    else:
        write(_as(found, chosen), path)


def _form_of(output: str | None) -> str:
    """The format by a file's ending; a file without an ending is SVG."""
    if output in (None, "-"):
        return "text"
    ending = Path(output or "").suffix.lower().removeprefix(".")
    also = {"": "svg", "mmd": "mermaid", "htm": "html", "txt": "text"}
    form = also.get(ending, ending)
    if form not in _FORMATS:
        raise click.UsageError(
            f"No picture is written as .{ending}. Name the file .svg, .png, .html, .mermaid, "
            ".dbml, .json or .txt, or say which it is: --format."
        )
    return form


def _as(found: Diagram, form: str) -> str:
    from schema.render.er_files import er_page, er_standalone_svg

    if form == "text":
        return shown(found)
    if form == "json":
        return json_text(found.to_dict())
    if form == "mermaid":
        return found.mermaid()
    if form == "dbml":
        return found.dbml()
    return er_page(found) if form == "html" else er_standalone_svg(found)
