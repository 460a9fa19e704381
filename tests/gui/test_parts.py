"""Small parts of the window: notices, remembered settings, colours and icons, help, one window per database."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSize, Qt, QUrl
from PySide6.QtGui import QImage, QPalette, QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from mailadmin import diagnostics
from mailadmin.domain.secrets import Secret
from mailadmin.gui import theme
from mailadmin.gui.crash_notice import CrashNotices
from mailadmin.gui.help import HelpWindow
from mailadmin.gui.icons import Tone, icon
from mailadmin.gui.settings import WindowSettings
from mailadmin.gui.single_instance import Place, SingleInstance
from mailadmin.gui.widgets.filter_edit import FilterEdit
from mailadmin.gui.widgets.message_bar import Kind, MessageBar
from mailadmin.resource_files import resource

# --- notices ---


def test_markup_of_a_server_is_shown_as_it_is_written(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    notice = bar.show_notice(Kind.ERROR, "<b>no</b>", details="<img src='http://x'>")
    labels = [label for label in notice.findChildren(QLabel) if label.text()]
    assert {label.text() for label in labels} == {"<b>no</b>", "<img src='http://x'>"}
    assert {label.textFormat() for label in labels} == {Qt.TextFormat.PlainText}


def test_a_notice_stays_until_it_is_closed_and_is_never_said_twice(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.show_notice(Kind.ERROR, "one")
    bar.show_notice(Kind.ERROR, "two")
    bar.show_notice(Kind.ERROR, "one")
    assert sorted(notice.text for notice in bar.notices) == ["one", "two"]
    bar.clear()
    assert bar.notices == []
    assert bar.isHidden()


def test_undo_is_offered_for_the_last_thing_done(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    undone: list[str] = []
    bar.show_undo("set to invalid", lambda: undone.append("first"))
    notice = bar.show_undo("set to valid", lambda: undone.append("second"))
    assert [notice.text for notice in bar.notices] == ["set to valid"]
    button = notice.findChild(QPushButton)
    assert button is not None
    button.click()
    assert undone == ["second"]
    assert bar.notices == []


# --- the filter box ---


def test_escape_first_clears_the_filter_and_then_leaves_it(qtbot: QtBot) -> None:
    edit = FilterEdit("Filter")
    qtbot.addWidget(edit)
    with qtbot.waitSignal(edit.filtered) as filtered:
        qtbot.keyClicks(edit, "x")
    assert filtered.args == ["x"]
    with qtbot.waitSignal(edit.filtered) as filtered, qtbot.assertNotEmitted(edit.left):
        qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert filtered.args == [""]
    with qtbot.waitSignal(edit.left):
        qtbot.keyClick(edit, Qt.Key.Key_Escape)


# --- what is remembered ---


def test_switches_are_remembered_as_switches_by_the_next_start(tmp_path: Path, qapp: QApplication) -> None:
    first = WindowSettings(tmp_path / "w.ini")
    first.set_flag("off", value=False)
    first.set_text("filter", "äöü")
    first.set_state("table", QByteArray(b"\x00\xff"))
    first._settings.sync()
    assert "off=false" in (tmp_path / "w.ini").read_text()
    second = WindowSettings(tmp_path / "w.ini")
    assert second.flag("off", default=True) is False
    assert second.flag("never said", default=True) is True
    assert second.text("filter") == "äöü"
    assert second.state("table") == QByteArray(b"\x00\xff")
    assert second.state("other").isEmpty()


# --- colours and icons ---


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = ((part / 12.92) if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [theme.Scheme.LIGHT, theme.Scheme.DARK, theme.Scheme.HIGH_CONTRAST])
def test_everything_written_can_be_read_in_our_colours(scheme: theme.Scheme) -> None:
    """Contrast of WCAG 2.1: 4.5 for text (1.4.3), 3 for icons (1.4.11)."""
    palette = theme.palette(scheme)
    role, group = QPalette.ColorRole, QPalette.ColorGroup

    def colour(one: QPalette.ColorRole) -> str:
        return palette.color(group.Active, one).name()

    for ground in (role.Window, role.Base, role.AlternateBase):
        for text in (role.WindowText, role.Text, role.PlaceholderText, role.Link):
            assert _contrast(colour(ground), colour(text)) >= 4.5, (ground, text)
        for tone in Tone:
            if tone is not Tone.PLAIN:
                assert _contrast(colour(ground), tone.value[theme.is_dark(palette)]) >= 3, (ground, tone)
    assert _contrast(colour(role.Button), colour(role.ButtonText)) >= 4.5
    assert _contrast(colour(role.Highlight), colour(role.HighlightedText)) >= 4.5


def _darkest(image: QImage) -> int:
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return min(pixel.lightness() for pixel in pixels if pixel.alpha() > 200)


def test_an_icon_changes_with_the_colours_without_being_made_anew(qapp: QApplication) -> None:
    picture = icon("trash-can-outline")
    light = _darkest(picture.pixmap(QSize(32, 32)).toImage())
    theme.apply(qapp, theme.Scheme.DARK)
    dark = _darkest(picture.pixmap(QSize(32, 32)).toImage())
    assert light < 60 < 160 < dark


def test_an_icon_that_does_not_exist_is_a_fault(qapp: QApplication) -> None:
    with pytest.raises(KeyError):
        icon("no-such-icon")


# --- help ---


@pytest.mark.parametrize("page", sorted(path.name for path in resource("help").glob("*.md")))
def test_every_help_page_can_be_shown_and_leads_only_to_pages_there_are(page: str, qtbot: QtBot) -> None:
    window = HelpWindow()
    qtbot.addWidget(window)
    window.show_page(page)
    assert len(window.browser.toPlainText()) > 200
    text = resource(f"help/{page}").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        name = target.partition("#")[0]
        assert not name or (resource("help") / name).is_file(), f"{page} links to {target}"


def test_links_of_a_help_page_follow_the_colours(qapp: QApplication, qtbot: QtBot) -> None:
    window = HelpWindow()
    qtbot.addWidget(window)
    window.show_page("index.md")
    dark = theme.palette(theme.Scheme.DARK).color(QPalette.ColorRole.Link).name()
    assert dark not in window.browser.toHtml()
    theme.apply(qapp, theme.Scheme.DARK)
    qtbot.waitUntil(lambda: dark in window.browser.toHtml())


def test_help_loads_nothing_but_its_own_pages(qtbot: QtBot) -> None:
    window = HelpWindow()
    qtbot.addWidget(window)
    kind = QTextDocument.ResourceType
    for url in ("file:///etc/passwd", "http://localhost/x.md", "../../README.md", "x.png"):
        assert "root:" not in str(window.browser.loadResource(kind.MarkdownResource.value, QUrl(url)))
    assert window.browser.loadResource(kind.ImageResource.value, QUrl("index.md")) is None
    window.show_page("index.md")
    before = window.browser.toPlainText()
    window.browser.setSource(QUrl("https://localhost/"))
    assert window.browser.toPlainText() == before


# --- faults of ours ---


def test_a_crash_is_shown_once_with_details_and_without_secrets(qtbot: QtBot) -> None:
    diagnostics.hide(Secret("hunter2hunter2"))
    notices = CrashNotices()
    try:
        for _ in range(2):
            diagnostics._report_crash(ValueError("it was hunter2hunter2"), "MainThread")
        boxes = [box for box in QApplication.topLevelWidgets() if isinstance(box, QMessageBox) and box.isVisible()]
        (box,) = boxes
        assert "ValueError" in box.detailedText()
        assert "hunter2hunter2" not in box.detailedText()
        box.close()
        diagnostics._report_crash(KeyError("again"), "MainThread")
        (again,) = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]
        assert "KeyError" in again.detailedText()
        again.close()
    finally:
        notices.end()


# --- one window per database ---

_SECOND = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from mailadmin.gui.single_instance import SingleInstance
app = QCoreApplication([])
instance = SingleInstance(Path(sys.argv[1]), sys.argv[2])
print(instance.take().name)
"""


def test_a_second_start_calls_the_first_window_and_another_database_has_its_own(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path, "sqlite:///a")
    assert first.take() is Place.FIRST

    def start(database: str) -> subprocess.Popen[str]:
        argv = [sys.executable, "-c", _SECOND, str(tmp_path), database]
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)

    with qtbot.waitSignal(first.called, timeout=20_000):
        second = start("sqlite:///a")
    assert second.communicate(timeout=20)[0] == "CALLED\n"
    assert start("sqlite:///b").communicate(timeout=20)[0] == "FIRST\n"
    first.release()
    assert start("sqlite:///a").communicate(timeout=20)[0] == "FIRST\n"


def test_a_window_that_was_killed_does_not_keep_the_next_from_starting(tmp_path: Path, qapp: QApplication) -> None:
    program = _SECOND + "\nsys.stdout.flush()\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n"
    killed = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), "sqlite:///a"], stdout=subprocess.PIPE, text=True, check=False
    )
    assert killed.stdout == "FIRST\n"
    assert list(tmp_path.glob("window-*.lock"))
    first = SingleInstance(tmp_path, "sqlite:///a")
    assert first.take() is Place.FIRST
    first.release()
