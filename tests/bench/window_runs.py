"""One run in the window as it really is, as a process: filtering, fetching, the pages of messages, hostile mails."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest

from mailadmin.bootstrap import open_application
from mailadmin.domain.outcomes import FetchOutcome
from mailadmin.gui.inbox.filters import SEARCH_DELAY
from mailadmin.gui.inbox.page import MessagesPage
from mailadmin.gui.mail_view import MailAccess, MailContent, MailView
from mailadmin.gui.session import Session
from tests.gui.mail_view.heavy import HTMLS, TEXTS

from .event_loop import Painted, until
from .homes import options_of
from .opened import opened, quiet

TICK_MILLISECONDS: Final = 5
IDLE_MILLISECONDS: Final = 3_000
SETTLED_MILLISECONDS: Final = 100
UNPAINTED_SECONDS: Final = 0.1
TYPED: Final = "printer"
SEARCHES: Final = {"rare": "m199990.", "frequent": "printer", "nothing": "nowhere-at-all"}


class Gaps(QObject):
    """A short timer that notes how long it was not called."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[float] = []
        self._last = 0.0
        self._timer = QTimer(self, interval=TICK_MILLISECONDS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._note)

    def start(self) -> None:
        """Note gaps from now on."""
        self.seen = []
        self._last = time.perf_counter()
        self._timer.start()

    def stop(self) -> list[float]:
        """The gaps, in milliseconds, the longest first."""
        self._timer.stop()
        return sorted(self.seen, reverse=True)

    def _note(self) -> None:
        now = time.perf_counter()
        self.seen.append((now - self._last) * 1000)
        self._last = now


def filtering(home: Path) -> dict[str, float]:
    """Milliseconds from each key of a word to the rows on the screen, and for clearing it.

    The same once more with every row selected: ``selected`` is the worst of all that, ``select_all`` the selecting.
    """
    with opened(options_of(home)) as session:
        quiet(session)
        page = session.pages.incoming
        box = page.filter.text
        painted = Painted(page.table.viewport(), page.contents.nothing_found)

        def timed(act: Callable[[], object], text: str) -> float:
            began = time.perf_counter()
            act()
            until(lambda: page.table.filter.text == text)
            filtered = time.perf_counter()
            # Qt paints nothing when the rows in sight stay as they are.
            until(lambda: painted.since(began) or time.perf_counter() > filtered + UNPAINTED_SECONDS)
            return ((time.perf_counter() if painted.since(began) else filtered) - began) * 1000

        keys = [timed(partial(QTest.keyClicks, box, key), TYPED[: at + 1]) for at, key in enumerate(TYPED)]
        assert 0 < page.table.filter.rowCount() < page.model.rowCount()
        cleared = timed(lambda: QTest.keyClick(box, Qt.Key.Key_Escape), "")
        select_all = timed(page.table.selectAll, "")
        selected = [timed(partial(QTest.keyClicks, box, key), TYPED[: at + 1]) for at, key in enumerate(TYPED)]
        selected.append(timed(lambda: QTest.keyClick(box, Qt.Key.Key_Escape), ""))
    return {
        "worst": max(keys),
        "median": statistics.median(keys),
        "first": keys[0],
        "cleared": cleared,
        "select_all": select_all,
        "selected": max(selected),
    }


