//! `nodes!` and `main_with`.

use std::panic::catch_unwind;

use raftsim::{NodeEntry, Suite, main_with, nodes};
use raftsim_raft::Raft;
use raftsim_specimens::{Post2020, Post2025};

use crate::support::Folder;

type MyRaft = Raft;
type R = Raft;
type Wrapped<N> = N;

fn named(nodes: Vec<NodeEntry>) -> Vec<String> {
    nodes.into_iter().map(|node| node.name().to_owned()).collect()
}

#[test]
fn a_node_is_named_after_its_type() {
    assert_eq!(named(nodes![MyRaft]), ["my-raft"]);
    assert_eq!(named(nodes![Raft, MyRaft, Post2025, R]), ["raft", "my-raft", "post2025", "r"]);
    assert_eq!(named(nodes![raftsim_raft::Raft,]), ["raft"]);
}

#[test]
fn a_generic_type_gives_its_own_name_alone() {
    assert_eq!(named(nodes![Wrapped<raftsim_raft::Raft>]), ["wrapped"]);
}

#[test]
fn a_node_may_be_named_otherwise() {
    assert_eq!(named(nodes!["x" => MyRaft]), ["x"]);
    assert_eq!(named(nodes!["x" => MyRaft, "y" => Post2020,]), ["x", "y"]);
}

/// What `main_with` panics with.
fn panics(nodes: Vec<NodeEntry>) -> String {
    let payload = catch_unwind(|| main_with(nodes)).expect_err("it panics");
    let text = payload.downcast_ref::<String>().cloned();
    text.unwrap_or_else(|| payload.downcast_ref::<&str>().expect("a text").to_string())
}

#[test]
fn a_suite_for_another_type_is_a_mistake() {
    let entry = || NodeEntry::new::<Raft>("mine");
    assert_eq!(entry().with_suite(Suite::<MyRaft>::new()).name(), "mine");
    let payload = catch_unwind(|| entry().with_suite(Suite::<Post2020>::new()));
    let payload = payload.expect_err("it panics");
    let text = payload.downcast_ref::<String>().expect("a text");
    assert!(text.starts_with("the suite is for nodes of the type raftsim_specimens::"), "{text}");
    let why = "but `mine` is none of them: it is of raftsim_raft::";
    assert!(text.contains(why), "{text}");
}

#[test]
fn a_command_without_nodes_is_a_mistake() {
    assert_eq!(panics(vec![]), "the command needs at least one node");
}

#[test]
fn two_nodes_of_one_name_are_a_mistake() {
    assert_eq!(panics(nodes![Raft, raftsim_raft::Raft]), "two nodes are named raft");
    assert_eq!(panics(nodes!["a" => Raft, "b" => Raft, "a" => Post2020]), "two nodes are named a");
}

#[test]
fn servers_have_the_settings_that_are_made_for_each() {
    let plan = "guards = \"every property\"\nnode = \"n2-first\"\nseed = 3\nservers = 5\n\
                network = \"reliable\"\ndemands = \"leader\"\nlength = \"2.000s\"\nending = \"none\"\n\
                steps = []\n";
    let folder = Folder::with("x.toml", plan);
    let leader = |arguments: &str| {
        let records = folder.bad_nodes(&format!("replay {arguments} --json --records")).json(0);
        let leads = records.iter().find(|it| it["record"] == "became" && it["role"] == "leader");
        leads.expect("one is elected")["server"].clone()
    };
    for seed in 0..5 {
        let run = format!("initial_election_3a --node n2-first --seed {seed}");
        assert_eq!(leader(&run), 2, "seed {seed}");
    }
    assert_eq!(leader("x.toml"), 2);
}
