"""Files that would change what becomes of pinned examples, on the command line."""

from __future__ import annotations

from pathlib import Path

from mailadmin.bootstrap import Options, open_application
from tests.unit.services.conftest import mail

from .conftest import Run

RULE = (
    '[[filter]]\nname = "f"\nconditions = [{{ header = "Subject", pattern = "{}" }}]\n'
    'actions = [{{ header = "X-OTOBO-Queue", value = "Junk" }}]\n'
)


def test_changed_examples_are_refused_unless_they_are_accepted(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "filters.toml"
    file.write_text(RULE.format("nothing"))
    assert run("apply", str(file)).code == 0
    with open_application(Options(home=home, key_file=tmp_path / "key")) as app:
        app.reading.read(mail(1))
        app.what_if.pin(app.filters.all()[0], app.inbox.list()[0].id)
    file.write_text(RULE.format("Question"))
    ended = run("apply", str(file))
    assert ended.code == 1
    assert '"f: Question 1"' in ended.err
    assert "--accept-changed-examples" in ended.err
    refused = run("apply", str(file), "--json").json["error"]
    assert (refused["code"], refused["facts"]["count"]) == ("examples-changed", "1")
    assert run("apply", str(file), "--accept-changed-examples").code == 0
    assert "Nothing to do" in run("apply", str(file)).out
