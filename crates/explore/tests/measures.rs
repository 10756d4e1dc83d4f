//! What runs did, in numbers, read from made-up records.

use std::sync::Arc;

use raftsim_explore::{Measured, Measures};
use raftsim_node::{Bytes, Duration, Message, NodeId, Role, Status, Time, Topic};
use raftsim_sim::{
    Cause, CrashPoint, Delays, Fate, Fault, Leg, LinkSettings, Links, Record, Spread, What,
};

#[derive(Clone, Copy, Debug)]
enum Msg {
    Vote,
    Append,
    Reply,
}

impl Message for Msg {
    fn is_reply(&self) -> bool {
        matches!(self, Self::Reply)
    }

    fn size(&self) -> usize {
        match self {
            Self::Vote => 10,
            Self::Append => 100,
            Self::Reply => 1,
        }
    }

    fn topic(&self) -> Topic {
        match self {
            Self::Vote => Topic::Vote,
            Self::Append | Self::Reply => Topic::Append,
        }
    }
}

type Happens = What<Msg, (), Bytes, Box<Fault>, Arc<str>>;

fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What a run did in which these things happened, 1 ms apart from 1 ms on: each to a server, or to
/// the world (0).
fn measures(network: LinkSettings, happened: Vec<(u8, Happens)>) -> Measures {
    measures_far(network, None, happened)
}

/// The same where messages take these delays.
fn measures_far(
    network: LinkSettings,
    delays: Option<Delays>,
    happened: Vec<(u8, Happens)>,
) -> Measures {
    let records: Vec<_> = happened
        .into_iter()
        .zip(1..)
        .map(|((server, what), millis)| Record {
            time: Time::ZERO + ms(millis),
            node: (server > 0).then(|| n(server)),
            life: u32::from(server > 0),
            what,
        })
        .collect();
    Measures::of(&records, network, delays)
}

fn became(term: u64, role: Role) -> Happens {
    What::Became(Status::new(term, role))
}

fn sent(message: Msg, fate: Fate) -> Happens {
    What::Sent { to: n(2), seq: 0, fate, is_given: false, message }
}

/// How often a fault of this name happened.
fn times(measures: &Measures, name: &str) -> u64 {
    let place = Measures::FAULTS.iter().position(|&it| it == name).unwrap();
    measures.faults[place]
}

#[test]
fn a_run_without_records_did_nothing() {
    assert_eq!(measures(LinkSettings::RELIABLE, vec![]), Measures::default());
}

#[test]
fn campaigns_and_leaders_are_counted_once_each() {
    let did = measures(
        LinkSettings::RELIABLE,
        vec![
            (1, What::Booted(Status::new(0, Role::Follower))),
            (2, What::Booted(Status::new(0, Role::Follower))),
            (1, became(1, Role::Candidate)),
            (1, became(1, Role::Candidate)),
            (1, became(1, Role::Leader)),
            (2, became(2, Role::Candidate)),
            (2, became(2, Role::Leader)),
            (1, became(2, Role::Follower)),
            (2, What::Booted(Status::new(2, Role::Follower))),
            (2, became(3, Role::Candidate)),
        ],
    );
    let expected = Measures {
        first_leader: Some(Time::ZERO + ms(5)),
        campaigns: 3,
        leader_changes: 1,
        last_term: 3,
        // Until 5 ms, and from n2's boot on.
        leaderless: ms(5 + 1),
        ..Measures::default()
    };
    assert_eq!(did, expected);
}

#[test]
fn nobody_leads_from_the_leaders_crash_on_until_another_leads() {
    let happened = vec![
        (1, became(4, Role::Leader)),
        (1, What::Crashed),
        (2, became(5, Role::Candidate)),
        (2, became(5, Role::Leader)),
        (2, What::Settled),
    ];
    let did = measures(LinkSettings::RELIABLE, happened);
    assert_eq!((did.leaderless, did.last_term), (ms(1 + 2), 5));
}

#[test]
fn the_only_server_of_a_cluster_stands_for_election_too() {
    let boot = (1, What::Booted(Status::new(0, Role::Follower)));
    let did = measures(LinkSettings::RELIABLE, vec![boot, (1, became(1, Role::Leader))]);
    assert_eq!((did.campaigns, did.leader_changes), (1, 0));
}

