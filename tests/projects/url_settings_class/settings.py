import os
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Settings:
    """Read from the environment, with defaults for development."""

    prefix: str = field(default_factory=lambda: os.environ.get("LIBRARY_PREFIX", ""))
    database: str = "sqlite:///live.db"

    @property
    def url(self):
        return self.prefix + self.database
