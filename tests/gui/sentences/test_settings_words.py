"""Every setting, choice, list and placeholder in words."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QApplication

from mailadmin.domain.lists import FieldOf, ListKind
from mailadmin.domain.responses import PLACEHOLDERS, OutboxState, ResponseType
from mailadmin.domain.settings import SECTIONS, SETTINGS
from mailadmin.domain.vocabulary import StateType
from mailadmin.gui.sentences import configured, settings

pytestmark = pytest.mark.usefixtures("qapp")


def test_every_setting_has_a_title_of_its_own_and_an_explanation() -> None:
    assert set(settings.TITLES) == set(settings.HELP) == set(SETTINGS)
    assert len(set(settings.TITLES.values())) == len(SETTINGS)
    assert set(settings.SECTION_TITLES) == set(SECTIONS)
    for key in SETTINGS:
        said = settings.help_text(key)
        assert re.fullmatch(r"[A-Z].*\.", said), key
        assert not re.search(r"[{}!]", said), key


def test_every_fixed_choice_is_said_in_words() -> None:
    for key, setting in SETTINGS.items():
        words = [settings.choice(key, value) for value in setting.choices]
        assert len(set(words)) == len(words)
        if key in settings.CHOICES and setting.choices:
            assert set(settings.CHOICES[key]) == set(setting.choices)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("FetchParallel", 8, "8"),
        ("TimeoutAccount", 600, "600 seconds"),
        ("PostMaster::PlusAddressing", True, "on"),
        ("Ticket::HookDivider", "", "empty"),
        ("PostmasterDefaultQueue", "Raw", "Raw"),
        ("PostmasterFollowUpStateClosed", "", "as of other tickets"),
        ("PostMaster::UnknownSender", "hold", "is held in the inbox"),
    ],
)
def test_values_in_words(key: str, value: str | int | bool, said: str, qapp: QApplication) -> None:
    assert settings.value_text(key, value) == said


def test_the_range_of_a_number_is_said_before_its_default() -> None:
    assert settings.bounds(SETTINGS["FetchParallel"]) == "1 to 64 · Default: 8"
    assert settings.bounds(SETTINGS["Ticket::Hook"]) == "Default: Ticket#"


def test_every_word_of_lists_responses_and_outbox_is_there() -> None:
    assert set(configured.PLACEHOLDER_WORDS) == set(PLACEHOLDERS)
    assert set(configured.RESPONSE_TYPES) == set(configured.RESPONSE_TYPE_DESCRIPTIONS) == set(ResponseType)
    assert set(configured.STATE_TYPES) == set(StateType)
    assert set(configured.FIELDS_OF) == set(FieldOf)
    assert set(configured.LIST_TITLES) == set(ListKind)
    assert set(configured.OUTBOX_STATES) == {*OutboxState, "expired"}
    assert configured.response_type("of a newer version") == "of a newer version"
