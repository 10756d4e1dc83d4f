//! Failures that are known: a sweep in which the same seeds break the same properties is as
//! expected.

use std::collections::BTreeMap;
use std::path::Path;

use raftsim_plan::TextError;
use raftsim_sim::Property;
use raftsim_sim::text::counted;
use serde::Deserialize;
use sim_scenarios::ScenarioInfo;
use sim_scenarios::terminal::complain;

use super::Swept;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::find::{OWN, find_written};
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::plans;

/// How many differences are printed of a scenario at most.
const PRINTED: usize = 10;

/// What a file of `run --json` says that fails, by scenario and seed.
pub(super) struct Expected<'a> {
    file: &'a Path,
    failures: BTreeMap<&'static str, BTreeMap<u64, String>>,
}

/// What is read of an object that `run --json` printed.
#[derive(Deserialize)]
struct Object {
    scenario: String,
    failures: Vec<FailureObject>,
    unlisted_failures: u64,
    /// Objects of earlier versions do not say.
    #[serde(default = "yes")]
    keep_going: bool,
}

fn yes() -> bool {
    true
}

/// Why a line of a file is refused.
const NO_OBJECT: &str = "expected an object for a scenario, as `run --json --keep-going` prints it";
const CUT: &str = "it was printed without `--keep-going`, and lists only the first seed that fails";

#[derive(Deserialize)]
struct FailureObject {
    #[serde(deserialize_with = "out::read_seed")]
    seed: u64,
    property: String,
}

/// Checks that a run of this scenario may break a property of this name: the code of a scenario of
/// the user's own may name any.
fn check(property: &str, info: &ScenarioInfo, node: &NodeEntry) -> Result<(), TextError> {
    let known: Vec<&str> = node.properties().map(Property::name).collect();
    if info.is_own || known.contains(&property) {
        return Ok(());
    }
    Err(TextError::unlisted("property", property, &known, OWN))
}

impl<'a> Expected<'a> {
    /// Reads the file that the arguments name; `None` if they name none.
    pub(super) fn of(
        args: &'a RunArgs,
        node: &NodeEntry,
        nodes: &[NodeEntry],
    ) -> Result<Option<Self>, Bad> {
        args.expect.as_deref().map(|file| Self::read(file, node, nodes)).transpose()
    }

    fn read(file: &'a Path, node: &NodeEntry, nodes: &[NodeEntry]) -> Result<Self, Bad> {
        let shown = file.display();
        let text = plans::read(file)?;
        let mut failures = BTreeMap::new();
        for (line, number) in text.lines().zip(1_u64..) {
            let bad = |why: &str| Bad::Usage(format!("--expect {shown}, line {number}: {why}"));
            let Object { scenario, failures: listed, unlisted_failures, keep_going } =
                serde_json::from_str(line).map_err(|_| bad(NO_OBJECT))?;
            if !keep_going && !listed.is_empty() {
                return Err(bad(CUT));
            }
            if unlisted_failures > 0 {
                return Err(bad("it does not list all seeds that failed"));
            }
            let info = find_written(&scenario, node, nodes);
            let info = info.map_err(|error| bad(&error.to_string()))?;
            let mut seeds = BTreeMap::new();
            for FailureObject { seed, property } in listed {
                check(&property, &info, node).map_err(|error| bad(&error.to_string()))?;
                seeds.insert(seed, property);
            }
            if failures.insert(info.name, seeds).is_some() {
                return Err(bad("this scenario is there twice"));
            }
        }
        Ok(Self { file, failures })
    }

    /// What is not as expected in a scenario, a line each. Seeds that were not run are not judged;
    /// `place` returns where in the sweep a seed is.
    pub(super) fn differences(
        &self,
        swept: &Swept,
        place: impl Fn(u64) -> Option<u64>,
    ) -> Vec<String> {
        let Ok(tally) = &swept.tally else { return vec![] };
        let (none, file) = (BTreeMap::new(), self.file.display());
        let listed = self.failures.get(swept.info.name).unwrap_or(&none);
        let mut lines = vec![];
        let was_run = |seed| place(seed).is_some_and(|place| place < swept.reached);
        for (&seed, expected) in listed.iter().filter(|(seed, _)| was_run(**seed)) {
            match tally.failures.get(&seed) {
                None => lines.push(format!("seed {seed} passes, and {file} expects `{expected}`")),
                Some(found) if found.name() != expected => {
                    lines.push(format!(
                        "seed {seed} fails by `{found}`, and {file} expects `{expected}`"
                    ));
                }
                Some(_) => {}
            }
        }
        let new = tally.failures.iter().filter(|(seed, _)| !listed.contains_key(seed));
        lines.extend(new.map(|(seed, it)| format!("seed {seed} fails by `{it}`, unexpectedly")));
        let unlisted = tally.failed.saturating_sub(tally.failures.len() as u64);
        lines.extend((unlisted > 0).then(|| match unlisted {
            1 => "1 more seed fails".to_owned(),
            several => format!("{several} more seeds fail"),
        }));
        let rest = lines.len().saturating_sub(PRINTED);
        lines.truncate(PRINTED);
        lines.extend((rest > 0).then(|| match rest {
            1 => "and 1 more seed is not as expected".to_owned(),
            several => format!("and {several} more seeds are not as expected"),
        }));
        lines
    }

    /// Whether a seed of a scenario is expected to break this property; not so without expectations.
    pub(super) fn allow(this: Option<&Self>, name: &str, seed: u64, property: Property) -> bool {
        let listed = this.and_then(|expected| expected.failures.get(name)?.get(&seed));
        listed.is_some_and(|expected| expected == property.name())
    }

    /// Whether something did not go as expected; without expectations, whether something failed. Prints
    /// how much failed as expected, and with `json` also each seed that is different, which no text has
    /// named.
    pub(super) fn is_missed(
        this: Option<&Self>,
        results: &[Swept],
        json: bool,
        place: impl Fn(u64) -> Option<u64>,
    ) -> Result<bool, Bad> {
        let Some(this) = this else { return Ok(results.iter().any(Swept::has_failed)) };
        let (mut is_expected, mut seeds, mut scenarios) = (true, 0, 0_u64);
        for swept in results {
            let Ok(tally) = &swept.tally else { continue };
            let lines = this.differences(swept, &place);
            is_expected &= lines.is_empty() && !swept.is_alone;
            if lines.is_empty() && tally.failed > 0 {
                (seeds, scenarios) = (seeds + tally.failed, scenarios + 1);
            }
            for line in lines.iter().filter(|_| json) {
                complain(format_args!("{}: {line}", swept.info.name));
            }
        }
        if seeds > 0 {
            let (seeds, scenarios) = (counted(seeds, "seed"), counted(scenarios, "scenario"));
            out::note(json, &format!("\n{seeds} of {scenarios} failed as expected"))?;
        }
        Ok(!is_expected)
    }
}
