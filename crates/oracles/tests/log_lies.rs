//! Toys that lie about their logs, in a world: the run fails with the property that they break, at
//! that moment. Beside each lie stands the honest run that is most like it.

use raftsim_node::{Duration, Role};
use raftsim_oracles::Oracles;
use raftsim_sim::World;

use crate::support::{Said, broken, ms, n, said};
use crate::toy::{
    Act, Deed, Script, Toy, acknowledge, apply, at, fold, log, offer, restore, run, say, world,
    write, write_secretly,
};

/// n1 leads in term 1 from 10 ms on, after these `acts`.
fn leads(acts: &[Act]) -> Deed {
    let mut all = vec![write(1, Some(1))];
    all.extend_from_slice(acts);
    at(10, &all).being(1, Role::Leader)
}

/// n1 does these `deeds`; n2 and n3 are in term 1 from 11 ms on, and write `a1 b1 c1` at 20 ms.
fn with_first(deeds: &[Deed]) -> [Script; 3] {
    let follower = [at(11, &[write(1, Some(1))]), at(20, &[log(1, "a1 b1 c1")])];
    [Script::of(deeds), Script::of(&follower), Script::of(&follower)]
}

/// How such a world ends after a second.
fn ends(deeds: &[Deed]) -> Said {
    run(&with_first(deeds), 1)
}

/// n1's log `a1 b1 c1`, as the others have it.
fn full() -> Deed {
    leads(&[log(1, "a1 b1 c1")])
}

#[test]
fn an_honest_life_breaks_no_property_and_everything_is_judged() {
    let deeds = [
        full(),
        at(30, &[apply(1, "a1"), apply(2, "b1")]).telling(2),
        at(40, &[fold(2, 1, "through 2"), apply(3, "c1"), log(4, "-1")]).telling(3),
    ];
    let late = [
        at(15, &[write(1, Some(1))]),
        at(50, &[fold(2, 1, "through 2"), restore(2, 1, "through 2"), log(3, "c1 -1")]),
        at(60, &[acknowledge(1, 1, 4), apply(3, "c1")]).telling(3),
        at(70, &[write(2, Some(3))]).being(2, Role::Leader).telling(3),
    ];
    let mut scripts = with_first(&deeds);
    scripts[2] = Script::of(&late);
    let mut world = world(&scripts);
    assert_eq!(offer(&mut world, &scripts), Ok(()));
    assert_eq!(world.sleep(Duration::from_secs(1)), Ok(()));
    let judged = world.watch().judged();
    let named = judged.iter().map(|(property, times)| (property.name(), times));
    let judged: Vec<_> = named.skip(10).collect();
    let expected = [
        // n1 wrote four entries, n2 three, n3 two; two entries follow snapshots that were stored
        // before their servers spoke.
        ("Log Matching", 4 + 3 + 2 + 2),
        // n1 wrote a log, a snapshot and an entry.
        ("Leader Append-Only", 3),
        ("Leader Completeness", 1),
        // n3's snapshot and entry; the commit indexes that both reported; the snapshots that both
        // wrote.
        ("State Machine Safety", 2 + 4 - 1 + 2),
        ("applied in order and once", 3 + 2),
        ("a snapshot is one that was taken", 1),
        ("commit index never goes back", 2 + 1),
        ("a majority holds what is committed", 3),
        // n1's entries; the logs of the two servers when they spoke after they wrote snapshots.
        ("entry terms are in order", 4 + 2),
        // The proposals of "a", "b" and "c".
        ("accepted in the server's term", 3),
    ];
    assert_eq!(judged, expected);
}

#[test]
fn an_entry_unlike_one_of_its_index_and_term_is_found_out() {
    let facts = ["n1's disk held 2@1 \"x\"", "n2's disk holds 2@1 \"b\""];
    let expected = broken("Log Matching", ms(20), facts[0], facts[1]);
    assert_eq!(ends(&[leads(&[log(1, "a1 x1")])]), expected);
}

