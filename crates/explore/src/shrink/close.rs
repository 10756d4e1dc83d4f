//! The closed world: a run's whole adversity, listed.

use std::collections::{BTreeMap, BTreeSet};

use raftsim_oracles::LeaderLiveness;
use raftsim_sim::{Fate, Fault, LinkSettings, MessageName};

use super::ShrinkError;
use super::search::Search;
use crate::run::Run;
use raftsim_plan::{Override, Plan, Step};

/// Closes the best plan, if it is not: the fate of every message of its run is listed, and nothing
/// is drawn. That run must fail alike, or what is listed is not what the run met with.
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

/// The fates of the best plan, in the order in which this run sent their messages.
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

/// Whether a message that meets this is none the worse for it: it arrives once, and promptly.
pub(super) fn is_harmless(given: Override) -> bool {
    match given {
        Override::Fate(Fate::Deliver(after)) => after <= LeaderLiveness::PROMPT,
        Override::Fate(Fate::Duplicate(..) | Fate::Drop(_)) | Override::Fails(_) => false,
    }
}

/// The same in a closed world, with these fates. Of a scenario the code does what it does.
fn closed(plan: &Plan, fates: BTreeMap<MessageName, Override>) -> Plan {
    let mut plan = Plan { closed: true, fates, ..plan.clone() };
    if let Some(schedule) = plan.schedule_mut() {
        schedule.network = LinkSettings::RELIABLE;
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
