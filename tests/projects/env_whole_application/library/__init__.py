"""Importing the application starts it: settings, a cache, plugins, a scheduler."""

import importlib
import pkgutil
import random
import threading
from collections import defaultdict

from library import plugins
from library.database import Base, engine

cache = defaultdict(list)
seed = random.random()
for found in pkgutil.iter_modules(plugins.__path__):
    importlib.import_module(f"library.plugins.{found.name}")

scheduler = threading.Timer(3600, print)
scheduler.daemon = True
scheduler.start()

__all__ = ["Base", "cache", "engine", "seed"]
