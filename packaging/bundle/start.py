"""Where the frozen program begins: the same as the command ``vae-explorer``."""

from __future__ import annotations

import multiprocessing
import sys

from vae_explorer.cli import main

if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
