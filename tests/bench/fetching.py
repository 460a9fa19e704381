"""How many messages a second from server to committed octets and from server to tickets, beside a raw fetch."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mailadmin.bootstrap import Options, open_application
from mailadmin.domain.accounts import AccountType, IncomingAccount
from mailadmin.domain.outcomes import Processed
from mailadmin.domain.secrets import Secret
from mailadmin.services.process import ProcessService
from tests.servers.dovecot import GOOD, PASSWORD, Dovecot

from .alone import run_alone
from .mailbox import messages
from .raw import fetch_and_delete

USER = "bench"
MODES = {
    "raw": "raw pipelined fetch and delete (IMAPS)",
    "stored": "server to committed octets (IMAPS)",
    "tickets": "server to tickets (IMAPS)",
    "tickets-unlogged": "the same without the communication log",
    "tickets-pop3s": "server to tickets (POP3S)",
}
LOGGED, UNLOGGED = "tickets", "tickets-unlogged"


class StoreOnly(ProcessService):
    """Leaves stored messages as they are."""

    def process(
        self, ids: Sequence[int], ensure_lease: object = None, *, at_hand: object = None, release: bool = False
    ) -> list[Processed]:
        """Nothing."""
        return []


def one_run(mode: str, port: int, ca_file: str) -> dict[str, float]:
    """In a process of its own: empty the mailbox once."""
    if mode == "raw":
        started = time.perf_counter()
        count, octets = fetch_and_delete(GOOD, port, ca_file, USER, PASSWORD)
        seconds = time.perf_counter() - started
    else:
        count, octets, seconds = _fetch(mode, port, ca_file)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "messages": count,
        "octets": octets,
        "seconds": seconds,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak_mb": _peak_kb() / 1024,
    }


def _peak_kb() -> int:
    """The most memory this program had; the resource module's figure is inherited from whoever started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def _fetch(mode: str, port: int, ca_file: str) -> tuple[int, int, float]:
    kind = AccountType.POP3S if mode.endswith("pop3s") else AccountType.IMAPS
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with open_application(Options(home=home, key_file=home / "key")) as app:
            account = IncomingAccount(name=USER, type=kind, host=GOOD, port=port, username=USER, ca_file=ca_file)
            app.accounts.add(account, Secret(PASSWORD))
            if mode == "stored":
                app.fetching._processing = StoreOnly(app.storage)
            if mode == UNLOGGED:
                app.storage.settings.set("CommunicationLog", False)
            started = time.perf_counter()
            (outcome,) = app.fetching.fetch()
            seconds = time.perf_counter() - started
    if outcome.errors:
        raise SystemExit(str(outcome.errors))
    return outcome.counts.deleted, outcome.counts.bytes, seconds


def measure(count: int, rounds: int) -> None:
    """Interleave the modes and print medians with ratios to the raw fetch of the same round."""
    corpus = list(messages(count))
    print(f"{count} messages, {sum(map(len, corpus)) / 1e6:.1f} MB, {rounds} rounds, medians")
    server = Dovecot()
    server.start()
    results: dict[str, list[dict[str, float]]] = {mode: [] for mode in MODES}
    try:
        for _ in range(rounds):
            for mode, runs in results.items():
                server.clear([USER])
                server.deliver(USER, *corpus)
                runs.append(_in_a_process(mode, server))
                left = len(server.files(USER))
                if left or runs[-1]["messages"] != count:
                    raise SystemExit(f"{mode}: {runs[-1]['messages']} messages, {left} left on the server")
    finally:
        server.stop()
    _print(results)


def _in_a_process(mode: str, server: Dovecot) -> dict[str, float]:
    port = server.port(AccountType.POP3S if mode.endswith("pop3s") else AccountType.IMAPS)
    return run_alone("fetching", mode, str(port), str(server.authority.file))


def _print(results: dict[str, list[dict[str, float]]]) -> None:
    print(f"{'':44}{'s':>7}{'msg/s':>8}{'MB/s':>7}{'of raw':>8}{'CPU s':>7}{'peak MB':>9}")
    for mode, runs in results.items():
        seconds = statistics.median(run["seconds"] for run in runs)
        ratio = statistics.median(
            raw["seconds"] / run["seconds"] for raw, run in zip(results["raw"], runs, strict=True)
        )
        first = runs[0]
        print(
            f"{MODES[mode]:44}{seconds:7.2f}{first['messages'] / seconds:8.0f}{first['octets'] / 1e6 / seconds:7.0f}"
            f"{ratio:8.2f}{statistics.median(run['cpu'] for run in runs):7.2f}"
            f"{max(run['peak_mb'] for run in runs):9.0f}"
        )
    pairs = list(zip(results[LOGGED], results[UNLOGGED], strict=True))
    for name, unit in (("seconds", "time"), ("cpu", "CPU time")):
        more = statistics.median(logged[name] / unlogged[name] for logged, unlogged in pairs)
        print(f"Communication log on, beside off in the same round: {more - 1:+.1%} {unit}")


if __name__ == "__main__":
    print(json.dumps(one_run(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
