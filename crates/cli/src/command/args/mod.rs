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

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Args, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::command::bad::Bad;
use crate::command::list::names_of;
use crate::command::nodes::NodeEntry;
use crate::command::{program, without};

#[cfg(feature = "specimens")]
pub(crate) use bugs::BugsArgs;
pub(crate) use diff::DiffArgs;
pub(crate) use keep::Keep;
pub(crate) use list::ListArgs;
pub(crate) use plans::{FuzzArgs, ShrinkArgs};
pub(crate) use replay::{Named, ReplayArgs};
pub(crate) use run::RunArgs;
pub(crate) use shell::{CompletionsArgs, ManArgs};
#[cfg(feature = "step")]
pub(crate) use step::StepArgs;
pub(crate) use values::{OnWhat, Repeat, When};
pub(crate) use why::WhyArgs;

/// Deterministic simulation testing for Raft: runs the MIT 6.824 lab tests over thousands of seeds,
/// and replays every failure exactly.
///
/// Without a command it does what `run` does: every scenario over 1,000 seeds.
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

/// Reads the command line. `program` is how the lines to paste begin.
pub(crate) fn parse(
    arguments: Vec<OsString>,
    program: &str,
    nodes: &[NodeEntry],
) -> Result<Verb, Bad> {
    let typed = arguments.first().cloned().unwrap_or_default();
    let verb = arguments.get(1).map(|verb| verb.to_string_lossy().into_owned()).unwrap_or_default();
    let name = program::name(&typed.to_string_lossy());
    let matches = command(&name, nodes).try_get_matches_from(arguments);
    let matches = matches.map_err(|error| bad(program, &verb, &error))?;
    let cli = Cli::from_arg_matches(&matches).map_err(|error| bad(program, &verb, &error))?;
    match cli.command {
        Some(Given::Verb(verb)) => Ok(verb),
        #[cfg(feature = "go")]
        Some(Given::Go(go)) => parse(go.words(typed), program, nodes),
        // No command at all is `run` without arguments.
        None => parse(vec![typed, "run".into()], program, nodes),
    }
}

/// All commands and their options, as clap knows them, for a program of this name.
pub(crate) fn command(name: &str, nodes: &[NodeEntry]) -> Command {
    let with_variants = nodes.iter().filter(|node| !node.variants().is_empty());
    let variants: Vec<_> = with_variants.map(|node| format!("{}:VARIANT", node.name())).collect();
    let variants = match variants.as_slice() {
        [] => String::new(),
        several => format!("; {}, with the variants that `list` prints", several.join(" and ")),
    };
    let others = others().map(|other| format!("; {other}"));
    let about =
        format!("Nodes: {}{}{}.\n{EXIT}", names_of(nodes), variants, others.collect::<String>());
    let command = Cli::command().after_help(about).mut_subcommands(|verb| named(verb, name));
    if name == OURS {
        return command;
    }
    // A program of a user's own has no version that is known here.
    command.name(name.to_owned()).version(format!("(raftsim {})", env!("CARGO_PKG_VERSION")))
}

/// The name of the project's own program, by which the texts of this module call the program.
const OURS: &str = "raftsim";

/// A command whose texts call the program by this name.
fn named(verb: Command, name: &str) -> Command {
    let (about, long) = (verb.get_about().cloned(), verb.get_long_about().cloned());
    let renamed = |text: StyledStr| text.to_string().replace(OURS, name);
    match about {
        // These two explain how to call the program.
        Some(about) if ["completions", "man"].contains(&verb.get_name()) => {
            let long = long.map_or_else(|| renamed(about.clone()), renamed);
            verb.about(renamed(about)).long_about(long)
        }
        Some(_) | None => verb,
    }
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
