"""Ways in which a file gets damaged, and what every refusal of one is like."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.runs.recorded import checkpoints


def newest(folder: Path) -> Path:
    return checkpoints(folder)[0]


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def remove(path: Path) -> None:
    path.unlink()


def replace_by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def replace_by_broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def replace_by_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def wrong_json(path: Path) -> None:
    path.write_bytes(b'{"files": ')


def other_json(path: Path) -> None:
    path.write_bytes(b"[1, 2]")


def deep_json(path: Path) -> None:
    path.write_bytes(b"[" * 100_000)


def deep_object(path: Path) -> None:
    path.write_bytes(b'{"files": ' + b"[" * 300 + b"]" * 300 + b', "step": ' + b"[" * 300 + b"]" * 300 + b"}")


def no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00{")


def huge(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(3 << 30)


DAMAGES = [
    truncate,
    flip_a_bit,
    empty,
    remove,
    replace_by_folder,
    *([replace_by_pipe] if hasattr(os, "mkfifo") else []),
    replace_by_broken_link,
    replace_by_loop,
    wrong_json,
    other_json,
    deep_json,
    deep_object,
    no_text,
    huge,
]
Damage = Callable[[Path], None]


def one_sentence(error: BaseException) -> str:
    text = str(error)
    assert text.isprintable()
    assert text.endswith(".")
    assert len(text) < 700
    return text
