"""One mail, as a person reads it: the message, its source, its files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outside_text import shown_lines
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.empty import EmptyState
from mailadmin.gui.widgets.icon_label import IconLabel
from mailadmin.gui.widgets.labels import wrapped_label

from .attachments import AttachmentsView
from .browser import MailBrowser, wrap_mode
from .content import MailAccess, MailContent
from .file_dialogs import ask_file
from .file_names import safe_file_name, write
from .header_card import HeaderCard
from .link_dialog import LinkDialog
from .pictures import decoded
from .safe_html import SafeHtml, safe_html
from .source_view import SourceView
from .weight import MOST_WEIGHT, Light, light_text

_PART: Final = 20_000
_MOST_PICTURES: Final = 100_000_000
"""Octets that the decoded images of one mail may take."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is shown: by identity, so that an answer for the mail before is known for one."""

    content: MailContent
    access: MailAccess | None
    text: Light


class MailView(QWidget):
    """Shows one mail, in tabs: *Message*, *Text* (where there is HTML as well), *Source*, *Attachments*.

    Nothing is loaded from elsewhere, nothing in the mail can act, no link is followed unasked.
    """

    said = Signal(str)
    """What just happened, for the status bar."""
    failed = Signal(object)
    """A MailadminError: something could not be read or saved."""
    laid_out = Signal()
    """The message may need another height than before."""

    def __init__(self, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._shown: _Shown | None = None
        self.header = HeaderCard(self)
        self.browser = MailBrowser(self.tr("Message"), self)
        self.message_text = _reading_text(self.tr("Message"), self)
        self.plain_text = _reading_text(self.tr("Text"), self)
        self.source = SourceView(tasks, self)
        self.attachments = AttachmentsView(tasks, self)
        self.tabs = QTabWidget(self)
        self.tabs.setAccessibleName(self.tr("Ways to look at the message"))
        self.nothing = EmptyState("email-open-outline", self)
        self.nothing.say(self.tr("No message is selected."))
        self._build()
        self._loader: Loader[_Shown, tuple[SafeHtml | None, dict[str, QImage]]] = Loader(
            tasks, "make HTML safe", _made_safe, self
        )
        self._loader.loaded.connect(self._on_safe)
        self._loader.failed.connect(self._on_not_safe)
        self.browser.link_wanted.connect(self._ask_about_link)
        self.attachments.said.connect(self.said)
        self.attachments.failed.connect(self.failed)
        self.source.save_wanted.connect(self.save_source)
        for text in (self.message_text, self.browser):
            text.document().documentLayout().documentSizeChanged.connect(self.laid_out)
        self.tabs.currentChanged.connect(self._on_tab)
        self.show_nothing()

    # --- what pages use ---

    def show_mail(self, content: MailContent, access: MailAccess | None) -> None:
        """Show a mail.

        :param access: None when its octets are not here: then only its head and ``content.text`` are shown
        """
        text = _light(content.text)
        self._shown = _Shown(content, access, text)
        self.header.show_mail(content)
        self.source.show_mail(access)
        self.attachments.show_mail(content.attachments if access else (), access)
        self._show_attachment_count(len(content.attachments) if access else 0)
        has_html = bool(content.html and content.html.strip()) and access is not None
        self._show_tab(self.plain_text, shown=has_html)
        self._show_tab(self.source, shown=access is not None)
        self._say("")
        if has_html:
            self._show_lines(self.plain_text, text, self._cut(text.cut))
            self.browser.show_nothing()
            self._message.setCurrentWidget(self.browser)
            self._loader.load(self._shown)
        else:
            self.plain_text.clear()
            self._show_text(text)
        self._stack.setCurrentWidget(self._mail)

    def show_nothing(self, text: str = "") -> None:
        """Show no mail, and say so (or this)."""
        self._shown = None
        self.browser.show_nothing()
        self.message_text.clear()
        self.plain_text.clear()
        self.source.show_mail(None)
        self.attachments.show_mail((), None)
        self.nothing.say(text or self.tr("No message is selected."))
        self._stack.setCurrentWidget(self.nothing)

    def add_tab(self, widget: QWidget, title: str) -> int:
        """A tab of the page's own behind the others; its number."""
        at = self.tabs.addTab(widget, title)
        self.tabs.setTabToolTip(at, title.replace("&", ""))  # its words may be cut
        return at

    def focus_message(self) -> None:
        """Put the cursor into what the current tab shows."""
        first = self.tabs.currentIndex() == 0
        shown = self._message.currentWidget() if first else self.tabs.currentWidget()
        if shown is not None:
            shown.setFocus(Qt.FocusReason.OtherFocusReason)

    def save_source(self) -> None:
        """Ask where to save the mail as it came, and do it."""
        if self._shown is not None and self._shown.access is not None:
            name = safe_file_name(self._shown.content.subject[:80], self.tr("message")) + ".eml"
            ask_file(self, self.tr("Save the message"), name, partial(self._write, self._shown.access))

    @property
    def blocked(self) -> str:
        """What is said about things that were left out; empty when nothing was."""
        return self._note.text() if not self._note_row.isHidden() else ""

    def natural_height(self) -> int:
        """The height in which the whole message can be read without scrolling."""
        text = self._message.currentWidget()
        if isinstance(text, QPlainTextEdit):  # its layout counts in lines
            height = text.document().size().height() * text.fontMetrics().lineSpacing()
            height += 2 * text.document().documentMargin()
        else:
            height = self.browser.document().size().height()
        around = self.height() - self._message.height() if self._message.isVisible() else 0
        least = self.header.sizeHint().height() + self.tabs.tabBar().sizeHint().height()
        return round(height) + max(around, least) + 2 * self.fontMetrics().leading() + 4

    # --- building ---

    def _build(self) -> None:
        self._note_row = QFrame(self)
        self._note = wrapped_label("", self._note_row)
        self._note.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.save_rest = QPushButton(self.tr("Save as .eml..."), self._note_row)
        """Where only the beginning is shown."""
        self.save_rest.clicked.connect(self.save_source)
        picture = IconLabel(icon("shield-check-outline", Tone.ACCENT), self._note_row)
        row = QHBoxLayout(self._note_row)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._note, 1)
        row.addWidget(self.save_rest, 0, Qt.AlignmentFlag.AlignTop)
        self._message = QStackedWidget(self)
        self._message.addWidget(self.message_text)
        self._message.addWidget(self.browser)
        message = QWidget(self)
        column = QVBoxLayout(message)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._note_row)
        column.addWidget(self._message, 1)
        self.tabs.setDocumentMode(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideRight)  # in a narrow pane every tab stays in reach
        self.tabs.tabBar().setAccessibleName(self.tr("Parts of the message"))
        self.add_tab(message, self.tr("Message"))
        self.add_tab(self.plain_text, self.tr("Text"))
        self.add_tab(self.source, self.tr("Source"))
        self.add_tab(self.attachments, self.tr("&Attachments"))
        self._mail = QWidget(self)
        column = QVBoxLayout(self._mail)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.header)
        column.addWidget(self.tabs, 1)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self._mail)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    # --- showing ---

    def _show_text(self, text: Light, why: str = "") -> None:
        self._show_lines(self.message_text, text)
        self._message.setCurrentWidget(self.message_text)
        self._say(why, cut=text.cut)

    def _show_lines(self, view: QPlainTextEdit, text: Light, end: str = "") -> None:
        view.clear()  # else what was there would be laid out anew for another mode
        view.setWordWrapMode(wrap_mode(long_words=text.long_words))
        view.setPlainText(f"{text.text}\n\n[{end}]" if end else text.text)

    def _show_attachment_count(self, count: int) -> None:
        at = self.tabs.indexOf(self.attachments)
        self._show_tab(self.attachments, shown=count > 0)
        self.tabs.setTabText(at, self.tr("&Attachments ({count})").format(count=self.locale().toString(count)))

    def _show_tab(self, widget: QWidget, *, shown: bool) -> None:
        if not shown and self.tabs.currentWidget() is widget:
            self.tabs.setCurrentIndex(0)  # else Qt goes on to its neighbour
        self.tabs.setTabVisible(self.tabs.indexOf(widget), shown)

    def _on_safe(self, question: _Shown, answer: tuple[SafeHtml | None, dict[str, QImage]]) -> None:
        if question is not self._shown:
            return
        safe, images = answer
        if safe is None:
            self._show_text(
                question.text, self.tr("The HTML of this message is nested too much to be shown. This is its text.")
            )
            return
        self.browser.show_mail(safe, images)
        self._say(self._blocked(safe), cut=safe.cut)

    def _on_not_safe(self, error: MailadminError) -> None:
        if self._shown is not None:
            self._show_text(self._shown.text)
        self.failed.emit(error)

    def _say(self, text: str, *, cut: bool = False) -> None:
        text = " ".join(part for part in (text, self._cut(cut)) if part)
        self._note.setText(text)
        self._note_row.setVisible(bool(text))
        self.save_rest.setVisible(cut and self._shown is not None and self._shown.access is not None)

    def _blocked(self, safe: SafeHtml) -> str:
        """What was not loaded, and why there is no way to."""
        if not safe.pictures and not safe.sheets:
            return ""
        counts = []
        if safe.pictures:
            one = safe.pictures == 1
            counts.append(self.tr("1 picture") if one else self.tr("%n pictures", "", safe.pictures))
        if safe.sheets:
            counts.append(self.tr("1 style") if safe.sheets == 1 else self.tr("%n styles", "", safe.sheets))
        return self.tr(
            "Remote content was blocked ({what}). It is never loaded: its sender would learn that the message was read."
        ).format(what=", ".join(counts))

    def _cut(self, cut: bool) -> str:
        return self.tr("Only the beginning of this long message is shown.") if cut else ""

    def _on_tab(self, at: int) -> None:
        if self.tabs.widget(at) is self.source:
            self.source.load()

    # --- doing ---

    def _ask_about_link(self, target: str) -> None:
        LinkDialog(target, self).open()

    def _write(self, access: MailAccess, path: Path) -> None:
        task = self._tasks.task("save a message", lambda _: write(path, access.source()))
        task.succeeded.connect(self._on_written)
        task.failed.connect(self.failed)
        self._tasks.start(task)

    def _on_written(self, path: Path) -> None:
        self.said.emit(self.tr('Saved "{path}"').format(path=path))


