"""Where a mail comes from: the same whatever a server makes of its octets, and not the same for two mails."""

from __future__ import annotations

import pytest

from mailadmin.domain.messages import LONGEST_HEADER
from mailadmin.postmaster import origin_of

MAIL = b"Message-ID: <a@example.org>\r\nDate: Fri, 20 Nov 2026 08:00:00 +0000\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.mark.parametrize(
    "same",
    [
        b"X-MS-Exchange-Organization: x\r\n" + MAIL.replace(b"Hello", b"=?utf-8?q?Hello?="),
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"Message-ID: ", b"message-id:\r\n "),
        MAIL.replace(b"<a@example.org>", b"a@example.org"),
        MAIL.replace(b"Fri, 20 Nov 2026 08:00:00 +0000", b"20 Nov 2026 09:00:00 +0100 (MEZ)"),
        MAIL[: MAIL.index(b"Hello")],
        MAIL + b"x" * LONGEST_HEADER,
    ],
)
def test_a_mail_is_known_again_by_message_id_and_date(same: bytes) -> None:
    assert origin_of(same) == origin_of(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        MAIL.replace(b"<a@", b"<A@"),
        MAIL.replace(b"08:00:00", b"08:00:01"),
        MAIL.replace(b"Date:", b"X-Date:"),
        MAIL.replace(b"Fri, 20 Nov 2026", b"some day"),
    ],
)
def test_another_message_id_or_date_is_another_mail(other: bytes) -> None:
    assert origin_of(other) not in {origin_of(MAIL), None}


@pytest.mark.parametrize(
    "nameless", [b"", MAIL.replace(b"Message-ID", b"X-Id"), MAIL.replace(b"<a@example.org>", b"<>")]
)
def test_without_a_message_id_nothing_is_said(nameless: bytes) -> None:
    assert origin_of(nameless) is None
