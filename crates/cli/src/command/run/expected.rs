//! Failures that are known: a sweep in which the same seeds break the same properties is as
//! expected.

use std::collections::BTreeMap;
use std::path::Path;

use raftsim_sim::Property;
use serde::Deserialize;

use super::Swept;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::out;
use crate::command::plans;
use crate::command::state::named;

/// How many differences are printed of a scenario at most.
const PRINTED: usize = 10;

/// What a file of `run --json` says that fails, by scenario and seed.
pub(super) struct Expected<'a> {
    file: &'a Path,
    failures: BTreeMap<String, BTreeMap<u64, Property>>,
}

/// What is read of an object that `run --json` printed.
#[derive(Deserialize)]
struct Object {
    scenario: String,
    failures: Vec<FailureObject>,
    unlisted_failures: u64,
}

#[derive(Deserialize)]
struct FailureObject {
    seed: u64,
    property: String,
}

impl<'a> Expected<'a> {
    /// Reads the file that the arguments name; `None` if they name none.
    pub(super) fn of(args: &'a RunArgs) -> Result<Option<Self>, Bad> {
        args.expect.as_deref().map(Self::read).transpose()
    }

    fn read(file: &'a Path) -> Result<Self, Bad> {
        let shown = file.display();
        let text = plans::read(file)?;
        let mut failures = BTreeMap::new();
        for (line, number) in text.lines().zip(1_u64..) {
            let bad = |why: &str| Bad::Usage(format!("--expect {shown}, line {number}: {why}"));
            let Object { scenario, failures: listed, unlisted_failures } =
                serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
            if unlisted_failures > 0 {
                return Err(bad("it does not list all seeds that failed"));
            }
            let mut seeds = BTreeMap::new();
            for FailureObject { seed, property } in listed {
                seeds.insert(seed, named(&property).map_err(|why| bad(&why))?);
            }
            if failures.insert(scenario, seeds).is_some() {
                return Err(bad("this scenario is there twice"));
            }
        }
        Ok(Self { file, failures })
    }

    /// Whether everything went as expected. Prints each scenario in which something fails, and each
    /// seed that is different. Seeds that were not run are not judged; `place` returns where in the
    /// sweep a seed is.
    pub(super) fn judge(
        &self,
        results: &[Swept],
        json: bool,
        place: impl Fn(u64) -> Option<u64>,
    ) -> Result<bool, Bad> {
        let none = BTreeMap::new();
        let mut is_expected = true;
        for swept in results {
            let Ok(tally) = &swept.tally else { continue };
            let (name, file) = (swept.info.name, self.file.display());
            let listed = self.failures.get(name).unwrap_or(&none);
            let mut lines = vec![];
            let was_run = |seed| place(seed).is_some_and(|place| place < swept.reached);
            for (&seed, expected) in listed.iter().filter(|(seed, _)| was_run(**seed)) {
                match tally.failures.get(&seed) {
                    None => {
                        lines.push(format!("seed {seed} passes, and {file} expects {expected}"));
                    }
                    Some(found) if found != expected => {
                        lines.push(format!(
                            "seed {seed} fails by {found}, and {file} expects {expected}"
                        ));
                    }
                    Some(_) => {}
                }
            }
            let new = tally.failures.iter().filter(|(seed, _)| !listed.contains_key(seed));
            lines.extend(new.map(|(seed, it)| format!("seed {seed} fails by {it}, unexpectedly")));
            let unlisted = tally.failed.saturating_sub(tally.failures.len() as u64);
            lines.extend((unlisted > 0).then(|| format!("{unlisted} more seeds fail")));
            is_expected &= lines.is_empty() && !swept.is_alone;
            let rest = lines.len().saturating_sub(PRINTED);
            lines.truncate(PRINTED);
            lines.extend((rest > 0).then(|| format!("and {rest} more seeds are not as expected")));
            if lines.is_empty() && tally.failed > 0 {
                lines.push(format!("{} seeds fail as expected", tally.failed));
            }
            for line in lines {
                out::note(json, &format!("{name}: {line}"))?;
            }
        }
        Ok(is_expected)
    }
}
