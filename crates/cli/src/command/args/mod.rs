//! The command line: the options of each command, and the values that they accept.

#[cfg(feature = "specimens")]
mod bugs;
mod diff;
#[cfg(feature = "go")]
mod go;
mod keep;
mod list;
mod plans;
mod replay;
mod run;
mod shell;
#[cfg(feature = "step")]
mod step;
mod values;
mod why;

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use sim_scenarios::shell::shell_word;

use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::without;

#[cfg(feature = "specimens")]
pub(crate) use bugs::BugsArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use list::ListArgs;
pub(crate) use plans::{FuzzArgs, ShrinkArgs};
pub(crate) use replay::{Named, ReplayArgs};
pub(crate) use run::RunArgs;
pub(crate) use shell::{CompletionsArgs, ManArgs};
#[cfg(feature = "step")]
pub(crate) use step::StepArgs;
pub(crate) use values::{Repeat, When};
pub(crate) use why::WhyArgs;

/// Deterministic simulation testing for Raft: runs the MIT 6.824 lab tests over thousands of seeds,
/// and replays every failure exactly.
///
/// Without a command, raftsim does what `run` does: every scenario over 1,000 seeds.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = EXIT)]
struct Cli {
    #[command(subcommand)]
    command: Option<Given>,
}

/// The exit statuses of all commands, and of `run`.
const EXIT: &str = "Exit status: 0 everything passed; 1 something failed; 2 bad usage or input; \
                    101 a bug in raftsim; 130 stopped by a signal, and nothing had failed; 141 nobody \
                    reads the results any more.";

/// The forms of the names of other nodes that this command has.
fn others() -> impl Iterator<Item = &'static str> {
    let others = [
        (
            cfg!(feature = "specimens"),
            "mutant:NAME, the control Raft with one of the bugs that `bugs` lists",
        ),
        (cfg!(feature = "exec"), "exec:COMMAND, a program in any language"),
        (cfg!(feature = "wasm"), "wasm:FILE, a program of WASI"),
        (cfg!(feature = "go"), "go:DIR, a Go package of the labs"),
    ];
    others.into_iter().filter(|(has, _)| *has).map(|(_, other)| other)
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    List(ListArgs),
    Run(RunArgs),
    Replay(ReplayArgs),
    Shrink(ShrinkArgs),
    Why(WhyArgs),
    Diff(DiffArgs),
    #[cfg(feature = "step")]
    Step(StepArgs),
    Fuzz(FuzzArgs),
    #[cfg(feature = "specimens")]
    Bugs(BugsArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// What may stand on the command line.
#[derive(Debug, Subcommand)]
#[cfg_attr(
    feature = "go",
    expect(clippy::large_enum_variant, reason = "a process has one command line")
)]
enum Given {
    #[command(flatten)]
    Verb(Verb),
    #[cfg(feature = "go")]
    Go(go::GoArgs),
}

/// The option for colors.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Colors {
    /// Whether to print colors: on a terminal (auto), always or never. With `auto` the variables
    /// `NO_COLOR` and `CLICOLOR_FORCE` count.
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: When,
}

/// Reads the command line: the program's name, as a word of a command to paste, and what to do.
pub(crate) fn parse(
    arguments: impl Iterator<Item = OsString>,
    nodes: &[NodeEntry],
) -> Result<(String, Verb), Bad> {
    let arguments: Vec<OsString> = arguments.collect();
    let program = arguments.first().map(Path::new).and_then(Path::file_stem);
    let program = program.map_or("raftsim".into(), |name| name.to_string_lossy().into_owned());
    let word = shell_word(&program);
    let verb = arguments.get(1).map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
    let matches = command(nodes).try_get_matches_from(arguments);
    let matches = matches.map_err(|error| bad(&word, &verb, &error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| bad(&word, &verb, &error))?;
    match cli.command {
        Some(Given::Verb(verb)) => Ok((word, verb)),
        #[cfg(feature = "go")]
        Some(Given::Go(go)) => parse(go.words(&program).into_iter(), nodes),
        // No command at all is `run` without arguments.
        None => parse(vec![program.into(), "run".into()].into_iter(), nodes),
    }
}

/// All commands and their options, as clap knows them.
pub(crate) fn command(nodes: &[NodeEntry]) -> Command {
    let known: Vec<&str> = nodes.iter().map(NodeEntry::name).collect();
    let variants = nodes.iter().flat_map(|node| {
        node.variants().iter().map(|variant| format!(", {}:{}", node.name(), variant.form))
    });
    let others = others().map(|other| format!("; {other}"));
    let about = format!(
        "Nodes: {} (the first is the default){}{}.\n{EXIT}",
        known.join(", "),
        variants.collect::<String>(),
        others.collect::<String>()
    );
    Cli::command().after_help(about)
}

/// Options of earlier versions: the command, the option, and its present name.
const RENAMED: [(&str, &str, &str); 2] =
    [("fuzz", "--lab", "--implements"), ("fuzz", "--seed", "--from")];

/// The error for an option that clap does not know because it has another name now.
fn renamed(verb: &str, error: &clap::Error) -> Option<Bad> {
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let Some(ContextValue::String(name)) = error.get(ContextKind::InvalidArg) else { return None };
    let (.., new) = RENAMED.iter().find(|(of, old, _)| *of == verb && old == name)?;
    let line = format!("unexpected argument '{name}' found; tip: `{verb}` calls it '{new}' now");
    Some(Bad::Usage(line))
}

/// clap's error in one line; its help as it is.
fn bad(program: &str, verb: &str, error: &clap::Error) -> Bad {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Bad::Help(error.to_string());
    }
    if let Some(bad) = renamed(verb, error) {
        return bad;
    }
    if error.kind() == ErrorKind::InvalidSubcommand {
        let left_out = [("bugs", "specimens"), ("go", "go"), ("step", "step")];
        if let Some((_, feature)) = left_out.into_iter().find(|(name, _)| *name == verb) {
            return Bad::Usage(without::sentence(feature));
        }
    }
    let text = error.to_string();
    let (text, usage) = text.split_once("\nUsage: ").unwrap_or((&text, ""));
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // This tip is wrong: no value of ours begins with a dash.
    let lines = lines.filter(|line| !line.contains("as a value, use '-- "));
    let lines: Vec<&str> = lines.filter(|line| !line.starts_with("For more")).collect();
    let line = lines.join(" ").replace(" tip: ", "; tip: ");
    let line = line.strip_prefix("error: ").unwrap_or(&line);
    if error.kind() != ErrorKind::UnknownArgument {
        return Bad::Usage(line.to_owned());
    }
    let usage = usage.lines().next().unwrap_or_default();
    Bad::Usage(format!("{line}; usage: {usage}; try `{}`", help_of(program, usage)))
}

/// The command line that prints the help of the command with this usage.
fn help_of(program: &str, usage: &str) -> String {
    let words = usage.split(' ').skip(1);
    let verb = words.take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
    let words = [program].into_iter().chain(verb).chain(["--help"]);
    words.collect::<Vec<_>>().join(" ")
}
