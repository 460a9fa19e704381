"""The built package holds everything the program needs, and starts from where it was installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import mailadmin

from .paths import ROOT

pytestmark = pytest.mark.slow

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


def _files(folder: str) -> set[str]:
    """The files below a folder of the source tree, with slashes, relative to the root."""
    return {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts
    }


def _pip(*arguments: str, cwd: Path) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    result = subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the source so that no build results appear in the tree."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("mailadmin", "resources"):
        shutil.copytree(ROOT / name, source / name, ignore=IGNORED)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    _pip("wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target), ".", cwd=source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the wheel alone is installed into."""
    target = tmp_path_factory.mktemp("installed")
    _pip("install", "--no-index", "--no-deps", "--target", str(target), str(wheel), cwd=target)
    return target


def _python(*arguments: str, installed: Path) -> str:
    """What Python prints, run away from the source tree with the installed copy first."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, *arguments]
    result = subprocess.run(command, check=False, cwd=installed, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_the_wheel_holds_every_module_migration_and_resource(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())

    wanted = _files("mailadmin") | {
        f"mailadmin/{name}" for name in _files("resources") if not name.startswith("resources/pictures/")
    }
    assert wanted - held == set()


def test_the_wheel_holds_nothing_but_the_program(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}

    assert tops == {"mailadmin", f"mailadmin-{mailadmin.__version__}.dist-info"}


def test_pyproject_lists_every_package() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        Path(name).parent.as_posix().replace("/", ".") for name in _files("mailadmin") if name.endswith("__init__.py")
    }

    listed = set(pyproject["tool"]["setuptools"]["packages"])
    assert listed == packages | {"mailadmin.resources"}, "pyproject.toml, [tool.setuptools], packages"


def test_the_installed_program_says_its_version(installed: Path) -> None:
    printed = _python("-m", "mailadmin", "--version", installed=installed)

    assert mailadmin.__version__ in printed.split()


def test_the_installed_program_finds_its_resources_in_itself(installed: Path) -> None:
    program = "import mailadmin.resource_files as files; print(files.resource(''))"

    assert Path(_python("-c", program, installed=installed).strip()) == installed / "mailadmin" / "resources"
