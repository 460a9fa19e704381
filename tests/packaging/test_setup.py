"""The set-up does what is missing, once, and leaves nothing behind on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import node_packages
import prepare
import system_packages
import virtual_environment
from system_packages import SetupError


class Recorder:
    """Stands in for the steps that take minutes and the network; notes which were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.steps: list[str] = []
        monkeypatch.setattr(prepare, "ROOT", root)
        monkeypatch.setattr(system_packages, "missing", lambda _wanted: ["some-package"])
        monkeypatch.setattr(system_packages, "install", lambda _packages: self.steps.append("system"))
        monkeypatch.setattr(virtual_environment, "make", self._make)
        monkeypatch.setattr(virtual_environment, "install_lock", lambda _venv, lock: self.steps.append(lock.name))
        monkeypatch.setattr(virtual_environment, "install_project", lambda _venv, _root: self.steps.append("project"))
        monkeypatch.setattr(node_packages, "install", self._install_node_packages)

    def _make(self, folder: Path) -> None:
        self.steps.append("venv")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def _install_node_packages(self, _venv: Path, folder: Path) -> None:
        self.steps.append("node")
        (folder / "node_modules").mkdir(exist_ok=True)
        (folder / "node_modules" / ".package-lock.json").touch()

    def steps_of(self, purpose: str) -> list[str]:
        """What one call of prepare does."""
        self.steps.clear()
        prepare.prepare(purpose)
        return list(self.steps)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    requirements = tmp_path / "packaging" / "requirements"
    requirements.mkdir(parents=True)
    for name in ("run.lock", "test.lock"):
        (requirements / name).write_text(name)
    (tmp_path / "pyproject.toml").write_text("[project]")
    node = tmp_path / prepare.OPENID_PROVIDER
    node.mkdir(parents=True)
    for file in node_packages.named_in(node):
        file.write_text("{}")
    return tmp_path


@pytest.fixture
def setup(monkeypatch: pytest.MonkeyPatch, checkout: Path) -> Recorder:
    monkeypatch.delenv("MAILADMIN_SKIP_SYSTEM_PACKAGES", raising=False)
    return Recorder(monkeypatch, checkout)


def test_a_second_start_does_no_set_up_again(setup: Recorder) -> None:
    assert setup.steps_of("run") == ["system", "venv", "run.lock", "project"]
    assert setup.steps_of("run") == []


def test_the_environment_of_the_application_is_extended_for_tests_and_serves_both(setup: Recorder) -> None:
    setup.steps_of("run")

    assert setup.steps_of("test") == ["system", "test.lock", "node"]
    assert setup.steps_of("run") == []
    assert setup.steps_of("test") == []


def test_a_changed_lock_makes_the_environment_anew(setup: Recorder, checkout: Path) -> None:
    setup.steps_of("run")
    (checkout / "packaging" / "requirements" / "run.lock").write_text("newer")

    steps = setup.steps_of("run")

    assert steps[-3:] == ["venv", "run.lock", "project"]
    assert setup.steps_of("run") == []


def test_a_changed_pyproject_only_installs_the_project_again(setup: Recorder, checkout: Path) -> None:
    setup.steps_of("run")
    (checkout / "pyproject.toml").write_text("[project]\n")

    assert setup.steps_of("run") == ["project"]


def test_node_packages_are_installed_for_tests_alone_and_again_when_they_change_or_are_gone(
    setup: Recorder, checkout: Path
) -> None:
    assert "node" not in setup.steps_of("run")
    assert "node" in setup.steps_of("test")
    folder = checkout / prepare.OPENID_PROVIDER

    (folder / "package-lock.json").write_text('{"newer": true}')
    assert setup.steps_of("test") == ["node"]

    shutil.rmtree(folder / "node_modules")
    assert setup.steps_of("test") == ["node"]
    assert setup.steps_of("test") == []


