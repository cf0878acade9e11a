"""Rules about rights, and about what the server itself does not follow."""

from __future__ import annotations

from collections.abc import Iterator

from schema.rehearsal.hazards.rule import PG, Finding, rule
from schema.rehearsal.hazards.scene import Scene

_DROPS = "https://www.postgresql.org/docs/current/ddl-depend.html"
_ALTER = "https://www.postgresql.org/docs/current/sql-altertable.html"


@rule(
    "rights-changed",
    (*PG, "mysql", "mariadb"),
    "medium",
    effect="change",
    safer="# have whoever keeps the rights read it; try it as the application's own role",
    source="https://www.postgresql.org/docs/current/ddl-priv.html",
)
def _rights(scene: Scene) -> Iterator[Finding]:
    """Owners, privileges, policies or row security change: who may read what is another matter."""
    for action in scene.on_old("rights"):
        yield Finding(f"rights change ({action.name or 'on a table'})", action)


@rule(
    "replica-identity",
    PG,
    "medium",
    effect="change",
    safer="# ask who follows the table by logical replication; FULL makes each change larger",
    source="https://www.postgresql.org/docs/current/logical-replication-publication.html",
)
def _replica_identity(scene: Scene) -> Iterator[Finding]:
    """What logical replication tells of changed rows is another from now on."""
    for action in scene.on_old("replica identity"):
        yield Finding(
            f"table {action.object} tells its subscribers other columns of old rows", action
        )


@rule(
    "triggers-disabled",
    PG,
    "high",
    effect="change",
    safer="# take it back in the same revision: ALTER TABLE ... ENABLE TRIGGER ALL",
    source=_ALTER,
)
def _triggers_disabled(scene: Scene) -> Iterator[Finding]:
    """Triggers are off: with ALL, foreign keys are not checked either."""
    for action in scene.on_old("triggers disabled"):
        yield Finding(f"triggers of {action.object} no longer run", action)


@rule(
    "untracked-dependency",
    PG,
    "medium",
    effect="change",
    safer="# look for what calls it: PostgreSQL does not follow the text of function bodies",
    source=_DROPS,
)
def _untracked(scene: Scene) -> Iterator[Finding]:
    """A function, a procedure, an extension or a sequence's owner goes, and other functions may
    need it: their bodies are text that PostgreSQL does not look into."""
    kinds = ("drop function", "drop procedure", "drop routine", "drop aggregate", "drop extension",
             "unown sequence")  # fmt: skip
    for action in scene.of(*kinds):
        yield Finding(f"others may use {action.object} where PostgreSQL does not look", action)


@rule(
    "extension-update",
    PG,
    "medium",
    effect="change",
    safer="# read the extension's own notes of the versions between; rehearse it on a copy",
    source="https://www.postgresql.org/docs/current/sql-alterextension.html",
)
def _extension_update(scene: Scene) -> Iterator[Finding]:
    """An extension gets another version by a script of its own, which may do anything."""
    for action in scene.of("update extension"):
        yield Finding(f"extension {action.object} runs its own update script", action)
