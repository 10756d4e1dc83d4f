//! Faults in a world, as text: a line that a trace prints is a line of a plan.

use proptest::prelude::*;
use raftsim_node::{NodeId, Time};
use raftsim_plan::{Timed, Who, seconds};
use raftsim_sim::{Fault, Link, LinkSettings};

use crate::plan_text::{problem, reads_back};
use crate::plans;

/// The same fault, as plans have it.
fn in_plans(fault: &Fault) -> Fault<Who> {
    let [same] = fault.each(|node| vec![Who::Node(node)]).try_into().expect("it is one fault");
    same
}

proptest! {
    #![proptest_config(plans::config(2_000))]

    #[test]
    fn a_fault_is_read_as_it_is_printed(
        fault in plans::fault::<NodeId>(9),
        named in plans::fault::<Who>(9),
    ) {
        reads_back(&fault)?;
        reads_back(&named)?;
    }

    #[test]
    fn a_fault_in_a_trace_is_a_line_of_a_plan(
        fault in plans::fault::<NodeId>(9),
        after in plans::span(),
    ) {
        let timed = Timed { at: Time::ZERO + after, step: in_plans(&fault).into() };
        prop_assert_eq!(format!("{} {fault}", seconds(after)).parse(), Ok(timed));
    }

    #[test]
    fn a_plan_s_line_that_names_its_servers_by_number_is_a_fault_in_a_world(
        fault in plans::fault::<Who>(9),
    ) {
        let by_number = fault.names().iter().all(|who| matches!(who, Who::Node(_)));
        match fault.to_string().parse::<Fault>() {
            Ok(same) => prop_assert_eq!(in_plans(&same), fault),
            Err(error) => prop_assert!(!by_number, "{}: {}", fault, error),
        }
    }
}

fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

fn link(from: u8, to: u8) -> Link {
    Link { from: n(from), to: n(to) }
}

/// The faults that a step of a plan injects into a world of three servers led by n2.
fn injected(line: &str) -> Vec<String> {
    let fault: Fault<Who> = line.parse().unwrap();
    let faults = fault.each(|who| match who {
        Who::Node(node) => vec![node],
        Who::Leader => vec![n(2)],
        Who::All => (1..=3).map(n).collect(),
    });
    faults.iter().map(Fault::to_string).collect()
}

#[test]
fn a_fault_is_injected_at_each_server_or_link_that_its_names_stand_for() {
    assert_eq!(injected("pause leader"), ["pause n2"]);
    assert_eq!(
        injected("crash all after 3"),
        ["crash n1 after 3", "crash n2 after 3", "crash n3 after 3"]
    );
    assert_eq!(injected("block leader>all"), ["block n2>n1", "block n2>n3"]);
    assert_eq!(
        injected("link all>leader late 1/3"),
        ["link n1>n2 late 1/3", "link n3>n2 late 1/3"]
    );
    let all = ["n1>n2", "n1>n3", "n2>n1", "n2>n3", "n3>n1", "n3>n2"];
    assert_eq!(injected("unblock all>all"), all.map(|link| format!("unblock {link}")));
    assert_eq!(injected("block leader>n2"), [""; 0]);
    let alone = [
        "heal",
        "partition n1 n2 | n3",
        "network unreliable",
        "swizzle n1>n2 every 0.050s mend n1>n2",
    ];
    for line in alone {
        assert_eq!(injected(line), [line]);
    }
}

#[test]
fn a_fault_names_servers_that_are_resolved_and_some_that_are_fixed() {
    let fault = |line: &str| line.parse::<Fault<Who>>().unwrap();
    assert_eq!(fault("expire leader").names(), [Who::Leader]);
    assert_eq!(fault("block leader>all").names(), [Who::Leader, Who::All]);
    assert_eq!(fault("heal").names(), []);
    assert_eq!(fault("partition n1 n2 | n3").names(), []);
    assert_eq!(fault("partition n1 n2 | n3").fixed(), [1, 2, 3].map(n));
    assert_eq!(fault("swizzle n1>n2 n3>n1 every 0s mend n3>n1 n1>n2").fixed(), [1, 2, 3, 1].map(n));
    assert_eq!(fault("block n1>n2").fixed(), []);
}

#[test]
fn a_trace_shows_a_fault_at_its_server_or_at_a_link_s_sender() {
    assert_eq!(Fault::Campaign(n(3)).server(), Some(n(3)));
    assert_eq!(Fault::Block(link(2, 1)).server(), Some(n(2)));
    assert_eq!(Fault::Link(link(3, 1), LinkSettings::RELIABLE).server(), Some(n(3)));
    let of_all =
        [Fault::Heal, Fault::Network(LinkSettings::RELIABLE), Fault::Partition(vec![vec![n(1)]])];
    assert_eq!(of_all.map(|fault| fault.server()), [None; 3]);
}

#[test]
fn a_wrong_fault_is_reported() {
    for (text, expected) in [
        ("", "expected a step such as `heal`"),
        ("crash leader", "expected a server such as n1, not `leader`"),
        ("crash all", "expected a server such as n1, not `all`"),
        ("crash n1 for 1s", "expected `at`, `after` or the end, not `for`"),
        ("crash n1 at 3", "expected `gap`, not `3`"),
        ("crash n1 at gap 0", "expected the number of a gap between two writes, from 1, not `0`"),
        ("block n1>all", "expected a link such as n1>n2, not `n1>all`"),
        ("block n1>n1", "expected a link to another server, not `n1>n1`"),
        ("campain n1", "no fault is named `campain` (did you mean `campaign`?)"),
    ] {
        assert_eq!(problem::<Fault>(text), expected);
    }
    let propose = problem::<Fault>("propose n1");
    assert!(propose.starts_with("no fault is named `propose` ("), "{propose}");
}
