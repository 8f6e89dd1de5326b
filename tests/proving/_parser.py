"""What is known of a sort of file that may come from anyone: right files of it, and how it is read."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.proving._mutation import mutate, mutate_json
from vae_explorer.data.limits import Limits

Read = Callable[[bytes], None]
"""Reads the content of a file; raises an error of the program, or returns."""
Mutate = Callable[[bytes, random.Random, Sequence[bytes], Sequence[bytes]], bytes]

LIMITS = Limits(memory_bytes=64 << 20, memory_name="limits.memory")
RELEASE, RELEASE_PICTURES = 1_000_000, 100_000


@dataclass(frozen=True, slots=True)
class Parser:
    """One sort of file.

    Attributes
    ----------
    name
        For the report and the names of kept files.
    seeds
        Right files.
    prepare
        Makes what reads a content, below a folder of its own.
    tokens
        Bytes that mean something in the format.
    mutate
        Makes a wrong file out of a right one.
    release
        How many wrong files are tried before a release.
    """

    name: str
    seeds: tuple[bytes, ...]
    prepare: Callable[[Path], Read]
    tokens: tuple[bytes, ...] = ()
    mutate: Mutate = mutate
    release: int = RELEASE_PICTURES


def mutate_document(content: bytes, chance: random.Random, tokens: Sequence[bytes], others: Sequence[bytes]) -> bytes:
    """Change what a JSON document says, or now and then its bytes."""
    return mutate_json(content, chance) if chance.random() < 0.8 else mutate(content, chance, tokens, others)


def nothing(_value: object) -> None:
    """Leave aside what a reader returned."""
