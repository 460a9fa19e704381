"""The browser's last page speaks the language of the window."""

from __future__ import annotations

import dataclasses

import pytest

from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.gui.sign_in import last_page
from mailadmin.services.oauth import AnswerWords


def test_every_word_of_it_is_translated(qapp: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_page, "translate", lambda context, text: f"<{text}>")
    words = last_page.last_page()
    texts = {field.name for field in dataclasses.fields(AnswerWords)} - {"language", "failed_because"}
    assert {name for name in texts if not getattr(words, name).startswith("<")} == set()
    page = words.failure(UserFixableError(Code.OAUTH_REFUSED, {"cause": "unknown"}, server="AADSTS1: no"))
    assert page.quote == "<The provider said: AADSTS1: no>"
