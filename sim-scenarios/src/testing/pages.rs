//! The pages of runs that fail in a test, for people to look at: in a folder that a variable names.

use std::fs;
use std::path::{Path, PathBuf};

use raftsim_explore::Run;
use raftsim_node::Time;
use raftsim_plan::Plan;
use raftsim_sim::text::foreign;

use super::{Site, variable};
use crate::pages::{Subject, page};

/// A run that failed in a test.
pub(super) struct Failing<'a> {
    /// The file's name, without its ending.
    pub(super) name: String,
    /// What was run.
    pub(super) title: &'a str,
    /// The command line that shows the run again.
    pub(super) command: String,
    pub(super) plan: &'a Plan,
    pub(super) shrunk: Option<String>,
}

/// The folder that `RAFTSIM_PAGES` names; none if the variable is not set.
fn folder() -> Option<PathBuf> {
    variable("RAFTSIM_PAGES").filter(|folder| !folder.is_empty()).map(PathBuf::from)
}

/// Writes a plan under the name of this file beside the pages, if a variable asks for pages. What
/// cannot be written there is written where the file is, and that is reported.
pub(super) fn keep_plan(file: &Path, plan: &str) {
    if let (Some(folder), Some(name)) = (folder(), file.file_name()) {
        let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name), plan));
    }
}

/// Writes the page of a recorded run into the folder that `RAFTSIM_PAGES` names, which is made if it
/// is not there. Returns the line that says where the page is, or why there is none; nothing if the
/// variable is not set.
pub(super) fn write(site: Site, run: &Run, failing: Failing<'_>) -> Option<String> {
    let folder = folder()?;
    let story = run.story.as_deref()?;
    let Failing { name, title, command, plan, shrunk } = failing;
    let (since, until) = (Time::ZERO, Time::MAX);
    let subject = Subject { title, command, plan, shrunk, since, until, whole: false };
    let html = page(run, story, subject).html();
    let file = folder.join(format!("{name}.html"));
    let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&file, html));
    Some(match written {
        Ok(()) => format!("look at it: {}", foreign::line(site.shown(&file).display())),
        Err(error) => foreign::line(format_args!("{}: {error}", file.display())),
    })
}
