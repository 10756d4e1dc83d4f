//! What repeats at the end of a run that has stopped making progress.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use raftsim_node::Time;

use super::Page;
use super::model::Model;
use super::steps::StepKind;
use super::why::{LEADER, Past};

/// What repeats at the end of a run that has stopped making progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// The time after which there was no progress: no server began to lead, or ceased to, and none
    /// showed a higher commit index than before.
    pub since: Time,
    /// The most frequent of what was sent since then, such as `1800 x n6 -> n1 n3 n5 vote?`.
    pub sent: Vec<String>,
    /// How often each server's timer ran out since then, by server.
    pub timeouts: Vec<u64>,
}

impl Page {
    /// What repeats after the last step that was progress, up to the run's end, if the run failed
    /// and servers were up and busy for `least` steps by then. Terms alone are no progress: where
    /// nobody can be elected, candidates begin one after another.
    ///
    /// It explains a run in which something should have happened. In one that fails by what did
    /// happen it is only what was under way.
    pub fn repeated(&self, least: usize) -> Option<Repeated> {
        self.model.verdict.as_ref()?;
        let past = Past::of(&self.model);
        let first = last_progress(&self.model).map_or(0, |last| last + 1);
        (past.time.len().saturating_sub(first) >= least).then(|| past.repeated(first))
    }
}

impl Past<'_> {
    fn repeated(&self, first: usize) -> Repeated {
        let mut timeouts = vec![0; usize::from(self.model.run.servers)];
        for step in first..self.time.len() {
            if self.kind(step) == StepKind::Timeout {
                timeouts[usize::from(self.on(step)) - 1] += 1;
            }
        }
        let rows = &self.model.messages;
        let mut counts: BTreeMap<(u8, i64), (u64, BTreeSet<u8>)> = BTreeMap::new();
        for row in 0..rows.sent.len() {
            if usize::try_from(rows.sent[row]).is_ok_and(|sent| sent >= first) {
                let (count, to) = counts.entry((rows.from[row], rows.label[row])).or_default();
                *count += 1;
                to.insert(rows.to[row]);
            }
        }
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by_key(|&((from, label), (count, _))| (Reverse(count), from, label));
        let since = self.time.get(first.wrapping_sub(1)).copied().unwrap_or(Time::ZERO);
        let sent = counts.into_iter().map(|((from, label), (count, to))| {
            let to: Vec<String> = to.iter().map(|to| format!("n{to}")).collect();
            let label = usize::try_from(label).map_or("", |it| self.model.text[it].as_str());
            format!("{count} x n{from} -> {} {label}", to.join(" "))
        });
        Repeated { since, sent: sent.collect(), timeouts }
    }
}

/// The last step in which a server began to lead, or ceased to, or showed a commit index that it had
/// not reached before.
fn last_progress(model: &Model) -> Option<usize> {
    let rows = &model.status;
    let mut leads = vec![false; 256];
    let mut reached = vec![0; 256];
    let mut last = None;
    for row in 0..rows.step.len() {
        let server = usize::from(rows.on[row]);
        let leads_now = rows.role[row] == LEADER;
        let changes_leader = std::mem::replace(&mut leads[server], leads_now) != leads_now;
        let commits = rows.commit[row] > reached[server];
        reached[server] = reached[server].max(rows.commit[row]);
        if changes_leader || commits {
            last = last.max(usize::try_from(rows.step[row]).ok());
        }
    }
    last
}
