"""Every golden story, told by the real services on a real database."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mailadmin.bootstrap import Application, Options, open_application

from .story import WORLD, Ending, Story, Teller, found_in_order, matches, stories

ALL = stories()


@pytest.fixture(scope="session")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the world, to be copied."""
    home = tmp_path_factory.mktemp("world")
    shutil.copy(sqlite_template, home / "mailadmin.db")
    with open_application(Options(home=home, key_file=home / "key")) as app:
        app.configuration.apply(WORLD.read_text(encoding="utf-8"))
        app.storage.backup(home / "world.db")
    return home / "world.db"


@pytest.fixture(scope="session")
def opened(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Application, Path]]:
    """One application for all stories, and its database: to open one for each would take longer than the stories."""
    home = tmp_path_factory.mktemp("stories")
    shutil.copy(world, home / "mailadmin.db")
    with open_application(Options(home=home, key_file=home / "key")) as app:
        yield app, home / "mailadmin.db"


@pytest.fixture
def app(opened: tuple[Application, Path], world: Path) -> Application:
    """The application, with the world as it was before any story."""
    app, database = opened
    with closing(sqlite3.connect(world)) as before, closing(sqlite3.connect(database)) as now:
        before.backup(now)
    app.processing._snapshot = None  # what one story configures must not be taken for what another does
    return app


@pytest.mark.parametrize("story", ALL, ids=[story.name for story in ALL])
def test_a_story_ends_as_it_should(story: Story, app: Application) -> None:
    teller = Teller(app)
    ending = teller.tell(story)

    wrong = wrong_in(ending, teller.filled(story.expect), app)
    assert not wrong, "\n".join([*wrong, "the trace:", *map(str, ending.message.because)])


def test_there_are_enough_of_them_each_told_once() -> None:
    names = [story.name for story in ALL]

    assert len(names) >= 150
    assert len(set(names)) == len(names)


def wrong_in(ending: Ending, expect: Mapping[str, Any], app: Application) -> list[str]:
    """What of a story's ending is not as expected, one line each."""
    wrong = [
        f"{key}: {found!r} instead of {wanted!r}"
        for key, wanted in expect.items()
        if key in _FOUND and (found := _FOUND[key](app, ending, wanted)) != wanted
    ]
    trace = ending.message.because
    if missing := found_in_order(expect.get("because", []), trace):
        wrong.append(f"because: nowhere (or out of order): {missing}")
    wrong += [
        f"because: {step} all the same"
        for step in trace
        for unwanted in expect.get("not_because", [])
        if matches(unwanted, step)
    ]
    return wrong


def _attributes(thing: object, wanted: dict[str, Any]) -> dict[str, Any] | None:
    if thing is None:
        return None
    return {name: str(value) if isinstance(value := getattr(thing, name), str) else value for name in wanted}


def _same_ticket(ending: Ending) -> int:
    number = ending.ticket.number if ending.ticket else ""
    return ending.before.index(number) + 1 if number in ending.before else 0


def _pending_hours(ending: Ending) -> float | None:
    if ending.ticket is None or ending.article is None or ending.ticket.pending_until is None:
        return None
    return round((ending.ticket.pending_until - ending.article.created).total_seconds() / 3600, 1)


def _body(ending: Ending) -> str:
    return ending.article.body if ending.article else ""


def _outbox(app: Application, wanted: list[dict[str, str]]) -> list[dict[str, str]]:
    found = []
    for place, message in enumerate(reversed(app.outbox.page())):
        draft = message.draft
        said = {
            "to": ", ".join(draft.to),
            "cc": ", ".join(draft.cc),
            "type": draft.type.value,
            "subject": draft.subject,
            "body": draft.body,
            "sender": draft.sender,
            "ticket": message.ticket,
        }
        names = wanted[place] if place < len(wanted) else said
        found.append({name: said[name] for name in names})
    return found


_FOUND: dict[str, Any] = {
    "kind": lambda app, ending, wanted: ending.message.decision_kind,
    "state": lambda app, ending, wanted: ending.message.state.value,
    "same_ticket_as": lambda app, ending, wanted: _same_ticket(ending),
    "tickets": lambda app, ending, wanted: len(ending.tickets),
    "queues": lambda app, ending, wanted: sorted(ticket.queue for ticket in ending.tickets),
    "articles": lambda app, ending, wanted: ending.ticket.articles if ending.ticket else 0,
    "ticket": lambda app, ending, wanted: _attributes(ending.ticket, wanted),
    "pending_hours": lambda app, ending, wanted: _pending_hours(ending),
    "fields": lambda app, ending, wanted: dict(ending.ticket.fields) if ending.ticket else None,
    "article": lambda app, ending, wanted: _attributes(ending.article, wanted),
    "article_fields": lambda app, ending, wanted: dict(ending.article.fields) if ending.article else None,
    "body": lambda app, ending, wanted: _body(ending),
    "body_has": lambda app, ending, wanted: [text for text in wanted if text in _body(ending)],
    "body_has_not": lambda app, ending, wanted: [text for text in wanted if text not in _body(ending)],
    "attachments": lambda app, ending, wanted: [one.filename for one in ending.article.attachments],
    "outbox": lambda app, ending, wanted: _outbox(app, wanted),
}
