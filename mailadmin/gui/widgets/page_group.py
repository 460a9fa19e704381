"""A page whose contents are other pages, of which one is shown at a time."""

from __future__ import annotations

from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget
from typing_extensions import override

from .page import Page


class PageGroup(Page):
    """One heading over several pages; the verbs are those of the page that is shown.

    Subclasses put :attr:`parts` into ``body`` and choose by :meth:`show_part`.
    """

    def __init__(
        self, title: str, subtitle: str, *, menu_title: str, help_page: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(title, subtitle, menu_title=menu_title, help_page=help_page, parent=parent)
        self.parts = QStackedWidget(self)
        self._buttons: dict[int, QWidget] = {}

    @property
    def part(self) -> Page | None:
        """The page that is shown."""
        part = self.parts.currentWidget()
        return part if isinstance(part, Page) else None

    def add_part(self, part: Page) -> None:
        """Take a page in; what it tells, the group tells."""
        part.setParent(self.parts)
        holder = part.take_heading()
        holder.setParent(self)
        holder.hide()
        self.buttons.addWidget(holder)
        self._buttons[id(part)] = holder
        for name in ("changed", "said", "undoable", "help_wanted"):
            getattr(part, name).connect(getattr(self, name))
        self.parts.addWidget(part)

    def show_part(self, part: Page) -> None:
        """Show this page; the menu and the buttons become its own."""
        for ident, holder in self._buttons.items():
            holder.setVisible(ident == id(part))
        self.menu_title = part.menu_title
        self.help_page = part.help_page
        self.menu_actions = part.menu_actions
        self.parts.setCurrentWidget(part)
        part.update_actions()
        self.verbs_changed.emit()

    @override
    def refresh(self) -> None:
        if self.part is not None:
            self.part.refresh()

    @override
    def update_actions(self) -> None:
        if self.part is not None:
            self.part.update_actions()

    @override
    def column_actions(self, parent: QWidget) -> list[QAction]:
        return [] if self.part is None else self.part.column_actions(parent)

    @override
    def focus_filter(self) -> None:
        if self.part is not None:
            self.part.focus_filter()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        QWidget.showEvent(self, event)  # the part reads by itself when it is shown
