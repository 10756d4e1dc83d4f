//! Part 3D: snapshots, and a scenario that the lab lacks.

use raftsim_node::Node;
use raftsim_sim::{Fact, Failure, property};

use crate::lab::Lab;
use crate::lab::applied::SNAPSHOT_INTERVAL;

/// The lab's `MAXLOGSIZE`: a disk's state without the snapshot must stay below it, in bytes.
const MAX_LOG_SIZE: usize = 2000;

const ROUNDS: u32 = 30;

/// How a server misses entries, so that it then needs a snapshot.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Absence {
    None,
    Disconnected,
    Crashed,
}

/// Mirrors `TestSnapshotBasic3D`: logs stay short, while all servers keep up.
pub(crate) fn basic<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    with_absences(lab, Absence::None)
}

/// Mirrors `TestSnapshotInstall3D` and, on a network that loses messages,
/// `TestSnapshotInstallUnreliable3D`: a server that was cut off catches up by a snapshot.
pub(crate) fn install<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    with_absences(lab, Absence::Disconnected)
}

/// Mirrors `TestSnapshotInstallCrash3D` and, on a network that loses messages,
/// `TestSnapshotInstallUnCrash3D`: a server that crashed catches up by a snapshot.
pub(crate) fn install_crash<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    with_absences(lab, Absence::Crashed)
}

/// The lab's `snapcommon`.
fn with_absences<N: Node>(lab: &mut Lab<N>, absence: Absence) -> Result<(), Failure> {
    let all = lab.size();
    lab.one_more(all)?;
    let mut leader = lab.check_one_leader()?;
    for round in 0..ROUNDS {
        let other = lab.next(leader, 1);
        let (victim, sender) = if round % 3 == 1 { (leader, other) } else { (other, leader) };
        let present = match absence {
            Absence::None => all,
            Absence::Disconnected => {
                lab.disconnect(victim)?;
                all - 1
            }
            Absence::Crashed => {
                lab.crash(victim)?;
                all - 1
            }
        };
        if absence != Absence::None {
            lab.one_more(present)?;
        }
        // These may be enough for a snapshot. The sender may turn out not to lead.
        for _ in 0..SNAPSHOT_INTERVAL / 2 + lab.choose(SNAPSHOT_INTERVAL) {
            let command = lab.any_command();
            lab.start(sender, command)?;
        }
        lab.one_more(present)?;
        check_log_size(lab)?;
        match absence {
            Absence::None => continue,
            Absence::Disconnected => lab.connect(victim)?,
            Absence::Crashed => lab.restart(victim)?,
        }
        lab.one_more(all)?;
        leader = lab.check_one_leader()?;
    }
    Ok(())
}

/// Mirrors `TestSnapshotAllCrash3D`: all crash, five times, and go on from snapshot and log.
pub(crate) fn all_crash<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let all = lab.size();
    lab.one_more(all)?;
    for _ in 0..5 {
        for _ in 0..SNAPSHOT_INTERVAL / 2 + lab.choose(SNAPSHOT_INTERVAL) {
            lab.one_more(all)?;
        }
        let before = lab.one_more(all)?;
        lab.restart_all()?;
        let after = lab.one_more(all)?;
        if after <= before {
            let first =
                Fact::new(format!("the servers had agreed on entry {before} before they crashed"));
            let second = format!("the next command after their restart has index {after}");
            let facts = [first.entry(before), Fact::new(second).entry(after)];
            return Err(lab.missed(property::INDEX, facts));
        }
    }
    Ok(())
}

/// Mirrors `TestSnapshotInit3D`: all crash twice with a snapshot on disk, and one command in
/// between. Shows a server that forgets its snapshot when it boots, and then writes its state
/// without it.
pub(crate) fn init<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    let all = lab.size();
    for _ in 0..SNAPSHOT_INTERVAL + 2 {
        lab.one_more(all)?;
    }
    for _ in 0..2 {
        lab.restart_all()?;
        lab.one_more(all)?;
    }
    Ok(())
}

/// Ours: a server, perhaps the leader, is away while the others commit and compact forty entries
/// and more. When it returns another server goes. From then on no agreement is possible without the
/// server that was away.
///
/// Shows a follower that needs entries which the leader has compacted, and that gets no snapshot,
/// or refuses it, or refuses the entries after it. In the lab's scenarios the others are a majority
/// without it.
///
/// A command has 40 bytes. Thirty of them, with 26 bytes more for each entry, fit into a log of the
/// size that the lab allows; all of them do not. So a Raft may keep some twenty entries that its
/// snapshot covers, for followers that are late, but one that never compacts fails.
pub(crate) fn long_absence<N: Node>(lab: &mut Lab<N>) -> Result<(), Failure> {
    for absence in [Absence::Disconnected, Absence::Crashed, Absence::Disconnected] {
        lab.one_more(3)?;
        let first = lab.check_one_leader()?;
        let steps = lab.choose(3) as usize;
        let away = lab.next(first, steps);
        if absence == Absence::Crashed {
            lab.crash(away)?;
        } else {
            lab.disconnect(away)?;
        }
        for _ in 0..4 * SNAPSHOT_INTERVAL + lab.choose(SNAPSHOT_INTERVAL) {
            let command = lab.any_command().repeat(5);
            lab.one(command.into(), 2, true)?;
        }
        check_log_size(lab)?;
        let leader = lab.check_one_leader()?;
        let other = lab.the_other(away, leader);
        lab.disconnect(other)?;
        if absence == Absence::Crashed {
            lab.restart(away)?;
        } else {
            lab.connect(away)?;
        }
        lab.one_more(2)?;
        lab.disconnect(leader)?;
        lab.connect(other)?;
        lab.one_more(2)?;
        lab.connect(leader)?;
    }
    lab.one_more(3)?;
    Ok(())
}

fn check_log_size<N: Node>(lab: &Lab<N>) -> Result<(), Failure> {
    let size = lab.log_size()?;
    if size < MAX_LOG_SIZE {
        return Ok(());
    }
    let first = Fact::new(format!("snapshots keep each log below {MAX_LOG_SIZE} bytes"));
    Err(lab.missed(property::LOG_SIZE, [first, Fact::new(format!("one has {size}"))]))
}
