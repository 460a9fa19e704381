"""A mail on the screen: what is shown, what is not loaded, links that are asked about, files that are saved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from PySide6.QtCore import QBuffer, QIODevice, QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication, QImage, QPalette, QTextDocument, QTextOption
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mailadmin.domain.decisions import AttachmentDraft
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.gui import theme
from mailadmin.gui.mail_view import AnyAttachment, MailAccess, MailContent, MailView, StoryView
from mailadmin.gui.mail_view.browser import MailBrowser
from mailadmin.gui.mail_view.link_dialog import LinkDialog
from mailadmin.gui.mail_view.pictures import decoded
from mailadmin.gui.mail_view.safe_html import SafeHtml
from mailadmin.gui.mail_view.source_view import MOST_SHOWN
from mailadmin.gui.mail_view.weight import MOST_WEIGHT
from mailadmin.gui.sentences import errors
from mailadmin.gui.sentences.chapters import Chapter, Told, Topic
from mailadmin.gui.tasks import Tasks
from tests.gui.waiting import settle

from .tricks import HOSTILE

IMAGE = QTextDocument.ResourceType.ImageResource


def png(width: int = 40, height: int = 20) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stubs ask for octets, the call for text
    return bytes(buffer.data().data())


def draft(name: str, path: str = "2", kind: str = "application/pdf") -> AttachmentDraft:
    return AttachmentDraft(name, kind, 1234, "00" * 32, path)


def access(source: bytes = b"Subject: x\r\n\r\nbody\r\n", images: dict[str, bytes] | None = None) -> MailAccess:
    def attachment(one: AnyAttachment) -> bytes:
        return f"content of {one.path}".encode()

    return MailAccess(lambda: source, attachment, lambda cid: (images or {}).get(unquote(cid)))


class Watched(MailBrowser):
    """Remembers what the document asked for, and what it was given."""

    def __init__(self) -> None:
        super().__init__("Message")
        self.asked: list[tuple[int, str]] = []
        self.given: list[QImage | str] = []

    def loadResource(self, kind: int, name: QUrl | str) -> QImage | str:
        given = super().loadResource(kind, name)
        self.asked.append((kind, QUrl(name).toString()))
        self.given.append(given)
        return given


@pytest.fixture
def view(qtbot: QtBot, tasks: Tasks) -> Iterator[MailView]:
    shown = MailView(tasks)
    qtbot.addWidget(shown)
    shown.resize(600, 500)
    shown.show()
    yield shown
    settle(qtbot, tasks)


def show(qtbot: QtBot, view: MailView, content: MailContent, source: MailAccess | None = None) -> None:
    view.show_mail(content, source or access())
    settle(qtbot, view._tasks)


def open_dialog(view: QWidget, kind: type[Any]) -> Any:
    (dialog,) = (one for one in view.findChildren(kind) if one.isVisible())
    return dialog


# --- nothing takes long ---


def test_a_text_with_a_word_without_end_may_break_anywhere_and_the_next_one_only_between_words(
    qtbot: QtBot, view: MailView
) -> None:
    wrap = QTextOption.WrapMode
    for html in (None, "<p>" + "x" * 100_000):
        shown = view.message_text if html is None else view.browser
        show(qtbot, view, MailContent(text="x" * 100_000, html=html))
        assert shown.wordWrapMode() is wrap.WrapAnywhere

        show(qtbot, view, MailContent(text="x y", html=html and "<p>x y"))
        assert shown.wordWrapMode() is wrap.WrapAtWordBoundaryOrAnywhere


def test_of_a_very_long_text_the_beginning_is_shown_and_the_rest_can_be_saved(qtbot: QtBot, view: MailView) -> None:
    long = "word " * 100_000
    show(qtbot, view, MailContent(text=long))

    assert long.startswith(view.message_text.toPlainText())
    assert 100_000 < len(view.message_text.toPlainText()) <= MOST_WEIGHT
    assert "Only the beginning" in view.blocked
    view.save_rest.click()
    open_dialog(view, QFileDialog).reject()

    show(qtbot, view, MailContent(text="short"))
    assert not view.blocked
    assert view.save_rest.isHidden()


def test_a_text_that_is_cut_beside_html_says_so_at_its_end(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(text="word " * 100_000, html="<p>word"))

    assert view.plain_text.toPlainText().endswith("[Only the beginning of this long message is shown.]")
    assert not view.blocked


def test_a_text_that_grows_by_showing_what_is_invisible_is_no_longer_than_others(qtbot: QtBot, view: MailView) -> None:
    for flood in ("\x01", "\t"):
        show(qtbot, view, MailContent(text=flood * 100_000))

        assert len(view.message_text.toPlainText()) <= MOST_WEIGHT
        assert "Only the beginning" in view.blocked


def test_a_source_of_many_lines_is_cut_as_well(qtbot: QtBot, view: MailView) -> None:
    source = b"x\n" * 90_000
    show(qtbot, view, MailContent(text="x"), access(source))
    view.tabs.setCurrentWidget(view.source)
    settle(qtbot, view._tasks)

    assert len(view.source.text.toPlainText()) < 50_000
    assert "Save the message" in view.source.note.text()


# --- nothing is loaded ---


@pytest.mark.parametrize("trick", HOSTILE)
def test_the_browser_gives_out_nothing_even_for_html_that_nobody_made_safe(qtbot: QtBot, trick: str) -> None:
    browser = Watched()
    qtbot.addWidget(browser)
    browser.show_mail(SafeHtml(trick), {})
    browser.grab()

    for given in browser.given:
        assert given == "" or (isinstance(given, QImage) and given.width() == 1)


def test_a_file_on_this_computer_is_never_shown(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "secret.png"
    path.write_bytes(png(300, 300))
    browser = Watched()
    qtbot.addWidget(browser)
    browser.resize(500, 500)
    for source in (str(path), path.as_uri(), f"{path.name}"):
        browser.show_mail(SafeHtml(f"<p>x</p><img src='{source}'>"), {})
        browser.grab()

    assert browser.asked
    assert browser.document().size().height() < 300


def test_an_image_of_the_mail_itself_is_shown(qtbot: QtBot, view: MailView) -> None:
    content = MailContent(html="<p>here: <img src='cid:Light.1@x'></p>", text="here")

    show(qtbot, view, content, access(images={"cid:Light.1@x": png(30, 30)}))

    image = view.browser.document().resource(IMAGE.value, QUrl("cid:Light.1@x"))
    assert isinstance(image, QImage)
    assert image.width() == 30


@pytest.mark.parametrize("name", ["cid:a%40b", "cid:Bild-Größe@x", "cid:a$b+c@x", "CID:a@x"])
def test_an_image_is_found_however_its_name_is_written(qtbot: QtBot, view: MailView, name: str) -> None:
    content = MailContent(html=f"<p><img src='{name}'></p>", text="")

    show(qtbot, view, content, access(images={unquote(name): png(30, 30)}))

    assert view.browser.document().size().height() > 30


def test_an_image_wider_than_the_view_is_fitted(qtbot: QtBot, view: MailView) -> None:
    content = MailContent(html="<p><img src='cid:a'></p>", text="")

    show(qtbot, view, content, access(images={"cid:a": png(3000, 30)}))

    assert view.browser.document().size().width() <= view.browser.viewport().width()


@pytest.mark.parametrize(
    "content",
    [b"", b"no image", b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>", png()[:50]],
)
def test_what_is_no_picture_of_dots_is_not_decoded(content: bytes) -> None:
    assert decoded(content) is None


def test_a_huge_picture_is_scaled_while_it_is_read() -> None:
    image = decoded(png(4000, 10))

    assert image is not None
    assert image.width() == 1600


# --- what is shown ---


def test_the_head_is_plain_text_that_can_be_selected_and_is_whole_in_the_tooltip(qtbot: QtBot, view: MailView) -> None:
    long = "<b>bold</b> " + "many words " * 60
    when = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)

    show(qtbot, view, MailContent(sender="A <a@x.example>", to="b@x.example", date=when, subject=long, text="t"))

    line = view.header.subject_line
    assert line.whole == long
    assert line.text().endswith("…")
    assert "&lt;b&gt;bold" in line.toolTip()
    line.setFocus()
    assert line.text() == long
    assert view.header.from_line.text() == "A <a@x.example>"
    assert not view.header.cc_line.isVisible()
    assert view.header.date_line.isVisible()


def test_a_mail_with_html_shows_it_and_keeps_its_text_in_a_tab(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(html="<p>rich</p>", text="plain"))

    assert view.browser.toPlainText() == "rich"
    assert view.browser.isVisible()
    assert view.tabs.isTabVisible(view.tabs.indexOf(view.plain_text))
    assert view.plain_text.toPlainText() == "plain"
    assert view.blocked == ""


def test_a_mail_without_html_is_shown_once(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(text="plain\u202e text"))

    assert view.message_text.toPlainText() == "plain\\u202e text"
    assert not view.tabs.isTabVisible(view.tabs.indexOf(view.plain_text))


def test_blocked_content_is_counted_and_there_is_no_way_to_load_it(qtbot: QtBot, view: MailView) -> None:
    html = "<img src='http://x.example/1.png'><img src='http://x.example/2.png'><link rel=x href='http://x.example/'>"

    show(qtbot, view, MailContent(html=f"<p>x</p>{html}", text="x"))

    assert "(2 pictures, 1 style)" in view.blocked
    assert "never loaded" in view.blocked


def test_html_that_is_nested_without_end_gives_way_to_the_text(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(html="<div>" * 50_000, text="the text"))

    assert view.message_text.isVisible()
    assert view.message_text.toPlainText() == "the text"
    assert "nested" in view.blocked


def test_only_the_last_of_two_mails_is_shown(qtbot: QtBot, view: MailView) -> None:
    view.show_mail(MailContent(html="<p>first</p>", text=""), access())
    view.show_mail(MailContent(html="<p>second</p>", text=""), access())
    qtbot.waitUntil(lambda: view.browser.toPlainText() == "second")
    view.show_mail(MailContent(html="<p>third</p>", text=""), access())
    view.show_nothing()
    settle(qtbot, view._tasks)

    assert view.browser.toPlainText() == ""
    assert view.nothing.isVisible()


def test_in_the_dark_a_coloured_mail_is_on_white_paper_and_any_other_follows(qtbot: QtBot, view: MailView) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, theme.Scheme.DARK)
    show(qtbot, view, MailContent(html="<p>x <a href='https://x.example/'>link</a></p>", text="x"))
    assert theme.is_dark(view.browser.palette())

    show(qtbot, view, MailContent(html="<p style='color:#222'>x</p>", text="x"))
    assert view.browser.palette().color(QPalette.ColorRole.Base).name() == "#ffffff"
    assert theme.is_dark(view.palette())

    theme.apply(application, theme.Scheme.LIGHT)
    assert not theme.is_dark(view.browser.palette())


def test_a_mail_whose_octets_are_not_here_has_its_head_and_a_sentence(qtbot: QtBot, view: MailView) -> None:
    view.show_mail(MailContent(subject="Big", text="Too big to fetch."), None)

    assert view.message_text.toPlainText() == "Too big to fetch."
    assert not view.tabs.isTabVisible(view.tabs.indexOf(view.source))
    assert not view.tabs.isTabVisible(view.tabs.indexOf(view.attachments))


# --- links ---


def test_clicking_a_link_shows_where_it_really_leads_and_opens_nothing(
    qtbot: QtBot, view: MailView, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_url(url: QUrl) -> bool:
        opened.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", open_url)
    html = "<p><a href='https://еxample.com/a?b=1'>https://example.com/</a></p>"
    show(qtbot, view, MailContent(html=html, text=""))

    position = view.browser.cursorRect().topLeft() + QPoint(30, 12)
    qtbot.mouseClick(view.browser.viewport(), Qt.MouseButton.LeftButton, pos=position)

    dialog = open_dialog(view, LinkDialog)
    assert dialog.shown.toPlainText() == "https://xn--xample-2of.com/a?b=1"
    assert opened == []
    assert view.browser.toPlainText() == "https://example.com/"
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "https://xn--xample-2of.com/a?b=1"
    view.browser.link_wanted.emit("https://x.example/")
    dialog = open_dialog(view, LinkDialog)
    qtbot.mouseClick(dialog.open_button, Qt.MouseButton.LeftButton)
    assert opened == ["https://x.example/"]


def test_a_link_is_reached_by_keyboard_and_refused_by_escape(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(html="<p><a href='mailto:a@x.example'>write</a></p>", text=""))
    view.browser.setFocus()

    qtbot.keyClick(view.browser, Qt.Key.Key_Tab)
    qtbot.keyClick(view.browser, Qt.Key.Key_Return)

    dialog = open_dialog(view, LinkDialog)
    assert dialog.target == "mailto:a@x.example"
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.findChildren(LinkDialog))


def test_a_browser_that_cannot_be_started_is_said(
    qtbot: QtBot, view: MailView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: False)
    view.browser.link_wanted.emit("https://x.example/")
    dialog = open_dialog(view, LinkDialog)

    dialog.open_button.click()

    assert dialog.isVisible()
    assert "Copy the link" in dialog.said.text()
    dialog.reject()


def test_a_link_that_leads_nowhere_does_not_look_like_one(qtbot: QtBot, view: MailView) -> None:
    html = "<p><a href='javascript:x'>no</a></p><p><a href='https://x.example/'>yes</a></p>"
    show(qtbot, view, MailContent(html=html, text=""))

    link = view.browser.palette().color(QPalette.ColorRole.Link)
    block = view.browser.document().begin()
    assert block.begin().fragment().charFormat().foreground().color() != link
    assert block.next().begin().fragment().charFormat().foreground().color() == link


# --- source ---


def test_the_source_is_read_when_it_is_looked_at(qtbot: QtBot, view: MailView) -> None:
    reads: list[int] = []
    raw = b"Subject: \xe4\xf6\xfc\xdf latin\r\n\r\nbody \x1b[31m\r\n"

    def read() -> bytes:
        reads.append(1)
        return raw

    source = MailAccess(read, lambda one: b"", lambda cid: None)
    show(qtbot, view, MailContent(text="body"), source)
    assert reads == []

    view.tabs.setCurrentWidget(view.source)
    qtbot.waitUntil(lambda: bool(view.source.text.toPlainText()))

    assert view.source.text.toPlainText() == "Subject: äöüß latin\n\nbody \\x1b[31m\n"
    assert view.source.text.isReadOnly()


def test_of_a_large_source_the_beginning_is_shown_and_the_rest_saved(
    qtbot: QtBot, view: MailView, tmp_path: Path
) -> None:
    raw = b"Subject: x\r\n\r\n" + b"line\r\n" * MOST_SHOWN
    show(qtbot, view, MailContent(subject="../x: y", text="line"), access(raw))
    view.tabs.setCurrentWidget(view.source)
    qtbot.waitUntil(lambda: "Save the message" in view.source.note.text())
    assert len(view.source.text.toPlainText()) <= MOST_SHOWN

    qtbot.mouseClick(view.source.save, Qt.MouseButton.LeftButton)
    dialog = open_dialog(view, QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "x y.eml"
    with qtbot.waitSignal(view.said) as said:
        dialog.fileSelected.emit(str(tmp_path / "whole.eml"))
    dialog.reject()

    assert (tmp_path / "whole.eml").read_bytes() == raw
    assert "whole.eml" in said.args[0]


def test_a_source_that_cannot_be_read_says_why(qtbot: QtBot, view: MailView) -> None:
    def gone() -> bytes:
        raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": "7"})

    show(qtbot, view, MailContent(text="x"), MailAccess(gone, lambda one: b"", lambda cid: None))
    view.tabs.setCurrentWidget(view.source)

    qtbot.waitUntil(lambda: "7" in view.source.note.text())


# --- attachments ---


def test_attachments_are_listed_by_safe_names_with_the_real_one_in_the_tooltip(qtbot: QtBot, view: MailView) -> None:
    show(
        qtbot,
        view,
        MailContent(text="x", attachments=(draft("../evil\u202efdp.exe"), draft("b.txt", "3", "text/plain"))),
    )

    at = view.tabs.indexOf(view.attachments)
    assert view.tabs.tabText(at) == "&Attachments (2)"
    names = {one.filename: row for row, one in enumerate(view.attachments.model.records)}
    index = view.attachments.model.index(names["../evil\u202efdp.exe"], 0)
    assert index.data() == "evilfdp.exe"
    assert "\\u202e" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_the_html_body_is_not_an_attachment_of_itself() -> None:
    from mailadmin.domain.decisions import ArticleDraft

    article = ArticleDraft(attachments=(draft("file-1.html", "!1", "text/html"), draft("a.pdf")))

    assert [one.filename for one in MailContent.of(article, "<p>x</p>").attachments] == ["a.pdf"]
    assert len(MailContent.of(article, None).attachments) == 2


def test_one_attachment_is_saved_where_it_is_wanted(qtbot: QtBot, view: MailView, tmp_path: Path) -> None:
    show(qtbot, view, MailContent(text="x", attachments=(draft("a.pdf"),)))
    view.tabs.setCurrentWidget(view.attachments)
    view.attachments.table.setFocus()

    qtbot.keyClick(view.attachments.table, Qt.Key.Key_Return)
    dialog = open_dialog(view, QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "a.pdf"
    with qtbot.waitSignal(view.said):
        dialog.fileSelected.emit(str(tmp_path / "mine.pdf"))
    dialog.reject()

    assert (tmp_path / "mine.pdf").read_bytes() == b"content of 2"


def test_all_attachments_are_saved_beside_what_is_there(qtbot: QtBot, view: MailView, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"mine")
    show(qtbot, view, MailContent(text="x", attachments=(draft("a.pdf", "2"), draft("a.pdf", "3"))))
    view.tabs.setCurrentWidget(view.attachments)

    view.attachments.save_all_action.trigger()
    dialog = open_dialog(view, QFileDialog)
    with qtbot.waitSignal(view.said) as said:
        dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        "a.pdf": b"mine",
        "a (2).pdf": b"content of 2",
        "a (3).pdf": b"content of 3",
    }
    assert "2 files" in said.args[0]


@pytest.mark.parametrize("count", [1, 2])
def test_attachments_are_those_of_the_mail_that_was_shown_when_saving_was_asked_for(
    qtbot: QtBot, view: MailView, tmp_path: Path, count: int
) -> None:
    def access_to(octets: bytes) -> MailAccess:
        return MailAccess(lambda: octets, lambda one: octets, lambda cid: None)

    drafts = tuple(draft("a.pdf", str(number)) for number in range(count))
    show(qtbot, view, MailContent(text="one", attachments=drafts), access_to(b"of the first"))
    view.attachments.save_all()
    dialog = open_dialog(view, QFileDialog)
    show(qtbot, view, MailContent(text="two", attachments=drafts), access_to(b"of the second"))

    with qtbot.waitSignal(view.said):
        dialog.fileSelected.emit(str(tmp_path / "a.pdf" if count == 1 else tmp_path))
    dialog.reject()

    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"of the first"] * count


def test_an_attachment_that_cannot_be_saved_does_not_keep_the_others_from_it(
    qtbot: QtBot, view: MailView, tmp_path: Path
) -> None:
    def attachment(one: AnyAttachment) -> bytes:
        if one.path == "3":
            raise UserFixableError(Code.UNKNOWN_MESSAGE, {"id": 7})
        return b"content"

    drafts = (draft("a.pdf", "2"), draft("b.pdf", "3"), draft("c.pdf", "4"))
    content = MailContent(text="x", attachments=drafts)
    show(qtbot, view, content, MailAccess(lambda: b"", attachment, lambda cid: None))
    view.tabs.setCurrentWidget(view.attachments)
    view.attachments.save_all_action.trigger()
    dialog = open_dialog(view, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path))
    dialog.reject()
    settle(qtbot, view._tasks)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pdf", "c.pdf"]
    (notice,) = view.attachments.bar.notices
    assert "2 of 3" in notice.text
    assert str(tmp_path) in notice.text
    assert errors.sentence(UserFixableError(Code.UNKNOWN_MESSAGE, {"id": 7})) in notice.text
    details = " ".join(label.text() for label in notice.findChildren(QLabel))
    assert "Not saved: b.pdf" in details
    assert "Saved: c.pdf" in details


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, view: MailView, tmp_path: Path) -> None:
    show(qtbot, view, MailContent(text="x", attachments=(draft("a.pdf"),)))
    view.attachments.save_all_action.trigger()
    dialog = open_dialog(view, QFileDialog)

    with qtbot.waitSignal(view.failed) as failed:
        dialog.fileSelected.emit(str(tmp_path / "no" / "a.pdf"))
    dialog.reject()

    assert failed.args[0].code is Code.FOLDER_NOT_WRITABLE


def test_the_next_mail_is_not_shown_on_a_tab_that_it_does_not_have(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(text="x", attachments=(draft("a.pdf"),)))
    view.tabs.setCurrentWidget(view.attachments)

    show(qtbot, view, MailContent(text="y"))

    assert view.tabs.currentIndex() == 0


# --- for everybody ---


def test_everything_that_takes_the_focus_has_a_name(qtbot: QtBot, view: MailView) -> None:
    show(qtbot, view, MailContent(html="<p>x</p>", text="x", subject="s", attachments=(draft("a.pdf"),)))
    story = StoryView("Why it is here", view)
    told = [Chapter(Topic.QUEUE, (Told("First."), Told("Then.")), ("Nearly this.", "Nearly that."))]
    story.show_story("Quarantined", told, [("Size", "1 kB"), ("Nothing", "")])

    for widget in view.findChildren(QWidget):
        if (
            widget.focusPolicy() != Qt.FocusPolicy.NoFocus
            and not widget.isHidden()
            and not widget.objectName().startswith("qt_")
        ):
            text = getattr(widget, "text", None)
            named = widget.accessibleName() or (callable(text) and isinstance(text(), str) and text())
            proxied = widget.focusProxy() is not None
            assert named or proxied or widget.parent() in {view.tabs}, widget


def test_what_looks_like_markup_in_a_story_is_shown_as_text(qtbot: QtBot, view: MailView) -> None:
    from PySide6.QtWidgets import QLabel

    story = StoryView("Why it is here", view)
    hostile = "<img src='file:///etc/passwd'>"
    story.show_story("<b>x</b>", [Chapter(Topic.FILTERS, (Told(hostile),), (hostile, hostile))])

    for label in story.findChildren(QLabel):
        assert not label.text() or label.textFormat() == Qt.TextFormat.PlainText
