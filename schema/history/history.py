"""Revisions as one sequence, newest first, that can be asked for ways through the graph."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from alembic.script.revision import MultipleHeads, RangeNotAncestorError, ResolutionError
from alembic.script.revision import Revision as Node
from alembic.script.revision import RevisionError as AlembicRevisionError

from schema.display import Displayed
from schema.errors import RevisionError
from schema.history.files import RevisionFile
from schema.history.graph import build_map, sound
from schema.history.revision import Revision, in_time, placed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["History", "Revision"]

Stamp = tuple[str, ...]


class History(Displayed, Sequence[Revision]):
    """All revisions of a project, newest first, in the order of ``alembic history``. Immutable.

    ``problems`` says, a sentence each, which files could not be read and what is wrong with the
    graph; the rest is here all the same. While there are problems the history can be looked at,
    but not walked: Alembic itself would refuse every command.
    """

    def __init__(
        self,
        files: Iterable[RevisionFile],
        *,
        authors: Mapping[Path, str] | None = None,
        problems: Iterable[str] = (),
    ) -> None:
        stated = list(files)
        kept, broken = sound(stated)
        self.problems = (*problems, *broken)
        self._map = build_map(kept)
        named = {label: file.id for file in kept for label in file.labels}
        self._below = {
            file.id: {*file.parents, *(named.get(other, other) for other in file.depends_on)}
            for file in kept
        }
        self._revisions = self._ordered(stated, authors or {})
        self._by_id = {revision.id: revision for revision in self._revisions}

    def _ordered(
        self, files: Iterable[RevisionFile], authors: Mapping[Path, str]
    ) -> tuple[Revision, ...]:
        first = {file.id: file for file in reversed(list(files))}
        nodes = self._map.iterate_revisions("heads", "base", inclusive=True)
        found = ((first[node.revision], node) for node in nodes)
        return tuple(placed(file, node, authors.get(file.path.resolve())) for file, node in found)

    # -- a sequence --------------------------------------------------------------------------

    @overload
    def __getitem__(self, index: int) -> Revision: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Revision]: ...
    def __getitem__(self, index: int | slice) -> Revision | Sequence[Revision]:
        return self._revisions[index]

    def __len__(self) -> int:
        return len(self._revisions)

    def __repr__(self) -> str:
        wrong = f", {len(self.problems)} problems" if self.problems else ""
        return f"<History of {len(self)} revisions, head {', '.join(self.heads) or 'none'}{wrong}>"

    # -- looking up --------------------------------------------------------------------------

    @property
    def heads(self) -> Stamp:
        """The ids that no revision follows; more than one where branches are not merged."""
        return tuple(sorted(self._map.heads))

    @property
    def bases(self) -> Stamp:
        """The ids that follow no revision."""
        return tuple(sorted(self._map.bases))

    @property
    def is_one_line(self) -> bool:
        """Whether every revision but the first follows just one, and is followed by at most one."""
        return len(self.heads) == len(self.bases) == 1 and not any(
            item.is_branch_point or item.is_merge_point or item.depends_on for item in self
        )

    def get(self, identifier: str) -> Revision:
        """The one revision meant by an id, an unambiguous beginning of one, ``head`` or a label.

        Raises RevisionError when there is none, or more than one.
        """
        found = self.resolve(identifier)
        if len(found) != 1:
            meant = f"{len(found)} revisions ({', '.join(found)})" if found else "no revision"
            raise RevisionError(f"{identifier!r} means {meant}; name one.")
        return self._by_id[found[0]]

    def resolve(self, target: str) -> Stamp:
        """The ids that a target means: one, or several for ``heads``, none for ``base``.

        Takes what ``alembic upgrade`` takes, but nothing relative. Raises RevisionError.
        """
        with self._translated(target):
            nodes = self._map.get_revisions(target)
        return tuple(node.revision for node in nodes if isinstance(node, Node))

    # -- ways through the graph --------------------------------------------------------------

    def upgrade_path(self, current: Stamp, target: str) -> list[Revision]:
        """The revisions to apply, in order, to bring a database stamped ``current`` to a target.

        The target may be relative (``+1``). Empty when it is already there. Raises RevisionError:
        target unknown or ambiguous, a stamp that no file bears, or a history with problems.
        """
        self._must_be_walkable(current)
        with self._translated(target):
            nodes = list(self._map.iterate_revisions(target, current, implicit_base=True))
        return [self._by_id[node.revision] for node in reversed(nodes)]

    def way_to(self, targets: Sequence[str]) -> list[Revision]:
        """The revisions from base to all of these, one after another, as Alembic applies them.

        Raises RevisionError as ``upgrade_path`` does.
        """
        found: list[Revision] = []
        stamp: Stamp = ()
        for target in targets:
            for revision in self.upgrade_path(stamp, target):
                found.append(revision)
                stamp = self.advanced(stamp, revision.id)
        return found

    def in_time(self) -> list[Revision]:
        """Every revision once, each after what it needs, and else in the order of their dates.

        One that is added later comes last as a rule, also on a history with branches. Raises
        RevisionError for a history with problems.
        """
        self._must_be_walkable(())
        return in_time(self._by_id, self._below)

    def downgrade_path(self, current: Stamp, target: str) -> list[Revision]:
        """The revisions to undo, in order, to bring a database stamped ``current`` to a target.

        The target may be relative (``-1``) or ``base``. Raises RevisionError as ``upgrade_path``
        does, and when the target does not lie below ``current``.
        """
        self._must_be_walkable(current)
        if len(current) > 1 and target.startswith("-"):
            raise RevisionError(
                f"{target} is ambiguous: the database is at {', '.join(sorted(current))}. "
                "Name the revision to go back to."
            )
        with self._translated(target):
            nodes = self._map.iterate_revisions(current, target, select_for_downgrade=True)
            return [self._by_id[node.revision] for node in nodes]

    def advanced(self, current: Stamp, revision: str) -> Stamp:
        """The stamps after a revision was applied: it takes the place of what it follows.

        Of its parents, that is, and of what it depends on, which its file may name by a label.
        """
        return tuple(sorted({*current, revision} - self._below[revision]))

    def standing(self, current: Stamp) -> dict[str, str]:
        """For each revision, where a database with these stamps stands.

        ``"current"``: it is stamped with it. ``"applied"``: it lies below a stamp. ``"pending"``:
        neither. A stamp that no file bears is ``"unknown"``, and with it all that would else be
        pending, since nobody can say what that stamp includes.
        """
        foreign = [stamp for stamp in current if stamp not in self._by_id]
        applied = self._at_or_below(stamp for stamp in current if stamp in self._by_id)
        rest = "unknown" if foreign else "pending"
        standing = {item.id: "applied" if item.id in applied else rest for item in self}
        return standing | {s: "unknown" if s in foreign else "current" for s in current}

    def _at_or_below(self, stamps: Iterable[str]) -> set[str]:
        seen: set[str] = set()
        todo = list(stamps)
        while todo:
            if (name := todo.pop()) not in seen:
                seen.add(name)
                todo.extend(self._below[name])
        return seen

    def _must_be_walkable(self, current: Stamp) -> None:
        if self.problems:
            raise RevisionError(f"No way leads through a broken history. {self.problems[0]}")
        for stamp in current:
            if stamp not in self._by_id:
                raise RevisionError(
                    f"The database is stamped {stamp!r}, which no revision file bears. "
                    "Check out the version of the project that has it, or correct the stamp."
                )
        for stamp in current if len(current) > 1 else ():
            within = self._at_or_below([stamp]) & set(current) - {stamp}
            if within:
                raise RevisionError(
                    f"The database is stamped {', '.join(sorted(current))}, of which {stamp} "
                    f"includes others: Alembic never leaves that. See: schema diagnose"
                )

    @contextmanager
    def _translated(self, target: str) -> Iterator[None]:
        if not target.strip():
            raise RevisionError("No revision is named. Say an id, a branch label, or 'head'.")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except (AlembicRevisionError, AssertionError) as error:
            raise RevisionError(self._explained(target, error)) from None

    def _explained(self, target: str, error: Exception) -> str:
        if isinstance(error, MultipleHeads):
            heads = ", ".join(sorted(error.heads))
            return f"{target!r} is ambiguous: the heads are {heads}. Name one, or say 'heads'."
        if isinstance(error, RangeNotAncestorError):
            return f"{target!r} does not lie below the database's revision: no way leads back."
        if isinstance(error, ResolutionError):
            return self._unresolved(target, str(error.argument))
        return f"{target!r} leads nowhere from here: {error or 'no such way'}."

    def _unresolved(self, target: str, name: str) -> str:
        alike = sorted(key for key in self._by_id if key.startswith(name))
        if len(alike) > 1:
            return f"{target!r} is ambiguous: it begins {', '.join(alike)}. Type more of it."
        if alike:
            return f"Revision {alike[0]} is no member of the branch in {target!r}."
        return f"There is no revision {target!r} among the {len(self)} of this project."

    # -- as a table --------------------------------------------------------------------------

    def frame(self, current: Stamp | None = None) -> pd.DataFrame:
        """One row a revision: ``revision, parents, message, date, author, flags``, all as text
        but the date; and ``standing`` when the database's stamps are given."""
        import pandas as pd

        columns: dict[str, Callable[[Revision], object]] = {
            "revision": lambda item: item.id,
            "parents": lambda item: ", ".join(item.parents),
            "message": lambda item: item.message,
            "date": lambda item: item.date,
            "author": lambda item: item.author,
            "flags": lambda item: ", ".join(item.flags),
        }
        if current is not None:
            standing = self.standing(current)
            columns["standing"] = lambda item: standing[item.id]
        return pd.DataFrame({name: [of(item) for item in self] for name, of in columns.items()})

    def to_list(self, current: Stamp | None = None) -> list[dict[str, Any]]:
        """The same as JSON can hold it: one dict a revision (see Revision.to_dict)."""
        rows = [revision.to_dict() for revision in self]
        if current is not None:
            standing = self.standing(current)
            rows = [row | {"standing": standing[row["revision"]]} for row in rows]
        return rows
