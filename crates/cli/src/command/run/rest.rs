//! The commands that run what is left after a command was stopped.

use raftsim_explore::{Shard, Sweep};
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_line;
use sim_scenarios::{Checks, ScenarioInfo};

use super::Swept;
use super::listed::Listed;
use crate::command::args::{Repeat, RunArgs};
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out;

/// The arguments of the command, with all options that decide what is run, in one spelling.
pub(super) fn command(args: &RunArgs, node: &NodeEntry) -> Vec<String> {
    let names: Vec<&str> = args.names.iter().map(String::as_str).collect();
    let mut words = spelled(args, args.shard, node, &names, args.from, args.seeds.get());
    let list = args.seeds_from.iter();
    words.extend(list.flat_map(|file| ["--seeds-from".to_owned(), file.display().to_string()]));
    words.extend(args.lab.iter().flat_map(|part| ["--lab", part.name()]).map(str::to_owned));
    words
}

/// The arguments that run `seeds` seeds of these scenarios from `from` on, all else as in `args`.
fn spelled(
    args: &RunArgs,
    shard: Option<Shard>,
    node: &NodeEntry,
    names: &[&str],
    from: u64,
    seeds: u64,
) -> Vec<String> {
    let [from, seeds] = [from, seeds].map(|number| number.to_string());
    let shard = shard.map(|Shard { part, of }| format!("{part}/{of}"));
    let mut words = vec!["run"];
    words.extend(names);
    words.extend(["--seeds", &seeds, "--from", &from, "--node", node.name()]);
    words.extend(shard.iter().flat_map(|shard| ["--shard", shard]));
    let switches: [(bool, &[&str]); 5] = [
        (args.keep_going || args.expect.is_some(), &["--keep-going"]),
        (args.twice == Repeat::All, &["--twice"]),
        (args.twice == Repeat::Process, &["--twice=process"]),
        (!args.calm.is_on(), &["--calm", "off"]),
        (args.checks == Checks::Lab, &["--checks", "lab"]),
    ];
    words.extend(switches.iter().filter(|(on, _)| *on).flat_map(|(_, switch)| *switch));
    words.into_iter().map(str::to_owned).collect()
}

/// The arguments that make this sweep of one scenario.
pub(super) fn sweep(
    args: &RunArgs,
    node: &NodeEntry,
    info: &ScenarioInfo,
    sweep: &Sweep,
) -> Vec<String> {
    let Sweep { from, seeds, jobs, .. } = sweep;
    let mut words = spelled(args, args.shard, node, &[info.name], *from, *seeds);
    words.extend(["--jobs".to_owned(), jobs.to_string()]);
    words.extend((sweep.keep_going && !args.keep_going).then(|| "--keep-going".to_owned()));
    words
}

/// The arguments that run these seeds alone.
pub(super) fn seeds(args: &RunArgs, node: &NodeEntry, seeds: &Running) -> Vec<String> {
    let Running { what, first, last } = seeds;
    spelled(args, None, node, &[what], *first, last - first + 1)
}

/// Prints how far the command came, and the commands that run the rest.
pub(super) fn print(
    args: &RunArgs,
    program: &str,
    node: &NodeEntry,
    scenarios: &[&'static ScenarioInfo],
    results: &[Swept],
    (options, listed): (&Sweep, &Listed),
) -> Result<(), Bad> {
    let count = options.count();
    let cut = results.last().filter(|swept| swept.reached < count);
    let whole = results.len() - usize::from(cut.is_some());
    let mut lines = vec![format!("\nstopped after {whole} of {} scenarios", scenarios.len())];
    if args.keep.state.path.is_some() {
        lines.push("  go on: run the same command again".to_owned());
    } else if let Some(file) = &args.seeds_from {
        let file = file.display();
        if let Some(Swept { info, reached, .. }) = cut {
            let seed = listed.seed(*reached);
            lines.push(format!("  {}: the seeds of {file} from {seed} on were not run", info.name));
        }
    } else {
        let Shard { of, .. } = options.shard;
        if let Some(Swept { info, reached, .. }) = cut {
            // A place in a shard stands for `of` seeds.
            let (from, seeds) = (args.from + reached * of, args.seeds.get() - reached * of);
            let rest = spelled(args, args.shard, node, &[info.name], from, seeds);
            lines.push(format!("  go on: {program} {}", shell_line(&rest)));
        }
        let names: Vec<&str> = scenarios[results.len()..].iter().map(|info| info.name).collect();
        if !names.is_empty() {
            let rest = spelled(args, args.shard, node, &names, args.from, args.seeds.get());
            lines.push(format!("  go on: {program} {}", shell_line(&rest)));
        }
    }
    out::note(args.json, &lines.join("\n"))
}