def test_an_interrupted_set_up_is_done_again(setup: Recorder, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_venv: Path, _lock: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as interruption:
        interruption.setattr(virtual_environment, "install_lock", interrupted)
        with pytest.raises(KeyboardInterrupt):
            setup.steps_of("run")

    assert setup.steps_of("run") == ["system", "venv", "run.lock", "project"]


def test_a_checkout_that_was_moved_gets_a_new_environment(
    setup: Recorder, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.steps_of("run")
    moved = checkout / "moved"
    moved.mkdir()
    for name in ("packaging", "pyproject.toml", ".venv"):
        (checkout / name).rename(moved / name)
    monkeypatch.setattr(prepare, "ROOT", moved)

    assert "venv" in setup.steps_of("run")


def test_the_system_packages_can_be_left_to_the_administrator(setup: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILADMIN_SKIP_SYSTEM_PACKAGES", "1")

    assert "system" not in setup.steps_of("run")


def test_a_damaged_stamp_file_counts_as_none(tmp_path: Path) -> None:
    file = tmp_path / "prepared.json"
    file.write_text('{"lock": "abc')
    stamps = virtual_environment.Stamps(file)

    assert not stamps.holds("lock", "abc")
    stamps.put("lock", "abc")
    assert stamps.holds("lock", "xyz", "abc")


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="asks the system's own package list")
def test_only_packages_that_are_neither_installed_nor_provided_are_missing() -> None:
    wanted = ["dpkg", "awk", "no-such-package"]  # awk is no package: mawk or gawk provides it

    assert system_packages.missing(wanted) == ["no-such-package"]


def test_a_package_that_was_removed_but_left_its_configuration_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, answer in (
        ("dpkg-query", r"config-files\tdovecot-imapd, \ninstalled\tmawk, awk (= 1)\n"),
        ("apt-get", ""),
    ):
        (tmp_path / name).write_text(f"#!/bin/sh\nprintf '{answer}'\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    assert system_packages.missing(["awk", "dovecot-imapd", "mawk"]) == ["dovecot-imapd"]


def test_a_list_file_names_packages_and_comments(tmp_path: Path) -> None:
    file = tmp_path / "some.packages"
    file.write_text("# heading\n\nfirst   # why\nsecond\n")

    assert system_packages.named_in(file) == ["first", "second"]


def test_without_root_and_sudo_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(SetupError, match=r"root or sudo.*apt-get install --no-install-recommends libegl1 libgl1$"):
        system_packages.install(["libegl1", "libgl1"])


def test_a_system_without_apt_is_told_which_packages_are_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(SetupError, match=r"no apt-get.*MAILADMIN_SKIP_SYSTEM_PACKAGES=1.*libegl1"):
        system_packages.missing(["libegl1"])


def test_no_service_starts_during_an_installation_and_nothing_of_that_remains(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"

    with system_packages.services_kept_still(policy, tmp_path):
        answer = subprocess.run([str(policy), "dovecot", "start"], check=False).returncode

    assert answer == 101
    assert not policy.exists()


def test_the_policy_is_removed_when_the_installation_fails(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"

    with pytest.raises(SetupError), system_packages.services_kept_still(policy, tmp_path):
        raise SetupError("no space left")

    assert not policy.exists()


def test_an_administrators_own_policy_is_left_as_it_is(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 0\n")

    with system_packages.services_kept_still(policy, tmp_path):
        during = policy.read_text()

    assert during == policy.read_text() == "#!/bin/sh\nexit 0\n"


def test_a_policy_left_by_a_killed_set_up_is_removed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text(system_packages.POLICY_TEXT)

    with system_packages.services_kept_still(policy, tmp_path):
        pass

    assert not policy.exists()


def test_ctrl_c_waits_for_the_installation_to_end_before_tidying_up(tmp_path: Path) -> None:
    """The command ignores the signal, as apt-get does while dpkg runs, and says when it is through."""
    program = """
import signal, subprocess, sys, system_packages
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
folder = Path(sys.argv[1])
command = "trap '' INT; kill -INT $PPID; test -x policy-rc.d && echo still > seen"
with (
    system_packages.waiting_out(signal.SIGINT),
    system_packages.services_kept_still(folder / "policy-rc.d", folder),
):
    subprocess.run(["sh", "-c", command], cwd=folder)
print("tidied up")
signal.raise_signal(signal.SIGINT)
"""
    process = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        check=False,
        text=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(system_packages.__file__).parent)},
    )

    assert (tmp_path / "seen").read_text() == "still\n"
    assert not (tmp_path / "policy-rc.d").exists()
    assert process.stdout == "tidied up\n"
    assert "KeyboardInterrupt" in process.stderr  # and afterwards the signal means what it meant before
