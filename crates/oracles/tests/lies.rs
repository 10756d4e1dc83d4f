//! Toys that break one rule each: the run fails with that property, at that moment. And one cluster
//! of honest toys, of which the same oracles report nothing.

use raftsim_node::{Duration, Role};

use crate::support::{Said, broken, just_after, ms, n, said};
use crate::toy::{
    Deed, Script, at, disturb, mumble, run, say, vouch, world, write, write_secretly,
};

const BOUND: Duration = Duration::from_millis(500);

/// n1 asks for votes at 10 ms, leads in term 1 from 30 ms on, and sends a message every 100 ms.
fn leader() -> Vec<Deed> {
    let asks = [write(1, Some(1)), vouch(2, 1, 1), vouch(3, 1, 1)];
    let mut deeds = vec![
        at(10, &asks).being(1, Role::Candidate),
        at(30, &[say(2, 1), say(3, 1)]).being(1, Role::Leader),
    ];
    deeds.extend((1..200).map(|beat| at(30 + 100 * beat, &[say(2, 1), say(3, 1)])));
    deeds
}

/// A server that votes for n1 in term 1 at 20 ms, and answers it every 100 ms until `end`.
fn voter(end: u64) -> Vec<Deed> {
    let mut deeds = vec![at(20, &[write(1, Some(1)), vouch(1, 1, 1)]).being(1, Role::Follower)];
    let beats = (35..end).step_by(100);
    deeds.extend(beats.map(|time| at(time, &[say(1, 1)])));
    deeds
}

/// The leader, and two voters that answer for twenty seconds.
pub(crate) fn honest() -> [Script; 3] {
    let script = |deeds: Vec<Deed>| Script::of(&deeds).claiming(BOUND);
    [script(leader()), script(voter(20_000)), script(voter(20_000))]
}

/// The same, n2 doing this instead.
fn with_second(second: Script) -> [Script; 3] {
    let [first, _, third] = honest();
    [first, second, third]
}

#[test]
fn honest_servers_break_no_property() {
    let mut scripts = honest();
    // The same vote is written once more: the write could have changed it.
    let mut deeds = voter(20_000);
    deeds.insert(1, at(25, &[write(1, Some(1))]));
    scripts[2] = Script::of(&deeds);
    let mut world = world(&scripts);
    assert_eq!(world.sleep(Duration::from_secs(18)), Ok(()));
    let judged = world.watch().judged();
    let judged: Vec<_> = judged.iter().map(|(property, times)| (property.name(), times)).collect();
    let elections = ("Election Safety", 1);
    // Three boots, four writes and four changes of status; each write leaves a vote.
    let terms = ("terms never go back", 3 + 4 + 4);
    assert_eq!(judged[..2], [elections, ("one vote per term", 4)]);
    assert_eq!(judged[3], terms);
    // From 5 s on, every five seconds.
    assert_eq!(judged[5], ("a leader within five seconds", 3));
    for (property, times) in [judged[2], judged[4]] {
        assert!(times > 30, "{property} was judged {times} times");
    }
}

