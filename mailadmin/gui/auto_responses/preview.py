"""How an auto-response will read as the answer to a sample mail, beside the form."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.responses import OutboxDraft
from mailadmin.gui.sentences.wording import listing
from mailadmin.gui.widgets.form import Remark
from mailadmin.gui.widgets.labels import embolden, quiet_label, selectable, wrapped_label
from mailadmin.gui.widgets.message_bar import Kind
from mailadmin.services.samples import SampleMail

translate = QCoreApplication.translate


def sample_mail() -> SampleMail:
    """The mail that is answered in the preview."""
    return SampleMail(
        sender="ada@example.com",
        sender_name="Ada Example",
        subject=translate("Preview", "The printer does not print"),
        body=translate("Preview", "Hello,\n\nit shows a red light, and nothing comes out.\nWhat can I do?\n\nAda"),
        company="EXAMPLE",
    )


class Preview(QWidget):
    """Shows a text as it will be sent, and what stands in the way of that."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        heading = embolden(wrapped_label(self.tr("Preview with sample values"), self))
        self.addresses = quiet_label("", self, wrapped=True)
        self.subject = selectable(wrapped_label("", self))
        self.subject.setAccessibleName(self.tr("Subject in the preview"))
        self.body = QPlainTextEdit(self)
        self.body.setReadOnly(True)
        self.body.setTabChangesFocus(True)
        self.body.setAccessibleName(self.tr("Text in the preview"))
        self.silent = Remark(Kind.WARNING, self)
        self.note = quiet_label(
            self.tr(
                "Texts are written into the outbox as drafts, which expire after 24 hours. Sending begins with the "
                "first outgoing account."
            ),
            self,
            wrapped=True,
        )
        column = QVBoxLayout(self)
        for widget in (heading, self.addresses, self.subject, self.body, self.silent, self.note):
            column.addWidget(widget, int(widget is self.body))

    def show_draft(self, draft: OutboxDraft) -> None:
        """Show the message that the text would become."""
        sender = f"{draft.sender_name} <{draft.sender}>" if draft.sender_name and draft.sender else draft.sender
        lines = [self.tr("From: {sender}").format(sender=sender)] if sender else []
        lines.append(self.tr("To: {recipients}").format(recipients=", ".join(draft.to)))
        self.addresses.setText("\n".join(lines))
        self.subject.setText(self.tr("Subject: {subject}").format(subject=draft.subject))
        bar = self.body.verticalScrollBar()
        before = bar.value()
        self.body.setPlainText(draft.body)
        bar.setValue(before)

    def show_silent(self, queues: Sequence[str]) -> None:
        """Say that nothing is sent for these queues, because they have no address to write from."""
        said = self.tr(
            "Nothing is sent for {queues}: there is no sender address. Give the queue one on the page Queues."
        )
        self.silent.say(said.format(queues=listing(queues)) if queues else "")

    @override
    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 54, metrics.height() * 24)

    @override
    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 28, metrics.height() * 12)
