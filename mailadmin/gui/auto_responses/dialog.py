"""The dialog that adds or edits an auto-response, with a preview beside the form (PM-8)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QPlainTextEdit, QToolButton, QWidget
from typing_extensions import override

from mailadmin.domain.responses import PLACEHOLDERS, AutoResponse, ResponseType
from mailadmin.gui.icons import icon
from mailadmin.gui.sentences import configured, problems
from mailadmin.gui.tasks import Tasks
from mailadmin.gui.widgets.choices import ChoiceCombo, validity_combo
from mailadmin.gui.widgets.form import Field, add_legend, add_row, form_in
from mailadmin.gui.widgets.service_page import ServiceDialog
from mailadmin.services.records import RecordService
from mailadmin.services.samples import preview_response

from .preview import Preview, sample_mail
from .queue_list import QueueList, Surroundings

_BODY_LINES = 9
_BODY_PLACEHOLDER = "<OTOBO_Body:10>"


class AutoResponseDialog(ServiceDialog[AutoResponse]):
    """Shows one text.

    :param response: one without an id is added
    :param around: the queues it can be for, and the other texts
    """

    characters = 66

    def __init__(
        self,
        response: AutoResponse,
        around: Surroundings,
        *,
        service: RecordService[AutoResponse],
        tasks: Tasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("", response, problems.RESPONSE, service=service, tasks=tasks, parent=parent)
        self.setWindowTitle(
            self.tr("Add auto-response")
            if self.adding
            else self.tr("Edit auto-response {name}").format(name=response.name)
        )
        self._around = around
        self._sample = sample_mail()
        self._build()
        self.preview = Preview(self)
        self.begin()
        self._show_beside()

    @override
    def show_record(self, record: AutoResponse) -> None:
        self.name.setText(record.name)
        self.type.choose(record.type)
        self.queues.show_queues(record.queues)
        self.subject.setText(record.subject)
        self.body.setPlainText(record.body)
        self.validity.choose(record.validity)
        self.comment.setText(record.comment)
        self._explain()

    @override
    def read_record(self) -> AutoResponse:
        return replace(
            self.record,
            name=self.name.text(),
            type=self.type.value,
            queues=self.queues.chosen,
            subject=self.subject.text(),
            body=self.body.toPlainText(),
            validity=self.validity.value,
            comment=self.comment.text(),
        )

    # --- building ---

    def _build(self) -> None:
        self._make_editors()
        form = form_in(self.contents)
        rows = (
            ("name", self.tr("&Name"), self.name, True),
            ("type", self.tr("&Type"), self.type, True),
            ("queues", self.tr("&Queues"), self.queues, False),
            ("subject", self.tr("S&ubject"), self.subject, True),
            ("body", self.tr("Te&xt"), self.body, True),
            ("validity", self.tr("&Validity"), self.validity, True),
            ("comment", self.tr("&Comment"), self.comment, False),
        )
        for name, label, editor, required in rows:
            add_row(form, label, self.fields.add(name, Field(editor)), required=required)
        self._add_insert_button()
        add_legend(form)
        self.fields["subject"].set_hint(self.tr("The ticket's number is put in by itself."))
        queues = self.fields["queues"]
        self.queues.edited.connect(queues.edited)
        self.queues.left.connect(queues.left)
        for changed in (self.type.currentIndexChanged, self.queues.edited):
            changed.connect(self._explain)
        for typed in (self.subject.textChanged, self.body.textChanged):
            typed.connect(self._show_preview)

    def _make_editors(self) -> None:
        self.name = QLineEdit(self.contents)
        self.type = ChoiceCombo[ResponseType](self.contents, nothing=ResponseType.AUTO_REPLY)
        for kind in ResponseType:
            self.type.add_choice(kind, configured.response_type(kind), tip=configured.response_type_description(kind))
        self.queues = QueueList(self._around, self.contents)
        self.subject = QLineEdit(self.contents)
        self.body = QPlainTextEdit(self.contents)
        self.body.setTabChangesFocus(True)
        self.body.setMinimumHeight(self.fontMetrics().lineSpacing() * _BODY_LINES)
        self.validity = validity_combo(self.contents)
        self.comment = QLineEdit(self.contents)
        self._into: QLineEdit | QPlainTextEdit = self.body
        for editor in (self.subject, self.body):
            editor.installEventFilter(self)

    def _add_insert_button(self) -> None:
        """Below the text: a menu of placeholders, each with what it stands for."""
        self.insert = QToolButton(self.contents)
        self.insert.setText(self.tr("&Insert placeholder"))
        self.insert.setIcon(icon("code-tags"))
        self.insert.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.insert.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.insert.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self.insert)
        for name in PLACEHOLDERS:
            text = _BODY_PLACEHOLDER if name == "Body" else f"<OTOBO_{name}>"
            action = menu.addAction(f"{text}\t{configured.placeholder(name)}")
            action.triggered.connect(lambda checked, text=text: self.insert_text(text))
        self.insert.setMenu(menu)
        QWidget.setTabOrder(self.body, self.insert)
        holder = QWidget(self.contents)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.insert)
        row.addStretch(1)
        layout = self.fields["body"].layout()
        assert layout is not None, "a field has a layout"
        layout.addWidget(holder)

    def _show_beside(self) -> None:
        """The dialog becomes wider by the preview, as far as there is room."""
        split = self.add_beside(self.preview)
        self.keep_width()
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        room = self.screen().availableSize().width()
        self.resize(min(self.width() + self.preview.sizeHint().width(), room), self.height())
        self._explain()

    # --- following ---

    def insert_text(self, text: str) -> None:
        """Put a placeholder where the cursor is: in the subject or the text, whichever was edited last."""
        if isinstance(self._into, QLineEdit):
            self._into.insert(text)
        else:
            self._into.insertPlainText(text)
        self._into.setFocus()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn and watched in (self.subject, self.body):
            self._into = self.subject if watched is self.subject else self.body
        return super().eventFilter(watched, event)

    def _explain(self) -> None:
        kind = self.type.value
        self.fields["type"].set_hint(configured.response_type_description(kind))
        self.queues.describe(self._around.takers(kind, self.record.id))
        chosen = self.queues.chosen
        self.fields["queues"].set_hint("" if chosen else self.tr("Without a queue, this text is never sent."))
        self._show_preview()

    def _show_preview(self) -> None:
        if not hasattr(self, "preview"):  # the form shows its record before there is one
            return
        chosen = self.queues.chosen
        silent = self._around.silent(chosen)
        queue = next((name for name in chosen if name not in silent), next(iter(chosen), ""))
        self.preview.show_draft(preview_response(self.read_record(), queue, self._sample, self._around.routing))
        self.preview.show_silent(silent)
