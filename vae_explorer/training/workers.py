"""Which of several workers this process is, as torch's launcher (``torchrun``) tells it by environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vae_explorer.errors import SettingError, printable
from vae_explorer.language import tr

_LONGEST = 40
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a process among those that train one model together.

    Attributes
    ----------
    rank, count
        Its number from 0 on, and how many there are.
    local_rank, local_count
        The same among those of its machine.
    """

    rank: int
    count: int
    local_rank: int
    local_count: int

    @property
    def leads(self) -> bool:
        """Whether it is the one that writes the run and speaks to the user."""
        return self.rank == 0


def place_in(environment: Mapping[str, str]) -> Place | None:
    """Return the place that an environment gives to this process; None where it trains alone.

    Parameters
    ----------
    environment
        With ``WORLD_SIZE``, ``RANK``, ``LOCAL_RANK`` and ``LOCAL_WORLD_SIZE``, as the launcher sets them, beside the
        address at which the workers meet, ``MASTER_ADDR`` and ``MASTER_PORT``.

    Raises
    ------
    SettingError
        If there is more than one worker, and one of the variables is missing or no number in its range.
    """
    if environment.get("WORLD_SIZE", "1") == "1" or "MASTER_ADDR" not in environment:
        return None
    count = _number(environment, "WORLD_SIZE", 1, _MOST)
    rank = _number(environment, "RANK", 0, count - 1)
    _number(environment, "MASTER_PORT", 0, (1 << 16) - 1)
    local_count = _number(environment, "LOCAL_WORLD_SIZE", 1, count, default=1)
    return Place(rank, count, _number(environment, "LOCAL_RANK", 0, local_count - 1, default=0), local_count)


def speaks(environment: Mapping[str, str]) -> bool:
    """Whether this process is the one that tells the user what all of them would tell alike."""
    try:
        place = place_in(environment)
    except SettingError:
        return True
    return place is None or place.leads


def _number(environment: Mapping[str, str], name: str, low: int, high: int, default: int | None = None) -> int:
    text = environment.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdecimal() and len(text) < _LONGEST and low <= int(text) <= high):
        raise SettingError(
            tr(
                "The environment variable {name} is {text!r}, but with several workers it must be a "
                "whole number from {low} to {high}: start them with torchrun, which sets it.",
                name=name,
                text=printable(text),
                low=low,
                high=high,
            )
        )
    return int(text)
