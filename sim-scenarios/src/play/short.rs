//! What snapshots are for: once the members of an ending have agreed, their logs are short. Before
//! that a log may have any number of entries that nobody can commit yet.

use raftsim_node::{Disk as _, Node, NodeId};
use raftsim_plan::Schedule;
use raftsim_sim::{Fact, Failure, guarded, property};

use crate::lab::{Lab, unreadable};

/// How many bytes a disk may need beside its snapshot for each ten entries from one snapshot to the
/// next: eight times what the lab allows, which makes a snapshot every ten entries.
const TEN_ENTRIES: u64 = 8 * 2_000;

/// Checks the disk of each member whose service makes snapshots.
pub(super) fn check_short<N: Node>(
    lab: &Lab<N>,
    schedule: &Schedule,
    members: &[NodeId],
) -> Result<(), Failure> {
    for &node in members {
        let Some(interval) = schedule.snapshots.of(node) else { continue };
        let entries = u64::from(interval.every.max(interval.from));
        let most = TEN_ENTRIES * entries.div_ceil(10);
        let disk = lab.cluster().disk(node);
        let bytes = guarded(|| disk.state_bytes());
        let bytes = bytes.map_err(|panic| unreadable(lab.cluster(), node, &panic))?;
        if bytes as u64 > most {
            let first = format!(
                "a snapshot at least every {entries} entries keeps a log below {most} bytes"
            );
            let second = format!("{node}'s disk needs {bytes} bytes, without its snapshot");
            let facts = [Fact::new(first), Fact::new(second).by(node)];
            return Err(Failure::violation(property::LOG_SIZE, lab.cluster().now(), facts));
        }
    }
    Ok(())
}
