//! Which servers of a made-up network must have a leader.

use raftsim_oracles::Topology;

/// Every server is up, every link is open and keeps every message.
pub(crate) fn whole(size: usize) -> Topology {
    let links: Vec<Vec<bool>> =
        (0..size).map(|from| (0..size).map(|to| from != to).collect()).collect();
    Topology {
        acts: vec![true; size],
        fit: vec![true; size],
        open: links.clone(),
        keeps: links,
        last: vec![Some((1, 1)); size],
    }
}

/// The same, with the servers `down` down (by number, from 1).
pub(crate) fn without(mut topology: Topology, down: &[usize]) -> Topology {
    for &node in down {
        topology.acts[node - 1] = false;
        topology.fit[node - 1] = false;
    }
    topology
}

/// The same; the servers `ill` act, but not as fast as they should.
fn ailing(mut topology: Topology, ill: &[usize]) -> Topology {
    for &node in ill {
        topology.fit[node - 1] = false;
    }
    topology
}

/// The same, with one link cut in one direction.
pub(crate) fn cut(mut topology: Topology, from: usize, to: usize) -> Topology {
    topology.open[from - 1][to - 1] = false;
    topology
}

/// The same, with one link that loses messages in one direction.
pub(crate) fn lossy(mut topology: Topology, from: usize, to: usize) -> Topology {
    topology.keeps[from - 1][to - 1] = false;
    topology
}

/// The same, with these servers cut off from all others, in both directions.
pub(crate) fn apart(mut topology: Topology, group: &[usize]) -> Topology {
    for from in 1..=topology.fit.len() {
        for to in 1..=topology.fit.len() {
            if group.contains(&from) != group.contains(&to) {
                topology = cut(topology, from, to);
            }
        }
    }
    topology
}

/// The numbers of the servers that must have a leader.
fn majority(topology: &Topology) -> Option<Vec<usize>> {
    topology.calm_majority().map(|slots| slots.iter().map(|slot| slot + 1).collect())
}

#[test]
fn all_of_a_whole_network_must_have_a_leader() {
    for size in 1..=7 {
        assert_eq!(majority(&whole(size)), Some((1..=size).collect()));
    }
}

#[test]
fn a_majority_cut_off_from_the_rest_must_have_a_leader() {
    assert_eq!(majority(&apart(whole(3), &[2])), Some(vec![1, 3]));
    assert_eq!(majority(&apart(whole(5), &[1, 4])), Some(vec![2, 3, 5]));
    assert_eq!(majority(&apart(whole(7), &[1, 3, 5, 7])), Some(vec![1, 3, 5, 7]));
}

#[test]
fn a_server_that_is_down_neither_counts_nor_disturbs() {
    assert_eq!(majority(&without(whole(3), &[3])), Some(vec![1, 2]));
    assert_eq!(majority(&without(whole(5), &[1, 2])), Some(vec![3, 4, 5]));
    assert_eq!(majority(&without(whole(5), &[1, 2, 3])), None);
    // The links of a server that is down make no difference.
    assert_eq!(majority(&lossy(cut(without(whole(3), &[3]), 3, 1), 2, 3)), Some(vec![1, 2]));
}

#[test]
fn half_of_an_even_cluster_is_no_majority() {
    assert_eq!(majority(&apart(whole(4), &[1, 2])), None);
    assert_eq!(majority(&apart(whole(4), &[1])), Some(vec![2, 3, 4]));
    assert_eq!(majority(&apart(whole(6), &[1, 2, 3])), None);
    assert_eq!(majority(&apart(whole(6), &[5, 6])), Some(vec![1, 2, 3, 4]));
    assert_eq!(majority(&without(whole(2), &[2])), None);
    assert_eq!(majority(&apart(whole(2), &[2])), None);
}

#[test]
fn without_a_majority_no_server_must_have_a_leader() {
    assert_eq!(majority(&apart(apart(whole(3), &[1]), &[2])), None);
    assert_eq!(majority(&apart(apart(whole(5), &[1, 2]), &[3, 4])), None);
    assert_eq!(majority(&without(whole(1), &[1])), None);
}

#[test]
fn a_link_cut_one_way_within_the_majority_excuses_it() {
    for (from, to) in [(1, 2), (2, 1), (1, 3), (3, 2)] {
        assert_eq!(majority(&cut(whole(3), from, to)), None);
    }
}

#[test]
fn a_chain_that_is_not_joined_pairwise_excuses_it() {
    let chain = cut(cut(whole(3), 1, 3), 3, 1);
    assert_eq!(majority(&chain), None);
    // Three of five are a majority, but the other two can send to one of them.
    let friends = apart(apart(whole(5), &[4, 5]), &[3]);
    assert_eq!(majority(&friends), None);
}

#[test]
fn a_link_that_loses_messages_within_the_majority_excuses_it() {
    for (from, to) in [(1, 2), (2, 1), (3, 1)] {
        assert_eq!(majority(&lossy(whole(3), from, to)), None);
    }
    // Outside the majority, which it cannot reach, it excuses nothing.
    assert_eq!(majority(&lossy(apart(whole(3), &[3]), 3, 1)), Some(vec![1, 2]));
}

#[test]
fn an_outsider_that_can_send_in_excuses_it() {
    let mut reaching_in = apart(whole(3), &[3]);
    reaching_in.open[2][0] = true;
    assert_eq!(majority(&reaching_in), None);
}

#[test]
fn an_outsider_that_can_only_listen_excuses_nothing() {
    let mut listening = apart(whole(3), &[3]);
    listening.open[0][2] = true;
    assert_eq!(majority(&listening), majority(&apart(whole(3), &[3])));
    assert!(majority(&listening).is_some());
}

#[test]
fn a_server_that_is_not_fit_does_not_count_and_excuses_those_to_which_it_can_send() {
    assert_eq!(majority(&ailing(whole(3), &[3])), None);
    assert_eq!(majority(&ailing(apart(whole(3), &[3]), &[3])), Some(vec![1, 2]));
    assert_eq!(majority(&ailing(apart(whole(5), &[4, 5]), &[3])), None);
    // It may receive messages.
    let mut listening = ailing(apart(whole(3), &[3]), &[3]);
    listening.open[0][2] = true;
    assert_eq!(majority(&listening), Some(vec![1, 2]));
}
