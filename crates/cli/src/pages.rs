//! Runs as pages: the files that `replay`, `shrink` and `fuzz` write with `--html`.

use std::path::{Path, PathBuf};

use raftsim_explore::{HarnessPanic, OnePlan, Player, Run, Runner as _, Shrunk};
use raftsim_node::Time;
use raftsim_plan::{Plan, Target};
use raftsim_sim::{Recording, WorldState};
use raftsim_view::page::travel::{Memory, Timeline};
use raftsim_view::page::{LAST_EVENTS, Page};
use sim_scenarios::pages::{Subject, left, page, servers};
use sim_scenarios::shell::{plan_word, shell_word};
use sim_scenarios::terminal::complain;

use crate::bad::Bad;
use crate::nodes::NodeEntry;
use crate::out;
use crate::plans::{OneRun, write_beside};

/// Writes the page of a recorded run. If that fails it prints the error on stderr and returns
/// `None`, so that nothing else is lost.
pub(crate) fn write(file: &Path, run: &Run, subject: Subject<'_>) -> Option<String> {
    let page = page_of(file, run, subject)?;
    write_page(file, &page)
}

/// The same for a run that can be made again: the page has the memory of servers too.
pub(crate) fn write_inspected(
    file: &Path,
    run: &Run,
    subject: Subject<'_>,
    one: &OneRun<'_>,
) -> Option<String> {
    let timeline = Timeline::new(page_of(file, run, subject)?);
    write_page(file, &with_memory(&timeline, one))
}

fn page_of(file: &Path, run: &Run, subject: Subject<'_>) -> Option<Page> {
    let Some(story) = &run.story else {
        let name = file.display();
        complain(format_args!("{name} was not written: the run ended before it began"));
        return None;
    };
    Some(page(run, &**story, subject))
}

/// Writes a page, in the same way.
pub(crate) fn write_page(file: &Path, page: &Page) -> Option<String> {
    let name = file.display();
    if !is_written(file, &page.html()) {
        return None;
    }
    if page.is_cut() {
        complain(format_args!(
            "{name}: the run is too long for a page, which has its last {LAST_EVENTS} events"
        ));
    }
    Some(name.to_string())
}

/// Writes a recorded run as trace events. If that fails it prints the error on stderr.
pub(crate) fn write_trace(file: &Path, run: &Run, subject: Subject<'_>) {
    if let Some(story) = &run.story {
        is_written(file, &page(run, &**story, Subject { whole: true, ..subject }).trace());
    } else {
        complain(format_args!("{} was not written: the run ended before it began", file.display()));
    }
}

/// Writes a file. If that fails it prints the error on stderr and returns false.
pub(crate) fn is_written(file: &Path, text: &str) -> bool {
    let written = write_beside(file, text);
    if let Err(error) = written {
        let bad = Bad::File { file: file.display().to_string(), error };
        complain(format_args!("{bad}"));
        return false;
    }
    true
}

/// At how many moments a page keeps the memory of servers.
const MOMENTS: usize = 40;

/// The page with what servers show of their memory around a failure, for which the run is made once
/// more. If that fails, the page has none.
pub(crate) fn with_memory(timeline: &Timeline, one: &OneRun<'_>) -> Page {
    let moments = timeline.memory_moments(MOMENTS);
    let mut memories = vec![];
    if !moments.is_empty() {
        let inspector = one.node.inspector();
        let inspect = || inspector.inspect(&one.plan, &moments);
        let seen = HarnessPanic::caught(one.plan.seed, inspect);
        for WorldState { time, servers, .. } in seen.map_or_else(|_| vec![], |seen| seen.states) {
            let shown = servers.into_iter().filter_map(|it| Some((it.node, it.memory?)));
            memories.extend(shown.map(|(node, text)| Memory { time, node, text }));
        }
    }
    timeline.with_memories(memories)
}

/// Prints where a page is.
pub(crate) fn print_name(file: &str) -> Result<(), Bad> {
    Ok(out::line(&format!("  look at it: {}", shell_word(file)))?)
}

/// Writes the page of a shrunk run. `window` is its begin and its end.
pub(crate) fn write_shrunk(
    file: &Path,
    shrunk: &Shrunk,
    title: &str,
    command: String,
    window: (Option<Time>, Option<Time>),
) -> Option<String> {
    let subject = Subject {
        title,
        command,
        plan: &shrunk.plan,
        servers: servers(&shrunk.plan),
        shrunk: Some(left(shrunk)),
        since: window.0.unwrap_or(Time::ZERO),
        until: window.1.unwrap_or(Time::MAX),
        whole: false,
    };
    write(file, &shrunk.run, subject)
}

/// Writes the page of a plan that was not shrunk and lies in `plan_file`: plays it once more.
pub(crate) fn write_played(
    file: &Path,
    player: &dyn Player,
    plan: &Plan,
    plan_file: &str,
    program: &str,
) -> Result<Option<String>, HarnessPanic> {
    let record = || OnePlan { player, plan }.run(plan.seed, Recording::On);
    let run = HarnessPanic::caught(plan.seed, record)?;
    let subject = Subject {
        title: plan_file,
        command: replay_line(program, plan_file),
        plan,
        servers: servers(plan),
        shrunk: None,
        since: Time::ZERO,
        until: Time::MAX,
        whole: false,
    };
    Ok(write(file, &run, subject))
}

/// The page beside a plan's file.
pub(crate) fn beside(plan_file: &str) -> PathBuf {
    Path::new(plan_file).with_extension("html")
}

/// The command line that replays a plan from its file.
pub(crate) fn replay_line(program: &str, file: &str) -> String {
    format!("{program} replay {}", plan_word(file))
}

impl OneRun<'_> {
    /// What a page says of this run. `program` is the name of the command.
    pub(crate) fn subject(
        &self,
        program: &str,
        nodes: &[NodeEntry],
        since: Option<Time>,
        until: Option<Time>,
    ) -> Subject<'_> {
        Subject {
            title: self.name(),
            command: self.line(program, "replay", nodes),
            plan: &self.plan,
            servers: self.servers,
            shrunk: None,
            since: since.unwrap_or(Time::ZERO),
            until: until.unwrap_or(Time::MAX),
            whole: false,
        }
    }

    /// The command line with this verb that names this run.
    pub(crate) fn line(&self, program: &str, verb: &str, nodes: &[NodeEntry]) -> String {
        let of = || format!(" --node {}", shell_word(self.node.name()));
        match (self.file, &self.plan.target) {
            (None, Target::Scenario { name, calm }) => {
                let is_default = self.node.name() == nodes[0].name();
                let of = if is_default { String::new() } else { of() };
                let calm = if *calm { "" } else { " --calm off" };
                format!("{program} {verb} {name} --seed {}{of}{calm}", self.plan.seed)
            }
            (file, _) => {
                let file = file.expect("a plan with steps of its own is in a file");
                format!("{program} {verb} {}{}", plan_word(file), of())
            }
        }
    }
}