#[test]
fn a_log_that_differs_below_an_equal_entry_is_found_out() {
    let facts = ["n2's disk held 2@1 after 1@1", "n1's disk holds 2@1 after 1@0"];
    let expected = broken("Log Matching", ms(30), facts[0], facts[1]);
    assert_eq!(ends(&[at(30, &[log(1, "a0 b1 c1")])]), expected);
    assert_eq!(ends(&[at(30, &[log(1, "a1 b1 c1")])]), Ok(()));
}

#[test]
fn a_log_that_does_not_follow_its_snapshot_is_found_out_when_its_server_sends() {
    // n1's snapshot ends with another entry than n1's log had there: n2 and n3 know which stands
    // before c.
    let full = at(20, &[log(1, "a1 b1 c1")]);
    let kept = at(30, &[fold(2, 2, "through 2")]);
    let speaks = at(40, &[say(2, 2)]);
    let later = write(2, None);
    let cut = at(35, &[log(3, "")]);
    let told = |deeds: &[Deed]| {
        let mut all = vec![at(15, std::slice::from_ref(&later))];
        all.extend_from_slice(deeds);
        ends(&all)
    };
    let facts = ["n1's disk held 3@1 after 2@1", "n1's disk holds 3@1 after 2@2"];
    let expected = broken("Log Matching", ms(40), facts[0], facts[1]);
    assert_eq!(told(&[full.clone(), kept.clone(), speaks.clone()]), expected);
    assert_eq!(told(&[full.clone(), kept.clone()]), Ok(()));
    // Two writes with the same effect as one.
    assert_eq!(told(&[full, kept, cut, speaks]), Ok(()));
}

#[test]
fn a_leader_that_truncates_is_found_out() {
    let facts = [
        "n1 leads in term 1, and its log held 3@1 \"c\"",
        "a write of its own overwrote or deleted that",
    ];
    let expected = broken("Leader Append-Only", ms(30), facts[0], facts[1]);
    assert_eq!(ends(&[full(), at(30, &[log(3, "d1")])]), expected);
    assert_eq!(ends(&[full(), at(30, &[log(3, "")])]), expected);
    assert_eq!(ends(&[full(), at(30, &[log(4, "d1")])]), Ok(()));
}

#[test]
fn a_server_that_becomes_leader_may_append_in_that_list_but_not_truncate() {
    let elected = |act| at(30, &[write(2, Some(1)), act]).being(2, Role::Leader);
    assert_eq!(ends(&[at(10, &[log(1, "a1 b1")]), elected(log(3, "-2"))]), Ok(()));
    let facts = [
        "n1 leads in term 2, and its log held 2@1 \"b\"",
        "a write of its own overwrote or deleted that",
    ];
    let expected = broken("Leader Append-Only", ms(30), facts[0], facts[1]);
    assert_eq!(ends(&[at(10, &[log(1, "a1 b1")]), elected(log(2, "-2"))]), expected);
}

#[test]
fn a_leader_that_is_deposed_may_truncate_in_that_list_and_later() {
    let deposed = at(30, &[log(3, "d2"), write(2, None)]).being(2, Role::Follower);
    assert_eq!(ends(&[full(), deposed.clone()]), Ok(()));
    assert_eq!(ends(&[full(), deposed, at(40, &[log(3, "")])]), Ok(()));
}

#[test]
fn a_leader_that_compacts_truncates_nothing() {
    let applied = at(30, &[apply(1, "a1"), apply(2, "b1")]);
    let folded = at(40, &[fold(2, 1, "through 2"), log(4, "d1")]);
    assert_eq!(ends(&[full(), applied, folded]), Ok(()));
}

/// n1 does `deeds`, crashes after `after` actions of the list at 30 ms, and does `later` once it is
/// restarted.
fn crashed(deeds: &[Deed], after: u32, later: &[Deed]) -> Said {
    let mut scripts = with_first(deeds);
    scripts[0] = scripts[0].clone().then(later);
    let mut world = world(&scripts);
    said((|| {
        world.sleep(Duration::from_millis(29))?;
        world.crash_after(n(1), after)?;
        world.sleep(Duration::from_millis(10))?;
        world.restart(n(1))?;
        world.sleep(Duration::from_secs(1))
    })())
}

