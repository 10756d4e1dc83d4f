//! `nodes!` and `main_with`.

use std::panic::catch_unwind;

use raftsim::{NodeEntry, main_with, nodes};
use raftsim_raft::Raft;
use raftsim_specimens::{Post2020, Post2025};

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
fn a_command_without_nodes_is_a_mistake() {
    assert_eq!(panics(vec![]), "the command needs at least one node");
}

#[test]
fn two_nodes_of_one_name_are_a_mistake() {
    assert_eq!(panics(nodes![Raft, raftsim_raft::Raft]), "two nodes are named raft");
    assert_eq!(panics(nodes!["a" => Raft, "b" => Raft, "a" => Post2020]), "two nodes are named a");
}
