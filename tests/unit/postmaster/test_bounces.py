"""Delivery reports as the common mail servers write them, in our own words, and mails that only look like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import Bounce
from mailadmin.postmaster import parse
from mailadmin.postmaster.bounces import ReportKind
from tests.unit.postmaster.samples import mail
from tests.unit.postmaster.test_bodies_and_attachments import multipart, nested, part

ID = "<ours.1@helpdesk.example>"
GONE = "gone@customer.example"
RETURNED = f"From: support@example.org\nTo: {GONE}\nSubject: Your ticket\nMessage-ID: {ID}\n"
DAEMON = {"From": "Mail Delivery System <MAILER-DAEMON@mx.example>", "Return_Path": "<>"}
SUBJECT = "Undelivered Mail Returned to Sender"


def status(action: str = "failed", code: str = "5.1.1", **more: str) -> str:
    lines = [f"Final-Recipient: rfc822; {GONE}", f"Action: {action}", f"Status: {code}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
    return part(
        "Reporting-MTA: dns; mx.example\nArrival-Date: x\n\n" + "\n".join(lines) + "\n", "message/delivery-status"
    )


def report(*parts: str, report_type: str = "delivery-status", **headers: str) -> bytes:
    raw = multipart("report", *parts, **{**DAEMON, "Subject": SUBJECT, **headers})
    return raw.replace(b'boundary="b0"', f'report-type={report_type}; boundary="b0"'.encode())


def bounce(raw: bytes) -> Bounce:
    found = parse(raw)
    assert found.report in {ReportKind.FAILED, ReportKind.DELAYED}
    assert found.bounce
    assert found.bounce.delayed is (found.report is ReportKind.DELAYED)
    return found.bounce


# --- RFC 3464 ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers"],
)
def test_a_report_names_recipient_status_words_and_the_mail_returned(kind: str) -> None:
    raw = report(part("Sorry."), status(Diagnostic_Code="smtp; 550 5.1.1 No such user here"), part(RETURNED, kind))
    assert bounce(raw) == Bounce(ID, GONE, "5.1.1", "550 5.1.1 No such user here")


def test_a_warning_is_delayed() -> None:
    assert bounce(report(part("Wait."), status("delayed", "4.4.1"), part(RETURNED, "message/rfc822"))) == Bounce(
        ID, GONE, "4.4.1", "", delayed=True
    )


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "Delivered"])
def test_a_success_report_is_no_bounce_and_no_mail_of_a_customer_either(action: str) -> None:
    found = parse(report(part("Done."), status(action, "2.0.0"), part(RETURNED, "message/rfc822")))
    assert (found.report, found.bounce) == (ReportKind.DELIVERED, None)


def test_one_recipient_that_failed_makes_it_a_failure() -> None:
    groups = (
        "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@x.example\nAction: delivered\nStatus: 2.0.0\n\n"
        "Final-Recipient: rfc822; b@x.example\nAction: delayed\nStatus: 4.0.0\n\n"
        "Final-Recipient: rfc822; c@x.example\nAction: failed (mailbox full)\nStatus: 5.2.2 (full)\n\n"
        "Final-Recipient: rfc822; d@x.example\nAction: failed\nStatus: 5.0.0\n"
    )
    found = bounce(report(part("x"), part(groups, "message/delivery-status")))
    assert (found.recipient, found.status, found.delayed) == ("c@x.example", "5.2.2", False)


@pytest.mark.parametrize(("code", "delayed"), [("5.0.0", False), ("4.0.0", True)])
def test_without_a_known_action_the_status_says_it(code: str, delayed: bool) -> None:
    assert bounce(report(part("x"), status("bounced", code))).delayed is delayed


def test_line_ends_of_the_wire_make_no_difference() -> None:
    raw = report(part("x"), status(), part(RETURNED, "message/rfc822")).replace(b"\n", b"\r\n")
    assert bounce(raw) == Bounce(ID, GONE, "5.1.1")


def test_the_fields_may_be_folded_and_come_in_base64() -> None:
    text = part("x"), status(Diagnostic_Code="smtp;\n 550 no\n such user"), part(RETURNED, "message/rfc822")
    assert bounce(report(*text)).diagnostic == "550 no such user"


def test_the_original_recipient_stands_in() -> None:
    groups = "Reporting-MTA: dns; x\n\nOriginal-Recipient: rfc822;a@x.example\nAction: failed\nStatus: 5.0.0\n"
    assert bounce(report(part("x"), part(groups, "message/delivery-status"))).recipient == "a@x.example"


def test_the_report_may_say_what_it_answers_only_in_its_header() -> None:
    assert bounce(report(part("x"), status(), In_Reply_To=ID)).original_id == ID
    assert bounce(report(part("x"), status(), References=f"<first@x> {ID}")).original_id == ID


def test_a_report_that_names_nothing_is_a_bounce_all_the_same() -> None:
    assert bounce(report(part("x"), status())) == Bounce("", GONE, "5.1.1")


def test_a_report_without_its_machine_readable_part() -> None:
    assert bounce(report(part(f"<{GONE}>: 550 5.7.1 refused"), part(RETURNED, "message/rfc822"))) == Bounce(
        ID, GONE, "5.7.1", f"<{GONE}>: 550 5.7.1 refused"
    )


def test_a_report_needs_no_daemon_for_a_sender() -> None:
    raw = report(part("x"), status(), part(RETURNED, "message/rfc822"), From="nobody@mx.example", Return_Path="")
    assert bounce(raw).original_id == ID


def test_a_report_in_multipart_mixed_with_a_status_part() -> None:
    raw = multipart("mixed", part("x"), status(), part(RETURNED, "message/rfc822"), **DAEMON, Subject="x")
    assert bounce(raw) == Bounce(ID, GONE, "5.1.1")


@pytest.mark.parametrize(
    ("report_type", "kind"),
    [("disposition-notification", ReportKind.RECEIPT), ("feedback-report", ReportKind.FEEDBACK)],
)
def test_other_reports_are_no_bounces(report_type: str, kind: ReportKind) -> None:
    raw = report(
        part("Your message was displayed."),
        part("Final-Recipient: rfc822; a@x.example\nAction: failed\n", f"message/{report_type}"),
        part(RETURNED, "message/rfc822"),
        report_type=report_type,
    )
    found = parse(raw)
    assert (found.report, found.bounce) == (kind, None)
    unlabelled = parse(raw.replace(f"report-type={report_type}; ".encode(), b""))
    assert (unlabelled.report, unlabelled.bounce) == (kind, None)


# --- the others ----------------------------------------------------------------------------------------------------

QMAIL = f"""Hi. This is the qmail-send program at mx.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{GONE}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 unknown
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

