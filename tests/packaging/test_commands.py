"""What the documents tell people to type is there."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from .paths import ROOT


def _targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", ".ci/run"])
def test_every_make_command_named_is_a_target(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    named = set(re.findall(r"(?:`|^\s*|sudo |exec )make ([a-z][a-z-]*)", text, re.MULTILINE))

    assert named
    assert named <= _targets()


def test_the_readme_names_the_two_commands_and_ci_runs_the_second() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert re.search(r"^make run\b", readme, re.MULTILINE)
    assert re.search(r"^make test\b", readme, re.MULTILINE)
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_ci_is_an_executable_script_without_syntax_errors() -> None:
    script = ROOT / ".ci" / "run"

    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0


def test_the_pictures_of_the_readme_are_those_that_make_makes_and_the_program_takes() -> None:
    shown = re.findall(r"\(resources/pictures/([a-z-]+)\.png\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    (made,) = re.findall(r"^PICTURES := (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    photographer = (ROOT / "mailadmin" / "gui" / "pictures.py").read_text(encoding="utf-8")

    assert sorted(made.split()) == sorted(shown) == sorted(it.stem for it in (ROOT / "resources/pictures").iterdir())
    assert [name for name in shown if f'"{name}"' not in photographer] == []


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_file_that_a_document_links_to_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")

    linked = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in target]

    assert [target for target in linked if not (ROOT / target).exists()] == []
