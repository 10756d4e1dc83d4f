//! What was not judged because the node does not give what an oracle needs: said after a sweep, so
//! that nobody takes silence for a proof.

use raftsim_explore::{Judged, NotJudged, Shown, Tally};
use serde::Serialize;

/// A property that was not judged, as JSON.
#[derive(Serialize)]
pub(crate) struct NotJudgedJson {
    property: &'static str,
    why: &'static str,
}

/// The properties as JSON. Whether runs are `plans` decides if faults may stand in them.
pub(crate) fn list(judged: &Judged, shown: &Shown, plans: bool) -> Vec<NotJudgedJson> {
    let all = judged.not_judged(shown, plans).into_iter();
    all.map(|NotJudged { property, why }| NotJudgedJson { property: property.name(), why })
        .collect()
}

/// The properties as a line, grouped by reason; `None` if everything was judged.
pub(crate) fn line(judged: &Judged, shown: &Shown, plans: bool) -> Option<String> {
    let mut groups: Vec<(&str, Vec<String>)> = vec![];
    for NotJudged { property, why } in judged.not_judged(shown, plans) {
        match groups.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, names)) => names.push(format!("`{property}`")),
            None => groups.push((why, vec![format!("`{property}`")])),
        }
    }
    let group = |(why, names): (&str, Vec<String>)| format!("{} ({why})", names.join(", "));
    let groups: Vec<String> = groups.into_iter().map(group).collect();
    (!groups.is_empty()).then(|| format!("not judged: {}", groups.join("; ")))
}

/// In how many runs a leader did not stay in a calm world, though the node does not claim that it
/// does; `None` if it did in all.
pub(crate) fn warning(tally: &Tally) -> Option<String> {
    let (warned, runs) = (tally.judged.warned(), tally.seeds);
    let first = tally.first_warned?;
    Some(format!(
        "{warned} of {runs} seeds: the leader or its term changed in a calm world, first in seed \
         {first}"
    ))
}
