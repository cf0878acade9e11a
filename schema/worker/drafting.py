"""A new revision in a copy of the project: made by Alembic itself, as its own commands make it.

The files are written where the project's config leads, which in a draft is the copy. The
database that Alembic compares with is a scratch database, and no other can be reached.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import logging
import os
import shutil
import sys
import warnings
from typing import Any, Callable, Dict, Iterator, List, Optional

from .connections import ScratchConnections
from .environment import Environment
from .failure import Failure, from_exception, is_project_file
from .guard import redirected
from .inspection import capture

#: The table that marks a scratch database of SQLite: no model has it.
_MARK = "_schema_scratch"

#: So many warnings and lines of Alembic's own are told.
_MOST_LINES = 200


def autogenerate(environment: Environment, request: Dict[str, Any]) -> Dict[str, Any]:
    """What ``alembic revision --autogenerate`` writes, compared with a scratch database.

    The request holds ``scratch, message, head, revision``. ``files`` are those that were written,
    none where Alembic finds no change or the project's own directives write none; ``detected`` is
    what it says to have found, ``warnings`` what it warned of.
    """
    options = _command_options(request)
    connections = ScratchConnections(request["scratch"], environment.url())
    run = _Drafting(environment, connections, options)
    heard: List[str] = []
    try:
        connection = connections.connect()
        with redirected(connections.connect), _listening(heard), _warned() as warned:
            environment.run(
                run.configure,
                run.compare,
                attributes={"connection": connection},
                command=options,
                template_args=run.context.template_args,
                revision_context=run.context,
            )
            if not run.has_run:
                raise Failure("project", "env.py ended without calling context.run_migrations().")
            files = run.write()
    except Failure:
        raise
    except BaseException as error:
        raise from_exception(error, environment.root, "alembic revision fails") from None
    finally:
        connections.dispose()
    told = [" ".join(str(each.message).split()) for each in warned]
    return {
        "files": files,
        "detected": heard[:_MOST_LINES],
        "warnings": list(dict.fromkeys(told))[:_MOST_LINES],
    }


def merge(environment: Environment, request: Dict[str, Any]) -> Dict[str, Any]:
    """What ``alembic merge`` writes for these ``heads``, with this ``message``."""
    from alembic import util

    config = environment.config()
    _give_template(environment)
    try:
        script = environment.script.generate_revision(
            request["revision"] or util.rev_id(),
            request["message"],
            refresh=True,
            head=tuple(request["heads"]),
            config=config,
        )
    except Exception as error:
        raise from_exception(error, environment.root, "alembic merge fails") from None
    return {"files": [os.path.abspath(str(script.path))], "detected": [], "warnings": []}


class _Drafting:
    """One run of env.py whose migrations are a comparison, and the files that come of it."""

    def __init__(
        self, environment: Environment, connections: ScratchConnections, options: Dict[str, Any]
    ) -> None:
        from alembic.autogenerate import RevisionContext

        self.has_run = False
        self._connections = connections
        arguments = {name: options[name] for name in _ARGUMENTS}
        config = environment.config(command=options)
        _give_template(environment)
        self.context = RevisionContext(config, environment.script, arguments)

    def configure(self, context: Any, options: Dict[str, Any]) -> None:
        """Everything that env.py says to Alembic is kept, but for where it leads."""
        self._connections.lead_here(options)
        if options.get("target_metadata") is None:
            raise Failure("project", "env.py passes no target_metadata: nothing can be compared.")
        options["include_name"] = _without_mark(options.get("include_name"))
        type(context).configure(context, **options)

    def compare(self, heads: Any, context: Any) -> List[Any]:
        """In the place of the migrations: nothing is run."""
        self.context.run_autogenerate(heads, context)
        self.has_run = True
        return []

    def write(self) -> List[str]:
        """Write what is not empty, by the project's template and with its own hooks."""
        kept = [each for each in self.context.generated_revisions if not _is_empty(each)]
        self.context.generated_revisions = kept
        written = [script for script in self.context.generate_scripts() if script is not None]
        return [os.path.abspath(str(script.path)) for script in written]


def _without_mark(own: Any) -> Callable[[Any, str, Any], bool]:
    """The project's ``include_name``, and what is ours left out."""

    def include_name(name: Any, kind: str, parents: Any) -> bool:
        if kind == "table" and name == _MARK:
            return False
        return own is None or bool(own(name, kind, parents))

    return include_name


