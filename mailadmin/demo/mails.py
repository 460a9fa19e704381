"""The sample mails, as they lie in ``resources/demo``."""

from __future__ import annotations

import re
from typing import Final

from mailadmin.resource_files import resource

_LINE_END: Final = re.compile(rb"\r?\n")


def sample_mails() -> list[bytes]:
    """Every sample mail, oldest first (the order of the file names), with CRLF line ends (RFC 5322 2.1).

    :raises BugError: the sample mails are not where the program's resources are
    """
    # The files hold CRLF, but a checkout or an archive tool may have changed that on its way here.
    return [_LINE_END.sub(b"\r\n", path.read_bytes()) for path in sorted(resource("demo").glob("*.eml"))]
