"""What every page of the window has: a heading, a place for its buttons, notices, contents, actions, and a refresh."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QStyle, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import errors

from .labels import embolden, plain_label, quiet_label
from .message_bar import Kind, MessageBar


class Page(QWidget):
    """A page. Subclasses fill ``body``, list their verbs in ``menu_actions`` and read anew in :meth:`refresh`.

    :param title: the heading
    :param subtitle: a line below it
    :param menu_title: the menu of this page in the menu bar, with its mnemonic ("&Account")
    :param help_page: the file in resources/help that F1 opens here
    """

    changed = Signal()
    """This page has changed data that other pages show, too."""
    help_wanted = Signal(str)
    """F1 in a dialog of this page: the help page's file name."""
    said = Signal(str)
    """What just happened, for the status bar."""
    undoable = Signal(str, object)
    """What just happened, and a callable that takes it back."""
    verbs_changed = Signal()
    """``menu_actions`` are others now: another part of the page is shown."""

    def __init__(
        self, title: str, subtitle: str, *, menu_title: str, help_page: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.menu_title = menu_title
        self.help_page = help_page
        self.menu_actions: list[QAction | None] = []
        """This page's verbs in the order of the menu; None is a line between."""
        self.bar = MessageBar(self)
        self.buttons = QHBoxLayout()
        """At the upper right; the page's one primary action stands last."""
        self.body = QVBoxLayout()
        column = QVBoxLayout(self)
        column.addLayout(self._heading(title, subtitle))
        column.addWidget(self.bar)
        column.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def refresh(self) -> None:
        """Read what is shown anew, in the background. Called when the page is shown and when data has changed."""

    def update_actions(self) -> None:
        """Enable the verbs that the selection allows. The one place that does."""

    def column_actions(self, parent: QWidget) -> list[QAction]:
        """The switches of the page's columns, for the View menu."""
        return []

    def focus_filter(self) -> None:
        """Ctrl+F: put the cursor into the filter, where there is one."""

    def add_action(
        self,
        text: str,
        picture: str,
        act: Callable[[], object],
        *,
        shortcut: QKeySequence | QKeySequence.StandardKey | str | None = None,
        tip: str = "",
    ) -> QAction:
        """A verb of this page: the same QAction serves menu, button, context menu and shortcut."""
        action = QAction(icon(picture), text, self)
        action.triggered.connect(lambda: act())
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        if tip:
            action.setToolTip(tip)
        self.addAction(action)
        self.menu_actions.append(action)
        return action

    def add_separator(self) -> None:
        """A line in the page's menu."""
        self.menu_actions.append(None)

    def add_button(self, action: QAction, *, primary: bool = False) -> QToolButton:
        """A button for a verb at the page's upper right."""
        button = action_button(action, self)
        if primary:
            embolden(button)
        self.buttons.addWidget(button)
        return button

    def take_heading(self) -> QWidget:
        """For a page that stands within another, below that one's heading: without its own; its buttons in a widget."""
        for label in self._heading_labels:
            label.hide()
        self._heading_row.removeItem(self.buttons)
        self.buttons.setParent(None)
        self.buttons.setContentsMargins(0, 0, 0, 0)
        holder = QWidget()
        holder.setLayout(self.buttons)
        layout = self.layout()
        assert layout is not None, "a page has a layout"
        layout.setContentsMargins(0, 0, 0, 0)
        return holder

    def show_error(self, error: MailadminError, account: str = "") -> None:
        """A notice that stays until it is closed: what happened, why, what to do, and the server's own words."""
        self.bar.show_notice(Kind.ERROR, errors.sentence(error, account), details=errors.server_words(error))

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous():
            self.refresh()

    def _heading(self, title: str, subtitle: str) -> QHBoxLayout:
        heading = embolden(plain_label(title, self), scale=1.5)
        below = quiet_label(subtitle, self, wrapped=True)
        self._heading_labels = (heading, below)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(heading)
        words.addWidget(below)
        self._heading_row = row = QHBoxLayout()
        row.addLayout(words, 1)
        row.addLayout(self.buttons)
        row.setAlignment(self.buttons, Qt.AlignmentFlag.AlignTop)
        return row


def action_button(action: QAction, parent: QWidget) -> QToolButton:
    """A button with icon and words for an action, as high as a push button."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    side = button.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
    button.setIconSize(QSize(side, side))
    return button
