"""The welcome page where there is little room."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QScrollArea
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.welcome.page import WelcomePage

from .waiting import settle
from .walking import clipped


def test_the_welcome_page_scrolls_where_it_does_not_fit(app: Application, tasks: Tasks, qtbot: QtBot) -> None:
    page = WelcomePage(app.secrets, "this computer", tasks)
    qtbot.addWidget(page)
    page.resize(420, 200)
    page.show()
    settle(qtbot, tasks)
    assert page.height() == 200
    area = page.findChild(QScrollArea)
    assert area is not None
    assert area.verticalScrollBar().maximum() > 0
    button = next(one for one in page.findChildren(QPushButton) if one.text() == page.try_demo.text())
    area.ensureWidgetVisible(button)
    assert not button.visibleRegion().isEmpty()
    assert clipped(page) == []
