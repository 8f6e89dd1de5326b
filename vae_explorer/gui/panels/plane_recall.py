"""Keeps the plane's view, switches and legend as they were chosen, whoever chooses: a person, undo, a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

if TYPE_CHECKING:
    from vae_explorer.app.choices import Appearance, PlaneView
    from vae_explorer.app.session import Session
    from vae_explorer.gui.plotting.legend import Legend
    from vae_explorer.gui.plotting.plane_controls import PlaneControls
    from vae_explorer.gui.plotting.plane_view import PlaneView as PlaneWidget


class PlaneRecall(QObject):
    """Takes what a person does with the plane's widgets into the choices, and shows there what the choices say.

    Parameters
    ----------
    session
        Holds the choices.
    view, controls, legend
        The widgets.
    parent
        Owner.
    """

    def __init__(
        self, session: Session, view: PlaneWidget, controls: PlaneControls, legend: Legend, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._view, self._controls, self._legend = session, view, controls, legend
        view.viewport_changed.connect(self._keep_view)
        controls.layers_chosen.connect(self._keep_layers)
        controls.appearance_changed.connect(self._keep_appearance)
        legend.shown_changed.connect(self._keep_classes)
        session.view_changed.connect(self._show_view)
        session.layers_changed.connect(self._show_layers)
        session.appearance_changed.connect(self._show_appearance)
        session.hidden_classes_changed.connect(self._show_classes)
        self._show_all()

    def _show_all(self) -> None:
        choices = self._session.choices
        self._show_layers(choices.layers)
        self._show_appearance(choices.appearance)
        self._show_classes(choices.hidden_classes)
        self._show_view(choices.view)

    # -- A person chooses ----------------------------------------------------------------------------------------------

    @Slot()
    def _keep_view(self) -> None:
        self._session.set_view(self._view.shown_part)

    @Slot(str)
    def _keep_layers(self, text: str) -> None:
        self._session.set_layers(self._controls.wanted, text)

    @Slot()
    def _keep_appearance(self) -> None:
        self._session.set_appearance(self._controls.appearance)

    @Slot()
    def _keep_classes(self) -> None:
        shown = self._legend.shown()
        self._session.hide_classes(label for label, is_shown in enumerate(shown) if not is_shown)

    # -- The choices tell ----------------------------------------------------------------------------------------------

    @Slot(object)
    def _show_view(self, part: PlaneView | None) -> None:
        # A choice that the widgets have just made is there already, to the last digit.
        if part != self._view.shown_part:
            self._view.show_part(part)

    @Slot(object)
    def _show_layers(self, names: frozenset[str] | None) -> None:
        self._controls.want(names)

    @Slot(object)
    def _show_appearance(self, appearance: Appearance | None) -> None:
        self._controls.show_appearance(appearance)

    @Slot(object)
    def _show_classes(self, hidden: frozenset[int]) -> None:
        self._legend.show_without(hidden)
