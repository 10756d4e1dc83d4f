//! The fields of failures beside their sentences: the servers that they accuse, and the server, the
//! time and the entry of each fact.

use raftsim_node::{Bytes, Command, Duration, Index, NodeId, Promise, ProposalId, Time};
use raftsim_oracles::{
    Answers, CommitIndex, Committed, CommittedOnMajority, ElectionSafety, EntryTerms, History,
    Holders, LeaderAppendOnly, LeaderCompleteness, LeaderLiveness, LogMatching, OneVote, Order,
    Promises, Quorum, Snapshots, StateMachineSafety, Terms, Vouched,
};
use raftsim_sim::{Durable, Fact, Failure};

use crate::support::{applied, copy, disk, entry, history, just_after, ms, n, pages};
use crate::topology::whole;

type About = (Option<NodeId>, Option<Time>, Option<Index>);

/// The accused servers, and what each fact is about.
fn about(verdict: Result<(), Failure>) -> (Vec<NodeId>, [About; 2]) {
    let failure = verdict.expect_err("it is broken");
    let about = |fact: &Fact| (fact.server(), fact.time(), fact.index());
    (failure.accused().to_vec(), failure.facts().each_ref().map(about))
}

#[test]
fn the_second_leader_is_accused_and_each_fact_has_its_time() {
    let mut oracle = ElectionSafety::default();
    oracle.leads(ms(1), (n(1), 1), 4, None).expect("the first of its term");
    let facts = [(Some(n(1)), Some(ms(1)), None), (Some(n(2)), Some(ms(7)), None)];
    assert_eq!(about(oracle.leads(ms(7), (n(2), 1), 4, None)), (vec![n(2)], facts));
}

#[test]
fn the_voter_is_accused_and_not_the_candidates() {
    let facts = [(Some(n(3)), None, None), (Some(n(3)), Some(ms(2)), None)];
    for second in [Some(2), None] {
        let mut oracle = OneVote::default();
        let verdict = oracle.written(ms(2), n(3), disk(2, Some(1)), disk(2, second));
        assert_eq!(about(verdict), (vec![n(3)], facts), "{second:?}");
    }
}

#[test]
fn a_broken_promise_accuses_its_sender() {
    let disk = Durable { last_index: 5, ..disk(3, Some(1)) };
    let facts = |[held, promised]: [Option<Index>; 2]| {
        [(Some(n(2)), None, held), (Some(n(2)), Some(ms(4)), promised)]
    };
    let sent = |term, promise| {
        Promises::default().sent(ms(4), n(2), &disk, Vouched { term: Some(term), promise })
    };
    let vote = Some(Promise::Vote { candidate: n(3) });
    let stored = Some(Promise::Stored { through: 6 });
    assert_eq!(about(sent(4, None)), (vec![n(2)], facts([None, None])));
    assert_eq!(about(sent(3, vote)), (vec![n(2)], facts([None, None])));
    assert_eq!(about(sent(3, stored)), (vec![n(2)], facts([Some(5), Some(6)])));
    let verdict = Promises::default().acknowledged(ms(4), n(2), 6, Some(1), (n(1), Some(2)));
    let facts = [(Some(n(1)), None, Some(6)), (Some(n(2)), Some(ms(4)), Some(6))];
    assert_eq!(about(verdict), (vec![n(2)], facts));
}

#[test]
fn a_term_or_commit_index_that_goes_back_accuses_its_server() {
    let facts = [(Some(n(2)), None, None), (Some(n(2)), Some(ms(6)), None)];
    assert_eq!(about(Terms::default().believed(ms(6), n(2), 5, 4)), (vec![n(2)], facts));
    let mut oracle = CommitIndex::new(3);
    oracle.reported(ms(1), n(2), 5).expect("it grows");
    let facts = [(Some(n(2)), None, Some(5)), (Some(n(2)), Some(ms(2)), Some(4))];
    assert_eq!(about(oracle.reported(ms(2), n(2), 4)), (vec![n(2)], facts));
}

#[test]
fn logs_that_differ_name_both_servers_and_the_entry() {
    let mut oracle = LogMatching::default();
    let mut write = |time, node, words: &str| {
        oracle.written(ms(time), n(node), &copy(&pages(words)), 1, |_, _, _| Ok(())).map(drop)
    };
    write(1, 1, "a1 b1").expect("nothing is known yet");
    let facts = [(Some(n(1)), None, Some(2)), (Some(n(3)), Some(ms(2)), Some(2))];
    assert_eq!(about(write(2, 3, "a1 x1")), (vec![n(3)], facts));
    assert_eq!(about(write(2, 3, "a0 b1")), (vec![n(3)], facts));
}

#[test]
fn an_entry_of_a_wrong_term_names_its_server_and_the_entries() {
    let log = copy(&pages("a1 b3 c2"));
    let facts = |index: [Index; 2]| {
        [(Some(n(2)), None, Some(index[0])), (Some(n(2)), Some(ms(7)), Some(index[1]))]
    };
    let mut oracle = EntryTerms::default();
    assert_eq!(about(oracle.appended(ms(7), n(2), None, (3, 2), 3)), (vec![n(2)], facts([2, 3])));
    let verdict = oracle.appended(ms(7), n(2), Some(4), (3, 2), 2);
    assert_eq!(about(verdict), (vec![n(2)], facts([3, 3])));
    assert_eq!(about(oracle.booted(ms(7), n(2), 1, &log)), (vec![n(2)], facts([3, 3])));
    assert_eq!(about(oracle.spoken(ms(7), n(2), 1, &log)), (vec![n(2)], facts([3, 3])));
    let facts = [(Some(n(2)), None, None), (Some(n(2)), Some(ms(7)), Some(4))];
    assert_eq!(
        about(Answers::default().accepted(ms(7), n(2), ProposalId(1), 3, (4, 2))),
        (vec![n(2)], facts)
    );
}

