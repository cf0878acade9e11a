"""A draft: one's own next change, made in a copy of the project until one says write."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy.engine import URL

from schema.authoring.changes import Change, Changes, ModelFile, Written
from schema.authoring.completing import completion
from schema.authoring.copying import Copied, copy_project
from schema.authoring.ground import Ground, Progress, kind_of
from schema.authoring.judging import Sides, hazards_of_text, read_revision
from schema.authoring.mends import offers
from schema.authoring.reading import Mend, Reading
from schema.authoring.rehearsing import rehearse_revision
from schema.authoring.revision_text import check_text, parents_of
from schema.authoring.texts import Texts
from schema.authoring.writing import write_files
from schema.errors import ConfigError, RevisionError, WorkbenchError
from schema.history import Revision, read_history
from schema.project import Project
from schema.scratch import WHOLE, Choice, ScratchDatabase
from schema.unfinished import working_folder

if TYPE_CHECKING:
    from schema.rehearsal import Rehearsal

__all__ = ["Draft"]


class Draft:
    """A copy of a project's files in which its next revision is made.

    ``original`` is the project, which is only read until ``write``; ``project`` the copy, a project
    like any other. ``reading`` is what is known of the revision, None before there is one;
    ``left_out`` names what was not copied, with the reasons; ``notes`` what else is to be known.
    Drop it with ``close``, or use it as a context manager.
    """

    def __init__(
        self,
        original: Project,
        project: Project,
        copied: Copied,
        ground: Ground,
        folder: TemporaryDirectory[str],
    ) -> None:
        self.original = original
        self.project = project
        self.reading: Reading | None = None
        self.notes: list[str] = []
        self._copied = copied
        self._ground = ground
        self._texts = Texts(original, copied)
        self._models: tuple[ModelFile, ...] | None = None
        self._path: Path | None = None
        self._rehearsals: list[Rehearsal] = []
        # Also at the end of the program, or when nobody holds the draft any more.
        self._drop = weakref.finalize(self, _dropped, folder, project, ground)

    @classmethod
    def start(cls, project: Project, *, on_progress: Progress | None = None) -> Self:
        """Copy the project's files to a temporary folder; nothing is changed, nothing is run.

        But for ``env.py`` and the models, which the worker imports to find out what belongs to the
        project. Raises ConfigError when it cannot be copied, ProjectCodeError.
        """
        told = on_progress or _silent
        told(0, 2, "asking where the models are")
        where = project.model_files()
        dialect, server = kind_of(project)
        told(1, 2, "copying the project's files")
        folder = working_folder("draft")
        try:
            copied = copy_project(project.files, where, Path(folder.name).resolve())
            url: URL | None = None
            with suppress(WorkbenchError):
                url = project.database_url()
            copy = type(project)(copied.files, project.python, url)
            ground = Ground(project, copy, dialect, server)
            made = cls(project, copy, copied, ground, folder)
            made._models = made._files_of(where, copied.inside)
        except BaseException:
            folder.cleanup()
            raise
        told(2, 2, "copied")
        return made

    def __repr__(self) -> str:
        about = self.reading.revision if self.reading else None
        return f"<Draft of {self.original.config_path}: {about or 'no revision yet'}>"

    # -- the files -------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where the copy is."""
        return self._copied.folder

    @property
    def dialect(self) -> str:
        """The kind of database that it is made with: the live one's."""
        return self._ground.dialect

    @property
    def left_out(self) -> dict[str, str]:
        """What was not copied, and why."""
        return self._copied.left_out

    @property
    def models(self) -> tuple[ModelFile, ...]:
        """The files that define the tables of ``target_metadata``, as the worker found them."""
        if self._models is None:
            self._models = self._find_models()
        return self._models

    def text(self, path: str | Path | ModelFile) -> str:
        """A file of the draft; ``path`` counts from the project's root. Raises WorkbenchError."""
        return self._texts.read(str(path))

    def edit(self, path: str | Path | ModelFile, text: str) -> None:
        """Give a file of the draft another text; the project's own stays as it is.

        Nothing is run. Raises WorkbenchError for a Python file that cannot be parsed, naming the
        line, and for one that is not there.
        """
        self._texts.write(str(path), text)
        self._models = None

    def changes(self) -> Changes:
        """What the draft changes so far, against the files as they were when it began."""
        found = list(self._texts.changes())
        if self._path is not None and self._path.is_file():
            name = self._texts.name_of(self._path)
            found.append(Change(name, None, self._path.read_text(encoding="utf-8")))
        return Changes(tuple(found))

    def _find_models(self) -> tuple[ModelFile, ...]:
        """Ask the copy. Raises ConfigError where it imports the original: no edit would be seen."""
        told = self.project.model_files()
        for each in told["tables"]:
            path = None if each["file"] is None else Path(each["file"])
            is_original = path is not None and path.is_relative_to(self._copied.base)
            if path is not None and is_original and not path.is_relative_to(self.folder):
                raise ConfigError(
                    f"{self.original.script_location / 'env.py'} imports {path} by an absolute "
                    "path: a copy of the project would still show the models of the original."
                )
        return self._files_of(told, Path)

    def _files_of(
        self, told: Mapping[str, Any], inside: Callable[[Path], Path]
    ) -> tuple[ModelFile, ...]:
        tables: dict[str, list[str]] = {}
        for each in told["tables"]:
            path = None if each["file"] is None else inside(Path(each["file"]))
            if path is not None and path.is_file() and path.is_relative_to(self.folder):
                tables.setdefault(self._texts.name_of(path), []).append(each["table"])
        return tuple(ModelFile(name, tuple(found)) for name, found in tables.items())

    # -- the revision ----------------------------------------------------------------------------

    def autogenerate(
        self, message: str, *, head: str | None = None, on_progress: Progress | None = None
    ) -> Reading:
        """Have the project's own Alembic write a revision, and read it.

        It compares the draft's models with a scratch database that stands at the heads by replay,
        never with the live one. An earlier revision of the draft is replaced. Where there are
        several heads, ``head`` names the one to come after. Where nothing was changed no file is
        written, and the reading says so. Raises ProjectCodeError and RevisionError.
        """
        told = on_progress or _silent
        self._forget()
        history = read_history(self.project)
        if head is None and len(history.heads) > 1:
            raise RevisionError(
                f"There are {len(history.heads)} heads ({', '.join(history.heads)}). Merge them "
                "first, draft.merge(message), or name one: head=…"
            )
        self._models = self._find_models()
        database = self._ground.database(history, told)
        told(0, 1, "comparing the models with the migrations")
        made = self.project.autogenerate(database, message, head=head or "head")
        files = [Path(name) for name in made["files"]]
        sides = self._sides(told)
        if not files and not sides.wanted:
            detected, warned = tuple(made["detected"]), tuple(made["warnings"])
            self.reading = Reading(None, None, "", detected=detected, warnings=warned)
            return self.reading
        parents = (history.get(head).id,) if head else tuple(history.heads)
        self._path = files[0] if files else self._write_empty(message, parents)
        if len(files) > 1:
            self.notes.append(f"{len(files)} files were written; only the first is read")
        read = self._read(self._path, sides, told)
        self.reading = replace(
            read, detected=tuple(made["detected"]), warnings=tuple(made["warnings"])
        )
        return self.reading

    def merge(
        self, message: str, heads: Sequence[str] = (), *, on_progress: Progress | None = None
    ) -> Reading:
        """Have Alembic write the revision that merges several heads, and read it.

        ``heads`` are all of them when none are named. Raises RevisionError when there are not two.
        """
        told = on_progress or _silent
        self._forget()
        history = read_history(self.project)
        chosen = tuple(history.get(each).id for each in heads) or tuple(history.heads)
        if len(chosen) < 2:
            raise RevisionError(f"A merge needs two heads; there is {', '.join(chosen) or 'none'}.")
        self._ground.database(history, told)
        made = self.project.merge_revision(chosen, message)
        self._path = Path(made["files"][0])
        self.reading = self._read(self._path, self._sides(told), told)
        return self.reading

    def mend(self, text: str | Mend, *, on_progress: Progress | None = None) -> Reading:
        """Give the revision another text, one's own or an offer's, and read it again.

        Raises RevisionError, and changes nothing, where the text cannot be parsed, bears another id
        or follows other revisions than before.
        """
        path, reading = self._there()
        new = text.text if isinstance(text, Mend) else text
        check_text(new, path, reading.revision or "", parents_of(self.project, path))
        path.write_text(new, encoding="utf-8")
        told = on_progress or _silent
        read = self._read(path, self._sides(told), told)
        self.reading = replace(read, detected=reading.detected, warnings=reading.warnings)
        return self.reading

    def rehearse(
        self,
        url: URL | str | None = None,
        *,
        choice: Choice = WHOLE,
        rows: int = 200,
        made_up: bool = False,
        on_progress: Progress | None = None,
    ) -> Rehearsal:
        """Run the revision up, down and up on a copy with data; ``trip`` of the result has it all.

        The copy is one of the database behind ``url``, by default the live one, brought to the
        revision's parents first. Where that cannot be read, and with ``made_up``, it is an empty
        one at head with ``rows`` made-up rows in each table; ``notes`` says so. It is dropped with
        the draft. Raises DatabaseError for a ``url`` that cannot be read, ScratchError.
        """
        path, reading = self._there()
        told = on_progress or _silent
        found = rehearse_revision(
            self, reading.revision or "", parents_of(self.project, path),
            None if made_up else url, choice=choice, rows=rows, made_up=made_up, told=told,
        )  # fmt: skip
        self._rehearsals.append(found)
        return found

    @property
    def target(self) -> Path | None:
        """Where ``write`` would write the revision; None before there is one."""
        return None if self._path is None else self._copied.original(self._path)

    def write(self, *, models: bool = False, beside: bool = False) -> Written:
        """Write the revision into the project's own folder; only this changes the project.

        ``models`` writes the edited model files too, each only if it is as it was when the draft
        began. Nothing is ever overwritten, and nothing is written at all unless everything can be.
        Where another revision has come after the same parent meanwhile, it is refused, unless
        ``beside`` says that a second head is wanted. Raises RevisionError, WorkbenchError.
        """
        path, _ = self._there()
        if not beside:
            self._check_parents(parents_of(self.project, path))
        target = self._copied.original(path)
        edits = tuple(self._texts.changes())
        chosen = self._texts.for_writing() if models else {}
        write_files(target, path.read_text(encoding="utf-8"), chosen)
        left = Changes(() if models else edits)
        return Written(target, tuple(chosen), left)

    def _check_parents(self, parents: tuple[str, ...]) -> None:
        now = read_history(self.original)
        heads = set(now.heads)
        if set(parents) <= heads and (parents or not heads):
            return
        new = ", ".join(sorted(heads)) or "none"
        raise RevisionError(
            f"The revision follows {', '.join(parents) or 'nothing'}, but the project's head is "
            f"{new} by now: somebody was quicker. Begin a new draft, or write(beside=True) and "
            "merge the two heads."
        )

    @property
    def at_heads(self) -> ScratchDatabase:
        """The scratch database at the heads, without the new revision and without rows."""
        return self._ground.at_heads

    # -- reading ---------------------------------------------------------------------------------

    @property
    def revision(self) -> Revision | None:
        """The draft's revision as its file has it; None before there is one."""
        if self.reading is None or self.reading.revision is None:
            return None
        return read_history(self.project).get(self.reading.revision)

    def _there(self) -> tuple[Path, Reading]:
        if self._path is None or self.reading is None:
            raise WorkbenchError(
                "There is no revision in this draft yet: change a model, and autogenerate one."
            )
        return self._path, self.reading

    def _sides(self, told: Progress) -> Sides:
        told(0, 1, "creating the models on an empty database")
        return Sides(self._ground.head, self._ground.models(), self._ground.models_before())

    def _read(self, path: Path, sides: Sides, told: Progress) -> Reading:
        revision = self._revision_of(path)
        tried = self._ground.try_out(revision.id, told)
        settings = self.project.settings(with_url=False)
        hazards = hazards_of_text(self.project, revision, tried, sides.head)
        reading = read_revision(
            path.read_text(encoding="utf-8"), sides, tried, settings,
            revision=revision.id, filename=path.name, hazards=hazards,
        )  # fmt: skip
        told(0, 1, "looking for what can be mended")
        mends = list(offers(reading, sides))
        if tried.up is not None and not any(item.title.startswith("Rename") for item in mends):
            batch = settings.render_as_batch
            whole = completion(reading, sides, tried.up, self._ground.server, as_batch=batch)
            mends += [whole] if whole is not None else []
        return replace(reading, mends=tuple(mends))

    def _revision_of(self, path: Path) -> Revision:
        for item in read_history(self.project):
            if item.path == path:
                return item
        raise RevisionError(f"{path.name} is no revision of this project.")

    def _write_empty(self, message: str, parents: Sequence[str]) -> Path:
        """A file with nothing in it yet, for what Alembic sees nothing of."""
        from alembic.util import rev_id

        name = rev_id()
        text, filename = self.project.revision_file(
            name, parents, title=message, message=message, imports="", upgrades="pass",
            downgrades="pass",
        )  # fmt: skip
        folder = self.project.version_locations[0]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / filename
        path.write_text(text, encoding="utf-8")
        return path

    def _forget(self) -> None:
        """Take an earlier revision of the draft away."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        self._path = self.reading = None

    # -- the end ---------------------------------------------------------------------------------

    def close(self) -> None:
        """Drop the copy, its scratch databases and its workers. Repeatable."""
        for rehearsal in self._rehearsals:
            with suppress(WorkbenchError):
                rehearsal.close(drop=True)
        self._rehearsals = []
        self._drop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _dropped(folder: TemporaryDirectory[str], project: Project, ground: Ground) -> None:
    project.close()
    with suppress(WorkbenchError):  # a server that is gone
        ground.close()
    folder.cleanup()


def _silent(*_: object) -> None:
    """Progress that nobody asked for."""
