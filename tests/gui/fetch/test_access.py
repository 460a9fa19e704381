"""Everything that takes the focus says what it is; nothing is cut off when texts are longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from mailadmin.domain.accounts import AfterFetch
from mailadmin.gui.fetch.details import DetailsDialog, PreviewDialog
from mailadmin.gui.fetch.schedule_status import ScheduleStatus
from mailadmin.gui.fetch.scheduler import Scheduler
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.tasks import Tasks
from mailadmin.services.adoption import Adoption, SampleMessage
from tests.gui.pseudo import Pseudo
from tests.gui.walking import clipped, described, focusable, name_of, outside

from .conftest import House, mail
from .test_panel import ended, failed


def nameless(widget: QWidget) -> list[str]:
    return [described(one) for one in focusable(widget) if not name_of(one)]


@pytest.fixture(params=[Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft], ids=["ltr", "rtl"])
def longer(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[None]:
    """Texts are 40 % longer, and once mirrored; asked for before what is to show them."""
    pseudo = Pseudo()
    qapp.installTranslator(pseudo)
    qapp.setLayoutDirection(request.param)
    yield
    qapp.removeTranslator(pseudo)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def whole(widget: QWidget) -> None:
    assert clipped(widget) == []
    assert outside(widget) == []


@pytest.mark.usefixtures("longer")
class TestLonger:
    """In a language of long words nothing is cut off."""

    def test_the_panel_in_the_smallest_window(self, house: House) -> None:
        assert house.panel.close_button.text() != "Clos&e results"
        house.window.resize(700, 400)
        house.panel.model.put(ended(2, "orders", fetched=12, new_tickets=9, follow_ups=3, quarantined=1, too_big=1))
        house.panel.model.put(failed(1, "support", words="[AUTHENTICATIONFAILED] no"))
        house.desk.began.emit(house.account("third"))
        house.panel.model.put(failed(1, "support", words="[AUTHENTICATIONFAILED] no"))
        house.panel.table.select(house.panel.model.results[0])
        house.bot.wait(1)
        whole(house.window)
        for result in house.panel.model.results:
            house.panel.table.select(result)
            house.bot.wait(1)
            whole(house.window)

    def test_the_question_and_why_it_cannot_be_asked(self, house: House) -> None:
        support = house.account("support", mail(1), fetched=False)
        house.server(support).lose_on = "list"
        house.desk.fetch([support])
        dialog = house.question()
        whole(dialog)
        dialog.look()
        house.until(lambda: dialog.pages.currentWidget() is dialog.question)
        dialog.resize(dialog.sizeHint())
        house.bot.wait(1)
        whole(dialog)
        dialog.reject()


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
