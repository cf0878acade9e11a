"""The options that say what of a database is copied; for every command that copies one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from schema.scratch import Choice

__all__ = ["copy_options"]


def copy_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command, which is given a ``choice`` (schema.scratch.Choice) for them.

    Raises click.UsageError for options that contradict each other, and ScratchError for values
    that make no sense.
    """

    @functools.wraps(command)
    def chosen(
        *args: Any,  # noqa: ANN401
        schema_only: bool,
        first: int | None,
        sample: str | None,
        synthetic: int | None,
        seed: int,
        mask: tuple[str, ...],
        keep_table: tuple[str, ...],
        **kwargs: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        choice = _choice(schema_only, first, sample, synthetic, seed)
        choice = choice.keeping(*keep_table).masked(mask)
        return command(*args, choice=choice, **kwargs)

    for option in reversed(_OPTIONS):
        chosen = option(chosen)
    return chosen


_OPTIONS = (
    click.option("--schema-only", is_flag=True, help="Copy no rows but Alembic's stamps."),
    click.option(
        "--first", type=click.IntRange(min=1), metavar="N", help="Copy N rows of each table."
    ),
    click.option(
        "--sample",
        metavar="PART",
        help="Copy a part of each table, such as 0.05 or 5%, or a number of rows. "
        "Rows that foreign keys lead to come along, as with --first.",
    ),
    click.option(
        "--synthetic",
        type=click.IntRange(min=1),
        metavar="N",
        help="Copy no rows, and make up N for each table.",
    ),
    click.option(
        "--seed",
        type=int,
        default=0,
        show_default=True,
        metavar="N",
        help="Which rows are sampled, or made up: the same for the same seed.",
    ),
    click.option(
        "--mask",
        multiple=True,
        metavar="RULE",
        help="Mask columns before anybody sees them: TABLE.COLUMN=RULE, such as *.email=fake:email "
        "or users.name=hash. May be given several times.",
    ),
    click.option(
        "--keep-table",
        multiple=True,
        metavar="NAME",
        help="Copy this table whole, whatever is chosen of the others; alembic_version always is.",
    ),
)


def _choice(
    schema_only: bool, first: int | None, sample: str | None, synthetic: int | None, seed: int
) -> Choice:
    from schema.scratch import Choice

    given = [schema_only, first is not None, sample is not None, synthetic is not None]
    if sum(given) > 1:
        raise click.UsageError(
            "--schema-only, --first, --sample and --synthetic exclude each other; give one."
        )
    if schema_only:
        return Choice.schema_only()
    if first is not None:
        return Choice.first(first)
    if sample is not None:
        return Choice.sample(_amount(sample), seed=seed)
    if synthetic is not None:
        return Choice.synthetic(synthetic, seed=seed)
    return Choice()


def _amount(text: str) -> float:
    """A part as a float, a number of rows as an int."""
    try:
        if text.endswith("%"):
            return float(text[:-1]) / 100
        return int(text) if text.isdecimal() else float(text)
    except ValueError:
        raise click.UsageError(
            f"--sample is a part, such as 0.05 or 5%, or a number of rows; not {text!r}."
        ) from None
