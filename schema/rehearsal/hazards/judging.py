"""A finding beside what the rehearsal saw: whether it is told, how severe, and with what evidence.

What was observed outranks the text: a rewrite that a watched step did not show is not told, and
seconds that were measured count more than a number of rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from schema.rehearsal.hazards.action import Action
from schema.rehearsal.hazards.hazard import Hazard, Severity, milder
from schema.rehearsal.hazards.rule import Finding, Rule
from schema.rehearsal.hazards.scene import Scene
from schema.rehearsal.observed import Lock, Rewrite
from schema.rehearsal.steps import Statement, Step
from schema.wording import counted, duration

__all__ = ["LONG", "MANY", "SHORT", "advice_of", "example_of", "judged", "size_text"]

#: A table of fewer rows is read or written in a moment, one of fewer than MANY in a second or so.
FEW, MANY = 1_000, 100_000

#: Seconds that nobody feels, and that people feel.
SHORT, LONG = 0.1, 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a rehearsal saw of a finding: evidence in words, and for how long others waited.

    ``seconds`` is None where no time is a measure of it.
    """

    evidence: tuple[str, ...]
    seconds: float | None = None


def judged(scene: Scene, rule: Rule, finding: Finding) -> Hazard | None:
    """The hazard of a finding; None when what was observed speaks against it."""
    action = finding.action
    table = finding.object or (scene.table_of(action) if action else None)
    statement = action.statement if action else None
    seen = _seen(scene, rule, finding, table)
    if seen is None and rule.effect == "rewrite" and scene.was_watched:
        return None
    tried = _tried(scene.step, statement)
    if rule.effect == "rewrite" and tried is not None and tried.algorithm in _WRITES_NOTHING:
        return None
    rows = scene.rows_of(table)
    severity = finding.severity or rule.severity
    if finding.sized and table is not None:
        severity = _sized(rule, severity, rows, seen)
    if finding.severity is None and _went_well(scene, rule, finding, table, seen):
        severity = "low"
    if scene.direction == "down" and rule.effect in {"change", "loss"}:
        # The way back takes away what the way up made: that is its nature.
        severity = milder(severity, "low" if rule.effect == "change" else "medium")
    return Hazard(
        rule=rule.id,
        severity=severity,
        observed=seen is not None,
        object=table or (action.object if action else None),
        message=_message(finding.what, seen, rows if finding.sized else None),
        advice=finding.advice or advice_of(rule, finding, table),
        statement=statement,
    )


#: Ways of altering a MariaDB table in which it is not written anew.
_WRITES_NOTHING = {"INSTANT", "NOCOPY"}


def _tried(step: Step | None, statement: int | None) -> Statement | None:
    """The statement, where the server told how it does it; None elsewhere."""
    if step is None or statement is None or statement >= len(step.statements):
        return None
    found = step.statements[statement]
    return found if found.algorithm is not None else None


def _went_well(
    scene: Scene, rule: Rule, finding: Finding, table: str | None, seen: Seen | None
) -> bool:
    """Whether the rehearsal saw that what a rule fears did not happen to this data."""
    if scene.step is None or scene.step.failed:
        return False
    if rule.effect == "failure":
        return seen is None
    verdict = getattr(scene.step, "data", None)
    if rule.effect != "loss" or verdict is None or not verdict.is_full or table is None:
        return False
    # A column that was dropped may have its values elsewhere: others of its table do not matter.
    action = finding.action
    column = action.name if action is not None and action.kind == "drop column" else None
    return not any(
        loss.table == table and (column is None or loss.column in {None, column})
        for loss in verdict.lost
    )


# -- severity -------------------------------------------------------------------------------------


def _sized(rule: Rule, severity: Severity, rows: int | None, seen: Seen | None) -> Severity:
    """A tiny table is no matter; a time that was measured says more than a number of rows."""
    if rule.effect in {"lock", "rewrite"} and seen is not None and seen.seconds is not None:
        if seen.seconds < SHORT:
            return "low"
        return milder(severity, "medium") if seen.seconds < LONG else severity
    if rows is None:
        return severity
    if rule.effect in {"loss", "change", "failure"}:
        return "low" if rows == 0 else severity
    if rows < FEW:
        return "low"
    return milder(severity, "medium") if rows < MANY else severity


# -- evidence -------------------------------------------------------------------------------------


def _seen(scene: Scene, rule: Rule, finding: Finding, table: str | None) -> Seen | None:
    """What of a rule's effect the rehearsal saw; None when nothing, or when nothing was run."""
    if scene.step is None:
        return None
    if finding.seen:
        return Seen(finding.seen, finding.seconds)
    action = finding.action
    statement = action.statement if action else None
    if rule.effect == "failure" and _failed_at(scene.step, statement):
        return Seen(("it failed there",))
    if rule.effect in {"lock", "rewrite"}:
        return _seen_work(scene.step, rule, table, statement)
    if rule.effect == "loss":
        return _seen_loss(scene.step, table, action)
    if rule.effect == "change":
        return _seen_change(scene.step, table, action)
    return None


def _failed_at(step: Step, statement: int | None) -> bool:
    """Whether the step failed at this very statement: the last one that it sent."""
    return step.error is not None and statement == len(step.statements) - 1


