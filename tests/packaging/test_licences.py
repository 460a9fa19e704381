"""Whatever is installed along with the program may be handed on along with MIT-licensed code."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING, cast

import pytest

from .locks import read_lock
from .paths import LOCKS

if TYPE_CHECKING:
    from email.message import Message

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CNRI-Python",  # of the pattern engine that Python itself began with: as free as Python's
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    # Weak copyleft: used unchanged and replaceable, which is what these ask for.
    "LGPL-3.0-only",
    "MPL-2.0",
}
OTHER_NAMES = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "ISC License": "ISC",
    "## The MIT License (MIT)": "MIT",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
READ_BY_HAND = {
    "imapclient": "BSD-3-Clause",  # says nothing in its metadata; the licence text is in its repository
    # "BSD" says too little; the texts that come with them have three and two clauses.
    "pyasn1-modules": "BSD-2-Clause",
    "pysocks": "BSD-3-Clause",
    "tnefparse": "LGPL-3.0-only",  # "LGPL" in its metadata, version 3 in its classifiers
}


def _licence(name: str) -> str:
    """The licence of an installed distribution, as an SPDX expression where it can be told."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    facts = cast("Message", metadata.metadata(name))
    classifiers = [line.rpartition(" :: ")[2] for line in facts.get_all("Classifier") or [] if "License ::" in line]
    first_line = (facts.get("License") or "").partition("\n")[0].strip()
    found = facts.get("License-Expression") or first_line or next(iter(classifiers), "")
    return OTHER_NAMES.get(found, found)


@pytest.mark.parametrize("name", sorted(name for name, pin in read_lock(LOCKS["test"]).items() if pin.wanted_here))
def test_the_licence_is_one_that_fits(name: str) -> None:
    licence = _licence(name)

    ways = re.split(r" OR ", licence)  # one of them is enough; of an AND all parts are needed
    assert any(set(re.split(r" AND ", way.strip("()"))) <= ALLOWED for way in ways), f"{name}: {licence!r}"
