"""A plain page that shows all pictures with their names."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.screenshots._camera import Picture

_PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>VAE Explorer: every state of the window</title>
<style>
body {{ font-family: sans-serif; margin: 2em; }}
figure {{ display: inline-block; margin: 0 1em 1em 0; vertical-align: top; }}
img {{ max-width: 640px; max-height: 480px; border: 1px solid #888; }}
figcaption {{ font-size: small; }}
.clipped {{ color: #b3261e; max-width: 640px; }}
</style>
<h1>{count} pictures</h1>
{body}
</html>
"""


def write_gallery(path: Path, pictures: Sequence[Picture]) -> None:
    """Write the page beside the folders of the pictures: a heading for each state, its pictures below.

    Parameters
    ----------
    path
        The page.
    pictures
        What it shows, by paths relative to it.
    """
    parts: list[str] = []
    for state in dict.fromkeys(picture.state for picture in pictures):
        parts.append(f'<h2 id="{escape(state)}">{escape(state)}</h2>')
        parts += [_figure(picture) for picture in pictures if picture.state == state]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_PAGE.format(count=len(pictures), body="\n".join(parts)), encoding="utf-8")


def _figure(picture: Picture) -> str:
    name = f"{picture.language}, {picture.theme}, scale {picture.scale:g}"
    source = escape(picture.path)
    problems = "".join(f'<div class="clipped">{escape(sentence)}</div>' for sentence in picture.clipped)
    image = f'<a href="{source}"><img src="{source}" loading="lazy" alt="{escape(picture.state)}: {name}"></a>'
    return f"<figure>{image}<figcaption>{name}{problems}</figcaption></figure>"
