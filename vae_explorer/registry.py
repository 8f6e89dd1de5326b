"""Named choices: one explicit list for each kind of thing that a user can choose by name.

A registry is filled by the module that owns the list, never by the side effect of an import, so that a frozen
program holds the same entries as a source checkout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, Protocol, TypeVar

from vae_explorer.errors import SettingError
from vae_explorer.language import listed, tr

_LONGEST_NAME = 100


class Named(Protocol):
    """Anything with a short, stable name, as typed on the command line."""

    @property
    def name(self) -> str:
        """The name."""


EntryT = TypeVar("EntryT", bound=Named)


class Registry(Generic[EntryT]):
    """An ordered list of entries that are found by name.

    Parameters
    ----------
    kind
        What the entries are, for messages: ``marked("objective")``.
    entries
        The entries, in the order in which a user sees them; the first is the default.
    """

    def __init__(self, kind: str, entries: Iterable[EntryT]) -> None:
        self._kind = kind
        self._entries: dict[str, EntryT] = {}
        for entry in entries:
            self.add(entry)

    def add(self, entry: EntryT) -> None:
        """Append an entry.

        Raises
        ------
        ValueError
            If the name is taken: two entries of one name are a mistake in the program.
        """
        if entry.name in self._entries:
            raise ValueError(f"{self._kind} {entry.name!r} is registered twice")
        self._entries[entry.name] = entry

    def get(self, name: str) -> EntryT:
        """Return the entry of this name.

        Raises
        ------
        SettingError
            If there is none; the message lists the names and the closest one.
        """
        try:
            return self._entries[name]
        except KeyError:
            raise SettingError(unknown_name(tr(self._kind), name, self.names())) from None

    def names(self) -> tuple[str, ...]:
        """Return all names in their order."""
        return tuple(self._entries)

    @contextmanager
    def added(self, entry: EntryT) -> Iterator[EntryT]:
        """Hold an entry for the length of a ``with`` block, for plug-ins and tests."""
        self.add(entry)
        try:
            yield entry
        finally:
            del self._entries[entry.name]

    def __iter__(self) -> Iterator[EntryT]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, name: object) -> bool:
        return name in self._entries


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Return the sentence for a name that isn't in a list, with the closest one that is."""
    from difflib import get_close_matches

    names = tuple(known)
    begun = [each for each in names if name and each.startswith(name)]
    close = begun or get_close_matches(name, names, n=1)
    shown = repr(name) if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]!r}…"
    told = listed(names)
    if not close:
        return tr("There is no {kind} {name}: known are {known}.", kind=kind, name=shown, known=told)
    return tr(
        "There is no {kind} {name}: did you mean {close!r}? Known are {known}.",
        kind=kind,
        name=shown,
        close=close[0],
        known=told,
    )
