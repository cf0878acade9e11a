"""The project's config, its revisions, and a run of its env.py with our hand on ``configure``."""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib
import inspect
import itertools
import os
import re
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from .application import application
from .failure import SCRIPTS, Failure, from_exception, remember_secret
from .memos import Memos
from .programmatic import give_url, is_made_up, named_metadata
from .several import pass_over, place_of, take_up


class Environment:
    """One Alembic environment. The revisions are loaded once: a new worker reads changed files.

    ``extra`` is a revision file outside of the project that counts as one of its own. ``options``
    replace those of the config's main section, which is ``section``. ``x_arguments`` are those of
    ``alembic -x``. ``engine`` is the database to follow, where env.py goes through several that no
    option of the config names. ``metadata``, as ``module:attribute``, are the models instead of
    those that env.py passes. ``dialect`` is the kind of the database that was named beside the
    config, None when none was.
    """

    def __init__(
        self,
        root: str,
        ini: Optional[str],
        toml: Optional[str],
        extra: Optional[str] = None,
        options: Optional[Dict[str, str]] = None,
        section: str = "alembic",
        x_arguments: Sequence[str] = (),
        *,
        engine: Optional[str] = None,
        metadata: Optional[str] = None,
        dialect: Optional[str] = None,
    ) -> None:
        self.root = root
        self._ini = ini
        self._toml = toml
        self._extra = extra
        self._options = options or {}
        self._section = section
        self._x_arguments = list(x_arguments)
        for argument in self._x_arguments:
            _remember_secret_in(argument)
        self.engine = engine
        self.metadata = metadata
        self.dialect = dialect
        #: Which call of ``context.configure()`` counts; None until that is known, if ever.
        self.place: Optional[int] = None
        self._script: Any = None
        self._runs = 0
        #: Whether env.py failed before its ``configure``, in a process where it had run before:
        #: what can be done once only, as registering a plugin, was done by then.
        self.is_worn = False
        #: The scratch database that the request brought for env.py to ask, if it brought one.
        self.asked: Optional[Dict[str, str]] = None
        self._is_loaded = False
        self.memos = Memos()

    @property
    def has_x_arguments(self) -> bool:
        return bool(self._x_arguments)

    def config(self, *, command: Optional[Dict[str, Any]] = None, **attributes: Any) -> Any:
        """A new alembic Config, with what ``alembic upgrade`` would find in ``cmd_opts``.

        ``command`` holds what another command has there instead.
        """
        from alembic.config import Config

        # The script directory is what puts the project's folders on the search path.
        if self.metadata is not None and self._script is not None:
            attributes.setdefault("target_metadata", named_metadata(self.metadata))
        keywords: Dict[str, Any] = {"attributes": attributes}
        if self._toml and "toml_file" in inspect.signature(Config.__init__).parameters:
            keywords["toml_file"] = self._toml
        told = {"sql": False, "tag": None} if command is None else command
        options = argparse.Namespace(
            x=self._x_arguments or None, name=self._section, raiseerr=False, **told
        )
        config = Config(self._ini, ini_section=self._section, cmd_opts=options, **keywords)
        for name, value in self._options.items():
            config.set_main_option(name, value.replace("%", "%%"))
        if self._script is not None:
            give_url(config, self)
        return config

    def url(self) -> Optional[str]:
        """``sqlalchemy.url`` of the config file; None when it has none that can be read."""
        from sqlalchemy.engine.url import make_url

        try:
            text = self.config().get_main_option("sqlalchemy.url")
            if text and is_made_up(text):
                return None
            if text:
                remember_secret(make_url(text))
            return text or None
        except Exception:
            return None

    def stand_in(self) -> Any:
        """Connections to the empty database that env.py may ask; None when there is none."""
        from .connections import ScratchConnections

        return ScratchConnections(self.asked, self.url()) if self.asked else None

    @property
    def may_be_several(self) -> bool:
        """Whether env.py perhaps calls ``context.configure()`` once for each of its databases."""
        if "databases" in self._options:
            return False
        return self.engine is not None or b"engine_name" in self.env_text

    @property
    def env_text(self) -> bytes:
        """What stands in env.py; nothing where that cannot be read."""
        try:
            with open(self.script.env_py_location, "rb") as file:
                return file.read()
        except OSError:
            return b""

    @property
    def script(self) -> Any:
        """Alembic's ScriptDirectory, which knows the revisions."""
        from alembic.script import ScriptDirectory
        from alembic.util import CommandError

        if self._script is None:
            try:
                self._script = ScriptDirectory.from_config(self.config())
            except CommandError as error:
                raise Failure("config", str(error)) from None
            folders = [str(self._script.dir), *self.version_locations]
            SCRIPTS[:] = [os.path.abspath(each) for each in folders]
            if self._extra:
                self._add(self._extra)
        return self._script

    @property
    def version_locations(self) -> List[str]:
        """The folders of the revision files, as Alembic finds them."""
        script = self.script
        return [
            str(each) for each in getattr(script, "_version_locations", ()) or [script.versions]
        ]

    def _add(self, path: str) -> None:
        """Take a revision file that is tried out for one of the project's, wherever it lies."""
        import importlib.util

        from alembic.script import Script

        spec = importlib.util.spec_from_file_location("_schema_extra_revision", path)
        if spec is None or spec.loader is None:
            raise Failure("revision", "{} is no Python file.".format(path))
        module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            self._script.revision_map.add_revision(Script(module, module.revision, path))
        except Exception as error:
            self._script = None
            raise from_exception(error, self.root, "The new revision failed") from None

    def load_models(self) -> None:
        """Import what revision files import, as Alembic has run them before it compares anything.

        So models that env.py does not import, but a revision does, are in its MetaData. What cannot
        be imported is passed over: whoever needs it is told.
        """
        if self._is_loaded:
            return
        self._is_loaded = True
        names = {name for folder in self.version_locations for name in _imported(folder)}
        for name in sorted(names):
            with contextlib.suppress(Exception):
                importlib.import_module(name)

    def revision(self, identifier: str) -> Any:
        """The revision with this full id."""
        from alembic.script.revision import RevisionError
        from alembic.util import CommandError

        try:
            return self.script.get_revision(identifier)
        except (CommandError, RevisionError) as error:
            raise Failure("revision", str(error)) from None
        except Exception as error:
            raise from_exception(error, self.root, "The revision files") from None

    def run(
        self,
        configure: Callable[[Any, Dict[str, Any]], None],
        fn: Callable[..., Any],
        *,
        attributes: Optional[Dict[str, Any]] = None,
        destination: Optional[str] = None,
        command: Optional[Dict[str, Any]] = None,
        every: bool = False,
        **options: Any,
    ) -> None:
        """Run env.py once, online. Its call of ``context.configure`` comes to ``configure``.

        Where env.py calls it for each of several databases, the calls for others than the chosen
        one are passed over, unless ``every`` is wanted. ``command`` is as for ``config``;
        ``options`` are more for Alembic's EnvironmentContext.
        """
        from alembic.runtime.environment import EnvironmentContext

        script = self.script  # first: the config is another one when that is known
        context = EnvironmentContext(
            self.config(command=command, **(attributes or {})),
            script,
            fn=fn,
            as_sql=False,
            starting_rev=None,
            destination_rev=destination,
            tag=None,
            **options,
        )
        signature = inspect.signature(EnvironmentContext.configure)
        place = None if every else place_of(self)
        number = itertools.count()
        self._runs += 1
        self.is_worn = self._runs > 1

        def called(*arguments: Any, **keywords: Any) -> None:
            self.is_worn = False
            bound = dict(signature.bind(None, *arguments, **keywords).arguments)
            bound.pop("self", None)
            bound.update(bound.pop("kw", {}))
            if self.metadata is not None:
                bound["target_metadata"] = named_metadata(self.metadata)
            if place is not None and next(number) != place:
                pass_over(context)
                return
            take_up(context)
            configure(context, bound)

        context.configure = called  # type: ignore[method-assign]
        os.chdir(self.root)  # a revision may have changed it
        with application(self.script.env_py_location), context:
            self.script.run_env()