#[test]
fn a_leader_that_crashed_within_a_list_leads_no_more() {
    let list = at(30, &[log(4, "d1"), log(5, "e1")]);
    assert_eq!(crashed(&[full(), list], 1, &[at(50, &[log(3, "")])]), Ok(()));
    // Nor does a server whose election a crash cut off.
    let elected = at(30, &[write(2, Some(1)), log(2, "-2")]).being(2, Role::Leader);
    let deeds = [at(10, &[log(1, "a1 b1")]), elected];
    assert_eq!(crashed(&deeds, 1, &[at(50, &[log(2, "")])]), Ok(()));
}

#[test]
fn a_leader_that_truncates_and_would_crash_after_it_is_found_out() {
    let facts = [
        "n1 leads in term 1, and its log held 3@1 \"c\"",
        "a write of its own overwrote or deleted that",
    ];
    let expected = broken("Leader Append-Only", ms(30), facts[0], facts[1]);
    assert_eq!(crashed(&[full(), at(30, &[log(3, ""), log(3, "c1")])], 1, &[]), expected);
}

/// Figure 8: n1 spreads `b2`, its entry of term 2, to a majority in term 4, when n5 holds `x3`.
/// Then n5 leads in term 5 and overwrites it. At 61 ms n1 does `shown`.
fn figure_8(shown: &[Act]) -> Said {
    let first = [
        at(5, &[write(1, None), log(1, "a1")]),
        at(10, &[write(2, Some(1)), log(2, "b2")]).being(2, Role::Leader),
        at(25, &[write(3, None)]).being(3, Role::Follower),
        at(40, &[write(4, Some(1)), log(3, "c4")]).being(4, Role::Leader),
        at(61, shown),
        at(90, &[write(5, None), log(2, "x3")]).being(5, Role::Follower),
    ];
    let second = [at(10, &[log(1, "a1 b2")])];
    let third = [at(10, &[log(1, "a1")]), at(50, &[write(4, Some(1)), log(2, "b2")])];
    let fourth = [at(10, &[log(1, "a1")])];
    let fifth = [
        at(20, &[write(3, Some(5)), log(1, "a1 x3")]).being(3, Role::Leader),
        at(45, &[write(4, None)]).being(4, Role::Follower),
        at(80, &[write(5, Some(5))]).being(5, Role::Leader),
    ];
    run(&[&first[..], &second, &third, &fourth, &fifth].map(Script::of), 1)
}

#[test]
fn figure_8s_entry_may_be_overwritten_unless_it_was_committed() {
    assert_eq!(figure_8(&[]), Ok(()));
    let facts = [
        "2@2 \"b\" is committed, as n1 in term 4 showed at 0.061000s",
        "n5 leads in term 5, and its disk holds 2@3 \"x\" there",
    ];
    let expected = broken("Leader Completeness", ms(80), facts[0], facts[1]);
    assert_eq!(figure_8(&[apply(1, "a1"), apply(2, "b2")]), expected);
}

#[test]
fn a_leader_without_what_was_committed_is_found_out() {
    let deeds = |held| [at(10, &[log(1, held)]), at(40, &[write(2, None)]).being(2, Role::Leader)];
    let second = [at(11, &[write(1, None)]), at(20, &[log(1, "a1 b1")]), at(30, &[apply(1, "a1")])];
    let ends = |held| {
        let scripts = [&deeds(held)[..], &second, &second[..2]].map(Script::of);
        run(&scripts, 1)
    };
    assert_eq!(ends("a1"), Ok(()));
    let facts = [
        "1@1 \"a\" is committed, as n2 in term 1 showed at 0.030000s",
        "n1 leads in term 2, and its disk holds 1@0 \"a\" there",
    ];
    assert_eq!(ends("a0"), broken("Leader Completeness", ms(40), facts[0], facts[1]));
}