#[test]
fn a_second_leader_in_a_term_is_found_out() {
    let deeds = [at(20, &[write(1, Some(2))]), at(40, &[]).being(1, Role::Leader)];
    let facts = ["n1 (life 1) led in term 1 since 0.030000s", "n2 (life 1) leads in term 1 too"];
    let expected = broken("Election Safety", ms(40), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

#[test]
fn a_server_that_leads_again_in_its_term_after_a_crash_is_found_out() {
    let resumed = [at(110, &[say(2, 1)]).being(1, Role::Leader)];
    let mut scripts = honest();
    scripts[0] = scripts[0].clone().then(&resumed);
    let mut world = world(&scripts);
    world.sleep(Duration::from_millis(100)).unwrap();
    world.restart(n(1)).unwrap();
    let facts = [
        "n1 (life 1) led in term 1 since 0.030000s",
        "after a restart (life 2) it leads in term 1 again",
    ];
    let expected = broken("Election Safety", ms(110), facts[0], facts[1]);
    assert_eq!(said(world.sleep(Duration::from_secs(1))), expected);
}

#[test]
fn a_second_vote_in_a_term_is_found_out() {
    let deeds = [at(20, &[write(1, Some(1)), vouch(1, 1, 1)]), at(25, &[write(1, Some(3))])];
    let facts = ["n2 voted for n1 in term 1", "its disk now has a vote for n3 in the same term"];
    let expected = broken("one vote per term", ms(25), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

/// n2, which voted at 20 ms, is started again at 100 ms.
fn restarted(second: Script) -> Said {
    let mut world = world(&with_second(second));
    let slept = world.sleep(Duration::from_millis(100));
    let started = slept.and_then(|()| world.restart(n(2)));
    said(started.and_then(|()| world.sleep(Duration::from_secs(1))))
}

#[test]
fn a_vote_forgotten_at_a_restart_is_found_out() {
    let forgetful = Script::of(&voter(100)).then(&[at(110, &[write(1, Some(3))])]);
    let facts = ["n2 voted for n1 in term 1", "its disk now has a vote for n3 in the same term"];
    let expected = broken("one vote per term", ms(110), facts[0], facts[1]);
    assert_eq!(restarted(forgetful), expected);

    let wiping = Script::of(&voter(100)).then(&[at(110, &[write(1, None)])]);
    let facts = ["n2 voted for n1 in term 1", "its disk has forgotten that vote within the term"];
    let expected = broken("one vote per term", ms(110), facts[0], facts[1]);
    assert_eq!(restarted(wiping), expected);
}

#[test]
fn a_vote_kept_over_a_restart_is_fine() {
    let kept = Script::of(&voter(100)).then(&[at(110, &[write(1, Some(1)), vouch(1, 1, 1)])]);
    assert_eq!(restarted(kept), Ok(()));
}

#[test]
fn an_answer_before_the_write_is_found_out() {
    let deeds = [at(20, &[vouch(1, 1, 1), write(1, Some(1))]).being(1, Role::Follower)];
    let facts = ["n2's disk is in term 0", "it sends a message of term 1"];
    let expected = broken("promises are durable", ms(20), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

#[test]
fn a_vote_that_is_not_the_written_one_is_found_out() {
    let deeds = [at(20, &[write(1, Some(3)), vouch(1, 1, 1)])];
    let facts = ["n2's disk has a vote for n3 in term 1", "it sends its vote for n1"];
    let expected = broken("promises are durable", ms(20), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

#[test]
fn a_term_written_back_is_found_out() {
    let deeds = [at(20, &[write(3, None)]), at(25, &[write(2, None)])];
    let facts = ["n2's disk was in term 3", "it is in term 2"];
    let expected = broken("terms never go back", ms(25), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

#[test]
fn a_term_believed_back_is_found_out() {
    let believes = |time, term| at(time, &[]).being(term, Role::Follower);
    let deeds = [at(15, &[write(3, None)]), believes(20, 3), believes(25, 2)];
    let facts = ["n2 was in term 3", "it is in term 2"];
    let expected = broken("terms never go back", ms(25), facts[0], facts[1]);
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), expected);
}

#[test]
fn a_boot_below_the_disk_is_found_out() {
    let expected = broken(
        "terms never go back",
        ms(100),
        "n2 boots from a disk in term 1",
        "it starts in term 0",
    );
    assert_eq!(restarted(Script::of(&voter(100)).waking_in(0)), expected);
}

#[test]
fn a_leader_that_overstays_its_claim_is_found_out() {
    let [first, _, _] = honest();
    let quiet = Script::of(&voter(400));
    // The last answers are sent at 335 ms and take 1 ms.
    let limit = ms(336) + BOUND;
    let expected = broken(
        "no leader without a majority",
        just_after(limit),
        "n1 claims to lead no longer than 0.500000s without messages of a majority",
        "the last reached it at 0.336000s, and it still leads",
    );
    assert_eq!(run(&[first, quiet.clone(), quiet], 4), expected);
}

#[test]
fn a_leader_that_claims_nothing_may_stay() {
    let quiet = Script::of(&voter(400));
    assert_eq!(run(&[Script::of(&leader()), quiet.clone(), quiet], 4), Ok(()));
}

#[test]
fn a_world_that_no_server_ever_leads_is_found_out() {
    let mut world = world(&vec![Script::default(); 3]);
    world.sleep(Duration::from_millis(2)).unwrap();
    disturb(&mut world).unwrap();
    let expected = broken(
        "a leader within five seconds",
        just_after(ms(5002)),
        "since 0.002000s n1 n2 n3 could talk undisturbed",
        "none of them leads",
    );
    assert_eq!(said(world.sleep(Duration::from_secs(6))), expected);
}

#[test]
fn a_disk_without_a_view_is_not_judged() {
    let deeds = [
        at(20, &[write_secretly(3, Some(1)), vouch(1, 9, 3), mumble(3)]),
        at(25, &[write_secretly(3, Some(2)), write_secretly(1, None)]),
    ];
    assert_eq!(run(&with_second(Script::of(&deeds)), 1), Ok(()));
}
