"""Resources are found from a source tree, from an installed wheel and from a frozen program."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mailadmin
from mailadmin.domain.errors import BugError
from mailadmin.resource_files import resource

PACKAGE = Path(mailadmin.__file__).parent
ASK = "from mailadmin.resource_files import resource; print(resource('help/page.md').read_text())"


def _copy_of_the_package(target: Path) -> Path:
    shutil.copytree(PACKAGE / "domain", target / "mailadmin" / "domain")
    for name in ("__init__.py", "resource_files.py"):
        shutil.copy(PACKAGE / name, target / "mailadmin" / name)
    return target / "mailadmin"


def _page(folder: Path, text: str) -> None:
    (folder / "help").mkdir(parents=True)
    (folder / "help" / "page.md").write_text(text)


def _asked_in_a_fresh_process(root: Path) -> str:
    return subprocess.run(
        [sys.executable, "-c", ASK], cwd=root, env={"PYTHONPATH": str(root)}, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_a_source_tree_keeps_them_beside_the_package(tmp_path: Path) -> None:
    _copy_of_the_package(tmp_path)
    _page(tmp_path / "resources", "of the source tree")

    assert _asked_in_a_fresh_process(tmp_path) == "of the source tree"


def test_a_wheel_and_a_frozen_program_keep_them_in_the_package(tmp_path: Path) -> None:
    package = _copy_of_the_package(tmp_path)
    _page(package / "resources", "of the package")
    _page(tmp_path / "resources", "of somebody else in site-packages")

    assert _asked_in_a_fresh_process(tmp_path) == "of the package"


def test_files_and_folders_are_found() -> None:
    assert resource("demo").is_dir()
    assert resource("help/errors.md").is_file()


def test_a_missing_one_is_our_fault_and_named() -> None:
    with pytest.raises(BugError, match=r"help/nothing\.md"):
        resource("help/nothing.md")
