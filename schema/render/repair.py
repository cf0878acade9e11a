"""A repair on a page: whether it is proved, what it does, and the file's text to take along."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from schema.compare import Difference
from schema.ddl import Statement
from schema.render.differences import difference_table
from schema.render.tables import Column, table
from schema.render.theme import join, panel, text
from schema.repair import Proof, Repair
from schema.wording import counted

__all__ = ["DIRECTIONS", "proof_html", "repair_html"]

#: What a repair's direction means, in words.
DIRECTIONS = {
    "live": "SQL that brings the live database back to its migrations",
    "adopt": "a revision that makes the migrations contain the change",
}

#: More statements than this are not listed beside the text that holds them all.
_MOST_STATEMENTS = 100
#: As many of those that can lose data are named in the warning.
_MOST_LOSSES = 10


def repair_html(repair: Repair) -> str:
    """The verdict first, then the statements, the text of the file, and what could not be said."""
    return panel(
        _verdict(repair.proof, repair.verdict),
        _facts(repair),
        _remaining(repair.proof),
        _not_expressed(repair.not_expressed),
        _statements(repair.statements),
        _file(repair),
    )


def proof_html(proof: Proof) -> str:
    """Whether the repair was proved, and what it leaves."""
    return panel(_verdict(proof, proof.note), _remaining(proof))


def _verdict(proof: Proof, said: str) -> Markup:
    """A short heading; what else the note tells, such as an error, stands below it."""
    name, mark = ("good", "✓") if proof.is_proved else ("bad", "✗")
    head, _, rest = proof.note.partition("; " if proof.is_proved else ": ")
    heading = said.replace(proof.note, head, 1)
    whole = Markup('<div class="swb-verdict swb-{}" role="status">{} {}</div>{}')
    below = Markup("<p>{}</p>").format(text(_capital(rest))) if rest else Markup()
    return whole.format(name, mark, text(_capital(heading)), below)


def _capital(said: str) -> str:
    return said[:1].upper() + said[1:]


def _facts(repair: Repair) -> Markup:
    facts = [DIRECTIONS.get(repair.direction, repair.direction)]
    if repair.direction == "adopt" and repair.proof.downgrade_returns is not None:
        returns = repair.proof.downgrade_returns
        facts.append("its way back returns" if returns else "its way back does not return")
    line = Markup('<p class="swb-faint">{}</p>').format(text(", ".join(facts)))
    return line + _losses([each for each in repair.statements if each.is_destructive])


def _losses(statements: Sequence[Statement]) -> Markup:
    """Which statements can lose data, without anything to unfold."""
    if not statements:
        return Markup()
    line = Markup("<li><code>{}</code>{}</li>")
    listed = join(
        line.format(text(_in_a_line(each.sql)), text(f": {each.why}" if each.why else ""))
        for each in statements[:_MOST_LOSSES]
    )
    left_out = len(statements) - _MOST_LOSSES
    more = Markup("<li>… and {} more</li>").format(left_out) if left_out > 0 else ""
    whole = Markup(
        '<div class="swb-note" role="note"><b>⚠ {} can lose data:</b><ul>{}{}</ul></div>'
    )
    return whole.format(counted(len(statements), "statement"), listed, more)


def _in_a_line(sql: str) -> str:
    line = " ".join(sql.split())
    return line if len(line) <= 160 else f"{line[:160]} …"


def _remaining(proof: Proof) -> Markup:
    if not proof.remaining:
        return Markup()
    heading = Markup("<h4>What is left after it ({})</h4>").format(len(proof.remaining))
    return heading + difference_table(proof.remaining, max_rows=50)


def _not_expressed(parts: Sequence[tuple[Difference, str]]) -> Markup:
    if not parts:
        return Markup()
    heading = Markup("<h4>Not in this repair ({})</h4>").format(len(parts))
    rows = ([item.describe()[:300], reason] for item, reason in parts)
    return heading + table([Column("Difference"), Column("Why")], rows, max_rows=100)


def _statements(statements: Sequence[Statement]) -> Markup:
    if not statements:
        return Markup()
    columns = [Column("Statement"), Column("Note")]
    whole = Markup("<details><summary>{}, one by one</summary>{}</details>")
    rows = ([Markup("<code>{}</code>").format(text(_short(each.sql))), _note(each)]
            for each in statements)  # fmt: skip
    listed = table(columns, rows, max_rows=_MOST_STATEMENTS)
    return whole.format(counted(len(statements), "statement"), listed)


def _short(sql: str) -> str:
    return sql if len(sql) <= 600 else f"{sql[:600]} … ({len(sql) - 600:,} characters more)"


def _note(statement: Statement) -> Markup:
    warning = Markup('<span class="swb-loss">⚠ can lose data</span>')
    parts = [warning] if statement.is_destructive else []
    parts += [text(statement.why)] if statement.why else []
    return join(Markup("<div>{}</div>").format(part) for part in parts)


def _file(repair: Repair) -> Markup:
    """The text, chosen as a whole by one click, so that it can be copied."""
    whole = Markup(
        '<h4>{}</h4><pre class="swb-file" tabindex="0" aria-label="The file\'s text" '
        'title="Click to select all of it">{}</pre>'
    )
    return whole.format(text(repair.filename), text(repair.text))
