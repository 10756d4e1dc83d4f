//! How drawn plans end. Most end in calm or in quiet, once all faults have stopped.
//!
//! Others end in standing conditions: steps that leave a cluster in a state in which it has to live. Some servers
//! still reach each other, and nothing is mended any more: for nodes that claim to cope
//! ([`raftsim_node::Claims::copes_with_standing_faults`]).
//!
//! The members of the majority are up and joined pairwise, with messages, disks and clocks that are
//! slow but not too slow. Of the other servers none is joined in both directions with so many that
//! it could lead; otherwise anything goes.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use raftsim_node::{Duration, NodeId};
use raftsim_sim::{Fault, Leg, LinkSettings, Links, Rate, Spread};

use super::weighted::one_of;
use crate::{Ending, Majority, Others, Rest, Scope, Step, Who};

/// How a plan ends: the last steps and the ending. If nodes cope with faults that stand, a quarter
/// of the plans ends with such faults.
pub(super) fn last(servers: u8, scope: Scope, stands: bool) -> BoxedStrategy<(Vec<Step>, Ending)> {
    let usual = ending(servers).prop_map(|ending| (std::vec![], ending));
    if stands { one_of![3 => usual, 1 => standing(servers, scope)].boxed() } else { usual.boxed() }
}

/// How a plan with this number of servers ends: 13 of 20 plans in calm, 4 in quiet, and 3 with load.
fn ending(servers: u8) -> impl Strategy<Value = Ending> + use<> {
    let ids: Vec<NodeId> = (1..=servers).map(NodeId::new).collect();
    let size = usize::from(servers);
    let members = subsequence(ids, size / 2 + 1..=size);
    let others = select(std::vec![Others::Cut, Others::Dead]);
    (members, others, 0..20_u8, any::<Index>()).prop_map(|(members, others, which, lossy)| {
        let lossy = *lossy.get(&members);
        let majority = Majority { members, others, network: Rest::Reliable };
        match which {
            0..4 => Ending::Quiet(majority),
            4..7 => Ending::Load { majority, lossy: Some(lossy) },
            _ => Ending::Calm(majority),
        }
    })
}

/// What becomes of the links between a member and another server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    Both,
    ToMember,
    FromMember,
    Neither,
}

/// The conditions, as steps of one instant, and the ending that asks the members to cope.
fn standing(servers: u8, scope: Scope) -> impl Strategy<Value = (Vec<Step>, Ending)> + use<> {
    let ids: Vec<NodeId> = (1..=servers).map(NodeId::new).collect();
    let size = usize::from(servers);
    let joint = select(std::vec![Joint::Both, Joint::ToMember, Joint::FromMember, Joint::Neither]);
    let rate = select(std::vec![Rate::TRUE, Rate::TRUE, Rate::new(9, 10), Rate::new(11, 10)]);
    let disk = one_of![2 => Just(0_u64), 1 => 1..=20_u64];
    (
        subsequence(ids.clone(), size / 2 + 1..=size),
        network(),
        vec(joint, size * size),
        vec((rate, disk), size),
    )
        .prop_map(move |(members, network, joints, ways)| {
            let mut steps = mended(network);
            for (&node, &(rate, millis)) in ids.iter().zip(&ways) {
                let who = Who::Node(node);
                if !rate.is_true() {
                    steps.push(Fault::Clock { who, rate }.into());
                }
                if scope >= Scope::Disk && millis > 0 {
                    let latency = Duration::from_millis(millis);
                    steps.push(Fault::Disk { who, latency }.into());
                }
            }
            for (other, joints) in ids.iter().zip(joints.chunks(size)) {
                if !members.contains(other) {
                    steps.extend(cuts(*other, &members, &ids, joints));
                }
            }
            (steps, Ending::Stands(members))
        })
}

/// A network that loses nothing: the lab's, or one with longer ways.
fn network() -> impl Strategy<Value = LinkSettings> {
    let wide = (0..=60_u64, 1..=40_u64).prop_map(|(least, more)| {
        let (least, most) = (Duration::from_millis(least), Duration::from_millis(least + more));
        LinkSettings::uniform(Leg { latency: Spread::between(least, most), ..Leg::RELIABLE })
    });
    one_of![1 => Just(LinkSettings::RELIABLE), 1 => wide]
}

/// Steps that end what was done before, and set the network.
fn mended(network: LinkSettings) -> Vec<Step> {
    let all = Who::All;
    let faults = [
        Fault::Heal,
        Fault::Network(network),
        Fault::Disarm(all),
        Fault::Restart(all),
        Fault::Resume(all),
        Fault::Disk { who: all, latency: Duration::ZERO },
        Fault::Clock { who: all, rate: Rate::TRUE },
    ];
    faults.into_iter().map(Step::from).collect()
}

/// Cuts the links of `other`, which is no member. It stays joined in both directions with so few
/// members that together they are no majority.
fn cuts(other: NodeId, members: &[NodeId], ids: &[NodeId], joints: &[Joint]) -> Vec<Step> {
    let most = (ids.len() / 2 + 1).saturating_sub(2);
    let mut both = 0;
    let mut steps = vec![];
    let mut cut = |from: NodeId, to: NodeId| {
        let links = Links { from: Who::Node(from), to: Who::Node(to) };
        steps.push(Fault::Block(links).into());
    };
    for (&node, &joint) in ids.iter().zip(joints) {
        let is_member = members.contains(&node);
        let joint = match joint {
            Joint::Both if is_member && both < most => {
                both += 1;
                Joint::Both
            }
            Joint::Both => Joint::ToMember,
            Joint::ToMember | Joint::FromMember | Joint::Neither => joint,
        };
        if node == other {
            continue;
        }
        if matches!(joint, Joint::ToMember | Joint::Neither) {
            cut(node, other);
        }
        if matches!(joint, Joint::FromMember | Joint::Neither) {
            cut(other, node);
        }
    }
    steps
}