def _reading_text(name: str, parent: QWidget) -> QPlainTextEdit:
    """A text to be read, selected and copied."""
    text = QPlainTextEdit(parent)
    text.setReadOnly(True)
    text.setTabChangesFocus(True)
    text.setAccessibleName(name)
    text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
    text.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    text.document().setDocumentMargin(text.fontMetrics().averageCharWidth())
    return text


def _light(text: str) -> Light:
    """As much of a text as can be shown, with what is invisible made visible; part by part: it may grow by that."""
    beginning = text[:MOST_WEIGHT]
    parts: list[str] = []
    at = room = 0
    while at < len(beginning) and room < MOST_WEIGHT:
        end = beginning.rfind("\n", at, at + _PART) + 1 or at + _PART
        parts.append(shown_lines(beginning[at:end]))
        room += len(parts[-1])
        at = end
    light = light_text("".join(parts))
    return replace(light, cut=light.cut or at < len(text))


def _made_safe(asked: _Shown) -> tuple[SafeHtml | None, dict[str, QImage]]:
    """The HTML that may be shown and its images. Runs in a task."""
    safe = safe_html(asked.content.html or "")
    images: dict[str, QImage] = {}
    if safe is None or asked.access is None:
        return safe, images
    room = _MOST_PICTURES
    for content_id in safe.content_ids:
        content = asked.access.inline(content_id)
        image = decoded(content) if content is not None else None
        if image is None:
            continue
        room -= image.sizeInBytes()
        if room < 0:
            break
        images[content_id] = image
    return safe, images
