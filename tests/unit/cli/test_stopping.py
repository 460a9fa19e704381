"""The first signal asks for an orderly end, a second Ctrl-C ends at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from mailadmin.cli.stopping import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_for_an_orderly_end_and_the_handlers_come_back(number: signal.Signals) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with stop_on_signals(tell=False) as stop:
        assert not stop()
        os.kill(os.getpid(), number)
        assert stop()
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_second_interrupt_ends_the_process() -> None:
    program = (
        "import os, signal\n"
        "from mailadmin.cli.stopping import stop_on_signals\n"
        "with stop_on_signals(tell=True):\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    os.kill(os.getpid(), signal.SIGTERM)\n"
        "    print('still here', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    print('never', flush=True)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGINT
    assert ended.stdout == "still here\n"
    assert ended.stderr.count("Stopping in good order") == 1
