"""``python -m schema``: the same as the command ``schema``."""

from schema.cli import main

if __name__ == "__main__":
    main(prog_name="python -m schema")
