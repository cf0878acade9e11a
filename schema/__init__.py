"""The schema workbench: see how a schema came to be, find its drift, rehearse its migrations."""

__version__ = "0.1.0"
