"""What is wrong with a database's stamp: none, an unknown one, too many, or another one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schema.compare import compare
from schema.errors import RevisionError, WorkbenchError
from schema.history import History, read_history
from schema.locate import Location, locate
from schema.project import Project, alembic_command, workbench_command
from schema.replay import Progress, materialised
from schema.scope import Scope
from schema.sorting import of_models
from schema.trouble.past import Lost, Past, bringing, restoring, words_of
from schema.trouble.standing import Standing
from schema.trouble.values import Advice, Trouble, command, to_type
from schema.wording import capitalised, counted

__all__ = ["stamp_troubles", "wrong_stamp"]


def stamp_troubles(
    project: Project,
    standing: Standing,
    history: History,
    past: Past,
    *,
    is_quick: bool = False,
    on_progress: Progress | None = None,
) -> Iterator[Trouble]:
    """What is wrong with the stamp. ``is_quick``: nothing is replayed, so less is known.

    The database itself is only read.
    """
    finder = _Finder(project, standing, history, past, is_quick, on_progress)
    if not standing.stamp:
        yield from finder.without_stamp()
        return
    unknown = [name for name in standing.stamp if not finder.is_known(name)]
    for name in unknown:
        yield finder.unknown(name)
    if not unknown and not history.problems:
        yield from finder.overlapping()


def wrong_stamp(standing: Standing, location: Location) -> Trouble | None:
    """The trouble of a database that is exactly another revision; None where it is none."""
    if not _is_proven(location) or location.best.stamp == standing.stamp:
        return None
    best = location.best.name
    said = (
        f"{standing.shown} is stamped {', '.join(standing.stamp)}, and its schema is exactly "
        f"that of {best}."
    )
    facts = (
        "A stamp was set by hand, a step ran whose stamp was not written, or a copy was made of "
        "another moment.",
    )
    advice = to_type(
        f"Stamp it with {best}: compared object by object, it is that. Whether the data is too, "
        "the schema cannot tell.",
        location.command,
    )
    return Trouble("wrong-stamp", said, facts, (advice,))


class _Finder:
    """All that is known of one database's stamp."""

    def __init__(
        self,
        project: Project,
        standing: Standing,
        history: History,
        past: Past,
        is_quick: bool,
        on_progress: Progress | None,
    ) -> None:
        self._project = project
        self._standing = standing
        self._history = history
        self._past = past
        self._is_quick = is_quick
        self._on_progress = on_progress
        self._ids = {revision.id for revision in history}

    def is_known(self, name: str) -> bool:
        return name in self._ids

    # -- no stamp ------------------------------------------------------------------------------

    def without_stamp(self) -> Iterator[Trouble]:
        standing = self._standing
        with_rows = [(name, ids) for name, ids in standing.others if ids]
        for name, ids in with_rows:
            yield self._elsewhere(name, ids)
        if with_rows:
            return
        if not standing.tables():
            said = f"{standing.shown} is empty: it holds no tables" + (
                f", and {standing.named} has no row." if standing.rows is not None else "."
            )
            heads = "heads" if len(self._history.heads) > 1 else "head"
            upgrade = alembic_command(self._project, "upgrade", heads, url=standing.url)
            advice = (
                to_type("If it is to be made from the migrations, this does it.", upgrade),
                Advice("If tables should be there, it is another database: check the URL."),
            )
            yield Trouble("empty-database", said, (), advice)
            return
        yield self._unstamped()

    def _elsewhere(self, name: str, ids: Sequence[str]) -> Trouble:
        standing = self._standing
        what = "has no row" if standing.rows is not None else "is not there"
        said = (
            f"{standing.shown}: {standing.named}, the version table that env.py names, {what}; "
            f"{name} is there and holds {', '.join(ids)}."
        )
        facts = []
        known = [each for each in ids if self.is_known(each)]
        if len(known) == len(ids):
            facts.append("Files of this project bear that revision: most likely it is its stamp.")
        else:
            facts.append("No file of this project bears it: it may be another application's.")
        advice = []
        if known:
            schema_name, _, table = name.rpartition(".")
            wanted = [f"version_table={table!r}"] if table != standing.table else []
            wanted += [f"version_table_schema={schema_name or None!r}"]
            advice.append(Advice(
                "If that is its stamp, have env.py pass to context.configure(): "
                + ", ".join(wanted) + "."
            ))  # fmt: skip
            advice.append(Advice(
                "If env.py is right, the database may not be upgraded as it is: without a stamp, "
                "Alembic begins anew from the first revision."
            ))  # fmt: skip
        return Trouble("other-version-table", said, tuple(facts), tuple(advice))

    def _unstamped(self) -> Trouble:
        standing = self._standing
        count = counted(len(standing.tables()), "table")
        if standing.rows is None and not standing.strange:
            said = (
                f"{standing.shown} holds {count}, and no version table {standing.named}: nothing "
                "says which revision it is."
            )
            facts = [
                "That is what create_all() leaves, or a copy that was made without that table."
            ]
        elif standing.strange:
            said = (
                f"{standing.shown} holds {count}; {standing.named} is no version table: "
                f"it has the columns {', '.join(standing.strange)}, and no version_num."
            )
            facts = []
        elif any(row is None or not row for row in standing.rows or ()):
            said = (
                f"{standing.shown} holds {count}; its version table {standing.named} holds a row "
                "without an id."
            )
            facts = []
        else:
            said = (
                f"{standing.shown} holds {count}, and its version table {standing.named} is empty."
            )
            facts = ["That is what 'alembic stamp base', or a DELETE by hand, leaves."]
        facts.append("As it is, alembic upgrade would begin with the first revision, and fail at "
                     "the first table that is there.")  # fmt: skip
        advice: list[Advice] = []
        location = self._location(facts)
        if location is not None:
            facts.append(_where(location))
            facts += self._as_models()
            advice += _stamping(self._project, location)
        return Trouble("not-stamped", said, tuple(facts), tuple(advice))

    # -- a stamp that no file bears ------------------------------------------------------------

    def unknown(self, name: str) -> Trouble:
        """Alembic says of it: Can't locate revision identified by …"""
        standing = self._standing
        lost = self._past.lost_line(name, self._ids)
        first = lost[0] if lost and lost[0].id == name else None
        if first is not None and not first.was_here:
            return self._ahead(name, first, lost)
        said = (
            f"{standing.shown} is stamped {name}, which no revision file bears (Alembic: Can't "
            f"locate revision identified by {name!r})."
        )
        facts = list(words_of(lost)) if first is not None else [self._past.silence(name)]
        advice: list[Advice] = []
        is_true = False
        if first is not None:
            with_it, is_true = self._bring_back(name, lost, facts)
            advice.append(with_it)
        here = None if is_true else self._location(facts)
        if here is not None:
            facts.append(_where(here, "Of the revisions that are here, "))
            advice += self._instead(name, first is not None, here)
        if first is None:
            advice.insert(0, Advice(
                "Find the file: fetch what others have, and ask who deployed last to that "
                "database.", "git fetch --all --tags",
            ))  # fmt: skip
        return Trouble("missing-revision", said, tuple(facts), tuple(advice))

    def _ahead(self, name: str, first: Lost, lost: Sequence[Lost]) -> Trouble:
        standing = self._standing
        branches = first.branches
        where = f"of {', '.join(branches[:3])}" if branches else "of a commit that no branch holds"
        said = (
            f"{standing.shown} is ahead of what is checked out: it is stamped {name}, a revision "
            f"{where}."
        )
        facts = list(words_of(lost))
        advice: list[Advice] = []
        if branches:
            ref = branches[0]
            switch = self._past.switch_to(ref)
            what = "commit" if "--detach" in switch else "branch"
            advice.append(Advice(f"Go to that {what}:", command("git", "switch", *switch)))
            advice.append(to_type(
                "Or stay, and look at the database with the revision files of that branch (any "
                "command takes that):",
                workbench_command(self._project, "history", "--revisions-from", ref),
            ))  # fmt: skip
        with_them, _ = self._bring_back(name, lost, facts)
        advice.append(with_them if not branches else Advice(
            f"Or have the {'file' if len(lost) == 1 else 'files'} here, without the branch. "
            + with_them.said, with_them.command,
        ))  # fmt: skip
        advice.append(Advice(
            "To go back to what is checked out, downgrade with that branch's files, never by a "
            "stamp: the schema would stay ahead."
        ))  # fmt: skip
        return Trouble("ahead-of-the-code", said, tuple(facts), tuple(advice))

    def _bring_back(self, name: str, lost: Sequence[Lost], facts: list[str]) -> tuple[Advice, bool]:
        """How to have the files again, and whether its stamp is true then: tried in a copy."""
        said = bringing(lost)
        try:
            with self._project.with_revisions(self._past.texts(lost)) as tried:
                if self._is_quick:
                    _check(tried)
                    known = f"{said}: tried in a copy, {name} is known then."
                    return Advice(known, restoring(lost)), False
                found = locate(tried, self._standing.url, on_progress=self._on_progress)
        except (WorkbenchError, OSError) as error:
            told = f"{said}. Tried in a copy, it does not go on then: {error}"
            return Advice(told, restoring(lost)), False
        them = f"the file of {name}" if len(lost) == 1 else f"the {len(lost)} files"
        facts.append(_where(found, f"With {them} back, "))
        if found.is_settled:
            told = f"{said}: tried in a copy, the database is exactly at its stamp then."
        else:
            told = f"{said}: tried in a copy, {name} is known then, but the schema is not its."
        return Advice(told, restoring(lost)), found.is_settled

    def _instead(self, name: str, is_in_git: bool, here: Location) -> Iterator[Advice]:
        """A stamp of what is here, only where it would not lie."""
        if not _is_proven(here):
            yield Advice(
                f"Do not stamp it with another revision: no revision that is here has its schema "
                f"({_where(here)[:-1]})."
            )
        elif is_in_git:
            yield to_type(
                f"The stamp is not true: the schema is exactly that of {here.best.name}, with or "
                f"without the file. To say so (whether {name} did something to data, the schema "
                "cannot tell):",
                here.command,
            )
        else:
            yield to_type(
                f"If {name} is gone for good: the schema is exactly that of {here.best.name}, so "
                "that this stamp does not lie about it. About data it cannot tell.",
                here.command,
            )

    # -- too many ------------------------------------------------------------------------------

    def overlapping(self) -> Iterator[Trouble]:
        standing = self._standing
        rows = [row for row in standing.rows or () if row]
        twice = sorted({row for row in rows if rows.count(row) > 1})
        within = [name for name in standing.stamp if self._is_within(name)]
        odd = any(not row for row in standing.rows or ())
        if not (twice or within or odd):
            return
        listed = ", ".join(str(row or "NULL") for row in standing.rows or ())
        said = f"{standing.shown}: {standing.named} holds {listed}."
        facts = [f"{name} is part of what {self._above(name)} includes: Alembic never leaves both."
                 for name in within]  # fmt: skip
        facts += [f"{name} stands there twice." for name in twice]
        facts += ["A row without an id says nothing."] if odd else []
        if odd and not (twice or within):
            yield Trouble("stamps-overlap", said, tuple(facts), (self._without_null(),))
            return
        location = self._location(facts)
        advice: list[Advice] = []
        if location is not None:
            facts.append(_where(location))
            advice = list(_stamping(self._project, location))
        yield Trouble("stamps-overlap", said, tuple(facts), tuple(advice))

    def _without_null(self) -> Advice:
        standing = self._standing
        quote = standing.url.get_dialect()().identifier_preparer.quote
        table = ".".join(quote(x) for x in (standing.schema_name, standing.table) if x)
        sql = f"DELETE FROM {table} WHERE version_num IS NULL;"  # noqa: S608 -- shown, not run
        return Advice("Delete that row; the others stay what they are.", None, sql)

    def _is_within(self, name: str) -> bool:
        return bool(self._above(name))

    def _above(self, name: str) -> str:
        others = (other for other in self._standing.stamp if other != name)
        found = [other for other in others
                 if self._history.standing((other,)).get(name) == "applied"]  # fmt: skip
        return " and ".join(found)

    # -- where it stands -----------------------------------------------------------------------

    def _as_models(self) -> Iterator[str]:
        """Whether the database is what the models make; nothing where there are none to ask."""
        standing, scope = self._standing, Scope(self._project)
        try:
            made = materialised(self._project, standing.dialect, server=standing.server)
            models = scope.of(made)
        except WorkbenchError:
            return
        left = of_models(compare(models, scope.of(standing.own)), models)
        if left:
            yield f"It differs from what the models make in {counted(len(left), 'object')}."
        else:
            yield "It is what the models make."

    def _location(self, facts: list[str]) -> Location | None:
        """What the database looks like; None, and why as a fact, where that cannot be known."""
        if self._is_quick:
            return None
        try:
            return locate(self._project, self._standing.url, on_progress=self._on_progress)
        except WorkbenchError as error:
            facts.append(f"What its schema looks like cannot be told: {error}")
            return None


