//! Proposals: each is answered once, at once or later, in the life in which it was made.

use raftsim_node::{Bytes, Command, Event, Index, ProposalId, Snapshot, Term};
use raftsim_sim::{Failure, OpenProposal, Proposed, Rate, Service, World};

use crate::toy::{Act, Msg, N1, N2, Script, Toy, booted, facts_of, ms, send, setup, story, tell};

const RULE: &str = "n1 answers a proposal once, in the life in which it was made";
const LATE: &str = "no answer came within 30.000000s";

fn accept(id: ProposalId) -> Act {
    Act::Accept { id, index: 4, term: 2 }
}

fn reject(id: ProposalId) -> Act {
    Act::Reject { id, leader: None }
}

/// n1 returns `at_once` for a proposal, and `later` at its timeout 5 ms after the proposal or at a
/// message.
fn answering(
    at_once: impl Fn(ProposalId) -> Vec<Act> + Send + Sync + 'static,
    later: impl Fn() -> Vec<Act> + Send + Sync + 'static,
) -> World<Toy, ()> {
    let mut setup = setup(2);
    setup.configs[0] = Script::reacting(move |mind, event: &Event<Msg>, now| {
        if let Event::Propose { id, .. } = event {
            mind.deadline = Some(now + ms(5));
            return at_once(*id);
        }
        mind.deadline = None;
        later()
    });
    booted(setup)
}

fn propose(world: &mut World<Toy, ()>) -> Result<Proposed, Failure> {
    world.propose(N1, Command::from("x"))
}

/// A proposal that n1 does not answer at once.
fn open(world: &mut World<Toy, ()>) -> Result<OpenProposal, Failure> {
    let Proposed::Open(open) = propose(world)? else { panic!("it is answered at once") };
    Ok(open)
}

/// What is wrong with n1's answers.
fn wrong<T>(failed: Result<T, Failure>) -> String {
    let [rule, seen] = facts_of("proposal answered", failed.map(drop));
    assert_eq!(rule, RULE);
    seen
}

#[test]
fn an_answer_in_the_list_that_the_proposal_returns_counts_at_once() -> Result<(), Failure> {
    let accepted = propose(&mut answering(|id| vec![accept(id)], Vec::new))?;
    assert_eq!((accepted, accepted.accepted()), (Proposed::Accepted(4, 2), Some((4, 2))));
    let refused = propose(&mut answering(|id| vec![reject(id)], Vec::new))?;
    assert_eq!((refused, refused.accepted()), (Proposed::Refused, None));
    Ok(())
}

/// A service that makes a snapshot after every entry.
struct Eager;

