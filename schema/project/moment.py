"""What env.py told, held for as long as a question is put together from several answers."""

from __future__ import annotations

import threading

from schema.worker.memory import Answer

__all__ = ["Moment"]


class Moment(threading.local):
    """Each thread has its own: a check in the background holds up nobody else's answers."""

    def __init__(self) -> None:
        self.depth = 0
        self.answer: Answer | None = None
