//! Nodes that do too much, or send where nobody is.

use raftsim::{Action, Boot, Duration, NodeId, Time};
use raftsim_testkit::Ping;

use crate::trick::{Act, Trick, ping_all};

pub(crate) struct ToItself;

impl Trick for ToItself {
    fn timeout(&self, boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![Action::Send { to: boot.id, message: Ping }]
    }
}

pub(crate) struct ToNobody;

impl Trick for ToNobody {
    fn timeout(&self, _boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![Action::Send { to: NodeId::new(200), message: Ping }]
    }
}

/// Answers each message with two.
pub(crate) struct EachMessageTwice;

impl Trick for EachMessageTwice {
    fn timeout(&self, boot: &Boot, deadline: &mut Time) -> Vec<Act> {
        *deadline += Duration::from_secs(1);
        ping_all(boot)
    }

    fn receive(&self, from: NodeId) -> Vec<Act> {
        vec![Action::Send { to: from, message: Ping }, Action::Send { to: from, message: Ping }]
    }
}

/// Answers each message with one, and its deadline is always now.
pub(crate) struct NeverRests;

impl Trick for NeverRests {
    fn timeout(&self, boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        ping_all(boot)
    }

    fn receive(&self, from: NodeId) -> Vec<Act> {
        vec![Action::Send { to: from, message: Ping }]
    }
}

pub(crate) struct LongList;

impl Trick for LongList {
    fn timeout(&self, boot: &Boot, deadline: &mut Time) -> Vec<Act> {
        *deadline += Duration::from_secs(1);
        ping_all(boot).into_iter().cycle().take(1_000_000).collect()
    }
}

/// Answers its timeout with nothing, and leaves the deadline where it is.
pub(crate) struct StuckDeadline;

impl Trick for StuckDeadline {
    fn timeout(&self, _boot: &Boot, _deadline: &mut Time) -> Vec<Act> {
        vec![]
    }
}
