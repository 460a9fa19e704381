from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailadmin.domain.decisions import Decision
from mailadmin.postmaster import part_content
from mailadmin.postmaster.invitations import summary
from tests.unit.postmaster.samples import decided, mail
from tests.unit.postmaster.test_bodies_and_attachments import multipart, names, part

WHEN = "DTSTART;TZID=Europe/Berlin:20261120T140000\nDTEND;TZID=Europe/Berlin:20261120T150000"


def calendar(*lines: str, method: str = "REQUEST", summary: str = "Printer") -> str:
    event = "\n".join(("BEGIN:VEVENT", f"SUMMARY:{summary}", *lines, "END:VEVENT"))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nMETHOD:{method}\n{event}\nEND:VCALENDAR\n"


def invitation(text: str, content_type: str = "text/calendar; method=REQUEST; charset=utf-8") -> str:
    return part(text, content_type)


def body(decision: Decision) -> list[str]:
    return decision.article.body.split("\n")


FULL = calendar(
    WHEN,
    "LOCATION:Room 2\\; second floor",
    'ORGANIZER;CN="Lee, Ann":mailto:ann@customer.example',
    "ATTENDEE;PARTSTAT=NEEDS-ACTION:mailto:bob@example.org",
    "ATTENDEE;CN=Carl;PARTSTAT=ACCEPTED:MAILTO:carl@example.org",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,TU;COUNT=10",
    summary="The printer\\, again",
)
TOLD = [
    "Invitation: The printer, again",
    "When: Fri 2026-11-20 14:00 to 15:00 (Europe/Berlin)",
    "Repeats: every week on Mon, Tue, 10 times",
    "Where: Room 2; second floor",
    "Organizer: Lee, Ann <ann@customer.example>",
    "Attendees: bob@example.org, Carl <carl@example.org> (accepted)",
]


def test_an_invitation_alone_is_told_and_kept() -> None:
    raw = mail(FULL, Content_Type="text/calendar; method=REQUEST; charset=utf-8; name=invite.ics")
    decision = decided(raw)
    assert body(decision) == TOLD
    assert names(decision) == [("1", "invite.ics")]
    assert part_content(raw, "1").decode() == FULL


def test_below_a_text_it_is_told_as_well() -> None:
    decision = decided(multipart("alternative", part("We meet.\n"), invitation(FULL)))
    assert body(decision) == ["We meet.", "", *TOLD]
    assert [path for path, _ in names(decision)] == ["2"]


def test_a_blank_text_gives_way() -> None:
    assert body(decided(multipart("alternative", part("\n \n"), invitation(FULL)))) == TOLD


def test_below_html_it_is_told_and_the_html_can_be_cut_out() -> None:
    raw = multipart("alternative", part("<p>We meet.</p>", "text/html"), invitation(FULL))
    decision = decided(raw)
    assert body(decision)[0] == "We meet."
    assert body(decision)[-6:] == TOLD
    made = next(draft for draft in decision.article.attachments if draft.path.startswith("!"))
    assert len(part_content(raw, made.path)) == made.size


def test_beside_text_and_html_it_is_told_in_the_text() -> None:
    raw = multipart("alternative", part("We meet."), part("<p>We meet.</p>", "text/html"), invitation(FULL))
    assert body(decided(raw)) == ["We meet.", "", *TOLD]


def test_the_same_invitation_sent_twice_is_told_once() -> None:
    raw = multipart("mixed", part("We meet."), invitation(FULL), part(FULL, "application/ics; name=invite.ics"))
    assert body(decided(raw)) == ["We meet.", "", *TOLD]


