//! What is printed of a scenario that fails.

use raftsim_sim::property;
use sim_scenarios::Checks;
use sim_scenarios::crumb::Running;
use sim_scenarios::shell::shell_word;

use super::Swept;
use crate::command::Exit;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::isolate::Ended;
use crate::command::nodes::NodeEntry;
use crate::command::out;

/// Prints which seed ended the process.
pub(super) fn print_ended(
    ended: &Ended,
    program: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> Result<Exit, Bad> {
    let name = |run: &Running| format!("{}, seed {}, node {}", run.what, run.first, node.name());
    ended.print(args.json, name, |Running { what, first, .. }, _| {
        let run = run_line(what, *first, node, nodes, args);
        out::note(args.json, &format!("  replay it: {program} replay {run}"))
    })
}

/// The words that name a run, for `replay` and `shrink`.
fn run_line(
    name: &str,
    seed: u64,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> String {
    let is_default = node.name() == nodes[0].name();
    let of =
        if is_default { String::new() } else { format!(" --node {}", shell_word(node.name())) };
    let calm = if args.calm.is_on() { "" } else { " --calm off" };
    format!("{name} --seed {seed}{of}{calm}")
}

/// The first failing seed, the reason, what else failed, and the lines that replay and shrink it;
/// `None` if no seed failed.
pub(super) fn text(
    swept: &Swept,
    program: &str,
    node: &NodeEntry,
    nodes: &[NodeEntry],
    args: &RunArgs,
) -> Option<String> {
    let tally = swept.tally.as_ref().ok()?;
    let (seed, failure) = tally.first_failure.as_ref()?;
    let name = swept.info.name;
    let mut lines = vec![format!("{name} fails at seed {seed}"), format!("  {failure}")];
    if tally.failed > 1 {
        let each = tally.properties.iter();
        let first = |property| tally.first_seeds.get(property).copied().unwrap_or_default();
        let each: Vec<_> = each
            .map(|(property, times)| {
                format!("{times} by {property} (first in seed {})", first(property))
            })
            .collect();
        let (failed, seeds) = (tally.failed, tally.seeds);
        lines.push(format!("  {failed} of {seeds} seeds fail: {}", each.join(", ")));
    }
    if tally.by_chance > 0 {
        let many = tally.by_chance;
        lines.push(format!(
            "  {many} of them missed a limit that a correct Raft may miss by chance"
        ));
    }
    let run = run_line(name, *seed, node, nodes, args);
    if args.checks == Checks::Lab {
        lines.push(format!("  see it under all checks: {program} replay {run}"));
        return Some(lines.join("\n"));
    }
    lines.push(format!("  replay it: {program} replay {run}"));
    if failure.property() != property::DETERMINISTIC {
        lines.push(format!("  shrink it: {program} shrink {run}"));
    }
    Some(lines.join("\n"))
}