#[test]
fn a_leader_of_a_later_term_that_lacks_an_entry_seen_late_is_found_out() {
    let leader = [at(10, &[write(2, None)]).being(2, Role::Leader)];
    let follower = [at(11, &[write(1, None), log(1, "a1")]), at(30, &[apply(1, "a1")])];
    let scripts = [&leader[..], &follower, &follower[..1]].map(Script::of);
    let facts = [
        "1@1 \"a\" is committed, as n2 in term 1 showed at 0.030000s",
        "n1 leads in term 2, and its disk ends at 0",
    ];
    assert_eq!(run(&scripts, 1), broken("Leader Completeness", ms(30), facts[0], facts[1]));
}

#[test]
fn a_commit_learned_in_the_step_that_raises_the_term_binds_no_leader_of_the_terms_between() {
    // n2 applies the entry before it stores the term in which it learned of the commit.
    let told = at(30, &[apply(1, "a1"), write(4, None)]).being(4, Role::Follower);
    let follower = [at(11, &[write(1, None), log(1, "a1")]), told];
    let late = at(40, &[write(3, Some(1))]).being(3, Role::Leader);
    let scripts = [&[late][..], &follower, &follower[..1]].map(Script::of);
    assert_eq!(run(&scripts, 1), Ok(()));
}

#[test]
fn two_entries_applied_at_one_index_are_found_out() {
    let applies = |word| [full(), at(30, &[apply(1, "a1")]), at(40, &[apply(2, word)])];
    let honest = [at(11, &[log(1, "a1 b1 c1")]), at(35, &[apply(1, "a1"), apply(2, "b1")])];
    let ends = |word| {
        let mut scripts = with_first(&applies(word));
        scripts[1] = Script::of(&honest);
        run(&scripts, 1)
    };
    assert_eq!(ends("b1"), Ok(()));
    for (word, shown) in [("x1", "2@1 \"x\""), ("b2", "2@2 \"b\""), ("-1", "2@1 (no command)")] {
        let first = "2@1 \"b\" is committed, as n2 in term 0 showed at 0.035000s";
        let second = format!("n1 applies {shown}");
        assert_eq!(ends(word), broken("State Machine Safety", ms(40), first, &second));
    }
}

#[test]
fn a_reported_commit_index_extends_the_history() {
    let told = [full(), at(30, &[]).telling(2), at(40, &[apply(1, "a1"), apply(2, "x1")])];
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.030000s";
    let expected = broken("State Machine Safety", ms(40), first, "n1 applies 2@1 \"x\"");
    assert_eq!(ends(&told), expected);

    let other = [at(10, &[write(2, None), log(1, "a1 x2")]), at(40, &[]).telling(2)];
    let mut scripts = with_first(&other);
    let writes = [write(1, None), log(1, "a1 b1 c1")];
    scripts[1] = Script::of(&[at(11, &writes), at(30, &[]).telling(2)]);
    let first = "2@1 \"b\" is committed, as n2 in term 1 showed at 0.030000s";
    let second = "n1 reports commit index 2, and its disk holds 2@2 \"x\" there";
    assert_eq!(run(&scripts, 1), broken("State Machine Safety", ms(40), first, second));
}

#[test]
fn a_commit_index_reported_before_its_entries_are_written_is_fine() {
    let deeds = [at(10, &[]).telling(9), at(30, &[log(1, "a1"), apply(1, "a1")])];
    assert_eq!(ends(&deeds), Ok(()));
}

#[test]
fn duplicates_and_gaps_are_found_out() {
    let stands = "in this life n1's service has applied everything through 1";
    for (index, word, deed) in [(1, "a1", "it applies 1"), (3, "c1", "it applies 3")] {
        let deeds = [full(), at(30, &[apply(1, "a1")]), at(40, &[apply(index, word)])];
        assert_eq!(ends(&deeds), broken("applied in order and once", ms(40), stands, deed));
    }
}

/// n1 applies two entries, compacts them by the action `folded`, is restarted at 100 ms, and does
/// `later` at 200 ms.
fn restarted(folded: Act, later: Act) -> Said {
    let deeds = [full(), at(30, &[apply(1, "a1"), apply(2, "b1")]), at(40, &[folded])];
    let mut scripts = with_first(&deeds);
    scripts[0] = scripts[0].clone().then(&[at(200, &[later])]);
    let mut world: World<Toy, Oracles> = world(&scripts);
    let offered = offer(&mut world, &scripts);
    let slept = offered.and_then(|()| world.sleep(Duration::from_millis(98)));
    let started = slept.and_then(|()| world.restart(n(1)));
    said(started.and_then(|()| world.sleep(Duration::from_secs(1))))
}

