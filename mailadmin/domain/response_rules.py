"""The rules for auto-responses (FEATURES PM-8)."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Final

from .accounts import Validity
from .names import name_key, tidy
from .problems import Fault, Problem
from .responses import PLACEHOLDERS, AutoResponse
from .validation import Surroundings, text_faults

MAX_BODY: Final = 20_000
_PLACEHOLDER: Final = re.compile(r"<OTOBO_[^<>\s]*>", re.IGNORECASE)
_KNOWN: Final = re.compile(rf"<OTOBO_({'|'.join(PLACEHOLDERS)}|Body:\d{{1,4}})>")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""What a text of several lines must not hold: everything of the kind but line ends and tabs."""


def normalised_response(response: AutoResponse) -> AutoResponse:
    """The auto-response as it is stored: name tidied, line ends in one form, queues by name, each once."""
    queues = {name_key(name): tidy(name) for name in response.queues}
    return dataclasses.replace(
        response,
        name=tidy(response.name),
        subject=response.subject.strip(),
        body="\n".join(response.body.replace("\r\n", "\n").split("\r")),
        queues=tuple(queues[key] for key in sorted(queues)),
    )


def response_faults(response: AutoResponse, around: Surroundings) -> list[Fault]:
    """Every rule the auto-response breaks, but for its name being taken."""
    faults = list(text_faults(response, ("name", "subject", "comment")))
    faults += [
        Fault(name, Problem.REQUIRED) for name in ("name", "subject", "body") if not getattr(response, name).strip()
    ]
    if len(response.body) > MAX_BODY:
        faults.append(Fault("body", Problem.TOO_LONG, {"maximum": str(MAX_BODY)}))
    if _CONTROL.search(response.body):
        faults.append(Fault("body", Problem.CONTROL_CHARACTERS))
    for name in ("subject", "body"):
        for placeholder in dict.fromkeys(_PLACEHOLDER.findall(getattr(response, name))):
            if not _KNOWN.fullmatch(placeholder):
                faults.append(Fault(name, Problem.UNKNOWN_PLACEHOLDER, {"placeholder": placeholder}))
    faults += _queues(response, around)
    return faults


def _queues(response: AutoResponse, around: Surroundings) -> Iterator[Fault]:
    """Queues are there, and none has two valid texts of one type. A queue that is not valid gets no mail anyway."""
    for name in response.queues:
        if name_key(name) not in around.queues:
            yield Fault("queues", Problem.UNKNOWN_QUEUE, {"queue": name})
        elif response.validity is Validity.VALID:
            other = around.responses.get((name_key(name), response.type), response.name)
            if name_key(other) != name_key(response.name):
                yield Fault("queues", Problem.ANSWERED_ALREADY, {"queue": name, "other": other})