#[test]
fn a_leaders_write_names_the_entry_that_it_lost() {
    let change = copy(&pages("a1 b1")).read(&pages("a1"), None, Some(0));
    let verdict = LeaderAppendOnly::default().written(ms(7), n(2), Some(3), &change);
    let facts = [(Some(n(2)), None, Some(2)), (Some(n(2)), Some(ms(7)), Some(2))];
    assert_eq!(about(verdict), (vec![n(2)], facts));
}

#[test]
fn a_committed_entry_names_the_server_that_showed_it_and_when() {
    // n1 showed each entry, the second at 2 ms.
    let history = history("a1 b1", &[1, 1]);
    let shown = (Some(n(1)), Some(ms(2)), Some(2));
    let by = |node, index| (vec![n(node)], [shown, (Some(n(node)), Some(ms(9)), Some(index))]);

    let log = copy(&pages("a1"));
    let verdict = LeaderCompleteness::default().elected(ms(9), (n(2), 3), &log, 1, &history);
    assert_eq!(about(verdict), by(2, 2));

    let mut oracle = StateMachineSafety::default();
    let word = entry("x1");
    assert_eq!(about(oracle.applied(ms(9), n(3), 2, applied(&word), &history)), by(3, 2));
    assert_eq!(about(oracle.restored(ms(9), n(3), 2, Some(7), &history)), by(3, 2));
    let other = copy(&pages("a1 x1"));
    assert_eq!(about(oracle.reported(ms(9), n(3), 2, &other, 1, &history)), by(3, 2));
    assert_eq!(about(oracle.reached(ms(9), n(3), (2, Some(7)), &history)), by(3, 2));
}

#[test]
fn an_entry_on_too_few_disks_accuses_the_server_that_showed_it() {
    let (history, one) = (history("a1", &[1]), Holders { disks: 3, holding: 1, unseen: 0 });
    let verdict = CommittedOnMajority::default().committed(ms(9), &history, one, Some(true));
    let shown = (Some(n(1)), Some(ms(1)), Some(1));
    assert_eq!(about(verdict), (vec![n(1)], [shown, (None, Some(ms(9)), Some(1))]));
    let verdict = CommittedOnMajority::default().lost(ms(9), n(2), 1, &history, one);
    assert_eq!(about(verdict), (vec![n(2)], [shown, (Some(n(2)), Some(ms(9)), Some(1))]));
}

#[test]
fn a_failure_of_what_a_service_gets_names_its_server_and_the_index() {
    let mut oracle = Order::new(3);
    oracle.booted(n(2), 4);
    let facts = |index| [(Some(n(2)), None, Some(4)), (Some(n(2)), Some(ms(3)), Some(index))];
    assert_eq!(about(oracle.applied(ms(3), n(2), 7)), (vec![n(2)], facts(7)));
    assert_eq!(about(oracle.restored(ms(3), n(2), 1)), (vec![n(2)], facts(1)));
    let verdict = Snapshots::default().restored(ms(8), n(3), 5, &Bytes::from("x"));
    let facts = [(None, None, Some(5)), (Some(n(3)), Some(ms(8)), Some(5))];
    assert_eq!(about(verdict), (vec![n(3)], facts));
}

#[test]
fn a_leader_that_stays_names_its_last_contact() {
    let mut oracle = Quorum::new(3);
    oracle.delivered(ms(10), n(2), n(1));
    oracle.leads(n(1), Duration::from_millis(500));
    let verdict = oracle.ring(just_after(ms(510)), [n(1)].into_iter());
    let facts = [(Some(n(1)), None, None), (Some(n(1)), Some(ms(10)), None)];
    assert_eq!(about(verdict), (vec![n(1)], facts));
}

#[test]
fn a_majority_without_a_leader_is_accused_as_a_whole() {
    let mut oracle = LeaderLiveness::new(3);
    oracle.changed(ms(1));
    let now = just_after(ms(5001));
    let facts = [(None, Some(ms(1)), None), (None, Some(now), None)];
    assert_eq!(about(oracle.ring(now, &whole(3))), (vec![n(1), n(2), n(3)], facts));
}

/// A client chooses the bytes of its command: a command that prints as `n1` accuses no server.
#[test]
fn a_command_that_prints_as_a_servers_name_accuses_nobody() {
    let command = Some(Command::from("n2"));
    let mut history = History::default();
    history.push(Committed { term: Some(1), command, within: 1, by: n(1), since: ms(1) });
    let none = Holders { disks: 3, holding: 0, unseen: 0 };
    let verdict = CommittedOnMajority::default().committed(ms(9), &history, none, Some(false));
    let failure = verdict.unwrap_err();
    let facts = failure.facts().each_ref().map(Fact::text);
    let shown = "1@1 \"n2\" is committed, as n1 in term 1 showed at 0.001000s";
    assert_eq!(facts, [shown, "0 of 3 disks hold it"]);
    assert_eq!(failure.accused(), [n(1)]);
}