Return-Path: <support@example.org>
Received: (qmail 1 invoked by uid 1); 20 Nov 2026 00:00:00 -0000
{RETURNED}
Hello.
"""
EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {GONE}
    host mx.customer.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<{GONE}>:
    550 5.1.1 unknown

------ This is a copy of the message, including all the headers. ------

{RETURNED}
Hello.
"""
EXIM_DELAYED = f"""This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.example.

The message identifier is:     1abcde-000000-00
The subject of the message is: Your ticket

The address to which the message has not yet been delivered is:

  {GONE}

No action is required on your part. Delivery attempts will continue for
some time.
"""
POSTFIX = f"""This is the mail system at host mx.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{GONE}>: host mx.customer.example[192.0.2.7] said: 550 5.1.1 unknown (in reply to RCPT TO command)
"""
SENDMAIL = f"""The original message was received at Fri, 20 Nov 2026 00:00:00 GMT
from localhost

   ----- The following addresses had permanent fatal errors -----
<{GONE}>
    (reason: 550 5.1.1 unknown)

   ----- Transcript of session follows -----
... while talking to mx.customer.example.:
>>> DATA
<<< 550 5.1.1 unknown

   ----- Original message follows -----

{RETURNED}
"""
SENDMAIL_DELAYED = f"""    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

   ----- The following addresses had transient non-fatal errors -----
<{GONE}>
"""
EXCHANGE = f"""Your message did not reach some or all of the intended recipients.

      Subject: Your ticket
      Sent: 20.11.2026 12:00

The following recipient(s) could not be reached:

      {GONE} on 20.11.2026 12:01
            The e-mail account does not exist at the organization this message was sent to.
            <mx.example #5.1.1>
"""
OFFICE = f"""Delivery has failed to these recipients or groups:

{GONE}
The email address you entered couldn't be found.

Diagnostic information for administrators:
Generating server: x.prod.example
{GONE}
Remote Server returned '550 5.1.1 unknown'

Original message headers:
Received: from y (192.0.2.1) by x
{RETURNED}
"""
GMAIL = f"""Delivery to the following recipient failed permanently:

     {GONE}

Technical details of permanent failure:
The error that the other server returned was: 550 5.1.1 unknown

----- Original message -----

{RETURNED}
"""
YAHOO = f"""Sorry, we were unable to deliver your message to the following address.

<{GONE}>:
550: 5.1.1 unknown

--- Below this line is a copy of the message.

{RETURNED}
"""
DOMINO = f"""Your message

  Subject: Your ticket

was not delivered to:

  {GONE}

because:

  User {GONE} not listed in public Name & Address Book: 550 5.1.1 unknown
"""
GROUPWISE = f"""The message that you sent was undeliverable to the following:
    {GONE} (user not found)  550 5.1.1 unknown
"""
MDAEMON = f"""The following data may contain sections which represent BASE64 encoded
file attachments.

Your message cannot be delivered to the following recipients:

Failed address: {GONE}
--- Session Transcript ---
 <-- 550 5.1.1 unknown
--- End Transcript ---

: Message contains [1] file attachments
{RETURNED}
"""
KERIO = f"""Your message was not delivered to the following recipients:
<{GONE}>; 550 5.1.1 unknown
"""
COURIER = f"""This is a delivery status notification from mx.example,
running the Courier mail server.

The original message was received on Fri, 20 Nov 2026 from localhost.

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<{GONE}>:
    <<< 550 5.1.1 unknown

If your message was also sent to additional recipients, their delivery
status is not included in this report.
"""
GERMAN = f"""Ihre Nachricht konnte nicht zugestellt werden.

{GONE}: 550 5.1.1 unknown

{RETURNED}
"""


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("MAILER-DAEMON@mx.example", "failure notice", QMAIL),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender", EXIM),
        ("Mail Delivery Subsystem <MAILER-DAEMON@mx.example>", "Returned mail: see transcript for details", SENDMAIL),
        ("postmaster@mx.example", "Undeliverable: Your ticket", OFFICE),
        ("Mail Delivery Subsystem <mailer-daemon@googlemail.example>", "Delivery Status Notification (Failure)", GMAIL),
        ("MAILER-DAEMON@yahoo.example", "Failure Notice", YAHOO),
        ("MDaemon at mx.example <MDaemon@mx.example>", "Permanent Delivery Failure", MDAEMON),
        ("postmaster@mx.example", "Unzustellbar: Your ticket", GERMAN),
    ],
)
@pytest.mark.parametrize("return_path", ["<>", ""])
def test_texts_that_end_with_the_mail_returned(sender: str, subject: str, text: str, return_path: str) -> None:
    found = bounce(mail(text, From=sender, Subject=subject, Return_Path=return_path))
    assert (found.original_id, found.recipient, found.status, found.delayed) == (ID, GONE, "5.1.1", False)
    assert "550" in found.diagnostic
    assert "unknown" in found.diagnostic