impl Service for Eager {
    fn apply(
        &mut self,
        _: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(Some(Bytes::from("all")))
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

#[test]
fn an_answer_in_the_list_of_a_snapshot_that_the_proposal_leads_to_counts_at_once()
-> Result<(), Failure> {
    let mut setup = setup(1);
    setup.service = Box::new(|_| Box::new(Eager));
    setup.configs[0] = Script::reacting(|_, event, _| match event {
        Event::Propose { .. } => vec![Act::Apply { index: 1, term: None, command: None }],
        _ => vec![accept(ProposalId(1))],
    });
    assert_eq!(propose(&mut booted(setup))?, Proposed::Accepted(4, 2));
    Ok(())
}

#[test]
fn an_answer_in_a_later_list_reaches_the_client_that_waits() -> Result<(), Failure> {
    for (answer, expected) in
        [(accept as fn(ProposalId) -> Act, Proposed::Accepted(4, 2)), (reject, Proposed::Refused)]
    {
        let mut world = answering(|_| vec![], move || vec![answer(ProposalId(1))]);
        let open = open(&mut world)?;
        assert_eq!((open.node, Proposed::Open(open).accepted()), (N1, None));
        world.sleep(ms(4))?;
        assert_eq!(world.answer(open)?, Proposed::Open(open));
        world.sleep(ms(1))?;
        assert_eq!(world.answer(open)?, expected);
        world.sleep(ms(60_000))?;
        assert_eq!(world.finish(), Ok(()));
    }
    Ok(())
}

#[test]
fn answers_may_come_in_another_order_than_the_proposals() -> Result<(), Failure> {
    let both = || vec![Act::Accept { id: ProposalId(2), index: 1, term: 1 }, reject(ProposalId(1))];
    let mut world = answering(|_| vec![], both);
    let (first, second) = (open(&mut world)?, open(&mut world)?);
    world.sleep(ms(5))?;
    assert_eq!(world.answer(first)?, Proposed::Refused);
    assert_eq!(world.answer(second)?, Proposed::Accepted(1, 1));
    Ok(())
}

#[test]
fn a_second_answer_breaks_the_contract_whoever_waits() -> Result<(), Failure> {
    let mut world = answering(|id| vec![accept(id), reject(id)], Vec::new);
    assert_eq!(wrong(propose(&mut world)), "it was answered twice");
    assert_eq!(world.finish(), Ok(()));
    let unasked = "it answered proposal 1, which does not wait for an answer";
    let once = || vec![reject(ProposalId(1))];
    // The client has taken the first answer, or has left before it came.
    let mut world = answering(|id| vec![accept(id)], once);
    assert_eq!(propose(&mut world)?, Proposed::Accepted(4, 2));
    assert_eq!(wrong(world.sleep(ms(5))), unasked);
    let mut world = answering(|_| vec![], once);
    let left = open(&mut world)?;
    world.leave(left);
    world.sleep(ms(5))?;
    tell(&mut world, N2, vec![send(N1, "again")])?;
    assert_eq!(wrong(world.sleep(ms(1))), unasked);
    Ok(())
}

#[test]
fn an_answer_to_a_proposal_that_was_not_made_breaks_the_contract() -> Result<(), Failure> {
    let mut world = answering(|_| vec![accept(ProposalId(77))], Vec::new);
    let unasked = "it answered proposal 77, which does not wait for an answer";
    assert_eq!(wrong(propose(&mut world)), unasked);
    // Nor may a server answer what another one was asked.
    let mut world = answering(|_| vec![], Vec::new);
    open(&mut world)?;
    let asked = "n2 answers a proposal once, in the life in which it was made";
    let seen = "it answered proposal 1, which does not wait for an answer";
    let failed = tell(&mut world, N2, vec![accept(ProposalId(1))]);
    assert_eq!(facts_of("proposal answered", failed), [asked, seen]);
    Ok(())
}

#[test]
fn a_crash_refuses_what_is_open_and_no_later_life_may_answer_it() -> Result<(), Failure> {
    let mut world = answering(|_| vec![], || vec![accept(ProposalId(1))]);
    let open = open(&mut world)?;
    world.crash(N1)?;
    assert_eq!(world.answer(open)?, Proposed::Refused);
    world.restart(N1)?;
    assert_eq!(world.answer(open)?, Proposed::Refused);
    // No answer is due any more, and one that comes is an error.
    world.sleep(ms(40_000))?;
    assert_eq!(propose(&mut world).map(Proposed::accepted), Ok(None));
    tell(&mut world, N2, vec![send(N1, "answer")])?;
    let seen = "it answered proposal 1, which does not wait for an answer";
    assert_eq!(wrong(world.sleep(ms(1))), seen);
    Ok(())
}

#[test]
fn an_answer_that_came_before_a_crash_goes_with_it() -> Result<(), Failure> {
    let mut world = answering(|_| vec![], || vec![accept(ProposalId(1))]);
    let open = open(&mut world)?;
    world.sleep(ms(5))?;
    world.crash(N1)?;
    assert_eq!(world.answer(open)?, Proposed::Refused);
    Ok(())
}

#[test]
fn a_suspended_server_counts_as_one_that_refuses_and_may_answer_when_it_runs_again()
-> Result<(), Failure> {
    let mut world = answering(|_| vec![], || vec![accept(ProposalId(1))]);
    let open = open(&mut world)?;
    world.pause(N1)?;
    assert_eq!(world.answer(open)?, Proposed::Refused);
    assert_eq!(propose(&mut world)?, Proposed::Refused);
    world.sleep(ms(10))?;
    world.resume(N1)?;
    world.sleep(ms(40_000))?;
    assert_eq!(story(&world).last().map(String::as_str), Some("0.011000s n1 timeout"));
    // Its answer was taken when it ran again: it owes none.
    assert_eq!(world.finish(), Ok(()));
    Ok(())
}

/// n1 never answers. Does this with a world in which it was asked at 1 ms.
fn silent<T>(
    then: impl FnOnce(&mut World<Toy, ()>, OpenProposal) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut world = answering(|_| vec![], Vec::new);
    let open = open(&mut world)?;
    then(&mut world, open)
}

#[test]
fn no_answer_within_30_seconds_fails_whoever_looks() {
    let ask = |millis| {
        silent(|world, open| {
            world.sleep(ms(millis))?;
            world.answer(open)
        })
    };
    assert!(matches!(ask(29_999), Ok(Proposed::Open(_))));
    assert_eq!(wrong(ask(30_000)), LATE);
    let propose_again = |millis| {
        silent(|world, open| {
            world.leave(open);
            world.sleep(ms(millis))?;
            propose(world)
        })
    };
    assert!(matches!(propose_again(29_999), Ok(Proposed::Open(_))));
    assert_eq!(wrong(propose_again(30_000)), LATE);
    let finish = |millis| {
        silent(|world, open| {
            world.leave(open);
            world.sleep(ms(millis))?;
            world.finish()
        })
    };
    assert_eq!(finish(29_999), Ok(()));
    assert_eq!(wrong(finish(30_000)), LATE);
}

#[test]
fn the_30_seconds_begin_when_a_server_runs_again() {
    let paused = |millis| {
        silent(|world, _| {
            world.sleep(ms(20_000))?;
            world.pause(N1)?;
            world.sleep(ms(60_000))?;
            assert_eq!(propose(world)?, Proposed::Refused);
            world.resume(N1)?;
            world.sleep(ms(millis))?;
            world.finish()
        })
    };
    assert_eq!(paused(29_999), Ok(()));
    assert_eq!(wrong(paused(30_000)), LATE);
    let still_paused = silent(|world, _| {
        world.pause(N1)?;
        world.sleep(ms(60_000))?;
        world.finish()
    });
    assert_eq!(still_paused, Ok(()));
}

#[test]
fn the_30_seconds_count_only_while_the_servers_clock_is_true() {
    let slow = |millis| {
        silent(|world, open| {
            world.set_clock_rate(N1, Rate::new(1, 100))?;
            world.sleep(ms(29_999))?;
            assert_eq!(world.answer(open)?, Proposed::Open(open));
            world.sleep(ms(1))?;
            // The client waits no longer, and the server may still answer.
            assert_eq!(world.answer(open)?, Proposed::Refused);
            world.set_clock_rate(N1, Rate::TRUE)?;
            world.sleep(ms(millis))?;
            world.finish()
        })
    };
    assert_eq!(slow(29_999), Ok(()));
    assert_eq!(wrong(slow(30_000)), LATE);
    let still_slow = silent(|world, _| {
        world.set_clock_rate(N1, Rate::new(1, 100))?;
        world.sleep(ms(60_000))?;
        world.finish()
    });
    assert_eq!(still_slow, Ok(()));
}
