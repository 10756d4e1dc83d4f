//! Steps that are about links and networks: what is done, when, and in which order.

use raftsim_specimens::mutant::{Config, Control, Mutation};

use super::{THREE, Text, faults};
use crate::support::ms;

#[test]
fn a_partition_cuts_between_groups_and_whoever_is_not_named_is_alone() {
    let steps = ["1.000s partition n1 n2 | n3", "2.000s partition n3 n1"];
    let expected = ["1.000000s world partition n1 n2 | n3", "2.000000s world partition n3 n1"];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn who_is_isolated_for_a_while_is_joined_again() {
    let steps = ["1.000s isolate n2 for 0.250s", "1.100s isolate n1", "2.500s join n1"];
    let expected = [
        "1.000000s n2 isolate n2",
        "1.100000s n1 isolate n1",
        "1.250000s n2 join n2",
        "2.500000s n1 join n1",
    ];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn all_are_isolated_and_joined_one_after_another() {
    let expected = [
        "1.000000s n1 isolate n1",
        "1.000000s n2 isolate n2",
        "1.000000s n3 isolate n3",
        "1.500000s n1 join n1",
        "1.500000s n2 join n2",
        "1.500000s n3 join n3",
    ];
    assert_eq!(faults(&["1.000s isolate all for 0.500s"]), expected);
}

#[test]
fn links_are_cut_and_mended_one_way() {
    let steps = ["1.000s block n1>n3", "1.000s block n3>n2", "1.500s unblock n1>n3", "2.000s heal"];
    let expected = [
        "1.000000s n1 block n1>n3",
        "1.000000s n3 block n3>n2",
        "1.500000s n1 unblock n1>n3",
        "2.000000s world heal",
    ];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn a_swizzle_cuts_one_by_one_and_then_mends_in_its_other_order() {
    let steps = ["1.000s swizzle n1>n2 n3>n1 n2>n3 every 0.100s mend n2>n3 n1>n2 n3>n1"];
    let expected = [
        "1.000000s world swizzle n1>n2 n3>n1 n2>n3 every 0.100s mend n2>n3 n1>n2 n3>n1",
        "1.000000s n1 block n1>n2",
        "1.100000s n3 block n3>n1",
        "1.200000s n2 block n2>n3",
        "1.300000s n2 unblock n2>n3",
        "1.400000s n1 unblock n1>n2",
        "1.500000s n3 unblock n3>n1",
    ];
    assert_eq!(faults(&steps), expected);
    let at_once = ["1.000s swizzle n1>n2 n3>n1 every 0.000s mend n3>n1 n1>n2"];
    let expected = [
        "1.000000s world swizzle n1>n2 n3>n1 every 0.000s mend n3>n1 n1>n2",
        "1.000000s n1 block n1>n2",
        "1.000000s n3 block n3>n1",
        "1.000000s n3 unblock n3>n1",
        "1.000000s n1 unblock n1>n2",
    ];
    assert_eq!(faults(&at_once), expected);
}

#[test]
fn no_swizzle_goes_on_in_the_end() {
    let steps = &["2.999s swizzle n1>n2 n3>n1 every 0.002s mend n3>n1 n1>n2"];
    let text = Text { steps, ending: "calm n1 n2 n3, others cut", ..THREE };
    let faults = text.faults();
    let expected = [
        "2.999000s world swizzle n1>n2 n3>n1 every 0.002s mend n3>n1 n1>n2",
        "2.999000s n1 block n1>n2",
        "3.000000s world heal",
    ];
    assert_eq!(faults, expected);
}

#[test]
fn links_of_whoever_leads_are_cut_and_mended_again_though_another_leads_by_then() {
    let steps = [
        "1.000s block leader>all for 1.500s",
        "1.100s block all>leader for 0.100s",
        "1.100s link n1>leader unreliable",
    ];
    let faults = faults(&steps);
    let of = |word: &str| -> Vec<&str> {
        let lines = faults.iter().filter(|line| line.contains(&format!(" {word} ")));
        lines.map(|line| &line[..12]).collect()
    };
    // Who is deaf or mute is deposed meanwhile.
    assert_eq!(of("block"), ["1.000000s n3", "1.000000s n3", "1.100000s n1", "1.100000s n2"]);
    assert_eq!(of("unblock"), ["1.200000s n1", "1.200000s n2", "2.500000s n3", "2.500000s n3"]);
    assert_eq!(of("link"), ["1.100000s n1"]);
}

#[test]
fn all_links_are_cut_by_one_step() {
    let faults = faults(&["1.000s block all>all", "1.100s unblock all>n1"]);
    assert_eq!(faults.len(), 6 + 2, "{faults:?}");
    assert_eq!(faults[0], "1.000000s n1 block n1>n2");
    assert_eq!(faults[6..], ["1.100000s n2 unblock n2>n1", "1.100000s n3 unblock n3>n1"]);
}

/// The steps of which nothing comes, and why.
fn unused(steps: &[&str]) -> Vec<String> {
    let run = Text { steps, ..THREE }.run();
    assert_eq!(run.verdict, Ok(()));
    run.unused
}

#[test]
fn what_changes_nothing_is_told() {
    let idle = [
        "0.000s join n1",
        "0.000s unblock n1>n2",
        "0.000s heal",
        "0.000s network reliable",
        "0.000s link n1>n2 reliable",
        "0.000s partition n1 n2 n3",
        "0.000s disk n1 0.000s",
        "0.000s clock n1 1/1",
        "0.000s jump n1 0.000s",
        "0.100s restart all",
        "0.100s resume n1",
    ];
    let expected = idle.map(|step| format!("{step}: it changes nothing"));
    assert_eq!(unused(&idle), expected);
}

#[test]
fn what_is_done_to_the_dead_is_told() {
    let dead = ["1.000s crash n3", "1.000s pause n3", "1.100s resume n3", "1.200s expire n3"];
    let more = ["1.300s crash n3 after 2", "1.400s crash n3", "1.500s propose n3 x2"];
    let expected: Vec<String> =
        dead[1..].iter().chain(&more).map(|step| format!("{step}: n3 is down then")).collect();
    assert_eq!(unused(&[&dead[..], &more].concat()), expected);
}

#[test]
fn what_nobody_is_there_for_is_told() {
    let steps = ["0.000s crash all", "0.010s propose all", "0.060s block n1>leader"];
    let expected =
        ["0.010s propose all: it changes nothing", "0.060s block n1>leader: no server leads then"];
    assert_eq!(unused(&steps), expected);
}

#[test]
fn the_step_amid_which_the_run_fails_came_to_something() {
    let steps = &[
        "1.500s block leader>all",
        "1.520s propose leader x3",
        "1.560s crash all",
        "1.600s restart all",
    ];
    let text = Text { seed: 8, steps, ..THREE };
    let run = text.run_on::<Control>(Config::of(Mutation::CommitsAllAtBoot));
    assert_eq!(run.verdict.map_err(|failure| failure.time()), Err(ms(1600)));
    assert_eq!(run.unused, [] as [&str; 0]);
}

#[test]
fn a_link_from_a_leader_to_itself_is_none() {
    let steps: Vec<String> = (1..=3).map(|n| format!("1.000s block n{n}>leader")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    assert_eq!(unused(&steps), ["1.000s block n3>leader: it changes nothing"]);
}

#[test]
fn what_links_do_is_changed_on_all_of_them_or_on_one() {
    let steps = [
        "1.000s network unreliable",
        "1.100s network reordering",
        "1.200s network unreliable reordering",
        "1.300s network loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s",
        "1.400s link n1>n2 latency 0.005s..0.005s",
        "1.500s link n2>n1 clear",
        "1.600s network reliable",
    ];
    let expected = [
        "1.000000s world network unreliable",
        "1.100000s world network reordering",
        "1.200000s world network unreliable reordering",
        "1.300000s world network loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s",
        "1.400000s n1 link n1>n2 latency 0.005s..0.005s",
        "1.500000s n2 link n2>n1 reliable",
        "1.600000s world network reliable",
    ];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn steps_at_one_time_are_done_in_their_order() {
    let there = ["1.000s block n1>n2", "1.000s heal", "1.000s isolate n3", "1.000s join n3"];
    let expected = [
        "1.000000s n1 block n1>n2",
        "1.000000s world heal",
        "1.000000s n3 isolate n3",
        "1.000000s n3 join n3",
    ];
    assert_eq!(faults(&there), expected);
    let back = ["1.000s isolate n3", "1.000s heal", "1.000s block n1>n2"];
    let expected = ["1.000000s n3 isolate n3", "1.000000s world heal", "1.000000s n1 block n1>n2"];
    assert_eq!(faults(&back), expected);
}

#[test]
fn what_a_step_is_undone_by_comes_before_a_later_step_at_that_time() {
    let steps = [
        "1.000s isolate n1 for 0.500s",
        "1.400s block n2>n3",
        "1.500s isolate n1 for 0.000s",
        "1.500s heal",
    ];
    let expected = [
        "1.000000s n1 isolate n1",
        "1.400000s n2 block n2>n3",
        "1.500000s n1 join n1",
        "1.500000s n1 isolate n1",
        "1.500000s n1 join n1",
        "1.500000s world heal",
    ];
    assert_eq!(faults(&steps), expected);
}

#[test]
fn steps_are_done_at_the_very_beginning_and_at_the_very_end() {
    let steps = &["0.000s block n1>n2", "3.000s unblock n1>n2", "3.000s isolate n1 for 0.001s"];
    let expected = [
        "0.000000s n1 block n1>n2",
        "3.000000s n1 unblock n1>n2",
        // What it is undone by would come later.
        "3.000000s n1 isolate n1",
    ];
    let text = Text { steps, ..THREE };
    assert_eq!(text.faults(), expected);
    assert_eq!(text.run().virtual_time.to_string(), "3.000000s");
    let nothing = Text { length: "0.000s", steps: &["0.000s isolate n1"], ..THREE };
    assert_eq!(nothing.faults(), ["0.000000s n1 isolate n1"]);
}