#[test]
fn requests_count_when_they_are_sent_and_replies_when_they_arrive() {
    let did = measures(
        LinkSettings::RELIABLE,
        vec![
            (1, sent(Msg::Vote, Fate::Deliver(ms(1)))),
            (1, sent(Msg::Append, Fate::Drop(Cause::Lost))),
            (1, sent(Msg::Reply, Fate::Deliver(ms(1)))),
            (2, What::Received { from: n(1), seq: 0, message: Msg::Vote }),
            (2, What::Received { from: n(1), seq: 2, message: Msg::Reply }),
        ],
    );
    assert_eq!((did.requests, did.bytes), ([1, 1, 0, 0], 111));
    assert_eq!((times(&did, "lost"), times(&did, "late"), times(&did, "twice")), (1, 0, 0));
}

#[test]
fn a_message_is_late_if_it_takes_longer_than_the_latency_of_its_link() {
    let latency = |millis| Leg { latency: Spread::fixed(ms(millis)), ..Leg::RELIABLE };
    let slow = LinkSettings::uniform(latency(100));
    let takes = |millis| (1, sent(Msg::Vote, Fate::Deliver(ms(millis))));
    let late = |network, happened| times(&measures(network, happened), "late");
    assert_eq!(late(LinkSettings::RELIABLE, vec![takes(1), takes(2)]), 1);
    assert_eq!(late(slow, vec![takes(101), takes(102)]), 1);
    let delays = Delays::read("- 100ms\n0 -").ok();
    let far = measures_far(LinkSettings::RELIABLE, delays, vec![takes(101), takes(102)]);
    assert_eq!(times(&far, "late"), 1);
    let to = |network| (0, What::Fault(Box::new(Fault::Network(network))));
    assert_eq!(late(LinkSettings::RELIABLE, vec![to(slow), takes(101)]), 0);
    assert_eq!(late(slow, vec![to(LinkSettings::RELIABLE), takes(101)]), 1);
    let link = |from, to| {
        let fault = Fault::Link(Links { from: n(from), to: n(to) }, slow);
        (0, What::Fault(Box::new(fault)))
    };
    assert_eq!(late(LinkSettings::RELIABLE, vec![link(1, 2), takes(101)]), 0);
    assert_eq!(late(LinkSettings::RELIABLE, vec![link(1, 3), takes(101)]), 1);
    // What all links are set to holds for those too that were set alone.
    let again = vec![link(1, 2), to(LinkSettings::RELIABLE), takes(101)];
    assert_eq!(late(LinkSettings::RELIABLE, again), 1);
    // Replies have a latency of their own.
    let uneven = LinkSettings { request: latency(100), ..LinkSettings::RELIABLE };
    assert_eq!(late(uneven, vec![(1, sent(Msg::Reply, Fate::Deliver(ms(101))))]), 1);
}

#[test]
fn a_fault_counts_by_its_verb_and_a_crash_when_the_life_ends() {
    let fault = |fault| (0, What::Fault(Box::new(fault)));
    let armed = Fault::Crash { who: n(1), after: Some(CrashPoint::Actions(3)) };
    let faults = vec![fault(armed), fault(Fault::Isolate(n(2))), fault(Fault::Heal)];
    let did = measures(LinkSettings::RELIABLE, faults);
    assert_eq!(["crash", "isolate", "heal"].map(|name| times(&did, name)), [0, 1, 1]);
    let did = measures(LinkSettings::RELIABLE, vec![(1, What::Crashed), (1, What::Crashed)]);
    assert_eq!(times(&did, "crash"), 2);
}

#[test]
fn many_runs_have_a_median_a_95th_percentile_and_a_most() {
    let mut measured = Measured::default();
    assert_eq!((measured.campaigns.percentile(50), measured.campaigns.most()), (None, None));
    for campaigns in 1..=100 {
        let first_leader = (campaigns > 50).then_some(Time::ZERO + ms(campaigns));
        measured.add(&Measures { campaigns, first_leader, ..Measures::default() });
    }
    let campaigns = &measured.campaigns;
    let shown = (campaigns.percentile(50), campaigns.percentile(95), campaigns.most());
    assert_eq!(shown, (Some(50), Some(95), Some(100)));
    assert_eq!((measured.runs, measured.first_leader.count()), (100, 50));
}
