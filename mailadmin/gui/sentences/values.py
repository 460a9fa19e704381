"""The value of a record's field in words, whatever the field: for comparing two versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale

from . import filters, states

_BY_FIELD: Final[Mapping[str, Callable[[Any], str]]] = {
    "type": states.type_label,
    "validity": states.validity,
    "dispatching": states.dispatching,
    "after_fetch": states.after_fetch,
    "authentication": states.authentication,
    "follow_up": states.follow_up_option,
    "provider": states.provider,
    "flow": states.flow,
    "client_authentication": states.client_authentication,
    "conditions": lambda conditions: "; ".join(map(filters.condition, conditions)),
    "actions": lambda actions: "; ".join(map(filters.action, actions)),
}


def value(field: str, content: Any) -> str:  # noqa: ANN401  (any field's)
    """What stands in a field; a dash when nothing does."""
    if content is None or content in {"", ()}:
        return "–"
    if isinstance(content, bool):
        return states.yes_no(content)
    if field in _BY_FIELD:
        return _BY_FIELD[field](content)
    if isinstance(content, tuple):
        return ", ".join(map(str, content))
    if isinstance(content, date):
        return QLocale().toString(QDate(content.year, content.month, content.day), QLocale.FormatType.ShortFormat)
    if content == 0 and field == "max_message_size_kb":
        return QCoreApplication.translate("Sentences", "unlimited")
    return str(content)
