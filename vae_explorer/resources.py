"""Where the bundled files are: data sets, icons, translations, help pages, presets."""

from __future__ import annotations

from pathlib import Path

from vae_explorer.errors import VaeExplorerError

_PACKAGE = Path(__file__).resolve().parent

# Inside an installed package, or beside the package in a checkout.
_ROOTS = (_PACKAGE / "_resources", _PACKAGE.parent / "resources")


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
        raise VaeExplorerError(
            f"The bundled files are missing: there is neither {_ROOTS[0]} nor {_ROOTS[1]}; install VAE Explorer again."
        )
    path = root.joinpath(*parts)
    if not path.exists():
        raise VaeExplorerError(f"The bundled file {path} is missing; install VAE Explorer again.")
    return path
