//! Nodes that end the process: by `exit` or `abort`, a stack that overflows, memory that runs out.
//! Nothing catches that within the process. So each sweep leaves a crumb, from which the next run of
//! the same command names the seeds; and with `--isolate` the runs are made in a child process,
//! whose crumb names the very seed.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use sim_scenarios::crumb::{Crumb, Running};
use sim_scenarios::shell::shell_line;
use sim_scenarios::terminal::complain;

use crate::command::bad::Bad;
use crate::command::stop::Stop;
use crate::command::{Exit, child, out};

/// Where the crumb of a command lies, and how seeds of it are run again.
pub(crate) struct Crumbs<'a> {
    /// What the crumbs of this command are called.
    name: String,
    /// The crumb of this process, if it is a child of the one that the user started.
    of_child: Option<PathBuf>,
    /// The arguments that run these seeds alone.
    again: &'a dyn Fn(&Running) -> Vec<String>,
}

impl<'a> Crumbs<'a> {
    /// The crumbs of a command, given all its options that decide what is run.
    #[expect(clippy::disallowed_methods, reason = "set by the process that started this one")]
    pub(crate) fn of(command: &[String], again: &'a dyn Fn(&Running) -> Vec<String>) -> Self {
        let mut hasher = DefaultHasher::new();
        (env::current_exe().ok(), env::current_dir().ok(), command).hash(&mut hasher);
        let name = format!("raftsim-{:016x}", hasher.finish());
        Self { name, of_child: env::var_os(child::CRUMB).map(PathBuf::from), again }
    }

    /// Whether this process is a child of the one that the user started.
    pub(crate) fn is_child(&self) -> bool {
        self.of_child.is_some()
    }

    /// Makes the crumb of this process, and reports what the last runs of the same command left.
    /// `None` if the file cannot be had: only `--isolate` needs it.
    pub(crate) fn make(&self, program: &str) -> Result<Option<Crumb>, Bad> {
        if let Some(path) = &self.of_child {
            return Ok(Some(Crumb::at(path).map_err(|error| unwritten(path, error))?));
        }
        let folder = env::temp_dir();
        // Threads run neighboring seeds: a range for each scenario is short enough.
        let mut ranges: BTreeMap<String, Running> = BTreeMap::new();
        for running in Crumb::take_left(&folder, &self.name) {
            let range = ranges.entry(running.what.clone()).or_insert_with(|| running.clone());
            range.first = range.first.min(running.first);
            range.last = range.last.max(running.last);
        }
        for range in ranges.values() {
            let Running { what, first, last } = range;
            complain(format_args!(
                "warning: the last such command ended without a result while it ran seeds {first} \
                 to {last} of {what}. If the node ended the process, this command finds the seed: \
                 {program} {} --isolate",
                shell_line(&(self.again)(range))
            ));
        }
        Ok(Crumb::make(&folder, &self.name).ok())
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Bad {
    Bad::File { file: path.display().to_string(), error }
}

/// A run that ended its process.
pub(crate) struct Ended {
    /// The runs that may have done so: one, if a run of it alone did so too.
    suspects: Vec<Running>,
    /// How the process ended.
    status: ExitStatus,
}

impl Ended {
    /// Prints each run that may have ended the process, by its `name`, and then what `replay`
    /// prints of it, given whether it is the only one.
    pub(crate) fn print(
        &self,
        json: bool,
        name: impl Fn(&Running) -> String,
        mut replay: impl FnMut(&Running, bool) -> Result<(), Bad>,
    ) -> Result<Exit, Bad> {
        let Self { suspects, status } = self;
        let is_known = suspects.len() == 1;
        let may = if is_known { "the run ended" } else { "this run or another ended" };
        for suspect in suspects {
            out::note(json, &format!("\n{}: {may} the process ({status})", name(suspect)))?;
            replay(suspect, is_known)?;
        }
        if suspects.is_empty() {
            out::note(json, &format!("\nthe process ended before it began a run ({status})"))?;
        }
        Ok(Exit::Failed)
    }
}

/// Does the command of this process in a child process.
///
/// # Errors
/// If a run ends the child: which one.
pub(crate) fn in_child(crumbs: &Crumbs<'_>, program: &str) -> Result<Result<Exit, Ended>, Bad> {
    // As long as this process has its crumb, no other takes that of the child for one that was left.
    let Some(crumb) = crumbs.make(program)? else {
        let error = std::io::Error::other("--isolate needs a file here, and cannot write one");
        return Err(unwritten(&env::temp_dir(), error));
    };
    let path = &crumb.of_child();
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let stop = &Stop::on_signals();
    let result = isolated(crumbs, path, &arguments, stop);
    let _ = fs::remove_file(path);
    result
}

/// Runs these arguments in a child process, whose crumb lies at `path`; and if it ends without a
/// result, each run alone that it was making then.
fn isolated(
    crumbs: &Crumbs<'_>,
    path: &Path,
    arguments: &[OsString],
    stop: &Stop,
) -> Result<Result<Exit, Ended>, Bad> {
    let failed = |error| Bad::Usage(format!("--isolate: {error}"));
    let run = |arguments: &[OsString], streams: [Stdio; 2]| {
        let variable = (child::CRUMB, path.as_os_str());
        child::run(arguments, variable, streams, stop).map(|(status, _)| status).map_err(failed)
    };
    let status = run(arguments, [Stdio::inherit(), Stdio::inherit()])?;
    if let Some(exit) = ended_well(path, status) {
        return Ok(Ok(exit));
    }
    if stop.is_asked() {
        // What ended it may be that somebody wanted it to end.
        complain(format_args!("stopped: the process that made the runs ended early ({status})"));
        return Ok(Ok(Exit::Interrupted));
    }
    let mut suspects = Crumb::left(path).unwrap_or_default();
    suspects.sort();
    for suspect in &suspects {
        let _ = fs::remove_file(path);
        let arguments: Vec<OsString> =
            (crumbs.again)(suspect).into_iter().map(OsString::from).collect();
        let status = run(&arguments, [Stdio::null(), Stdio::null()])?;
        let is_well = ended_well(path, status).is_some();
        if stop.is_asked() {
            break;
        }
        if !is_well {
            return Ok(Err(Ended { suspects: vec![suspect.clone()], status }));
        }
    }
    Ok(Err(Ended { suspects, status }))
}

/// How the command in the child ended; `None` if the child ended before the command did.
fn ended_well(path: &Path, status: ExitStatus) -> Option<Exit> {
    if path.exists() {
        return None;
    }
    Exit::ALL.into_iter().find(|exit| status.code() == Some(*exit as i32))
}
