//! What `run` writes for other programs: plans and JUnit XML.

use std::fs;
use std::path::Path;

use raftsim_plan::Expect;
use sim_scenarios::terminal::complain;

use super::Swept;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::plans;
use crate::command::reports::{self, Case, Outcome};

/// What is printed of a scenario whose runs could not be compared with those of another process.
const ALONE: &str = "the other process of --twice=process ended without a result";

/// Checks that plans can be kept where the arguments say.
pub(super) fn check_folder(args: &RunArgs) -> Result<(), Bad> {
    match args.output.as_deref().filter(|path| path.exists() && !path.is_dir()) {
        Some(file) => {
            let file = file.display();
            Err(Bad::Usage(format!("-o {file}: expected a folder for plans, not a file")))
        }
        None => Ok(()),
    }
}

/// Keeps a plan for each property that a scenario broke, if a folder is named: that of the lowest
/// seed. What cannot be written is reported, and the sweep goes on.
pub(super) fn keep_plans(swept: &Swept, node: &NodeEntry, args: &RunArgs) {
    let (Some(folder), Ok(tally)) = (&args.output, &swept.tally) else { return };
    if tally.failed > 0
        && let Err(error) = fs::create_dir_all(folder)
    {
        let file = folder.display().to_string();
        return complain(format_args!("{}", Bad::File { file, error }));
    }
    for (property, &seed) in &tally.first_seeds {
        let expect = Expect::Breaks(property.name().to_owned());
        let plan = plans::of_scenario(
            &swept.info,
            seed,
            node,
            (args.calm.is_on(), args.on.conditions()),
            expect,
        );
        let name = format!("{}-{}-{seed}.toml", swept.info.name, plans::file_word(node.name()));
        if let Some(file) = plans::write(&plan, Some(&folder.join(name))) {
            complain(format_args!("{}, seed {seed}: kept as {file}", swept.info.name));
        }
    }
}

/// Writes the results as JUnit XML. `failure` is what people read of a scenario that is to count as
/// failed.
pub(super) fn write_junit(
    file: &Path,
    results: &[Swept],
    node: &NodeEntry,
    failure: impl Fn(&Swept) -> Option<String>,
) -> Result<(), Bad> {
    let case = |swept: &Swept| {
        let outcome = match (&swept.tally, failure(swept)) {
            (Err(why), _) => Outcome::Skipped(why),
            (Ok(_), Some(text)) => Outcome::Failed(text),
            (Ok(_), None) if swept.is_alone => Outcome::Failed(ALONE.to_owned()),
            (Ok(_), None) => Outcome::Passed,
        };
        let (name, class) = (swept.info.name.to_owned(), swept.info.part.name());
        Case { name, class, seconds: swept.wall_seconds, outcome }
    };
    reports::write_junit(file, node.name(), &results.iter().map(case).collect::<Vec<_>>())
}
