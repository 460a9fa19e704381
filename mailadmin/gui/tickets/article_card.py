"""An article as a card: its line, and once it is opened the mail itself."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QPalette
from PySide6.QtWidgets import QFrame, QSizePolicy, QStyle, QToolButton, QVBoxLayout, QWidget
from typing_extensions import override

from mailadmin.domain.errors import MailadminError
from mailadmin.domain.outside_text import shown
from mailadmin.domain.tickets import Article, Ticket
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.mail_view import AnyAttachment, MailView, StoryView, why
from mailadmin.gui.mail_view.attachments import file_name
from mailadmin.gui.sentences import chapters, errors, times, traces
from mailadmin.gui.tasks import Loader, Tasks
from mailadmin.gui.widgets.icon_label import icon_line
from mailadmin.gui.widgets.labels import plain_label, plain_tooltip

from .article_head import ArticleHead
from .flow_layout import FlowLayout
from .marks import copies_of, marks_of
from .reading import OpenedArticle, TicketReader

_LEAST_LINES: Final = 16
"""Lines that an open mail has room for, so that its source and its files can be looked at, too."""
_LONGEST_CHIP: Final = 32
"""Characters of a file's name on a chip."""

_MOST_CHIPS: Final = 20

_REPLY: Final = re.compile(r"^\s*(?:(?:re|aw|sv|r|fwd?|wg|tr|i)(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
"""What mail programs put before the subject of a reply, or of what they pass on, in several languages."""


def says_the_same(subject: str, title: str, number: str) -> bool:
    """Whether a mail's subject is the ticket's title but for ``Re:``, ``AW:`` and the like, and the ticket's number."""

    def bare(text: str) -> str:
        text = re.sub(rf"\[[^\[\]]*{re.escape(number)}\]", "", text)
        return " ".join(_REPLY.sub("", text).split()).casefold()

    return bare(subject) == bare(title)


class ArticleCard(QFrame):
    """Shows one article. The mail is read, and its view built, when it is opened for the first time."""

    said = Signal(str)
    """What just happened."""
    failed = Signal(object)
    """A MailadminError."""
    message_wanted = Signal(int)
    """The entry of the inbox or archive with this id."""
    life_wanted = Signal(int)
    """The life of the mail that the message with this id is a copy of."""

    def __init__(self, ticket: Ticket, article: Article, reader: TicketReader, tasks: Tasks, parent: QWidget) -> None:
        super().__init__(parent)
        self.article = article
        self._ticket = ticket
        self._reader = reader
        self._tasks = tasks
        self._room = 0
        self.view: MailView | None = None
        """The mail; None until it was read."""
        self.story: StoryView | None = None
        self.head = ArticleHead(article, self)
        self._loader: Loader[Article, OpenedArticle] | None = None
        self._body: QWidget | None = None
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.head)
        self._show_policy()
        self.head.toggled.connect(self._on_toggled)

    @property
    def is_open(self) -> bool:
        """Whether the mail is shown, or will be in a moment."""
        return self.head.isChecked()

    def set_open(self, is_open: bool) -> None:
        """Open or fold the card."""
        self.head.setChecked(is_open)

    def set_room(self, height: int) -> None:
        """How much can be seen at once: an open card is never higher, what is longer scrolls in it."""
        self._room = height
        self._fit()

    # --- opening ---

    def _on_toggled(self, is_open: bool) -> None:
        if self._loader is None:
            self._loader = Loader(self._tasks, "read article", self._reader.article, self)
            self._loader.loaded.connect(self._on_read)
            self._loader.failed.connect(self._on_not_read)
            self._loader.load(self.article)
        if self._body is not None:
            self._body.setVisible(is_open)
        self._show_policy()
        self.updateGeometry()

    def _show_policy(self) -> None:
        vertical = QSizePolicy.Policy.Expanding if self.is_open else QSizePolicy.Policy.Maximum
        self.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)

    def _on_read(self, article: Article, opened: OpenedArticle) -> None:
        body, column = self._new_body()
        view = MailView(self._tasks, body)
        view.header.leave_out(view.header.from_line, view.header.date_line)
        if says_the_same(opened.content.subject, self._ticket.title, self._ticket.number):
            view.header.leave_out(view.header.subject_line)
        view.said.connect(self.said)
        view.failed.connect(self.failed)
        view.laid_out.connect(self._fit)
        self.view = view
        self._add_notes(body, column)
        if opened.access is not None and opened.content.attachments:
            column.addWidget(self._chips(opened.content.attachments, body))
        column.addWidget(view, 1)
        self._tell_why(view, opened)
        view.show_mail(opened.content, opened.access)
        body.setVisible(self.is_open)
        self._fit()

    def _on_not_read(self, error: MailadminError) -> None:
        body, column = self._new_body()
        said = plain_label(errors.sentence(error), body)
        said.setWordWrap(True)
        column.addWidget(said)
        again = QToolButton(body)
        again.setText(self.tr("Try again"))
        again.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        again.clicked.connect(self._try_again)
        column.addWidget(again)
        column.addStretch()
        body.setVisible(self.is_open)

    def _try_again(self) -> None:
        assert self._loader is not None, "it was tried before"
        self._loader.load(self.article)

    def _new_body(self) -> tuple[QWidget, QVBoxLayout]:
        if self._body is not None:
            self._body.deleteLater()
        self._body = QWidget(self)
        column = QVBoxLayout(self._body)
        margin = self.fontMetrics().averageCharWidth()
        column.setContentsMargins(margin, 0, margin, margin)
        self._column.addWidget(self._body, 1)
        return self._body, column

    # --- what is in it ---

    def _add_notes(self, body: QWidget, column: QVBoxLayout) -> None:
        """What sets it apart, its dynamic fields, and by which accounts it came besides."""
        for mark in marks_of(self.article):
            column.addLayout(icon_line(mark.picture, mark.sentence, body))
        for name, value in self.article.fields.items():
            said = self.tr("{field}: {value}").replace("{field}", shown(name)).replace("{value}", shown(value))
            column.addLayout(icon_line(icon("form-textbox", Tone.QUIET), said, body))
        if copies := copies_of(self.article):
            column.addLayout(icon_line(icon("content-duplicate", Tone.QUIET), copies, body))

    def _chips(self, attachments: tuple[AnyAttachment, ...], body: QWidget) -> QWidget:
        chips = QWidget(body)
        flow = FlowLayout(chips)
        metrics = QFontMetrics(self.font())
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        for attachment in attachments[:_MOST_CHIPS]:
            name = file_name(attachment)
            cut = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, metrics.averageCharWidth() * _LONGEST_CHIP)
            chip = QToolButton(chips)
            chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            chip.setIcon(icon("paperclip"))
            chip.setIconSize(QSize(side, side))
            chip.setText(
                self.tr("{name} ({size})").format(name=cut, size=times.size(attachment.size)).replace("&", "&&")
            )
            chip.setAccessibleName(self.tr("Save attachment {name}").format(name=name))
            chip.setToolTip(plain_tooltip(self.tr('Save "{name}"').format(name=name)))
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.clicked.connect(lambda checked=False, one=attachment: self._save(one))
            flow.addWidget(chip)
        if len(attachments) > _MOST_CHIPS:
            flow.addWidget(self._rest_of(len(attachments) - _MOST_CHIPS, chips))
        return chips

    def _rest_of(self, others: int, chips: QWidget) -> QToolButton:
        button = QToolButton(chips)
        button.setText(self.tr("and {count} more...").format(count=times.number(others)))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(self._show_attachments)
        return button

    def _show_attachments(self) -> None:
        if self.view is not None:
            self.view.tabs.setCurrentWidget(self.view.attachments)
            self.view.focus_message()

    def _save(self, attachment: AnyAttachment) -> None:
        if self.view is not None:
            self.view.attachments.save([attachment])

    def _tell_why(self, view: MailView, opened: OpenedArticle) -> None:
        """The same story as the inbox tells; where its entry is gone, what the article knows of it."""
        self.story = StoryView(self.tr("Why it is here"), view)
        view.add_tab(self.story, self.tr("&Why it is here"))
        message = opened.message
        if message is None:
            article = self.article
            self.story.show_story(
                traces.outcome(article.decision_kind, self._ticket.number, article.queue),
                chapters.chapters(article.because),
            )
            return
        lead = QAction(icon("archive-outline"), self.tr("Show in the &archive"), self.story)
        lead.triggered.connect(lambda: self.message_wanted.emit(message.id))
        life = QAction(icon("timeline-text-outline"), self.tr("&Life of this mail"), self.story)
        life.triggered.connect(lambda: self.life_wanted.emit(message.id))
        self.story.show_story(why.headline(message), why.story(message), why.facts(message), [lead, life])

    # --- its height ---

    def _fit(self) -> None:
        if self.view is None or not self._room:
            return
        least = self.fontMetrics().height() * _LEAST_LINES
        most = max(least, self._room - self.head.sizeHint().height() * 2)
        self.view.setMinimumHeight(min(max(self.view.natural_height(), least), most))

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()
