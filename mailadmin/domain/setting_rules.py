"""The rules for the system configuration (FEATURES UI-2)."""

from __future__ import annotations

from .filter_rules import pattern_problems
from .lists import ListKind
from .problems import Fault, Problem
from .settings import SETTINGS, STATE_KINDS
from .validation import Surroundings, control_characters, cron_problem, entry_faults, is_address, queue_faults_of

MAX_TEXT = 4_000
MOST_RESPONSES = 10_000


def setting_faults(key: str, value: object, around: Surroundings) -> list[Fault]:
    """Every rule a setting's value breaks."""
    setting = SETTINGS.get(key)
    if setting is None:
        return [Fault(key, Problem.UNKNOWN_KEY)]
    if type(value) is not type(setting.default):
        expected = {str: "text", int: "a whole number", bool: "true or false"}[type(setting.default)]
        return [Fault(key, Problem.WRONG_TYPE, {"expected": expected})]
    if isinstance(value, str):
        return _text_setting_faults(key, value, around)
    low, high = setting.minimum, setting.maximum
    if isinstance(setting.default, bool):
        return []
    if low is not None and high is not None and not low <= int(str(value)) <= high:
        return [Fault(key, Problem.OUT_OF_RANGE, {"minimum": str(low), "maximum": str(high)})]
    return []


def _text_setting_faults(key: str, value: str, around: Surroundings) -> list[Fault]:
    setting = SETTINGS[key]
    if setting.choices and value not in setting.choices:
        return [Fault(key, Problem.NOT_A_CHOICE, {"choices": ", ".join(setting.choices)})]
    if control_characters(value):
        return [Fault(key, Problem.CONTROL_CHARACTERS)]
    if len(value) > MAX_TEXT:
        return [Fault(key, Problem.TOO_LONG, {"maximum": str(MAX_TEXT)})]
    if setting.kind == "cron" and (detail := cron_problem(value)):
        return [Fault(key, Problem.NOT_CRON, {"detail": detail})]
    if setting.kind == "queue":
        return list(queue_faults_of(key, value, around))
    if setting.kind == "digits" and not (value.isascii() and value.isdigit() and len(value) <= 8):
        return [Fault(key, Problem.NOT_DIGITS)]
    if setting.kind in STATE_KINDS and (value or setting.kind == "state"):
        return list(entry_faults(key, ListKind.STATE, value, around))
    if setting.kind == "pattern" and value:
        return [Fault(key, problem, facts) for problem, facts in pattern_problems(value, around)]
    if setting.kind == "limits" and (wrong := _wrong_limit(value)) is not None:
        return [Fault(key, Problem.NOT_LIMITS, {"entry": wrong})]
    return []


def _wrong_limit(value: str) -> str | None:
    """The first part of ``address=number, ...`` that is none."""
    for entry in filter(None, map(str.strip, value.split(","))):
        address, _, number = entry.rpartition("=")
        if not is_address(address.strip()) or not _is_count(number.strip()):
            return entry
    return None


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) <= MOST_RESPONSES
