"""The page ``docs/hazards.md``: all rules, from the registry."""

from __future__ import annotations

from collections.abc import Iterable

from schema.rehearsal.hazards.judging import example_of
from schema.rehearsal.hazards.rule import ANY, Rule, rules

__all__ = ["hazards_markdown"]

_HEAD = """\
# Hazards

What a revision does, or was seen doing, that can hurt a running service. Before a revision is run,
the text of its statements is all there is to go by. A rehearsal tells what it saw: seconds, locks,
rewrites, lost rows. What was seen outranks the text: a table that was not written anew is not told
as one that was, and a lock that was held for 5 ms is mild. So is what concerns a table without
rows; a size that is not known counts as large.

A statement that no rule could read is told too ([`unread-statement`](#unread-statement)).

## To ignore one

In the revision's file, as a comment with the reason. Within `upgrade()` it holds for the way up,
within `downgrade()` for the way down, elsewhere for both:

```python
def upgrade():
    # schema: ignore drop-table, data-lost(metrics): the counters have no names
    op.drop_table("metrics")
```

`data-lost(metrics)` ignores the rule for that object alone, and for its columns.

A comment without a reason, or for a rule that finds nothing there any more, is told itself. A loss
of data that is ignored with a reason counts as declared.

For all of a project, in `hazards.toml` beside the config:

```toml
enable = ["statement-timeout-missing"]   # rules that are told only to those who ask

[[ignored]]
rule = "prefer-*"                        # a rule's id; * and ? are globs
object = "audit.*"                       # only there; optional
reason = "the types are those that the other databases of the product know"

[names]                                  # regular expressions that whole names must match
table = "[a-z_]+"
```

## All rules

The severity is the gravest that a rule tells. Rules marked ° are of taste; those marked • are told
only to those who enable them.
"""


def hazards_markdown() -> str:
    """The page as it should be."""
    return "\n".join([_HEAD, *_table(rules().values()), "", *_forms(rules().values())])


def _table(found: Iterable[Rule]) -> Iterable[str]:
    yield "| rule | databases | severity | what it means |"
    yield "|---|---|---|---|"
    for rule in sorted(found, key=lambda rule: rule.id):
        mark = " °" if rule.is_style else ""
        mark += " •" if rule.is_opt_in else ""
        reason = rule.reason.replace("|", "\\|")
        link = f"[`{rule.id}`](#{rule.id}){mark}"
        told = f"{reason} ([source]({rule.source}))"
        yield f"| {link} | {_databases(rule)} | {rule.severity} | {told} |"


def _databases(rule: Rule) -> str:
    if set(rule.databases) == set(ANY):
        return "all"
    names = {"postgresql": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB", "sqlite": "SQLite"}
    return ", ".join(names[each] for each in rule.databases)


def _forms(found: Iterable[Rule]) -> Iterable[str]:
    yield "## The safer forms"
    for rule in sorted(found, key=lambda rule: rule.id):
        yield f"\n### {rule.id}\n\n```python\n{example_of(rule)}\n```"
    yield ""
