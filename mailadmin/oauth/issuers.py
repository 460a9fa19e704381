"""Who may have made an answer: issuers, also those of sign-in pages that many tenants share."""

from __future__ import annotations

import re
from typing import Final

TENANT: Final = "{tenantid}"
"""Stands in Microsoft's issuer where a sign-in page serves several tenants (common, organizations)."""
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def matches_issuer(found: str, issuer: str) -> bool:
    """Whether an issuer is the one expected, which may stand for that of any tenant."""
    if TENANT not in issuer:
        return found == issuer
    before, _, after = issuer.partition(TENANT)
    middle = found.removeprefix(before).removesuffix(after)
    return found == before + middle + after and _GUID.fullmatch(middle) is not None
