"""A project: an Alembic environment with its config, its interpreter, and its worker.

What stands in files is read here. Whatever needs the project's own code (``env.py``, models, a
revision) is asked of the worker, a process on the project's interpreter.
"""

from __future__ import annotations

from schema.project.commands import ShellCommand, alembic_command, workbench_command
from schema.project.project import Project
from schema.project.settings import Settings

__all__ = ["Project", "Settings", "ShellCommand", "alembic_command", "workbench_command"]
