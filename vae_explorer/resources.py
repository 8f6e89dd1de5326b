"""Where files are: those that come with the program (data sets, icons, help pages), and a user's preferences."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from vae_explorer.errors import VaeExplorerError

_PACKAGE = Path(__file__).resolve().parent

# Inside an installed package, or beside the package in a checkout.
_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")

_CONFIG = "VAE_EXPLORER_CONFIG"
"""Environment variable that names another folder for preferences, limits and layout."""


def config_folder() -> Path:
    """Return the folder for preferences, limits and layout."""
    chosen = os.environ.get(_CONFIG)
    if chosen:
        return Path(chosen)
    from platformdirs import user_config_path

    return user_config_path("vae-explorer", appauthor=False)


def is_frozen() -> bool:
    """Whether this is the program of a bundle, with its own Python, that nothing can be installed into."""
    return bool(getattr(sys, "frozen", False))


def own_program() -> list[str]:
    """Return the words that start this program again, from its sources or out of a bundle."""
    return [sys.executable] if is_frozen() else [sys.executable, "-m", "vae_explorer"]


def resource_path(*parts: str) -> Path:
    """Return the path of a bundled file or folder.

    Parameters
    ----------
    *parts
        The names below ``resources/``, such as ``"data", "mnist-10k"``; none for ``resources/`` itself.

    Raises
    ------
    VaeExplorerError
        If it isn't there, which means that the installation is damaged.
    """
    root = next((folder for folder in _ROOTS if folder.is_dir()), None)
    if root is None:
        from vae_explorer.language import tr  # which reads its catalogues from here

        raise VaeExplorerError(
            tr(
                "The bundled files are missing: there is neither {first} nor {second}; install VAE Explorer again.",
                first=_ROOTS[0],
                second=_ROOTS[1],
            )
        )
    path = root.joinpath(*parts)
    if not path.exists():
        from vae_explorer.language import tr

        raise VaeExplorerError(tr("The bundled file {path} is missing; install VAE Explorer again.", path=path))
    return path
