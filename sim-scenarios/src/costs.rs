//! Where the time of a sweep went, in one line.

use raftsim_sim::Samples;

/// With fewer samples nothing is said: they are those of a second.
const LEAST: u64 = 50;

/// A line that says so if most of the time went into copies of the node's values and what they feed
/// to the digest, which a node can make cheap; `None` otherwise.
pub fn line(samples: &Samples) -> Option<String> {
    let copies = samples.copies + samples.drops;
    let (total, spent) = (samples.total(), copies + samples.digests);
    if total < LEAST || spent * 2 <= total {
        return None;
    }
    let mut parts = vec![];
    for (count, what) in [
        (copies, "copies of the node's messages and writes (`Clone`, `Drop`, `Disk::write`)"),
        (samples.digests, "their digests (`Message::digest`: by default the `Debug` text)"),
    ] {
        let percent = count * 100 / total;
        if percent > 0 {
            parts.push(format!("{percent} % into {what}"));
        }
    }
    Some(format!("most of the time went into the node's own values: {}", parts.join(", ")))
}