@pytest.mark.parametrize(
    ("method", "lines", "first"),
    [
        ("REQUEST", [], "Invitation: Printer"),
        ("CANCEL", [], "Cancelled: Printer"),
        ("REQUEST", ["STATUS:CANCELLED"], "Cancelled: Printer"),
        ("REPLY", [], "Answer to an invitation: Printer"),
        ("COUNTER", [], "Another time is proposed: Printer"),
        ("PUBLISH", [], "Calendar entry: Printer"),
        ("X-NONSENSE", [], "Calendar entry: Printer"),
    ],
)
def test_the_method_is_told(method: str, lines: list[str], first: str) -> None:
    assert summary(calendar(*lines, method=method)).split("\n")[0] == first


def test_an_answer_says_who_answers_what() -> None:
    told = summary(
        calendar("ATTENDEE;CN=Bob;PARTSTAT=DECLINED:mailto:bob@x.example", "COMMENT:No time", method="REPLY")
    )
    assert told.split("\n")[1:] == ["Answer: Bob <bob@x.example> (declined)", "Comment: No time"]


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (["DTSTART:20261120T140000Z", "DTEND:20261120T150000Z"], "Fri 2026-11-20 14:00 to 15:00 (UTC)"),
        (["DTSTART:20261120T140000", "DURATION:PT90M"], "Fri 2026-11-20 14:00 to 15:30"),
        (["DTSTART;TZID=Unknown/Place:20261120T140000"], "Fri 2026-11-20 14:00 (Unknown/Place)"),
        (['DTSTART;TZID="W. Europe Standard Time":20261120T140000'], "Fri 2026-11-20 14:00 (W. Europe Standard Time)"),
        (["DTSTART:20261120T230000Z", "DTEND:20261121T010000Z"], "Fri 2026-11-20 23:00 to Sat 2026-11-21 01:00 (UTC)"),
        (["DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261121"], "Fri 2026-11-20, all day"),
        (["DTSTART;VALUE=DATE:20261120", "DTEND;VALUE=DATE:20261123"], "Fri 2026-11-20 to Sun 2026-11-22"),
        (["DTSTART:tomorrow"], "tomorrow"),
        (["DTSTART:00010101T000000", "DURATION:-P1D"], None),
        (["DTSTART:99991231T000000", "DURATION:P99999999D"], "Fri 9999-12-31 00:00"),
        (
            ["DTSTART;TZID=A/B:20261120T140000", "DTEND;TZID=C/D:20261120T150000"],
            "Fri 2026-11-20 14:00 (A/B) to Fri 2026-11-20 15:00 (C/D)",
        ),
    ],
)
def test_when_it_is(lines: list[str], when: str | None) -> None:
    told = [line for line in summary(calendar(*lines)).split("\n") if line.startswith("When: ")]
    if when is not None:
        assert told == [f"When: {when}"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("FREQ=DAILY", "every day"),
        ("FREQ=WEEKLY;INTERVAL=2;UNTIL=20271231T000000Z", "every 2 weeks, until Fri 2027-12-31"),
        ("FREQ=MONTHLY;BYDAY=1MO", "FREQ=MONTHLY;BYDAY=1MO"),
        ("FREQ=SECONDLY;COUNT=999999999", "every second, 999999999 times"),
        ("nonsense", "nonsense"),
        ("FREQ=WEEKLY;INTERVAL=x", "FREQ=WEEKLY;INTERVAL=x"),
    ],
)
def test_how_often_is_told_and_never_reckoned(rule: str, words: str) -> None:
    assert f"Repeats: {words}" in summary(calendar(f"RRULE:{rule}")).split("\n")


def test_folded_lines_and_line_ends_of_the_wire() -> None:
    text = calendar("LOCATION:Room\n  2").replace("\n", "\r\n")
    assert "Where: Room 2" in summary(text).split("\n")


def test_what_stands_in_an_alarm_or_a_time_zone_is_not_the_event() -> None:
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "RRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    alarm = "BEGIN:VALARM\nSUMMARY:Alarm\nEND:VALARM"
    text = calendar(alarm, WHEN).replace("BEGIN:VEVENT", f"{zone}BEGIN:VEVENT")
    assert summary(text).split("\n") == ["Invitation: Printer", TOLD[1]]