@pytest.mark.parametrize(
    ("sender", "subject", "text", "file"),
    [
        (
            "MAILER-DAEMON@mx.example (Mail Delivery System)",
            "Undelivered Mail Returned to Sender",
            POSTFIX,
            "message/rfc822",
        ),
        ("System Administrator <postmaster@mx.example>", "Undeliverable: Your ticket", EXCHANGE, "message/rfc822"),
        ("Postmaster@mx.example", "DELIVERY FAILURE: User not listed", DOMINO, "message/rfc822"),
        (
            "<Mailer-Daemon@mx.example>",
            "Message status - undeliverable",
            GROUPWISE,
            "application/octet-stream; name=Mime.822",
        ),
        ("postmaster@mx.example", "Undeliverable mail", KERIO, "text/plain; name=headers.hdr"),
        (
            '"Courier mail server at mx.example" <postmaster@mx.example>',
            "NOTICE: mail delivery status.",
            COURIER,
            "message/rfc822",
        ),
    ],
)
def test_texts_with_the_mail_returned_as_a_file(sender: str, subject: str, text: str, file: str) -> None:
    raw = multipart("mixed", part(text), part(RETURNED, file), From=sender, Subject=subject)
    found = bounce(raw)
    assert (found.original_id, found.recipient, found.status, found.delayed) == (ID, GONE, "5.1.1", False)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Warning: message 1abcde delayed 24 hours", EXIM_DELAYED),
        ("Warning: could not send message for past 4 hours", SENDMAIL_DELAYED),
        ("Delivery Status Notification (Delay)", f"Delivery to {GONE} has been delayed. We will keep trying."),
    ],
)
def test_warnings_are_delays(subject: str, text: str) -> None:
    found = bounce(mail(text, **DAEMON, Subject=subject, In_Reply_To=ID))
    assert (found.original_id, found.recipient, found.delayed) == (ID, GONE, True)


