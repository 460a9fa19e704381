"""How the window feels: starting, filtering, staying alive while mail is fetched, finding among 200,000 messages, mails
that are built to keep it busy.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from mailadmin.domain.accounts import AccountType, IncomingAccount
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot

from .alone import Result, run_alone
from .homes import make_home, make_home_to_fetch, make_home_with_archive
from .mailbox import messages
from .start import ACCOUNTS

PARTS: Final = ("start", "filter", "fetch", "search", "hostile")
MANY_ACCOUNTS: Final = 10_000
MANY_MESSAGES: Final = 200_000
WORST_TOLD: Final = 5
USER: Final = "bench"


def measure(count: int, rounds: int, parts: Sequence[str] = PARTS) -> None:
    """Run each part, its runs and their reference in turn, and print medians beside the aims."""
    with tempfile.TemporaryDirectory(prefix="mailadmin-bench-") as folder:
        for part in parts:
            _MEASUREMENTS[part](Path(folder), rounds, count)


def start(folder: Path, rounds: int, _count: int) -> None:
    """From the start of the process until the window is usable, beside a bare window of PySide6."""
    home = folder / "few"
    make_home(home, ACCOUNTS)
    modes: dict[str, tuple[str, ...]] = {"bare": (), "ours": (str(home),)}
    seconds: dict[str, list[float]] = {mode: [] for mode in modes}
    for round_ in range(1 + 2 * rounds):  # the first fills the caches
        for mode, arguments in modes.items():
            one = run_alone("start", str(time.monotonic()), *arguments)["seconds"]
            if round_:
                seconds[mode].append(one)
    more = [ours - bare for bare, ours in zip(seconds["bare"], seconds["ours"], strict=True)]
    _head("start to usable window, s")
    _line("bare PySide6 window with a table", statistics.median(seconds["bare"]))
    _line(f"mailadmin with {ACCOUNTS} accounts", statistics.median(seconds["ours"]))
    _line("more than the bare window", statistics.median(more), 0.5)


def filtering(folder: Path, rounds: int, _count: int) -> None:
    """From a keystroke to the filtered accounts on the screen."""
    home = folder / "many"
    make_home(home, MANY_ACCOUNTS)
    results = [run_alone("window_runs", "filtering", str(home)) for _ in range(rounds)]
    _head(f"filter keystroke to painted, {MANY_ACCOUNTS:,} accounts, ms")
    _line("worst key of a word", _median(results, "worst"), 50)
    _line("median of its keys", _median(results, "median"), 50)
    _line("cleared", _median(results, "cleared"), 50)
    _line("every row selected", _median(results, "select_all"), 200)
    _line("worst key or clearing then", _median(results, "selected"), 100)


def fetching(folder: Path, rounds: int, count: int) -> None:
    """How long the event loop is away while a mailbox is fetched, beside an idle window."""
    corpus = list(messages(count))
    server = Dovecot()
    server.start()
    results: dict[str, list[Result]] = {"headless": [], "fetching": []}
    try:
        for round_ in range(rounds):
            for mode, runs in results.items():
                home = folder / f"{mode}-{round_}"
                server.clear([USER])
                server.deliver(USER)
                make_home_to_fetch(home, _account(server), PASSWORD)
                server.deliver(USER, *corpus)
                runs.append(run_alone("window_runs", mode, str(home), "--messages", str(count)))
    finally:
        server.stop()
    inside = results["fetching"]
    _head(f"longest gap of the event loop (timer of 5 ms), {count:,} messages fetched, ms")
    _line("idle window", _median(inside, "idle"))
    _line("while fetching", _median(inside, "longest"), 50)
    _line("while fetching, one in a hundred is longer than", _median(inside, "hundredth"))
    _line("gaps over 50 ms", _median(inside, "too_long"))
    _line("seconds of the fetch without a window", _median(results["headless"], "seconds"))
    _line("seconds of the fetch in the window", _median(inside, "seconds"))


def searching(folder: Path, rounds: int, _count: int) -> None:
    """Until the rows of the pages of messages are on the screen."""
    home = folder / "archive"
    make_home_with_archive(home, MANY_MESSAGES)
    results = [run_alone("window_runs", "searching", str(home)) for _ in range(rounds)]
    _head(f"rows painted, {MANY_MESSAGES:,} messages, ms (searched: after the typing delay)")
    for key in results[0]:
        _line(key, _median(results, key), 200)


def hostile(folder: Path, rounds: int, _count: int) -> None:
    """How long the event loop is away while a mail is shown that is built for that."""
    home = folder / "few"
    if not home.exists():
        make_home(home, ACCOUNTS)
    results = [run_alone("window_runs", "hostile", str(home)) for _ in range(rounds)]
    gaps = {name: _median(results, name) for name in results[0]}
    worst = sorted(gaps, key=gaps.__getitem__, reverse=True)
    _head(f"longest gap of the event loop (timer of 5 ms), {len(gaps)} hostile mails, ms")
    _line(f"worst hostile mail shown: {worst[0]}", gaps[worst[0]], 100)
    for name in worst[1:WORST_TOLD]:
        _line(name, gaps[name], 100)
    _line("median of them", statistics.median(gaps.values()))


_MEASUREMENTS: Final = {
    "start": start,
    "filter": filtering,
    "fetch": fetching,
    "search": searching,
    "hostile": hostile,
}


def _account(server: Dovecot) -> IncomingAccount:
    port, ca_file = server.port(AccountType.IMAPS), str(server.authority.file)
    return IncomingAccount(
        name=USER, type=AccountType.IMAPS, host=GOOD, port=port, username=USER, ca_file=ca_file, schedule="0 0 1 1 *"
    )


def _median(results: Sequence[Result], key: str) -> float:
    return statistics.median(result[key] for result in results)


def _head(title: str) -> None:
    print(f"\n{title:62}{'median':>9}{'aim':>7}")


def _line(what: str, value: float, aim: float | None = None) -> None:
    print(f"  {what:60}{value:9.2f}{'' if aim is None else f'{aim:7g}'}", flush=True)