#[test]
fn a_new_life_applies_what_follows_its_disks_snapshot() {
    let out_of_order = |stands, deed| {
        let first = format!("in this life n1's service has applied everything through {stands}");
        broken("applied in order and once", ms(200), &first, deed)
    };
    let folded = || fold(2, 1, "through 2");
    assert_eq!(restarted(folded(), apply(3, "c1")), Ok(()));
    assert_eq!(restarted(folded(), apply(1, "a1")), out_of_order(2, "it applies 1"));
    // Without a snapshot it begins at the first entry again.
    assert_eq!(restarted(write(1, Some(1)), apply(1, "a1")), Ok(()));
    let expected = out_of_order(0, "it applies 3");
    assert_eq!(restarted(write(1, Some(1)), apply(3, "c1")), expected);
}

#[test]
fn a_boot_from_a_foreign_snapshot_is_found_out() {
    let second = "n1's service begins from such a snapshot";
    let property = "a snapshot is one that was taken";
    let first = "no service made these 9 bytes through 2";
    let foreign = broken(property, ms(100), first, second);
    assert_eq!(restarted(fold(2, 1, "through 3"), apply(3, "c1")), foreign);
    let unmade = broken(property, ms(100), "no service made a snapshot through 3", second);
    assert_eq!(restarted(fold(3, 1, "through 3"), apply(4, "d1")), unmade);
    // A snapshot whose last entry has another term is found out when it is written.
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.030000s";
    let second = "n1 writes a snapshot through 2@0";
    let of_another_term = broken("State Machine Safety", ms(40), first, second);
    assert_eq!(restarted(fold(2, 0, "through 2"), apply(3, "c1")), of_another_term);
}

#[test]
fn a_restored_snapshot_must_fit_history_order_and_bytes() {
    let restored = |act| {
        let mut scripts = with_first(&[full(), at(30, &[apply(1, "a1"), apply(2, "b1")])]);
        scripts[2] = Script::of(&[at(50, &[act])]);
        run(&scripts, 1)
    };
    assert_eq!(restored(restore(2, 1, "through 2")), Ok(()));
    let first = "no service made these 7 bytes through 2";
    let second = "n3's service begins from such a snapshot";
    let property = "a snapshot is one that was taken";
    assert_eq!(restored(restore(2, 1, "another")), broken(property, ms(50), first, second));
    let first = "2@1 \"b\" is committed, as n1 in term 1 showed at 0.030000s";
    let second = "n3 restores a snapshot through 2@7";
    let expected = broken("State Machine Safety", ms(50), first, second);
    assert_eq!(restored(restore(2, 7, "through 2")), expected);

    let back = [at(30, &[apply(1, "a1"), apply(2, "b1")]), at(40, &[restore(1, 1, "through 1")])];
    let first = "in this life n1's service has applied everything through 2";
    let second = "it restores a snapshot through 1";
    let expected = broken("applied in order and once", ms(40), first, second);
    assert_eq!(ends(&[&[full()][..], &back].concat()), expected);
}

#[test]
fn a_commit_index_that_goes_back_is_found_out() {
    let deeds = [full(), at(30, &[]).telling(2), at(40, &[]).telling(1)];
    let facts = ["n1's commit index was 2 in this life", "it is 1"];
    let expected = broken("commit index never goes back", ms(40), facts[0], facts[1]);
    assert_eq!(ends(&deeds), expected);
}

#[test]
fn an_entry_applied_before_a_majority_holds_it_is_found_out() {
    let early = |millis| [full(), at(millis, &[apply(1, "a1")])];
    let first = "1@1 \"a\" is committed, as n1 in term 1 showed at 0.015000s";
    let second = "1 of 3 disks hold it";
    let expected = broken("a majority holds what is committed", ms(15), first, second);
    assert_eq!(ends(&early(15)), expected);
    assert_eq!(ends(&early(25)), Ok(()));
}