def test_a_delay_that_ended_in_failure_is_a_failure() -> None:
    text = f"Delivery to {GONE} was delayed for five days. We have given up."
    assert not bounce(mail(text, **DAEMON, Subject=SUBJECT)).delayed


def test_exim_names_the_recipient_in_a_field_of_its_own() -> None:
    raw = mail(
        "It failed.", From="Mail <mail@mx.example>", Return_Path="<>", X_Failed_Recipients=f"{GONE}, b@x.example"
    )
    assert bounce(raw).recipient == GONE


def test_a_report_in_html() -> None:
    header = f"Message-ID: &lt;{ID[1:-1]}&gt;"
    html = f"<p>Delivery has failed to these recipients or groups:</p><p>{GONE}</p><pre>{header}</pre>"
    raw = mail(html, **DAEMON, Subject="Undeliverable: x", Content_Type="text/html")
    assert (bounce(raw).original_id, bounce(raw).recipient) == (ID, GONE)


def test_an_address_of_four_numbers_is_no_status() -> None:
    raw = mail("Your message could not be delivered. Host 5.1.1.9 is away.", **DAEMON, Subject=SUBJECT)
    assert bounce(raw).status == ""


@pytest.mark.parametrize("where", ["returned", "text", "header", "both", "nowhere"])
def test_only_the_mail_that_came_back_makes_its_id_certain(where: str) -> None:
    text = RETURNED if where == "text" else "Sorry."
    returned = [part(RETURNED, "message/rfc822")] if where in {"returned", "both"} else []
    answers = {"In_Reply_To": "<other@x.example>"} if where in {"header", "both"} else {}
    found = bounce(report(part(text), status(), *returned, **answers))
    expected = {"header": ("<other@x.example>", False), "nowhere": ("", True)}.get(where, (ID, True))
    assert (found.original_id, found.certain) == expected
    other = bounce(multipart("mixed", part(f"could not be delivered\n{text}"), *returned, **DAEMON, **answers))
    assert (other.original_id, other.certain) == expected


@pytest.mark.parametrize(
    "proof", ["550 5.1.1 unknown", "host mx.example said: 550 no such user", "Status 5.1.1", RETURNED]
)
@pytest.mark.parametrize(
    "headers",
    [
        {"From": "Mail <mail@mx.example>", "Return_Path": "<>"},
        {"From": "postmaster@mx.example", "Auto_Submitted": "auto-replied"},
        {"From": "System Administrator <mail@mx.example>", "Return_Path": "<>"},
    ],
)
def test_what_no_person_sent_is_a_bounce_with_what_only_servers_write(headers: dict[str, str], proof: str) -> None:
    assert not bounce(
        mail(f"Your message could not be delivered.\n{proof}", Subject="Undeliverable: x", **headers)
    ).delayed
    assert not parse(mail("Your message could not be delivered.", Subject="Undeliverable: x", **headers)).bounce


def test_a_recipient_of_any_length_is_shortened() -> None:
    long_ = part(f"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; {'z' * 5_000}@x\nAction: failed\n",
                 "message/delivery-status")  # fmt: skip
    assert len(bounce(report(part("x"), long_)).recipient) == 500


