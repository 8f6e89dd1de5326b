"""Set the project up and run, test or check it: ``python3 packaging/dev.py run``.

Needs nothing but Python 3.11 or newer with its venv module; see ``--help`` for the commands.
"""

from __future__ import annotations

import sys

OLDEST_PYTHON = (3, 11)

if __name__ == "__main__":
    # Before anything else is imported: an older Python would stop at the first new word with a traceback.
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        sys.exit(f"VAE Explorer needs Python 3.11 or newer, and this is Python {found}: start dev.py with a newer one.")
    from development.commands import main

    sys.exit(main(sys.argv[1:]))
