"""One outgoing message beside the list: its addresses and its text."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from mailadmin.domain.outside_text import shown
from mailadmin.domain.responses import OutboxMessage
from mailadmin.gui.sentences import configured
from mailadmin.gui.widgets.form import form_layout
from mailadmin.gui.widgets.labels import embolden, quiet_label, selectable, wrapped_label


class OutboxPane(QWidget):
    """Shows a message, or says why it shows none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.subject = embolden(selectable(wrapped_label("", self)), scale=1.2)
        self.subject.setAccessibleName(self.tr("Subject"))
        self._form = form_layout()
        self._values: dict[str, QLabel] = {}
        for key, label in (
            ("from", self.tr("From:")),
            ("to", self.tr("To:")),
            ("cc", self.tr("Cc:")),
            ("response", self.tr("Auto-response:")),
        ):
            self._add(key, label)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Text"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.subject)
        column.addLayout(self._form)
        column.addWidget(self.text, 1)
        self.show_message(None)

    def show_message(self, message: OutboxMessage | None, instead: str = "") -> None:
        """Show a message; None: say this instead."""
        self.subject.setText(instead if message is None else shown(message.draft.subject))
        values = {} if message is None else self._values_of(message)
        for key, label in self._values.items():
            label.setText(values.get(key, ""))
            self._form.setRowVisible(label, bool(values.get(key)))
        self.text.setPlainText("" if message is None else message.draft.body)
        self.text.setVisible(message is not None)

    def _add(self, key: str, label: str) -> None:
        value = selectable(wrapped_label("", self))
        value.setAccessibleName(label.rstrip(":"))
        value.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._values[key] = value
        self._form.addRow(quiet_label(label, self), value)

    def _values_of(self, message: OutboxMessage) -> dict[str, str]:
        draft = message.draft
        sender = f"{draft.sender_name} <{draft.sender}>" if draft.sender_name else draft.sender
        kind = configured.response_type(draft.type)
        return {
            "from": shown(sender),
            "to": shown(", ".join(draft.to)),
            "cc": shown(", ".join(draft.cc)),
            "response": self.tr("{name} ({type})").format(name=shown(draft.response), type=kind),
        }