# --- what is no bounce ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(mail("Hello"), id="mail"),
        pytest.param(mail(QMAIL, Subject="Fwd: failure notice"), id="forward in line"),
        pytest.param(mail(QMAIL, Subject="failure notice"), id="a bounce that somebody pasted"),
        pytest.param(
            multipart("mixed", part("See this."), part(RETURNED, "message/rfc822"), Subject="Fwd: Your ticket"),
            id="forward as a file",
        ),
        pytest.param(
            multipart("mixed", part("What is this?"), part(report(status()).decode(), "message/rfc822")),
            id="a bounce passed on as a file",
        ),
        pytest.param(
            multipart("mixed", part("What is this?"), status(), part(RETURNED, "message/rfc822")),
            id="a bounce passed on in parts",
        ),
        pytest.param(
            multipart("mixed", part("What is this?"), nested("report", part("x"), status(), boundary="r")),
            id="a bounce passed on as it is",
        ),
        pytest.param(
            mail(
                "I am away until Monday.", Return_Path="<>", Auto_Submitted="auto-replied", Subject="Automatic reply: x"
            ),
            id="out of office",
        ),
        pytest.param(
            mail(
                "I am away.", Return_Path="<>", X_Auto_Response_Suppress="All", Subject="Out of Office: Undeliverable"
            ),
            id="out of office that quotes a subject",
        ),
        pytest.param(
            mail("The server is down tonight.", From="postmaster@customer.example", Subject="Work"), id="a postmaster"
        ),
        pytest.param(
            mail("Why is our mail not delivered?", From="postmaster@customer.example", Subject="Question"),
            id="a postmaster who asks",
        ),
        pytest.param(mail("Your parcel could not be delivered.", Subject="Delivery failed"), id="a parcel"),
        pytest.param(
            mail(
                "Since this morning our mail to you could not be delivered.",
                From="System Administrator <admin@customer.example>",
                Subject="Delivery failure of our mail to you",
            ),
            id="an administrator",
        ),
        pytest.param(
            mail(
                "Our users see: 550 5.1.1 unknown. Mail could not be delivered.",
                From="System Administrator <admin@customer.example>",
                Subject="Delivery failure",
            ),
            id="an administrator who quotes an answer",
        ),
        pytest.param(
            mail("It was not delivered.", From="postmaster@customer.example", Subject="Undelivered mail"),
            id="a postmaster who complains",
        ),
        pytest.param(
            mail(
                "Your parcel 4711 could not be delivered and has been returned to sender.",
                From="Mail Delivery Service GmbH <dispatch@mds.example>",
                Subject="Delivery failed for parcel 4711",
            ),
            id="a courier",
        ),
        pytest.param(
            mail(
                "Your parcel could not be delivered.",
                From="Mail Delivery Service GmbH <dispatch@mds.example>",
                Subject="Delivery failed",
                Return_Path="<>",
            ),
            id="a courier's program",
        ),
        pytest.param(
            mail("Order no. 550 could not be delivered to the customer.", Return_Path="<>", Subject="Delivery problem"),
            id="a shop's program",
        ),
        pytest.param(
            multipart(
                "mixed", part("See this."), status(), From="Paul <postmaster@customer.example>", Subject="Fwd: x"
            ),
            id="a postmaster who passes one on",
        ),
        pytest.param(
            mail("Disk full", From="Cron Daemon <root@x.example>", Subject="Cron job", Auto_Submitted="auto-generated"),
            id="cron",
        ),
        pytest.param(
            mail("Daily report", From="MAILER-DAEMON@x.example", Subject="Statistics"), id="a daemon's statistics"
        ),
    ],
)
def test_these_are_no_bounces(raw: bytes) -> None:
    found = parse(raw)
    assert (found.report, found.bounce) == (ReportKind.NONE, None)


# --- hostile -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Message-ID:" + " " * 1_000_000,
        "Message-ID: <" * 100_000,
        "Message-ID:\n " * 200_000,
        "a" * 2_000_000 + "@",
        "a@" * 500_000,
        "550 " * 500_000,
        "5.1." * 500_000,
        "following addresses " * 100_000,
        "message " * 200_000,
        ">" * 1_000_000,
        "delivered to " + "\n" * 1_000_000,
    ],
    ids=lambda text: text[:20],
)
def test_bait_takes_no_time(text: str) -> None:
    begun = time.process_time()
    parse(mail(text, **DAEMON, Subject=SUBJECT))
    parse(report(part(text), part(text, "message/delivery-status"), part(text, "message/rfc822")))
    assert time.process_time() - begun < 3


FIELDS = st.sampled_from(
    ["Final-Recipient", "Action", "Status", "Diagnostic-Code", "Message-ID", "X-Failed-Recipients", "In-Reply-To"]
)
VALUES = st.one_of(
    st.text(max_size=30), st.sampled_from(["failed", "delayed", "5.1.1", "<a@b>", ";", "rfc822;", "\n\n"])
)


@settings(deadline=None)
@given(st.lists(st.tuples(FIELDS, VALUES), max_size=10), st.text(max_size=60))
def test_whatever_a_report_says(fields: list[tuple[str, str]], text: str) -> None:
    said = "\n".join(f"{name}: {value}" for name, value in fields)
    parse(report(part(text), part(said, "message/delivery-status"), part(said, "message/rfc822")))
    parse(mail(f"{text}\n{said}", **DAEMON, Subject=SUBJECT))
