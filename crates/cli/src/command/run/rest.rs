//! The commands that run what is left after a command was stopped.

use std::path::{Path, PathBuf};

use raftsim_explore::{Shard, Sweep};
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_line;
use sim_scenarios::{Checks, ScenarioInfo};

use super::Swept;
use super::listed::Listed;
use crate::command::args::{Keep, Repeat, RunArgs};
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
    let words = words.into_iter().map(str::to_owned);
    words.chain(args.on.words()).collect()
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

/// The options of the command with which its rest is judged, shown and kept as the command itself
/// does. `line` counts the lines that run the rest, from 1.
fn around(args: &RunArgs, line: usize) -> Vec<String> {
    // All options are named, so that none is forgotten.
    let RunArgs {
        jobs,
        keep: Keep { isolate, state: _ },
        output,
        expect,
        junit,
        profile,
        measure,
        json,
        // `spelled` has these, and the names are all that `lab` leaves.
        names: _,
        lab: _,
        seeds: _,
        from: _,
        node: _,
        // The name of the node has it.
        blind: _,
        on: _,
        shard: _,
        keep_going: _,
        twice: _,
        calm: _,
        checks: _,
        // No line goes on from a list of seeds, or where a file keeps what is done.
        seeds_from: _,
        // The rest is run once.
        watch: _,
    } = args;
    let jobs = jobs.asked().map(|jobs| jobs.to_string());
    let shown = |path: &Path| path.display().to_string();
    let junit = junit.as_ref().map(|path| shown(&numbered(path, line + 1)));
    let values = [
        ("--jobs", jobs),
        ("--expect", expect.as_deref().map(shown)),
        ("-o", output.as_deref().map(shown)),
        ("--junit", junit),
    ];
    let given = values.into_iter().filter_map(|(option, value)| Some([option.to_owned(), value?]));
    let switches = [
        ("--isolate", *isolate),
        ("--profile", *profile),
        ("--measure", *measure),
        ("--json", *json),
    ];
    let on = switches.into_iter().filter(|(_, is_on)| *is_on).map(|(switch, _)| switch.to_owned());
    given.flatten().chain(on).collect()
}

/// The file beside the one at `path` whose name has this number: the rest of a command does not
/// write over what the command wrote.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(format!("-{number}"));
    if let Some(ending) = path.extension() {
        name.push(".");
        name.push(ending);
    }
    path.with_file_name(name)
}

/// Prints how far the command came, and the commands that run the rest.
pub(super) fn print(
    args: &RunArgs,
    program: &str,
    node: &NodeEntry,
    scenarios: &[ScenarioInfo],
    results: &[Swept],
    (options, listed): (&Sweep, &Listed),
) -> Result<(), Bad> {
    // The names of scenarios, the first seed, and how many seeds there are.
    let go_on = |line, names: &[&str], from, seeds| {
        let mut words = spelled(args, args.shard, node, names, from, seeds);
        words.extend(around(args, line));
        format!("  go on: {program} {}", shell_line(&words))
    };
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
            lines.push(go_on(lines.len(), &[info.name], from, seeds));
        }
        let names: Vec<&str> = scenarios[results.len()..].iter().map(|info| info.name).collect();
        if !names.is_empty() {
            lines.push(go_on(lines.len(), &names, args.from, args.seeds.get()));
        }
    }
    out::note(args.json, &lines.join("\n"))
}
