from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice

from mailadmin.domain.accounts import Family
from mailadmin.domain.messages import InboxState, LedgerRow, ServerState, Trouble
from mailadmin.domain.ports import Listed
from mailadmin.services.fetch.plan import batches, classify, key, next_copy, prefix_of, split_by_size, vanished

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def row(source: str, server: ServerState, state: InboxState = InboxState.PROCESSED, size: int | None = 10) -> LedgerRow:
    return LedgerRow(abs(hash(source)) % 1000, source, b"d" * 32, size, state, server, "")


def names(messages: list[Listed]) -> list[str]:
    return [message.source for message in messages]


def test_each_message_gets_what_the_ledger_says_it_needs() -> None:
    listed = [
        Listed(1, "INBOX/1/1"),
        Listed(2, "INBOX/1/2"),
        Listed(3, "INBOX/1/3"),
        Listed(4, "INBOX/1/4"),
        Listed(5, "INBOX/1/5"),
        Listed(6, "INBOX/1/6", deleted=True),
        Listed(7, "INBOX/1/7", deleted=True),
        Listed(8, "INBOX/1/8"),
        Listed(9, "INBOX/1/9"),
    ]
    known = {
        r.source: r
        for r in [
            row("INBOX/1/2", ServerState.PENDING),
            row("INBOX/1/3", ServerState.FAILED),
            row("INBOX/1/4", ServerState.KEPT),
            row("INBOX/1/5", ServerState.DONE),
            row("INBOX/1/7", ServerState.PENDING),
            row("INBOX/1/8", ServerState.KEPT, InboxState.TOO_BIG),
            row("INBOX/1/9", ServerState.GONE),
        ]
    }
    plan = classify(listed, known, verifies_reuse=False)
    assert names(plan.new) == ["INBOX/1/1"]
    assert [act.message.source for act in plan.act] == ["INBOX/1/2", "INBOX/1/3", "INBOX/1/7"]
    assert [act.message.source for act in plan.verify] == ["INBOX/1/5", "INBOX/1/9"]
    assert [act.message.source for act in plan.too_big] == ["INBOX/1/8"]
    assert names(plan.left) == ["INBOX/1/4", "INBOX/1/6"]  # kept, and flagged by somebody else


def test_over_pop3_owed_actions_wait_for_proof_because_uidls_come_back() -> None:
    listed = [Listed(1, "uidl:a#1", 10), Listed(2, "uidl:b#1", 10), Listed(3, "uidl:c#1", 11)]
    known = {
        r.source: r
        for r in [
            row("uidl:a#1", ServerState.PENDING),
            row("uidl:b#1", ServerState.KEPT),
            row("uidl:c#1", ServerState.KEPT),
        ]
    }
    plan = classify(listed, known, verifies_reuse=True)
    assert plan.act == []
    assert [act.message.source for act in plan.verify] == ["uidl:a#1", "uidl:c#1"]
    assert names(plan.left) == ["uidl:b#1"]


def test_an_immutable_id_proves_a_message_whatever_became_of_it() -> None:
    """Exchange makes the octets anew each time: comparing them could bring a mail in a second time."""
    states = [ServerState.PENDING, ServerState.FAILED, ServerState.DONE, ServerState.GONE, ServerState.KEPT]
    listed = [Listed(place, f"graph:{state}") for place, state in enumerate(states)]
    known = {r.source: r for r in [row(f"graph:{state}", state) for state in states]}
    plan = classify(listed, known, verifies_reuse=False, immutable=True)
    assert [act.message.source for act in plan.act] == ["graph:pending", "graph:failed", "graph:done", "graph:gone"]
    assert names(plan.left) == ["graph:kept"]
    assert (plan.verify, plan.new) == ([], [])


def test_messages_without_a_lasting_name_are_new_until_their_octets_are_seen() -> None:
    plan = classify([Listed(1, ""), Listed(2, "")], {"": row("", ServerState.DONE)}, verifies_reuse=True)
    assert [message.handle for message in plan.new] == [1, 2]


def test_what_is_owed_and_no_longer_listed_is_gone_but_only_in_the_folder_listed() -> None:
    owed = [
        row("INBOX/1/1", ServerState.PENDING),
        row("INBOX/1/2", ServerState.PENDING),
        row("INBOX/9/1", ServerState.PENDING),
        row("INBOX/sub/1/1", ServerState.PENDING),
        row("read:00", ServerState.PENDING),
    ]
    gone = vanished([Listed(1, "INBOX/1/1")], owed, prefix_of(Family.IMAP, "INBOX"))
    assert gone == [owed[1].id, owed[2].id]
    assert vanished([], owed, prefix_of(Family.IMAP, "INBOX/sub")) == [owed[3].id]


def test_over_pop3_the_mailbox_is_one_folder() -> None:
    owed = [row("uidl:a/1/2#1", ServerState.PENDING), row("sha256:00", ServerState.PENDING)]
    assert vanished([], owed, prefix_of(Family.POP3, "")) == [owed[0].id]


def test_graphs_ids_say_nothing_of_folders() -> None:
    owed = [row("graph:AAk/x/y", ServerState.PENDING), row("graph:AAkB", ServerState.FAILED)]
    assert vanished([Listed(1, "graph:AAkB")], owed, prefix_of(Family.GRAPH, "INBOX/Support")) == [owed[0].id]


def test_sizes_are_compared_in_octets_and_zero_means_unlimited() -> None:
    small, exact, big = Listed(1, "a", 1), Listed(2, "b", 1024), Listed(3, "c", 1025)
    assert split_by_size([small, exact, big], 1) == ([small, exact], [big])
    assert split_by_size([small, exact, big], 0) == ([small, exact, big], [])


def test_batches_are_bounded_by_count_and_octets() -> None:
    messages = [Listed(n, str(n), size) for n, size in enumerate([5, 5, 5, 100, 5, 5])]
    cut = [[m.handle for m in batch] for batch in batches(messages, count=2, octets=50, suspects={}, troubles={})]
    assert cut == [[0, 1], [2], [3], [4, 5]]


def test_what_ended_a_connection_goes_last_and_in_ever_smaller_batches() -> None:
    messages = [Listed(n, str(n), 1) for n in range(8)]
    trouble = {"7": Trouble("7", 1, "closed", NOW)}
    suspects = {"0": 2, "1": 2, "2": 2, "3": 1, "7": 2}
    cut = [[m.handle for m in b] for b in batches(messages, count=50, octets=99, suspects=suspects, troubles=trouble)]
    assert cut == [[4, 5, 6], [0, 1], [2], [3], [7]]


def test_a_source_that_comes_back_gets_the_next_name() -> None:
    assert list(islice(next_copy("uidl:X#1"), 2)) == ["uidl:X#2", "uidl:X#3"]
    assert list(islice(next_copy("uidl:a#b#7"), 1)) == ["uidl:a#b#8"]
    assert list(islice(next_copy("INBOX/1/2"), 2)) == ["INBOX/1/2#2", "INBOX/1/2#3"]


def test_a_message_has_a_name_within_a_run_even_without_a_source() -> None:
    assert key(Listed(4, "")) != key(Listed(5, ""))
    assert key(Listed(4, "uidl:x#1")) == "uidl:x#1"
