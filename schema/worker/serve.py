"""The worker's loop: a request in, events while it runs, one reply out; each a line of JSON.

Requests are read by a thread of its own, so that a wish to end the running step is heard; project
code runs in the main thread, as it does everywhere else.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import queue
import threading
from typing import Any, BinaryIO, Callable, Dict, Optional

from . import guard
from .control import CONTROL
from .environment import Environment
from .failure import Failure, flush_streams, from_exception, redact
from .reading import Reading

#: Ends what a request printed; the number of the request follows. Written to standard error.
END_OF_OUTPUT = "\x1e"


def serve(requests: BinaryIO, replies: BinaryIO) -> None:
    """Answer until the kernel closes the channel."""
    server = _Server(replies)
    waiting: "queue.Queue[Optional[Dict[str, Any]]]" = queue.Queue()
    arguments = (requests, waiting)
    threading.Thread(target=_read, args=arguments, name="schema-requests", daemon=True).start()
    for request in iter(waiting.get, None):
        server.answer(request)


def _read(requests: BinaryIO, waiting: "queue.Queue[Optional[Dict[str, Any]]]") -> None:
    """Hand requests on until the channel is closed; what is to be cancelled, at once."""
    try:
        for line in requests:
            request = json.loads(line)
            if request["call"] == "cancel":
                CONTROL.ask(request["id"])
            else:
                waiting.put(request)
    finally:
        waiting.put(None)


class _Server:
    def __init__(self, replies: BinaryIO) -> None:
        self._replies = replies
        self._lock = threading.Lock()
        self._environment: Optional[Environment] = None
        self._reading = Reading()

    def answer(self, request: Dict[str, Any]) -> None:
        """Run one request. Whatever project code raises, exits included, is a reply."""
        reply: Dict[str, Any] = {}
        try:
            reply["result"] = self._call(request)
        except Failure as failure:
            reply["error"] = _told(failure)
        except BaseException as error:
            root = self._environment.root if self._environment else os.getcwd()
            reply["error"] = _told(from_exception(error, root, "The project's code failed"))
        if "error" in reply and self._environment is not None:
            reply["error"]["is_worn"] = self._environment.is_worn
        flush_streams()
        # The project may have closed it; the kernel does not wait for a closed stream.
        with contextlib.suppress(OSError):
            os.write(2, "{}{}\n".format(END_OF_OUTPUT, request["id"]).encode())
        reply["id"] = request["id"]
        reply["files"] = self._reading.new_files()
        self._send(reply)

    def _call(self, request: Dict[str, Any]) -> Any:
        if request["call"] == "open":
            return self._open(request)
        environment = self._environment
        if environment is None:
            raise Failure("worker", "The first request must be 'open'.")
        environment.asked = request.get("asked")
        result = _CALLS[request["call"]](environment, request, self._send)
        if request["call"] in ("settings", "classes", "before_base_ddl"):
            result["reading"] = self._reading.everything()
        return result

    def _open(self, request: Dict[str, Any]) -> Dict[str, Any]:
        """Put up the guard, then say which versions these are."""
        guard.CREDENTIALS.update(request["credentials"])
        try:
            import alembic
            import sqlalchemy
        except ImportError as error:
            version = {"python": platform.python_version()}
            raise Failure("missing", str(error.name), version) from None
        guard.install()
        if request.get("ahead"):
            from .clock import put_forward

            try:
                put_forward(request["ahead"])
            except RuntimeError as error:
                raise Failure("worker", str(error)) from None
        self._environment = Environment(
            request["root"],
            request["ini"],
            request["toml"],
            request.get("extra"),
            request.get("options"),
            request.get("section", "alembic"),
            request.get("x_arguments", ()),
            engine=request.get("engine"),
            metadata=request.get("metadata"),
            dialect=request.get("dialect"),
        )
        return {
            "python": platform.python_version(),
            "alembic": alembic.__version__,
            "sqlalchemy": sqlalchemy.__version__,
        }

    def _send(self, message: Dict[str, Any]) -> None:
        line = json.dumps(message, default=_in_words).encode() + b"\n"
        with self._lock:
            self._replies.write(line)
            self._replies.flush()


def _in_words(value: Any) -> str:
    """A value that JSON has no form for; of a class of the project's, perhaps."""
    try:
        return str(value)
    except Exception:
        return "({} without words)".format(type(value).__name__)


def _told(failure: Failure) -> Dict[str, Any]:
    details = {title: redact(text) for title, text in failure.details.items()}
    return {"kind": failure.kind, "message": redact(str(failure)), "details": details}


def _settings(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .inspection import settings

    return settings(environment)


def _classes(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .classes import classes

    return classes(environment)


def _revision_values(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    """What a revision file says, by running it. Values that are not text are given as text."""
    import importlib.util

    path = request["path"]
    try:
        spec = importlib.util.spec_from_file_location("_schema_revision", path)
        if spec is None or spec.loader is None:
            raise ImportError("it is no Python file")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except BaseException as error:
        doing = "Revision file " + os.path.basename(path) + " failed"
        raise from_exception(error, environment.root, doing) from None
    names = ("revision", "down_revision", "branch_labels", "depends_on")
    return {name: getattr(module, name, None) for name in names}


def _revision_file(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .revision_file import revision_file

    return revision_file(environment, request)


def _materialise(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .models import materialise

    return materialise(environment, request["scratch"])


def _ddl(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .models import ddl

    return ddl(environment, request["dialect"])


def _before_base(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .before_base import make

    return make(environment, request["scratch"], request["what"])


def _before_base_ddl(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .before_base import ddl

    return ddl(environment, request["dialect"], request["what"])


def _included(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .models import included

    return included(environment, request["objects"])


def _alembic_diffs(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .autogenerate import alembic_diffs

    return alembic_diffs(environment, request["scratch"])


def _offline_sql(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .offline import offline_sql

    return offline_sql(environment, request)


def _autogenerate(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .drafting import autogenerate

    return autogenerate(environment, request)


def _merge(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .drafting import merge

    return merge(environment, request)


def _model_files(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .drafting import model_files

    return model_files(environment)


def _step(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    from .step import step

    return step(environment, request, send)


def _locations(environment: Environment, request: Dict[str, Any], send: Any) -> Any:
    """Where Alembic itself finds its script directory and its revisions."""
    location = str(environment.script.dir)
    return {"script_location": location, "version_locations": environment.version_locations}


_CALLS: Dict[str, Callable[[Environment, Dict[str, Any], Any], Any]] = {
    "settings": _settings,
    "classes": _classes,
    "revision_values": _revision_values,
    "revision_file": _revision_file,
    "materialise": _materialise,
    "ddl": _ddl,
    "before_base": _before_base,
    "before_base_ddl": _before_base_ddl,
    "included": _included,
    "alembic_diffs": _alembic_diffs,
    "offline_sql": _offline_sql,
    "autogenerate": _autogenerate,
    "merge": _merge,
    "model_files": _model_files,
    "step": _step,
    "locations": _locations,
}