def _seen_work(step: Step, rule: Rule, table: str | None, statement: int | None) -> Seen | None:
    tried = _tried(step, statement)
    if tried is not None and tried.cost is not None and tried.algorithm not in _WRITES_NOTHING:
        return Seen((f"it took {duration(tried.seconds)}", tried.cost), tried.seconds)
    rewrites = [item for item in step.rewrites if _concerns(item, table, statement)]
    # Of several statements that wrote the table anew, each answers for its own.
    rewrites = [item for item in rewrites if item.statement == statement] or rewrites
    if rule.effect == "rewrite" and not any(item.how != "built" for item in rewrites):
        return None
    locks = [item for item in step.locks if item.blocks and _concerns(item, table, statement)]
    if not locks and not rewrites:
        return None
    strongest = max(
        locks,
        key=lambda lock: (lock.relation == table, lock.strength, lock.seconds),
        default=None,
    )
    took = _seconds(step, statement)
    told = [f"it took {duration(took)}"] if took is not None else []
    told += [_lock_text(strongest)] if strongest else []
    told += [_rewrite_text(item) for item in rewrites[:2]]
    return Seen(tuple(told), strongest.seconds if strongest else took)


def _concerns(item: Lock | Rewrite, table: str | None, statement: int | None) -> bool:
    """Whether a lock or a rewrite is of this table, or of what one statement took or made."""
    if item.relation == table:
        return True
    return item.kind == "index" and item.statement is not None and item.statement == statement


def _seconds(step: Step, statement: int | None) -> float | None:
    if statement is None or statement >= len(step.statements):
        return None
    return step.statements[statement].seconds


def _lock_text(lock: Lock) -> str:
    others = " and ".join(each if each != "ddl" else "DDL" for each in lock.blocks[:2])
    return f"{lock.mode} on {lock.relation} for {duration(lock.seconds)} blocks {others}"


def _rewrite_text(item: Rewrite) -> str:
    after = "" if item.bytes_after is None else f" ({size_text(item.bytes_after)})"
    return f"{item.kind} {item.relation} was {item.how}{after}"


def _seen_loss(step: Step, table: str | None, action: Action | None) -> Seen | None:
    before, after = step.rows.get(table or "", (None, None))
    if before and (after or 0) < before:
        return Seen((f"{before - (after or 0):,} of {before:,} rows are gone",))
    return _seen_change(step, table, action)


def _seen_change(step: Step, table: str | None, action: Action | None) -> Seen | None:
    """That the catalog differs there: a table of another make, a column less, a new name."""
    bare = (table or "").rpartition(".")[2]
    part = action.name if action else None
    for item in step.differences:
        called = {item.name, item.renamed_from}
        is_part = item.table in {bare, None} and part in called
        is_whole = part is None and bare in called | {item.table}
        if item.change != "added" and (is_part or is_whole):
            return Seen((f"{item.kind} {item.label} was {item.change}",))
    return None


# -- words ----------------------------------------------------------------------------------------


def _message(what: str, seen: Seen | None, rows: int | None) -> str:
    """One sentence: what was seen, or that only the text shows it."""
    if seen is None:
        of = f" ({counted(rows, 'row')})" if rows else ""
        return f"The text shows that {what}{of}."
    evidence = list(seen.evidence)
    if rows and not any("rows" in part for part in evidence):
        evidence.append(counted(rows, "row"))
    return f"{what[:1].upper()}{what[1:]}: {', '.join(evidence)}."


def size_text(size: int) -> str:
    """``12 MB``; in units of 1,024."""
    value, units = float(size), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while value >= 1024 and (larger := next(units, None)):
        value, unit = value / 1024, larger
    return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"


def advice_of(rule: Rule, finding: Finding, table: str | None) -> str:
    """The rule's safer form, with the names of what was found put in as Python writes them."""
    return _filled(rule.safer, _words(table, finding.action or Action("none")))


def example_of(rule: Rule) -> str:
    """The rule's safer form for a table that everybody knows."""
    words = _words("account", Action("none", "account", "mail", columns=("mail",), target="owner"))
    return _filled(rule.safer, {**words, "{name}": '"account_mail"'})


def _words(table: str | None, action: Action) -> dict[str, str]:
    name, columns = action.name, list(action.columns)
    parts = [(table or "").rpartition(".")[2], *(columns or [name or ""])]
    bare = "_".join(part for part in parts if part)
    return {
        "{table}": _quoted(table or "..."),
        "{name}": _quoted(name or f"{bare}_key"),
        "{column}": _quoted(name or "..."),
        "{columns}": f"[{', '.join(map(_quoted, columns)) or '...'}]",
        "{target}": _quoted(action.target or "..."),
        "{new}": _quoted(f"{name or 'column'}_new"),
        "{constraint}": '"..."',
        "{bare}": bare,
        "{plain}": name or "...",
    }


def _quoted(text: str) -> str:
    """A string as Python and its formatters write it."""
    return json.dumps(text, ensure_ascii=False)


def _filled(text: str, words: Mapping[str, str]) -> str:
    for key, value in words.items():
        text = text.replace(key, value)
    return text
