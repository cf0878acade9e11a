"""Where the worker process begins: its channels and its name, before any project code.

The protocol has file descriptors of its own. What the project prints goes to standard error, and
its standard input is empty, so that neither can end up in the protocol.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import signal
import sys
import threading
import time
from typing import Any, BinaryIO, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
PACKAGE = "_schema_worker"


def take_channels() -> Tuple[BinaryIO, BinaryIO]:
    """The protocol's input and output; 0 becomes empty, 1 becomes standard error."""
    requests, replies = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(replies, "wb")


def load_package() -> Any:
    """The modules beside this file, under a name that no project uses.

    Python has put this folder on the search path; there it would hide a project's own ``step.py``.
    """
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != HERE]
    init = os.path.join(HERE, "__init__.py")
    spec = importlib.util.spec_from_file_location(PACKAGE, init, submodule_search_locations=[HERE])
    if spec is None or spec.loader is None:
        raise ImportError(init)
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(PACKAGE + ".serve")


def end_with_parent() -> None:
    """End this process group when the kernel is gone, also in the middle of a statement."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    requests, replies = take_channels()
    if hasattr(os, "killpg"):
        end_with_parent()
    load_package().serve(requests, replies)


if __name__ == "__main__":
    main()
