//! Why a run failed: what its last steps were, and what repeats at its end.

use raftsim_node::{Bytes, CallId, Role, Status, Time};
use raftsim_sim::{Fact, Failure, Moment, What, property};
use raftsim_view::page::{About, Page, Repeated, StoryLine};

use crate::page::{LATE, about, boots, of, page, sends, world};
use crate::support::{at, n};

/// The page of a run of two servers that failed at its end.
fn failed(moments: impl IntoIterator<Item = Moment>) -> Page {
    let facts = [Fact::new("someone leads"), Fact::new("nobody did")];
    let failure = Failure::violation(property::LEADER_LIVENESS, at(100), facts);
    page(About { failure: Some(failure), ..about(2) }, moments)
}

/// n1's timer runs out, and it stands for election in this term.
fn stands(millis: u64, term: u64) -> [Moment; 3] {
    let seq = term - 1;
    let candidate = Status::new(term, Role::Candidate);
    [of(millis, 1, What::Timeout), of(millis, 1, What::Became(candidate)), sends(millis, seq, LATE)]
}

fn becomes(millis: u64, role: Role, term: u64, commit: u64) -> Moment {
    let mut status = Status::new(term, role);
    status.commit = Some(commit);
    of(millis, 1, What::Became(status))
}

#[test]
fn a_candidate_that_stands_again_and_again_repeats_itself_although_terms_go_on() {
    let first = [boots(1, 1), boots(1, 2)];
    let stood = (1..=30).flat_map(|term| stands(term + 10, term));
    let page = failed(first.into_iter().chain(stood));
    let repeated = Repeated {
        since: Time::ZERO,
        sent: vec!["30 x n1 -> n2 vote?".to_owned()],
        timeouts: vec![30, 0],
    };
    assert_eq!(page.repeated(20), Some(repeated));
    assert_eq!(page.repeated(33), None, "there are 32 steps");
}

#[test]
fn a_change_of_the_leader_and_a_higher_commit_index_are_progress() {
    let timeouts = |from: u64| (from..from + 9).map(|millis| of(millis, 1, What::Timeout));
    let since = |last: Moment| {
        let leads = [boots(1, 1), becomes(2, Role::Leader, 1, 0), becomes(3, Role::Leader, 1, 4)];
        let last = timeouts(10).chain([of(20, 1, What::Timeout), last]);
        let page = failed(leads.into_iter().chain(last).chain(timeouts(30)));
        page.repeated(9).map(|repeated| repeated.since)
    };
    assert_eq!(since(becomes(20, Role::Leader, 1, 5)), Some(at(20)));
    assert_eq!(since(becomes(20, Role::Follower, 1, 4)), Some(at(20)));
    assert_eq!(since(of(20, 1, What::Crashed)), Some(at(20)));
    assert_eq!(since(becomes(20, Role::Leader, 2, 4)), Some(at(3)));
    assert_eq!(since(becomes(20, Role::Leader, 1, 3)), Some(at(3)));
}

#[test]
fn a_run_that_passes_repeats_nothing() {
    assert_eq!(page(about(1), [boots(1, 1)]).repeated(0), None);
}

#[test]
fn each_step_of_a_moment_has_a_text() {
    let call_failed = What::CallFailed { to: n(2), call: CallId(3) };
    let compacted = What::Compacted { through: 3, snapshot: Bytes::from(vec![7]).into() };
    let page = failed([
        boots(1, 1),
        world(5, What::Marked { verb: "one", node: None, number: 7 }),
        of(5, 1, call_failed),
        of(5, 2, compacted),
    ]);
    let line = |step, node, text: &str| {
        let text = text.to_owned();
        StoryLine { step, time: at(5), node, text, mark: None }
    };
    let lines = [
        line(1, None, "one: 7"),
        line(2, Some(n(1)), "x< call 3 to n2 failed"),
        line(3, Some(n(2)), "compaction"),
    ];
    assert_eq!(page.steps_at(at(5)), lines);
    assert_eq!(page.steps_at(at(6)), []);
}
