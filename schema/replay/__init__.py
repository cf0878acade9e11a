"""Replay: run the revisions on an empty scratch database to learn the catalog at each.

What was learned is kept in a cache keyed by content: by the revision files from base on and what
they read, by ``env.py``, by the kind and version of the server and of the project's libraries, and
by the reader's own source. An edited file is therefore never answered from memory. The catalog of
the models is learned and kept in the same way.
"""

from __future__ import annotations

from schema.replay.catalogs import Replay, Stamp
from schema.replay.keys import facts_of, server_facts
from schema.replay.models import materialised
from schema.replay.running import Progress, replay
from schema.replay.walk import places

__all__ = ["Progress", "Replay", "Stamp", "facts_of", "materialised", "places", "replay",
           "server_facts"]  # fmt: skip
