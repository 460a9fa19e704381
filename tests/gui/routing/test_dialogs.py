"""The dialogs of a queue and of an e-mail address: hints, faults, saving, two administrators, leaving."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.bootstrap import Application
from mailadmin.domain.accounts import Validity
from mailadmin.domain.queues import MailAddress, Queue
from mailadmin.domain.vocabulary import FollowUpOption
from mailadmin.gui.routing.address_dialog import AddressDialog
from mailadmin.gui.routing.queue_dialog import QueueDialog
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo
from mailadmin.gui.widgets.conflict import ConflictDialog
from tests.gui.waiting import SECONDS, settle, until_gone

from .conftest import button, click, focusable, opened

D = TypeVar("D", QueueDialog, AddressDialog)


def queue(app: Application, name: str) -> Queue:
    return next(one for one in app.routing.queues() if one.name == name)


def address(app: Application, name: str = "support@example.org") -> MailAddress:
    return next(one for one in app.routing.addresses() if one.address == name)


class Desk:
    """Opens dialogs over a window, which they belong to: they go when they are closed."""

    def __init__(self, app: Application, tasks: Tasks, qtbot: QtBot) -> None:
        self.app, self.tasks, self.qtbot = app, tasks, qtbot
        self.window = QWidget()
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitExposed(self.window)

    def queue(self, shown: Queue) -> QueueDialog:
        routing = self.app.routing
        return self._open(
            QueueDialog(shown, routing.addresses(), routing=routing, tasks=self.tasks, parent=self.window)
        )

    def address(self, shown: MailAddress) -> AddressDialog:
        app = self.app
        return self._open(
            AddressDialog(
                shown,
                app.routing.queues(),
                routing=app.routing,
                what_if=app.what_if,
                tasks=self.tasks,
                parent=self.window,
            )
        )

    def _open(self, dialog: D) -> D:
        dialog.open()
        self.qtbot.waitUntil(next(iter(dialog.fields.values())).editor.hasFocus)
        return dialog


@pytest.fixture
def desk(routed: Application, tasks: Tasks, qtbot: QtBot) -> Desk:
    return Desk(routed, tasks, qtbot)


def choices(combo: ChoiceCombo) -> list[str]:
    return [combo.itemText(row) for row in range(combo.count())]


def hint(dialog: QueueDialog | AddressDialog, name: str) -> str:
    return dialog.fields[name].editor.accessibleDescription()


# --- queues ---


def test_every_field_of_a_queue_is_saved(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(Queue(name=""))
    dialog.name.setText("  Orders ")
    dialog.follow_up.choose(FollowUpOption.REJECT)
    dialog.lock.setChecked(True)
    dialog.sender_address.choose("support@example.org")
    dialog.group.setText("sales")
    dialog.validity.choose(Validity.INVALID_TEMPORARILY)
    dialog.comment.setText("what people buy")
    with qtbot.waitSignal(dialog.saved):
        click(qtbot, dialog, "Save")
    made = queue(routed, "Orders")
    assert replace(made, id=None, version=0, created=None, changed=None) == Queue(
        name="Orders",
        follow_up=FollowUpOption.REJECT,
        follow_up_lock=True,
        sender_address="support@example.org",
        group="sales",
        validity=Validity.INVALID_TEMPORARILY,
        comment="what people buy",
    )


def test_the_hints_say_what_is_chosen(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(queue(routed, "Misc"))
    assert "opens it again" in hint(dialog, "follow_up")
    dialog.follow_up.choose(FollowUpOption.NEW_TICKET)
    assert "makes a new ticket" in hint(dialog, "follow_up")
    assert hint(dialog, "validity") == ""
    dialog.validity.choose(Validity.INVALID)
    assert "the next rule or the default queue applies" in hint(dialog, "validity")


def test_a_taken_name_is_said_under_it_in_the_words_of_queues(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(Queue(name=""))
    dialog.comment.setFocus()
    dialog.name.setText("junk")
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: dialog.fields["name"].fault == "This name is taken by another queue.")
    assert dialog.name.hasFocus()
    assert "taken" in hint(dialog, "name")


def test_a_fault_goes_when_the_value_is_right(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(Queue(name=""))
    qtbot.keyClicks(dialog.name, "Support::")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: "level" in dialog.fields["name"].fault)
    dialog.name.setFocus()
    qtbot.keyClicks(dialog.name, "Phones")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: dialog.fields["name"].fault == "")


def test_the_default_queue_cannot_be_made_invalid(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(queue(routed, "Raw"))
    dialog.validity.choose(Validity.INVALID)
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: "PostmasterDefaultQueue" in dialog.fields["validity"].fault)
    assert queue(routed, "Raw").validity is Validity.VALID


def test_a_shipped_queue_may_be_renamed_and_stays_the_default(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(queue(routed, "Raw"))
    dialog.name.setText("Entrance")
    with qtbot.waitSignal(dialog.saved):
        click(qtbot, dialog, "Save and finish")
    assert routed.routing.used_by(queue(routed, "Entrance")).settings == ("PostmasterDefaultQueue",)


def test_only_valid_addresses_are_offered_but_the_present_one_stays(
    routed: Application, desk: Desk, qtbot: QtBot
) -> None:
    for name in ("old@example.org", "older@example.org"):
        routed.routing.add_address(MailAddress(address=name, queue="Misc", validity=Validity.INVALID))
    routed.routing.change_queue(replace(queue(routed, "Misc"), sender_address="old@example.org"))
    dialog = desk.queue(queue(routed, "Misc"))
    assert choices(dialog.sender_address) == ["none", "old@example.org (invalid)", "support@example.org"]
    assert dialog.sender_address.value == "old@example.org"
    assert not dialog.has_changes


def test_save_stays_and_there_is_nothing_left_to_save(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.queue(queue(routed, "Misc"))
    assert not button(dialog, "Save").isEnabled()
    dialog.comment.setText("changed")
    with qtbot.waitSignal(dialog.saved):
        click(qtbot, dialog, "Save")
    assert dialog.isVisible()
    assert not button(dialog, "Save").isEnabled()
    dialog.comment.setText("changed again")  # on the new version
    with qtbot.waitSignal(dialog.saved):
        click(qtbot, dialog, "Save and finish")
    assert queue(routed, "Misc").comment == "changed again"


# --- two administrators ---


def conflict(qtbot: QtBot, app: Application, desk: Desk) -> tuple[QueueDialog, ConflictDialog]:
    dialog = desk.queue(queue(app, "Misc"))
    app.routing.change_queue(replace(queue(app, "Misc"), comment="theirs", group="helpers"))
    dialog.comment.setText("mine")
    click(qtbot, dialog, "Save and finish")
    return dialog, opened(qtbot, dialog, ConflictDialog)


def test_the_second_of_two_sees_both_versions(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    _, shown = conflict(qtbot, routed, desk)
    table = shown.findChild(QTableWidget)
    assert isinstance(table, QTableWidget)
    texts = table.model()
    cells = [[texts.index(row, at).data() for at in range(3)] for row in range(table.rowCount())]
    assert ["Comment", "theirs", "mine"] in cells
    assert [row[0] for row in cells] == ["Group", "Comment"]
    assert queue(routed, "Misc").comment == "theirs"


def test_theirs_can_be_taken(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog, shown = conflict(qtbot, routed, desk)
    click(qtbot, shown, "Take theirs")
    assert dialog.comment.text() == "theirs"
    assert not dialog.has_changes


def test_mine_can_be_kept_and_saved(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog, shown = conflict(qtbot, routed, desk)
    click(qtbot, shown, "Go on with mine")
    with qtbot.waitSignal(dialog.saved):
        click(qtbot, dialog, "Save and finish")
    assert queue(routed, "Misc").comment == "mine"


def test_saving_again_while_theirs_is_read_asks_once(
    routed: Application, desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog, read, may_read = desk.queue(queue(routed, "Misc")), threading.Event(), threading.Event()

    def slowly(record: Queue) -> Queue:
        read.set()
        may_read.wait(SECONDS)
        return queue(routed, "Misc")

    monkeypatch.setattr(dialog, "stored", slowly)
    routed.routing.change_queue(replace(queue(routed, "Misc"), comment="theirs"))
    dialog.comment.setText("mine")
    dialog.start_saving(finish=False)
    qtbot.waitUntil(read.is_set)
    dialog.start_saving(finish=False)
    assert not dialog.save_and_finish_button.isEnabled()
    may_read.set()
    settle(qtbot, dialog.tasks)

    (asked,) = dialog.findChildren(ConflictDialog)
    asked.reject()
    assert dialog.save_and_finish_button.isEnabled()
    assert dialog.comment.text() == "mine"


@pytest.mark.parametrize("kind", ["queue", "address"])
def test_a_record_that_somebody_has_deleted_is_said_to_be_gone(
    routed: Application, desk: Desk, qtbot: QtBot, kind: str
) -> None:
    dialog: QueueDialog | AddressDialog
    if kind == "queue":
        dialog = desk.queue(queue(routed, "Misc"))
        routed.routing.delete_queue(queue(routed, "Misc"))
    else:
        dialog = desk.address(address(routed))
        routed.routing.delete_address(address(routed))
    dialog.comment.setText("mine")
    click(qtbot, dialog, "Save and finish")
    first = dialog.fields["name" if kind == "queue" else "address"]
    qtbot.waitUntil(lambda: bool(first.fault))
    assert {"queue": "Misc", "address": "support@example.org"}[kind] in first.fault


# --- addresses ---


def test_every_field_of_an_address_is_saved(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.address(MailAddress(address=""))
    qtbot.keyClicks(dialog.address, "orders@example.org")
    dialog.display_name.setText("Example Orders")
    dialog.queue.choose("Misc")
    dialog.validity.choose(Validity.INVALID)
    dialog.comment.setText("buyers")
    with qtbot.waitSignal(dialog.saved):
        qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    made = address(routed, "orders@example.org")
    assert (made.display_name, made.queue, made.validity, made.comment) == (
        "Example Orders",
        "Misc",
        Validity.INVALID,
        "buyers",
    )


def test_an_empty_address_dialog_says_all_that_is_needed(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.address(MailAddress(address=""))
    click(qtbot, dialog, "Save")
    qtbot.waitUntil(lambda: bool(dialog.fields["address"].fault))
    assert dialog.fields["queue"].fault == "Choose a queue."
    assert dialog.address.hasFocus()
    dialog._checking.loaded.emit(dialog.read_record(), [])  # the field was left for the button: this answer is late
    assert dialog.fields["queue"].fault == "Choose a queue."


def test_an_address_that_is_there_is_said_in_the_words_of_addresses(
    routed: Application, desk: Desk, qtbot: QtBot
) -> None:
    dialog = desk.address(MailAddress(address=""))
    qtbot.keyClicks(dialog.address, "Support@Example.org")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: dialog.fields["address"].fault == "This address is in the list already.")


def test_only_valid_queues_are_offered_but_the_present_one_stays_marked(
    routed: Application, desk: Desk, qtbot: QtBot
) -> None:
    new = desk.address(MailAddress(address=""))
    assert "Support-Old" not in " ".join(choices(new.queue))
    routed.routing.change_address(replace(address(routed), queue="Support-Old"))
    dialog = desk.address(address(routed))
    assert dialog.queue.currentText() == "Support-Old (invalid)"
    assert "receives nothing" in hint(dialog, "queue")
    dialog.queue.choose("Misc")
    assert "receives nothing" not in hint(dialog, "queue")


# --- leaving ---


def test_unsaved_changes_are_asked_about(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.address(address(routed))
    dialog.comment.setText("mine")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    click(qtbot, opened(qtbot, dialog, QMessageBox), "Keep editing")
    assert dialog.isVisible()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    with qtbot.waitSignal(dialog.rejected):
        click(qtbot, opened(qtbot, dialog, QMessageBox), "Discard")
    assert address(routed).comment == ""


def test_a_dialog_that_dies_with_its_window_leaves_in_peace(routed: Application, desk: Desk, qtbot: QtBot) -> None:
    dialog = desk.address(address(routed))
    dialog.address.setFocus()
    with qtbot.captureExceptions() as raised:
        dialog.deleteLater()
        until_gone(qtbot, dialog)
    assert raised == []


# --- for everybody ---


def test_everything_the_keyboard_reaches_has_a_name_and_every_label_a_key(
    routed: Application, desk: Desk, qtbot: QtBot
) -> None:
    for dialog in (
        desk.queue(queue(routed, "Misc")),
        desk.address(address(routed)),
    ):
        nameless = [
            child for child in focusable(dialog) if not (child.accessibleName() or getattr(child, "text", str)())
        ]
        assert nameless == []
        labels = [label for label in dialog.findChildren(QLabel) if label.buddy() is not None]
        keys = [label.text()[label.text().index("&") + 1].casefold() for label in labels]
        assert len(labels) == len(dialog.fields)
        assert len(set(keys)) == len(keys), keys
        assert {"s", "f"}.isdisjoint(keys), "Save and Save and finish have these"