def _check(project: Project) -> None:
    """Raise for a project whose history has problems."""
    problems = read_history(project).problems
    if problems:
        raise RevisionError(problems[0])


def _is_proven(location: Location) -> bool:
    """Whether the schema is exactly that of one stamp, and all of it was compared."""
    seen = not any("were not compared" in note for note in location.notes)
    return seen and not location.best.distance and bool(location.best.stamp) and (
        len(location.nearest) == 1 or location.is_settled
    )  # fmt: skip


def _where(location: Location, before: str = "") -> str:
    best = location.best
    said = " or ".join(item.name for item in location.nearest[:3])
    if len(location.nearest) > 3:
        said += f" or {len(location.nearest) - 3} more"
    if not best.distance:
        whole = f"its schema is exactly that of {said}."
    else:
        whole = (
            f"its schema is nearest to that of {said}, with "
            f"{counted(best.distance, 'difference')} left over."
        )
    return capitalised(before + whole)


def _stamping(project: Project, location: Location) -> Iterator[Advice]:
    """How to stamp it, where that is proved; else what to look at first."""
    best = location.best
    if _is_proven(location):
        yield to_type(
            f"Stamp it: compared object by object, it is {best.name}. Whether the data is too, the "
            "schema cannot tell.",
            location.command,
        )
    elif not best.stamp:
        yield Advice("Nothing of the migrations is in it: it may be another application's. Check "
                     "the URL.")  # fmt: skip
    elif not best.distance:
        names = " and ".join(item.name for item in location.nearest[:4])
        yield Advice(
            f"The schema cannot tell {names} apart: they differ in data, or in nothing. Find out "
            "which one ran (its data, or who deployed) before you stamp it."
        )
    else:
        yield to_type(
            "Do not stamp it yet: no revision has exactly this schema, and a stamp would lie. "
            "What differs from the nearest:",
            workbench_command(project, "drift", "--at", best.name),
        )