/// Two servers of three are down when the third applies an entry that its disk and `holder`'s hold.
fn alone(holder: u8) -> Said {
    let mut scripts = vec![Script::default(); 3];
    scripts[0] = Script::of(&[full(), at(200, &[apply(1, "a1")])]);
    scripts[n(holder).slot()] = with_first(&[])[1].clone();
    let mut world = world(&scripts);
    said((|| {
        world.crash(n(3))?;
        offer(&mut world, &scripts)?;
        world.sleep(Duration::from_millis(100))?;
        world.crash(n(2))?;
        world.sleep(Duration::from_secs(1))
    })())
}

#[test]
fn the_disk_of_a_server_that_is_down_counts_also_if_it_was_never_started() {
    assert_eq!(alone(2), Ok(()));
    let first = "1@1 \"a\" is committed, as n1 in term 1 showed at 0.200000s";
    let second = "1 of 3 disks hold it";
    let expected = broken("a majority holds what is committed", ms(200), first, second);
    assert_eq!(alone(3), expected);
}

/// n1 leads in term 2 with the log `a1 b2 c2`. n2, which adopts that term, holds `a1 b1 c1`, and
/// does these `acts` at 30 ms.
fn behind_the_leader(acts: &[Act]) -> [Script; 3] {
    let elected = at(10, &[write(2, Some(1)), log(2, "b2 c2")]).being(2, Role::Leader);
    let mut scripts = with_first(&[at(5, &[write(1, None), log(1, "a1")]), elected]);
    scripts[1] = Script::of(&[at(11, &[write(2, None), log(1, "a1 b1 c1")]), at(30, acts)]);
    scripts
}

#[test]
fn an_acknowledgement_must_fit_the_disk_and_the_leaders_log() {
    let ends = |acts: &[Act]| run(&behind_the_leader(acts), 1);
    let stored = |first, second| broken("promises are durable", ms(30), first, second);
    assert_eq!(ends(&[acknowledge(1, 2, 1)]), Ok(()));
    assert_eq!(ends(&[log(2, "b2"), acknowledge(1, 2, 2)]), Ok(()));
    let ends_at = stored("n2's log on disk ends at 3", "it acknowledges entries through 4");
    assert_eq!(ends(&[acknowledge(1, 2, 4)]), ends_at);
    // The old entries reach far enough, but are not those that the leader sent.
    let facts =
        ["n1, which leads, has 2@2", "n2 acknowledges entries through 2, and its disk holds 2@1"];
    assert_eq!(ends(&[acknowledge(1, 2, 2), log(2, "b2")]), stored(facts[0], facts[1]));
    // Only an acknowledgement to the leader of that term is about the leader's entries.
    assert_eq!(ends(&[acknowledge(3, 2, 2)]), Ok(()));
}

#[test]
fn a_server_that_is_down_leads_no_more() {
    let mut world = world(&behind_the_leader(&[acknowledge(1, 2, 2)]));
    let verdict = (|| {
        world.sleep(Duration::from_millis(25))?;
        world.crash(n(1))?;
        world.sleep(Duration::from_secs(1))
    })();
    assert_eq!(verdict, Ok(()));
}

#[test]
fn servers_without_a_view_are_judged_by_what_they_apply() {
    let secret = at(10, &[write_secretly(1, None), log(1, "x9")]);
    let applying = |millis, word| [secret.clone(), at(millis, &[apply(1, word)])];
    let ends = |word| {
        let deeds = [applying(30, word), applying(40, "a1"), applying(50, "a1")];
        run(&deeds.map(|deeds| Script::of(&deeds)), 1)
    };
    assert_eq!(ends("a1"), Ok(()));
    let first = "1@1 \"x\" is committed, as n1 in term 0 showed at 0.030000s";
    let expected = broken("State Machine Safety", ms(40), first, "n2 applies 1@1 \"a\"");
    assert_eq!(ends("x1"), expected);
}