_IMPORT = re.compile(rb"^(?:from|import)[ \t]+(\w+)", re.MULTILINE)
#: What nothing of the project's own is in. Before Python 3.10 more than these counts as that.
_LIBRARIES = {"__future__", "alembic", "sqlalchemy", "typing"}
_LIBRARIES.update(getattr(sys, "stdlib_module_names", ()))


def _imported(folder: str) -> Iterator[str]:
    """The modules, but for libraries', that Python files in a folder import at their top."""
    for above, _, names in os.walk(folder):
        for name in names:
            if not name.endswith(".py"):
                continue
            with contextlib.suppress(OSError, SyntaxError, ValueError):
                with open(os.path.join(above, name), "rb") as file:
                    source = file.read()
                if {each.decode() for each in _IMPORT.findall(source)} - _LIBRARIES:
                    yield from _modules(ast.parse(source))


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        found = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
        found += [each.name for each in node.names] if isinstance(node, ast.Import) else []
        yield from (each for each in found if each and each.partition(".")[0] not in _LIBRARIES)


def _remember_secret_in(argument: str) -> None:
    """Keep the password of ``url=postgresql://me:password@host`` out of what is said."""
    from sqlalchemy.engine.url import make_url

    with contextlib.suppress(Exception):  # most are no URL
        remember_secret(make_url(argument.partition("=")[2]))