def test_the_duration_of_an_alarm_is_not_that_of_the_event() -> None:
    told = summary(calendar("BEGIN:VALARM", "DURATION:PT15M", "END:VALARM", "DTSTART:20261120T140000Z"))
    assert told.split("\n")[1] == "When: Fri 2026-11-20 14:00 (UTC)"


def test_a_changed_occurrence_says_which() -> None:
    assert "Only the one of: Fri 2026-11-20 14:00 (UTC)" in summary(calendar("RECURRENCE-ID:20261120T140000Z"))


@pytest.mark.parametrize("text", ["", "no calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "BEGIN:VEVENT\nEND:VEVENT\n"])
def test_a_calendar_that_says_nothing_adds_nothing(text: str) -> None:
    assert summary(text) == ""
    assert body(decided(multipart("mixed", part("text"), invitation(text)))) == ["text"]


def test_calendars_in_another_charset() -> None:
    raw = multipart(
        "mixed",
        part("x"),
        b"Content-Type: text/calendar; charset=iso-8859-1\n\n" + calendar(summary="Büro").encode("latin-1"),
    )
    assert "Invitation: Büro" in body(decided(raw))


def test_many_events_and_many_guests_are_cut() -> None:
    guests = [f"ATTENDEE:mailto:g{number}@x.example" for number in range(500)]
    assert summary(calendar(*guests)).endswith("g29@x.example, ...")
    one = "BEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT\n"
    assert summary(f"BEGIN:VCALENDAR\n{one * 500}END:VCALENDAR\n").count("Calendar entry") == 10


@pytest.mark.parametrize(
    "text",
    [
        calendar("RRULE:FREQ=SECONDLY;UNTIL=99991231T000000Z;BYSECOND=" + ",".join(map(str, range(60))) * 500),
        calendar("RRULE:" + "FREQ=DAILY;" * 100_000),
        calendar(*["ATTENDEE;CN=" + '"' * 5_000 + ":x"] * 100),
        calendar("ATTENDEE" + ";A=b" * 300_000 + ":x"),
        calendar("SUMMARY:" + "\\" * 1_000_000),
        "BEGIN:VCALENDAR\n" * 100_000,
        "BEGIN:VCALENDAR\n" + "BEGIN:VEVENT\nSUMMARY:x\n" * 100_000,
        calendar("DTSTART:" + "9" * 1_000_000),
        "\n " * 1_000_000,
        calendar("DESCRIPTION:" + "x\n " * 500_000),
        calendar(*["ORGANIZER;CN=a:mailto:b@x.example"] * 100_000),
        calendar("DURATION:P" + "9" * 50 + "W", "DTSTART:20261120T000000"),
        calendar('DTSTART;TZID="../../../../etc/passwd":20261120T000000'),
    ],
    ids=lambda text: f"{text[40:80]!r}-{len(text)}",
)
def test_bait_takes_no_time(text: str) -> None:
    begun = time.process_time()
    summary(text)
    assert time.process_time() - begun < 3


LINES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "SUMMARY",
                "DTSTART",
                "DTEND",
                "DURATION",
                "RRULE",
                "ATTENDEE",
                "LOCATION",
                "RECURRENCE-ID",
                "BEGIN",
                "END",
            ]
        ),
        st.sampled_from(["", ";TZID=x", ";VALUE=DATE", ';CN="', ";CN=a;PARTSTAT=ACCEPTED"]),
        st.one_of(
            st.text(max_size=20),
            st.sampled_from(["20261120", "20261120T140000Z", "PT1H", "-P1W", "FREQ=DAILY;COUNT=1", "VEVENT", "1/2"]),
        ),
    ),
    max_size=8,
)


@settings(deadline=None)
@given(LINES)
def test_whatever_the_lines_say(lines: list[tuple[str, str, str]]) -> None:
    summary(calendar(*(f"{name}{extra}:{value}" for name, extra, value in lines)))