def fetching(home: Path, messages: int) -> dict[str, float]:
    """Gaps of the event loop in milliseconds, idle and while everything is fetched; the seconds that takes."""
    with opened(options_of(home)) as session:
        quiet(session)
        assert session.window.page is session.pages.incoming
        gaps = Gaps()
        gaps.start()
        waited = QTimer(gaps, singleShot=True, interval=IDLE_MILLISECONDS)
        waited.start()
        until(lambda: not waited.isActive())
        idle = gaps.stop()
        outcomes: list[FetchOutcome] = []
        session.desk.ended.connect(outcomes.append)
        began = time.perf_counter()
        gaps.start()
        session.pages.incoming.fetch_wanted.emit(session.services.accounts.all())
        until(lambda: bool(outcomes) and not session.desk.busy)
        seconds = time.perf_counter() - began
        seen = gaps.stop()
        assert session.panel.isVisible()
    if outcomes[0].errors or outcomes[0].counts.deleted != messages:
        raise SystemExit(str(outcomes[0]))
    return {
        "idle": idle[0],
        "longest": seen[0],
        "hundredth": seen[len(seen) // 100],
        "too_long": sum(gap > 50 for gap in seen),
        "seconds": seconds,
    }


def headless(home: Path, messages: int) -> dict[str, float]:
    """The seconds of the same fetch without a window."""
    with open_application(options_of(home)) as app:
        began = time.perf_counter()
        (outcome,) = app.fetching.fetch()
        seconds = time.perf_counter() - began
    if outcome.errors or outcome.counts.deleted != messages:
        raise SystemExit(str(outcome))
    return {"seconds": seconds}


def searching(home: Path) -> dict[str, float]:
    """Milliseconds until inbox and archive show their rows: opened, and after the last key of a search."""
    with opened(options_of(home)) as session:
        quiet(session)
        result = {}
        for name, page in (("inbox", session.pages.inbox), ("archive", session.pages.archive)):
            result[f"{name} opened"] = _shown(session, page, partial(session.window.go_to, page), 0)
            for what, text in SEARCHES.items():
                QTest.keyClicks(page.filters.text, text[:-1])
                last = partial(QTest.keyClicks, page.filters.text, text[-1])
                result[f"{name} {what}"] = _shown(session, page, last, SEARCH_DELAY)
                _shown(session, page, page.filters.show_everything, 0)
    return result


def hostile(home: Path) -> dict[str, float]:
    """Gaps of the event loop in milliseconds for each mail that is built to keep it busy: the longest while it is
    shown, gets another width, and is left through its end.
    """
    access = MailAccess(lambda: b"", lambda one: b"", lambda name: None)
    mails = {f"text: {name}": MailContent(text=text) for name, text in TEXTS.items()}
    mails |= {name: MailContent(html=html) for name, html in HTMLS.items()}
    with opened(options_of(home)) as session:
        quiet(session)
        view = MailView(session.tasks)
        view.resize(session.window.size() * 0.6)  # as beside a list
        view.show()
        gaps = Gaps()

        def longest(act: Callable[[], object]) -> float:
            gaps.start()
            act()
            settled = QTimer(gaps, singleShot=True, interval=SETTLED_MILLISECONDS)
            settled.start()
            until(lambda: not settled.isActive())
            quiet(session)
            return gaps.stop()[0]

        def gap(content: MailContent) -> float:
            text = view.browser if content.html else view.message_text
            bar = text.verticalScrollBar()
            return max(
                longest(lambda: view.show_mail(content, access)),
                longest(lambda: view.resize(view.width() - 40, view.height())),
                longest(lambda: bar.setValue(bar.maximum())),
                longest(lambda: view.resize(view.width() + 40, view.height())),
            )

        gap(MailContent(html="<table><tr><td>x<td>y</table><p>z"))  # fonts and parsers are loaded
        seen = {name: gap(content) for name, content in mails.items()}
        view.close()
        view.deleteLater()
        return seen


def _shown(session: Session, page: MessagesPage, act: Callable[[], object], delay: int) -> float:
    answered: list[float] = []
    painted = Painted(page.contents, page.table.viewport(), page.contents.nothing_found)
    page._loader.loaded.connect(lambda: answered.append(time.perf_counter()))
    began = time.perf_counter()
    act()
    until(lambda: bool(answered) and painted.since(answered[0]))
    milliseconds = (time.perf_counter() - began) * 1000 - delay
    quiet(session)
    return milliseconds


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", choices=("filtering", "fetching", "headless", "searching", "hostile"))
    parser.add_argument("home", type=Path)
    parser.add_argument("--messages", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.run in {"fetching", "headless"}:
        print(json.dumps(globals()[arguments.run](arguments.home, arguments.messages)))
    else:
        print(json.dumps(globals()[arguments.run](arguments.home)))
