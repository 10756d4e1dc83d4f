//! Nodes that end the process: by `exit` or `abort`, a stack that overflows, memory that runs out.
//! Nothing catches that within the process. So each sweep leaves a crumb, from which the next run of
//! the same command names the seeds; and with `--isolate` the runs are made in a child process,
//! whose crumb names the very seed.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use sim_scenarios::crumb::{Crumb, Running};
use sim_scenarios::terminal::complain;

use crate::Exit;
use crate::bad::Bad;
use crate::stop::Stop;

/// The variable by which a command knows that it is such a child: the path of its crumb.
const CHILD: &str = "RAFTSIM_CHILD_CRUMB";

/// How often to look whether the child has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Where the crumb of a command lies, and how seeds of it are run again.
pub(crate) struct Crumbs<'a> {
    path: PathBuf,
    is_child: bool,
    /// The arguments that run these seeds alone.
    again: &'a dyn Fn(&Running) -> String,
}

impl<'a> Crumbs<'a> {
    /// The crumbs of a command, given all its options that decide what is run.
    #[expect(clippy::disallowed_methods, reason = "set by the process that started this one")]
    pub(crate) fn of(command: &str, again: &'a dyn Fn(&Running) -> String) -> Self {
        if let Some(path) = env::var_os(CHILD) {
            return Self { path: path.into(), is_child: true, again };
        }
        let mut hasher = DefaultHasher::new();
        (env::current_exe().ok(), env::current_dir().ok(), command).hash(&mut hasher);
        let path = env::temp_dir().join(format!("raftsim-{:016x}.running", hasher.finish()));
        Self { path, is_child: false, again }
    }

    /// Whether this process is a child of the one that the user started.
    pub(crate) fn is_child(&self) -> bool {
        self.is_child
    }

    /// When the command is to stop early.
    pub(crate) fn stop(&self) -> Stop {
        let stop = Stop::on_signals();
        if self.is_child { stop.or_with_the_parent() } else { stop }
    }

    /// Makes the crumb, and reports what the last run of the same command left. `None` if the file
    /// cannot be had, for example because the same command is running already.
    pub(crate) fn make(&self, program: &str) -> Option<Crumb> {
        let (crumb, left) = Crumb::make(&self.path).ok()?;
        // Threads run neighboring seeds: a range for each scenario is short enough.
        let mut ranges: BTreeMap<&str, Running> = BTreeMap::new();
        for running in &left {
            let range = ranges.entry(&running.what).or_insert_with(|| running.clone());
            range.first = range.first.min(running.first);
            range.last = range.last.max(running.last);
        }
        for range in ranges.values() {
            let Running { what, first, last } = range;
            complain(format_args!(
                "warning: the last such command ended without a result while it ran seeds {first} \
                 to {last} of {what}. If the node ended the process, this command finds the seed: \
                 {program} {} --isolate",
                (self.again)(range)
            ));
        }
        Some(crumb)
    }
}

/// A run that ended its process.
pub(crate) struct Ended {
    /// The runs that may have done so: one, if a run of it alone did so too.
    pub(crate) suspects: Vec<Running>,
    /// How the process ended.
    pub(crate) status: ExitStatus,
}

/// Does the command of this process in a child process.
///
/// # Errors
/// If a run ends the child: which one.
pub(crate) fn in_child(crumbs: &Crumbs<'_>, program: &str) -> Result<Result<Exit, Ended>, Bad> {
    // Reports what an earlier command left, and removes it.
    drop(crumbs.make(program));
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let stop = Stop::on_signals();
    let status = spawn(crumbs, &arguments, Stdio::inherit, &stop)?;
    if let Some(exit) = ended_well(crumbs, status) {
        return Ok(Ok(exit));
    }
    let mut suspects = Crumb::left(&crumbs.path).unwrap_or_default();
    suspects.sort();
    let mut culprit = None;
    for suspect in &suspects {
        if stop.is_asked() {
            break;
        }
        let _ = fs::remove_file(&crumbs.path);
        let arguments = (crumbs.again)(suspect);
        let arguments: Vec<OsString> = arguments.split_whitespace().map(OsString::from).collect();
        let status = spawn(crumbs, &arguments, Stdio::null, &stop)?;
        if ended_well(crumbs, status).is_none() {
            culprit = Some((suspect.clone(), status));
            break;
        }
    }
    let _ = fs::remove_file(&crumbs.path);
    Ok(Err(match culprit {
        Some((suspect, status)) => Ended { suspects: vec![suspect], status },
        None => Ended { suspects, status },
    }))
}

/// Runs this program with these arguments, as a child, to its end.
fn spawn(
    crumbs: &Crumbs<'_>,
    arguments: &[OsString],
    output: fn() -> Stdio,
    stop: &Stop,
) -> Result<ExitStatus, Bad> {
    let failed = |error: io::Error| Bad::Usage(format!("--isolate: {error}"));
    let mut child = Command::new(env::current_exe().map_err(failed)?)
        .args(arguments)
        .env(CHILD, &crumbs.path)
        .stdin(Stdio::piped())
        .stdout(output())
        .stderr(output())
        .spawn()
        .map_err(failed)?;
    // The child stops when its standard input ends: with this process, in whatever way, or below.
    let mut stdin = child.stdin.take();
    loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            return Ok(status);
        }
        if stop.is_asked() {
            drop(stdin.take());
        }
        thread::park_timeout(LOOK);
    }
}

/// How the command in the child ended; `None` if the child ended before the command did.
fn ended_well(crumbs: &Crumbs<'_>, status: ExitStatus) -> Option<Exit> {
    if crumbs.path.exists() {
        return None;
    }
    Exit::ALL.into_iter().find(|exit| status.code() == Some(*exit as i32))
}
