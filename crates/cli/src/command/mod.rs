//! The command: what it does with its arguments, and its exit status.

mod args;
mod bad;
#[cfg(feature = "specimens")]
mod bugs;
mod child;
mod diff;
mod find;
mod fuzzing;
#[cfg_attr(not(feature = "go"), path = "no_go.rs")]
mod go;
mod isolate;
mod list;
mod moment;
mod named;
mod nodes;
mod once;
mod out;
mod pager;
mod pages;
#[cfg_attr(not(feature = "exec"), path = "no_pipe.rs")]
mod pipe;
mod plans;
mod program;
mod progress;
mod regressions;
mod replay;
mod reports;
mod run;
mod shell;
mod shrink;
#[cfg_attr(not(feature = "specimens"), path = "no_specimens.rs")]
mod specimens;
mod state;
#[cfg(feature = "step")]
mod step;
mod stop;
mod stretched;
mod trace;
mod unjudged;
#[cfg(feature = "specimens")]
mod variants;
mod why;
mod without;

use std::ffi::OsString;
use std::process::ExitCode;

use raftsim_explore::watch_runs;
use sim_scenarios::terminal::complain;
use sim_scenarios::testing::report_slow_run;

use args::{Verb, parse};
use bad::Bad;
pub use nodes::{NodeEntry, Variant};
#[cfg(feature = "specimens")]
pub use variants::own_nodes;

/// The result of a command: its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything passed.
    Passed = 0,
    /// Something failed.
    Failed = 1,
    /// Bad usage, or bad input.
    BadInput = 2,
    /// The harness panicked.
    HarnessPanic = 101,
    /// The command was stopped, and nothing had failed: 128 + SIGINT, as shells report it.
    Interrupted = 130,
    /// Nobody reads the results any more: the status of a command that SIGPIPE ended.
    Unread = 141,
}

impl Exit {
    pub(crate) const ALL: [Self; 6] = [
        Self::Passed,
        Self::Failed,
        Self::BadInput,
        Self::HarnessPanic,
        Self::Interrupted,
        Self::Unread,
    ];
}

/// Runs the command with these nodes (see [`nodes!`](crate::nodes!)); the first one is the default.
/// Returns its exit status.
///
/// # Panics
/// When `nodes` is empty, or two nodes have the same name.
#[expect(clippy::needless_pass_by_value, reason = "it takes what `nodes!` makes")]
pub fn main_with(nodes: Vec<NodeEntry>) -> ExitCode {
    assert!(!nodes.is_empty(), "the command needs at least one node");
    for (place, node) in nodes.iter().enumerate() {
        let twins = nodes[..place].iter().any(|other| other.name() == node.name());
        assert!(!twins, "two nodes are named {}", node.name());
    }
    if child::is_one() {
        stop::ignore_signals();
    }
    raftsim_sim::prepare_process();
    watch_runs(report_slow_run);
    ExitCode::from(run_command(&nodes, std::env::args_os()) as u8)
}

fn run_command(nodes: &[NodeEntry], arguments: impl Iterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.collect();
    let typed = arguments.first().map(|typed| typed.to_string_lossy().into_owned());
    let typed = &*typed.unwrap_or_default();
    let mistake = nodes.iter().find_map(NodeEntry::mistake);
    let known = mistake.map_or(Ok(()), |mistake| Err(Bad::Usage(mistake.to_owned())));
    let done = known
        .and_then(|()| parse(arguments, &program::line(typed), nodes))
        .and_then(|command| do_command(typed, command, nodes));
    let done = match done {
        Err(Bad::Help(text)) => {
            out::line(text.trim_end()).map(|()| Exit::Passed).map_err(Bad::from)
        }
        Ok(_) | Err(_) => done,
    };
    done.unwrap_or_else(|bad| {
        // If nobody reads the results, there is nobody to complain to either.
        if !matches!(bad, Bad::Unread) {
            complain(format_args!("{bad}"));
        }
        bad.exit()
    })
}

/// Does the command of the program that was started as `typed`.
fn do_command(typed: &str, command: Verb, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let (name, program) = (&*program::name(typed), &*program::line(typed));
    match command {
        Verb::List(list) => list::list(&list, nodes),
        Verb::Run(run) => run::run(&run, program, nodes),
        Verb::Replay(replay) => replay::replay(&replay, program, nodes),
        Verb::Shrink(shrink) => shrink::shrink(&shrink, program, nodes),
        Verb::Diff(diff) => diff::diff(&diff, program, nodes),
        Verb::Why(why) => why::why(&why, program, nodes),
        #[cfg(feature = "step")]
        Verb::Step(step) => step::step(&step, program, nodes),
        Verb::Fuzz(fuzz) => fuzzing::fuzz(&fuzz, program, nodes),
        #[cfg(feature = "specimens")]
        Verb::Bugs(bugs) => bugs::bugs(&bugs),
        Verb::Completions(asked) => shell::completions(&asked, name, nodes),
        Verb::Man(asked) => shell::man(&asked, name, nodes),
    }
}
