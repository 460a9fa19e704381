"""Reading what is in messages and tickets: words, HTML as sent, files, images; also of mail that nobody can parse."""

from __future__ import annotations

import pytest

from mailadmin.domain.decisions import AS_IT_CAME
from mailadmin.domain.errors import Code, UserFixableError
from mailadmin.domain.messages import InboxQuery, InboxState, IntakeContext
from mailadmin.domain.tickets import TicketQuery
from mailadmin.services import contents, inbox, process
from mailadmin.services.contents import image, reading

from .conftest import House, mail
from .test_process import store

PNG = bytes.fromhex("89504e470d0a1a0a")
RICH = (
    b"From: =?utf-8?q?J=C3=BCrgen?= <j@example.net>\r\nTo: support@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?="
    b"\r\n"
    b"Message-ID: <rich@example.net>\r\nDate: Fri, 20 Nov 2026 08:00:00 +0000\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/related; boundary="r"\r\n\r\n'
    b"--r\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b'<p>Gr=FC=DFe <img src=3D"cid:Logo%201@x"></p>\r\n'
    b"--r\r\nContent-Type: image/png; name=logo.png\r\nContent-ID: <Logo 1@x>\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--r--\r\n"
)


@pytest.fixture(params=["imap"])
def family(request: pytest.FixtureRequest) -> str:
    """The way in does not matter here."""
    return str(request.param)


def test_a_message_without_a_ticket_is_read(house: House) -> None:
    (inbox_id,) = store(house, RICH)
    house.app.storage.inbox.quarantine(inbox_id, "processing-failed", {"detail": "x"})
    draft = house.app.inbox.reading(inbox_id)
    assert (draft.sender, draft.subject, draft.message_id) == ("Jürgen <j@example.net>", "Grüße", "<rich@example.net>")
    assert "Grüße" in draft.body
    assert "<p>" not in draft.body
    logo = next(one for one in draft.attachments if one.filename == "logo.png")
    assert (logo.content_type, logo.size) == ("image/png; name=logo.png", len(PNG))
    assert house.app.inbox.content(inbox_id, logo) == PNG
    html = house.app.inbox.html(inbox_id)
    assert html is not None
    assert "<p>Grüße" in html
    assert house.app.inbox.inline(inbox_id, "Logo 1@x") == PNG
    assert house.tickets == 0, "reading decides nothing"


def test_a_plain_message_has_no_html(house: House) -> None:
    (inbox_id,) = store(house, mail(1))
    assert house.app.inbox.html(inbox_id) is None
    assert house.app.inbox.inline(inbox_id, "x") is None
    assert house.app.inbox.reading(inbox_id).body == "This is message 1.\n"


@pytest.mark.parametrize("images_as_attachments", [False, True])
@pytest.mark.parametrize("as_text", [False, True])
def test_an_article_gives_the_html_as_sent_whatever_was_made_of_it(
    house: House, as_text: bool, images_as_attachments: bool
) -> None:
    house.app.storage.settings.set("PostmasterAutoHTML2Text", as_text)
    context = IntakeContext(None, "", trusted=False, images_as_attachments=images_as_attachments)
    (made,) = house.app.processing.process(store(house, RICH, context=context))
    (article,) = house.app.tickets.articles(house.app.tickets.get(made.ticket))
    assert article.body_type == ("text/plain" if as_text else "text/html")
    html = house.app.tickets.html(article)
    assert html is not None
    assert '<p>Grüße <img src="cid:Logo%201@x">' in html
    assert house.app.tickets.raw(article) == RICH
    for content_id in ("Logo 1@x", "cid:logo%201@x", "<Logo 1@x>"):
        assert house.app.tickets.inline(article, content_id) == PNG
    assert house.app.tickets.inline(article, "other@x") is None
    assert house.app.tickets.inline(article, "") is None


def test_images_written_into_the_html_are_found_by_the_names_they_got(house: House) -> None:
    raw = (
        b"From: a@example.net\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n"
        b'<p><img src="data:image/png;base64,iVBORw0KGgo="></p>\r\n'
    )
    house.app.storage.settings.set("PostmasterAutoHTML2Text", False)
    (made,) = house.app.processing.process(store(house, raw))
    (article,) = house.app.tickets.articles(house.app.tickets.get(made.ticket))
    (embedded,) = (one for one in article.attachments if one.content_id)
    assert house.app.tickets.inline(article, f"cid:{embedded.content_id.strip('<>')}") == PNG


def test_the_raw_copy_of_an_article_may_be_gone(house: House) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    (article,) = house.app.tickets.articles(house.app.tickets.get(made.ticket))
    with house.app.storage._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM inbox_raw")
    for read in (house.app.tickets.raw, house.app.tickets.html):
        with pytest.raises(UserFixableError, match="unknown-message"):
            read(article)