#: What Alembic's RevisionContext is told.
_ARGUMENTS = ("message", "autogenerate", "sql", "head", "splice", "branch_label", "version_path",
              "rev_id", "depends_on")  # fmt: skip


def _command_options(request: Dict[str, Any]) -> Dict[str, Any]:
    """What the command line would hold; an env.py may look at it."""
    return {
        "message": request["message"],
        "autogenerate": True,
        "head": request["head"],
        "splice": False,
        "branch_label": None,
        "version_path": None,
        "rev_id": request["revision"],
        "depends_on": None,
        "sql": False,
    }


def _give_template(environment: Environment) -> None:
    """Alembic's own template, where a project that writes its files by hand has none."""
    path = os.path.join(str(environment.script.dir), "script.py.mako")
    if not os.path.isfile(path):
        folder = str(environment.config().get_template_directory())
        shutil.copyfile(os.path.join(folder, "generic", "script.py.mako"), path)


def _is_empty(script: Any) -> bool:
    """Whether nothing was found, in any of the databases that env.py has."""
    found = getattr(script, "upgrade_ops_list", None) or [script.upgrade_ops]
    return all(each is None or each.is_empty() for each in found)


@contextlib.contextmanager
def _listening(heard: List[str]) -> Iterator[None]:
    """What Alembic's comparison says that it detected."""
    logger = logging.getLogger("alembic.autogenerate")
    handler = _Lines(heard)
    level, disabled = logger.level, logger.disabled
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.disabled = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.disabled = disabled


class _Lines(logging.Handler):
    def __init__(self, lines: List[str]) -> None:
        super().__init__(logging.INFO)
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(" ".join(record.getMessage().split()))


@contextlib.contextmanager
def _warned() -> Iterator[List[Any]]:
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        yield found


# -- where the tables are defined -----------------------------------------------------------------


def model_files(environment: Environment) -> Dict[str, Any]:
    """In which file each table of target_metadata is defined, and what else was imported.

    ``tables`` holds ``table`` (its key), ``file`` and ``line``, None where none was found;
    ``modules`` the ``name`` and ``file`` of each module of the project; ``path`` is ``sys.path``.
    """
    captured = capture(environment)
    modules = _project_modules()
    keys = {key: table for each in captured.metadata() for key, table in each.tables.items()}
    files = {id(table): _defined_in(table, modules) for table in keys.values()}
    told = [_told(key, table, files[id(table)]) for key, table in keys.items()]
    return {
        "tables": told,
        "modules": [{"name": name, "file": module.__file__} for name, module in modules.items()],
        "path": [os.path.abspath(each) for each in sys.path],
    }


def _project_modules() -> Dict[str, Any]:
    own = __name__.partition(".")[0]
    return {
        name: module
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] not in (own, "__main__")
        and is_project_file(str(getattr(module, "__file__", None) or ""))
    }


def _defined_in(table: Any, modules: Dict[str, Any]) -> Optional[str]:
    """The module of the class that is mapped to it, or the first that names it in its source."""
    for name, module in modules.items():
        for value in list(vars(module).values()):
            if inspect.isclass(value) and value.__module__ == name and _is_of(value, table):
                return str(module.__file__)
    holders = [m for m in modules.values() if any(v is table for v in list(vars(m).values()))]
    candidates = [m.__file__ for m in [*holders, *modules.values()]]
    return next((f for f in candidates if _line_of(f, table.name) is not None), None)


def _is_of(cls: Any, table: Any) -> bool:
    try:
        return cls.__dict__.get("__table__") is table
    except Exception:
        return False


def _told(key: str, table: Any, file: Optional[str]) -> Dict[str, Any]:
    line = None if file is None else _line_of(file, table.name)
    return {"table": str(key), "file": file and os.path.abspath(file), "line": line}


_trees: Dict[str, Any] = {}


def _line_of(path: str, name: str) -> Optional[int]:
    """The line on which a source names a table in so many words."""
    if path not in _trees:
        try:
            with open(path, encoding="utf-8") as file:
                _trees[path] = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError):
            _trees[path] = ast.Module(body=[], type_ignores=[])
    for node in ast.walk(_trees[path]):
        if isinstance(node, ast.Constant) and node.value == name:
            return node.lineno
    return None
