"""The window: navigation, pages, fetch panel, status bar, menus. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from . import theme
from .icons import icon
from .navigation import Navigation, Place
from .settings import WindowSettings
from .widgets.labels import plain_tooltip
from .widgets.message_bar import MessageBar
from .widgets.page import Page

SAID_MILLISECONDS: Final = 7_000
REFRESH_MILLISECONDS: Final = 30_000
"""How often the page that is shown looks whether another program has changed something."""


class MainWindow(QMainWindow):
    """Shows places and what goes on. Pages need the window for their dialogs, so it is made first, then furnished."""

    closing = Signal()
    """The user wants to close the window: whoever can end now calls :meth:`finish_closing`."""
    help_wanted = Signal(str)
    """F1: the help page of the place."""

    def __init__(self, settings: WindowSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: tuple[Place, ...] = ()
        self._status: tuple[QWidget, ...] = ()
        self.program = "mailadmin"
        """What the title bar calls this window, behind the page's name."""
        self._settings = settings
        self._may_close = False
        self._undo: Callable[[], object] | None = None
        self._undo_bar: MessageBar | None = None
        self.bar = MessageBar(self)
        self.pages = QStackedWidget(self)
        self._timer = QTimer(self, interval=REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        metrics = self.fontMetrics()
        self.setMinimumSize(metrics.averageCharWidth() * 80, metrics.height() * 24)
        room = self.screen().availableSize()
        wanted = QSize(metrics.averageCharWidth() * 185, metrics.height() * 50)  # 1100 x 700 at 96 dpi
        self.resize(wanted.boundedTo(room * 0.9))

    def furnish(self, places: Sequence[Place], welcome: Page, panel: QWidget, status: Sequence[QWidget]) -> None:
        """Put everything in its place.

        :param places: the pages, in the order of the navigation
        :param welcome: the page that is shown while there is nothing to show
        :param panel: what slides up below the page while something runs
        :param status: widgets at the right of the status bar
        """
        self.places = tuple(places)
        self.navigation = Navigation(places, self)
        for page in (*(place.page for place in places), welcome):
            self.pages.addWidget(page)
            page.said.connect(self.say)
            page.changed.connect(self._on_changed)
            page.undoable.connect(self.offer_undo)
            page.help_wanted.connect(self.help_wanted)
            page.verbs_changed.connect(self._on_verbs_changed)
        self._build(panel)
        self._build_menus()
        self._status = tuple(status)
        for widget in status:
            self.statusBar().addPermanentWidget(widget)
        self.navigation.chosen.connect(self._show)
        self._timer.start()
        self._restore()

    # --- what others call ---

    @property
    def page(self) -> Page:
        """The page that is shown."""
        page = self.pages.currentWidget()
        assert isinstance(page, Page)
        return page

    def go_to(self, page: Page) -> None:
        """Show a page, one of the navigation or the welcome page."""
        if any(place.page is page for place in self.places):
            self.navigation.go_to(page)
        else:
            self.navigation.go_nowhere()
            self._show(page)

    def refresh(self) -> None:
        """Have the page that is shown read its data anew; the others do when they are shown."""
        if self.isVisible() and not self.isMinimized():
            self.page.refresh()

    def say(self, text: str) -> None:
        """What just happened, in the status bar for some seconds; what it has no room for is in its tooltip."""
        bar = self.statusBar()
        taken = sum(widget.sizeHint().width() for widget in self._status if not widget.isHidden())
        room = bar.width() - taken - bar.fontMetrics().averageCharWidth() * 4
        shown = bar.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        bar.setToolTip("" if shown == text else plain_tooltip(text))
        bar.showMessage(shown, SAID_MILLISECONDS)

    def offer_undo(self, text: str, undo: Callable[[], object]) -> None:
        """What just happened, with a way back: ten seconds in a notice, with Ctrl+Z until something else is changed."""
        self.forget_undo()
        self._undo = undo
        self._undo_bar = self.page.bar
        self.undo_action.setEnabled(True)
        self.undo_action.setText(self.tr("&Undo: {what}").format(what=text.replace("&", "&&")))
        self._undo_bar.show_undo(text, self._on_undo)

    def forget_undo(self) -> None:
        """Something else was done, or the way back was taken: it leads nowhere any more."""
        self._undo = None
        self.undo_action.setEnabled(False)
        self.undo_action.setText(self.tr("&Undo"))
        if self._undo_bar is not None:
            self._undo_bar.end_undo()
        self._undo_bar = None

    def bring_to_front(self) -> None:
        """Before the user's eyes, also from the task bar."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def finish_closing(self) -> None:
        """Nothing runs any more: close."""
        self._may_close = True
        self.close()

    # --- building ---

    def _build(self, panel: QWidget) -> None:
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        self._stack = QSplitter(Qt.Orientation.Vertical, right)
        self._stack.addWidget(self.pages)
        self._stack.addWidget(panel)
        self._stack.setStretchFactor(0, 3)
        self._stack.setStretchFactor(1, 2)
        self._stack.setCollapsible(0, False)
        column.addWidget(self._stack)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._split.addWidget(self.navigation)
        self._split.addWidget(right)
        self._split.setStretchFactor(1, 1)
        self._split.setCollapsible(1, False)
        self.setCentralWidget(self._split)

    def _build_menus(self) -> None:
        bar = self.menuBar()
        self.file_menu = bar.addMenu(self.tr("&File"))
        edit = bar.addMenu(self.tr("&Edit"))
        self.undo_action = self._action(self.tr("&Undo"), "undo", self._on_undo, QKeySequence.StandardKey.Undo)
        self.undo_action.setEnabled(False)
        find = self._action(
            self.tr("&Filter"), "magnify", lambda: self.page.focus_filter(), QKeySequence.StandardKey.Find
        )
        edit.addActions([self.undo_action, find])
        self.page_menu = bar.addMenu("")
        self.mail_menu = bar.addMenu(self.tr("&Mail"))
        self.view_menu = bar.addMenu(self.tr("&View"))
        self._build_view_menu()
        self.help_menu = bar.addMenu(self.tr("&Help"))
        self.help_menu.addAction(
            self._action(
                self.tr("&Help on this page"),
                "help-circle-outline",
                lambda: self.help_wanted.emit(self.page.help_page),
                QKeySequence("F1"),
            )
        )
        self.help_menu.addAction(
            self._action(self.tr("&Contents"), "book-open-variant", lambda: self.help_wanted.emit("index.md"))
        )

    def add_quit(self) -> None:
        """The last entry of the File menu, when the others are there."""
        self.file_menu.addSeparator()
        quit_action = self._action(self.tr("&Quit"), "close", self.close, QKeySequence("Ctrl+Q"))
        quit_action.setMenuRole(QAction.MenuRole.QuitRole)
        self.file_menu.addAction(quit_action)

    def _build_view_menu(self) -> None:
        for number, place in enumerate(self.places, 1):
            action = self._action(place.page.title, place.picture, partial(self.go_to, place.page))
            if number < 10:
                action.setShortcut(QKeySequence(f"Ctrl+{number}"))
            self.view_menu.addAction(action)
        self.view_menu.addSeparator()
        self._columns_menu = self.view_menu.addMenu(self.tr("&Columns"))
        self._columns_menu.aboutToShow.connect(self._fill_columns)
        colours: QMenu = self.view_menu.addMenu(self.tr("C&olours"))
        group = QActionGroup(self)
        chosen = self._settings.colours
        for scheme, label in (
            (theme.Scheme.SYSTEM, self.tr("As the &system")),
            (theme.Scheme.LIGHT, self.tr("&Light")),
            (theme.Scheme.DARK, self.tr("&Dark")),
            (theme.Scheme.HIGH_CONTRAST, self.tr("&High contrast")),
        ):
            action = QAction(label, self, checkable=True)
            action.setChecked(chosen == scheme)
            action.triggered.connect(lambda checked, scheme=scheme: self._set_colours(scheme))
            group.addAction(action)
            colours.addAction(action)

    def _action(
        self,
        text: str,
        picture: str,
        act: Callable[[], object],
        shortcut: QKeySequence | QKeySequence.StandardKey | None = None,
    ) -> QAction:
        action = QAction(icon(picture), text, self)
        action.triggered.connect(lambda: act())
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        self.addAction(action)
        return action

    def _fill_columns(self) -> None:
        self._columns_menu.clear()
        self._columns_menu.addActions(self.page.column_actions(self._columns_menu))

    def _set_colours(self, scheme: theme.Scheme) -> None:
        self._settings.colours = scheme
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.apply(application, scheme)

    # --- what happens ---

    def _show(self, page: Page) -> None:
        self.pages.setCurrentWidget(page)
        self._fill_page_menu(page)
        self.setWindowTitle(self.tr("{page} - {program}").format(page=page.title, program=self.program))
        page.update_actions()

    def _on_verbs_changed(self) -> None:
        if self.sender() is self.page:
            self._fill_page_menu(self.page)

    def _fill_page_menu(self, page: Page) -> None:
        self.page_menu.clear()
        self.page_menu.setTitle(page.menu_title)
        for action in page.menu_actions:
            if action is None:
                self.page_menu.addSeparator()
            else:
                self.page_menu.addAction(action)
        self.page_menu.menuAction().setVisible(bool(page.menu_actions))

    def _on_changed(self) -> None:
        self.forget_undo()
        if self.sender() is not self.page:
            self.refresh()

    def _on_undo(self) -> None:
        undo = self._undo
        self.forget_undo()
        if undo is not None:
            undo()

    # --- leaving ---

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._may_close:
            event.ignore()
            self.closing.emit()
            return
        self._remember()
        super().closeEvent(event)

    def _restore(self) -> None:
        self.restoreGeometry(self._settings.state("window"))
        self._split.restoreState(self._settings.state("split"))
        self._stack.restoreState(self._settings.state("stack"))
        key = self._settings.text("page")
        shown = next((place.page for place in self.places if place.key == key), self.places[0].page)
        self.navigation.go_to(shown)

    def _remember(self) -> None:
        self._settings.set_state("window", self.saveGeometry())
        self._settings.set_state("split", self._split.saveState())
        self._settings.set_state("stack", self._stack.saveState())
        self._settings.set_text("page", next((place.key for place in self.places if place.page is self.page), ""))