def test_what_cannot_be_parsed_is_shown_as_it_came(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox_id,) = store(house, b"Subject: x\r\n\r\n\xff\0 body")

    def broken(raw: bytes) -> None:
        raise RecursionError

    monkeypatch.setattr(contents, "parse", broken)
    draft = house.app.inbox.reading(inbox_id)
    assert draft.body.startswith("Subject: x")
    assert "\0" not in draft.body
    assert draft.attachments == ()
    assert house.app.inbox.html(inbox_id) is None
    assert house.app.inbox.inline(inbox_id, "x") is None


def test_a_mail_that_ended_a_process_is_tried_in_another_before_it_is_read(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (inbox_id,) = store(house, RICH)
    house.app.storage.inbox.quarantine(inbox_id, Code.KILLED_TWICE, {"attempts": "2"})
    tried: list[bytes] = []

    def survives(raw: bytes) -> bool:
        tried.append(raw)
        return len(tried) > 2

    monkeypatch.setattr(inbox, "survives_parsing", survives)
    assert house.app.inbox.reading(inbox_id).body.startswith("From: =?utf-8?q?J")
    assert house.app.inbox.html(inbox_id) is None
    assert house.app.inbox.reading(inbox_id).subject == "Grüße"
    assert tried == [RICH] * 3


def test_a_mail_that_ends_every_process_goes_into_a_ticket_as_it_came(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    (inbox_id,) = store(house, RICH)
    house.app.storage.inbox.quarantine(inbox_id, Code.KILLED_TWICE, {"attempts": "2"})
    here: list[bytes] = []
    for module in (contents, process):
        monkeypatch.setattr(module, "parse", here.append)
    monkeypatch.setattr(inbox, "survives_parsing", lambda raw: False)
    ticket = house.app.inbox.assign(inbox_id, made.ticket)
    article = house.app.tickets.articles(ticket)[-1]
    assert article.body.startswith("From: =?utf-8?q?J")
    assert [step.step for step in article.because] == ["assigned-by-hand", AS_IT_CAME]
    assert (house.app.tickets.html(article), house.app.tickets.inline(article, "Logo 1@x")) == (None, None)
    assert here == []


def test_a_mail_that_was_put_into_a_ticket_is_listed_and_found_by_what_it_says(house: House) -> None:
    (made,) = house.app.processing.process(store(house, mail(1)))
    (inbox_id,) = store(house, RICH)
    house.app.storage.inbox.quarantine(inbox_id, Code.KILLED_TWICE, {"attempts": "2"})
    assert house.app.inbox.get(inbox_id).subject == ""
    house.app.inbox.assign(inbox_id, made.ticket)
    message = house.app.inbox.get(inbox_id)
    assert (message.subject, message.sender, message.state) == (
        "Grüße",
        "Jürgen <j@example.net>",
        InboxState.PROCESSED,
    )
    assert [found.id for found in house.app.inbox.page(InboxQuery(text="grüsse"))] == [inbox_id]
    assert [found.number for found in house.app.tickets.page(TicketQuery(text="grüsse"))] == [made.ticket]


@pytest.mark.parametrize(
    "raw", [b"", b"\0", b"\r\n\r\n", bytes(range(256)), b"Content-Type: multipart/mixed\r\n\r\n--\r\n"]
)
def test_reading_never_raises(raw: bytes) -> None:
    assert isinstance(reading(raw).body, str)


def test_an_image_is_looked_for_by_its_whole_name() -> None:
    assert image(RICH, "ogo1@x") is None
    assert image(RICH, "logo1@x") == image(RICH, "CID:Logo%201@x") == PNG


def test_too_big_and_unknown_messages_have_nothing_to_read(house: House) -> None:
    account = house.account()
    mailbox_id = house.app.storage.accounts.mailbox_id(account)
    context = IntakeContext(account.id, account.name, trusted=False)
    house.app.storage.inbox.too_big(mailbox_id, context, [("INBOX/1/1", 10**9)], 1)
    (message,) = house.messages
    assert message.state is InboxState.TOO_BIG
    for inbox_id in (message.id, 4711):
        with pytest.raises(UserFixableError, match="unknown-message"):
            house.app.inbox.reading(inbox_id)


def test_a_mail_that_fails_is_listed_with_sender_and_subject(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (inbox_id,) = store(house, RICH)

    def broken(*_args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("mailadmin.services.batch.decide", broken)
    house.app.processing.process([inbox_id])
    message = house.app.inbox.get(inbox_id)
    assert (message.state, message.sender, message.subject) == (
        InboxState.QUARANTINED,
        "Jürgen <j@example.net>",
        "Grüße",
    )
