"""Everything that takes the focus says what it is; nothing is cut off when texts are longer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QAbstractScrollArea, QDialog, QLabel, QWidget

from mailadmin.domain.accounts import AfterFetch
from mailadmin.gui.fetch.details import DetailsDialog, PreviewDialog
from mailadmin.gui.fetch.schedule_status import ScheduleStatus
from mailadmin.gui.fetch.scheduler import Scheduler
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.services.adoption import Adoption, SampleMessage

from .conftest import House, mail
from .test_panel import failed


def nameless(widget: QWidget) -> list[QWidget]:
    """What takes the focus by Tab and has neither a text nor a name nor a label."""
    buddies = [label.buddy() for label in widget.window().findChildren(QLabel)]
    found = []
    for one in widget.findChildren(QWidget):
        if not one.focusPolicy() & Qt.FocusPolicy.TabFocus or isinstance(one.parent(), QAbstractScrollArea):
            continue
        text = one.text() if isinstance(one, QAbstractButton) else ""
        if not (one.accessibleName() or text or one in buddies):
            found.append(one)
    return found


def test_everything_in_the_panel_has_a_name(house: House) -> None:
    house.panel.model.put(failed(1))
    house.panel.show()
    house.panel.table.selectRow(0)
    assert nameless(house.panel) == []


def test_everything_in_the_dialogs_has_a_name(house: House) -> None:
    support = house.account("support", mail(1), fetched=False)
    house.desk.fetch([support])
    dialog = house.question()
    assert nameless(dialog) == []
    dialog.reject()
    for made in (DetailsDialog(failed(1), house.window), PreviewDialog(failed(1), house.window)):
        assert isinstance(made, QDialog)
        made.show()
        assert nameless(made) == []
        made.close()


def test_everything_in_the_status_bar_has_a_name(house: House, tasks: Tasks, settings: WindowSettings) -> None:
    app = house.app
    scheduler = Scheduler(app.schedule, app.adoption, tasks, settings, parent=house.window)
    assert nameless(ScheduleStatus(scheduler, house.window)) == []


@pytest.mark.parametrize("rule", list(AfterFetch))
def test_the_choices_are_all_read_in_full(house: House, rule: AfterFetch) -> None:
    folder = "Done" if rule is AfterFetch.MOVE else ""
    support = house.account("support", fetched=False, after_fetch=rule, move_to=folder)
    house.server(support).add(*(mail(n) for n in range(30)))
    house.desk.fetch([support])
    dialog = house.question()
    now = datetime.now(UTC)
    sample = tuple(SampleMessage(now, "somebody", "subject") for _ in range(5))
    dialog.question.show_mailbox(support, Adoption(4312, 1, now, now, sample))
    dialog.adjustSize()
    house.bot.wait(1)
    for label in dialog.question.findChildren(QLabel):
        if label.isVisible() and label.text():
            assert label.height() >= label.heightForWidth(label.width()) or not label.wordWrap(), label.text()
    kept = rule is AfterFetch.KEEP
    assert [button.isVisible() for button in dialog.question.choices.values()] == [True, not kept, True]
    dialog.reject()
