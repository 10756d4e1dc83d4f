//! The closed world: a plan that lists everything that goes wrong in its run.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_oracles::LeaderLiveness;
use raftsim_sim::{Fate, Fault, LinkSettings, MessageName};

use super::ShrinkError;
use super::search::Search;
use crate::run::Run;
use raftsim_plan::{Override, Plan, Step};

/// Closes the best plan, unless it is closed already: the plan then lists the fate of every message
/// of its run, and nothing is drawn.
///
/// # Errors
/// If the closed plan does not fail in the same way: then the listed fates do not explain the
/// failure.
pub(super) fn close(search: &mut Search<'_>, run: &Run) -> Result<(), ShrinkError> {
    if search.best().closed {
        return Ok(());
    }
    let fates = run.story.as_ref().map_or_else(BTreeMap::new, |story| story.fates());
    let closed = closed(search.best(), fates);
    search
        .replace(closed)
        .map_err(|closed| ShrinkError::Closing { open: run.verdict.clone(), closed })
}

/// The fates of the best plan, in the order in which `run` sent the messages.
pub(super) fn in_order(search: &Search<'_>, run: &Run) -> Vec<(MessageName, Override)> {
    let rows = run.story.as_ref().map_or_else(Vec::new, |story| story.rows());
    let sent: Vec<MessageName> = rows.into_iter().filter_map(|row| row.message).collect();
    let known: BTreeSet<MessageName> = sent.iter().copied().collect();
    let fates = &search.best().fates;
    // Fates of messages that the run did not send come last.
    let others = fates.keys().copied().filter(|name| !known.contains(name));
    let names = sent.iter().copied().chain(others);
    names.filter_map(|name| Some((name, *fates.get(&name)?))).collect()
}

/// Whether a message with this fate arrives once, and promptly.
pub(super) fn is_harmless(fate: Override) -> bool {
    match fate {
        Override::Fate(Fate::Deliver(after)) => after <= LeaderLiveness::PROMPT,
        Override::Fate(Fate::Duplicate(..) | Fate::Drop(_)) | Override::Fails(_) => false,
    }
}

/// The same plan in a closed world, with these fates, reliable networks and no delays, which the
/// fates have included. A scenario's own code stays as it is.
fn closed(plan: &Plan, fates: BTreeMap<MessageName, Override>) -> Plan {
    let mut plan = Plan { closed: true, fates, ..plan.clone() };
    if let Some(schedule) = plan.schedule_mut() {
        schedule.network = LinkSettings::RELIABLE;
        schedule.delays = None;
        for timed in &mut schedule.steps {
            if let Step::Fault {
                fault: Fault::Network(network) | Fault::Link(_, network), ..
            } = &mut timed.step
            {
                *network = LinkSettings::RELIABLE;
            }
        }
    }
    plan
}
