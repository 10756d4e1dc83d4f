//! Runs as pages: the files that commands write with `--html`.

use std::fs;
use std::path::{Path, PathBuf};

use raftsim_explore::{HarnessPanic, OnePlan, Player, Run, Runner as _, Shrunk, watched};
use raftsim_node::Time;
use raftsim_plan::{Plan, Target};
use raftsim_sim::{Recording, WorldState};
use raftsim_view::page::travel::{Memory, Timeline};
use raftsim_view::page::{LAST_EVENTS, Page};
use sim_scenarios::pages::{Subject, left, page};
use sim_scenarios::shell::{plan_word, shell_word};
use sim_scenarios::terminal::complain;

use crate::command::args::OnWhat;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out;
use crate::command::plans::{OneRun, write_beside};

/// Writes the page of a recorded run that can be made again: the page has the memory of servers,
/// too. If that fails it prints the error on stderr and returns `None`, so that nothing else is
/// lost.
pub(crate) fn write_inspected(
    file: &Path,
    run: &Run,
    subject: Subject<'_>,
    one: &OneRun<'_>,
) -> Option<String> {
    let timeline = Timeline::new(page_of(file, run, subject)?);
    write_page(file, &with_memory(&timeline, one))
}

/// The page of a recorded run; of one that ended before it began, it prints so on stderr.
pub(crate) fn page_of(file: &Path, run: &Run, subject: Subject<'_>) -> Option<Page> {
    let Some(story) = &run.story else {
        let name = file.display();
        complain(format_args!("{name} was not written: the run ended before it began"));
        return None;
    };
    Some(page(run, &**story, subject))
}

/// Writes a page, in the same way.
pub(crate) fn write_page(file: &Path, page: &Page) -> Option<String> {
    write_html(file, &page.html(), std::slice::from_ref(page))
}

/// Writes the text of these pages, in the same way.
pub(crate) fn write_html(file: &Path, html: &str, pages: &[Page]) -> Option<String> {
    let name = file.display();
    if !is_written(file, html) {
        return None;
    }
    if pages.iter().any(Page::is_cut) {
        complain(format_args!(
            "{name}: the run is too long for a page, which has its last {LAST_EVENTS} events"
        ));
    }
    Some(name.to_string())
}

/// Writes a page beside the plan in `plan_file`, with that name but for its ending. A file that is
/// there already is left alone: the page then gets a number.
fn write_page_beside(plan_file: &str, page: &Page) -> Option<String> {
    let html = page.html();
    let fits = |path: &PathBuf| match fs::read(path) {
        Ok(there) => there == html.as_bytes(),
        Err(_) => !path.exists(),
    };
    let mut paths = (1..).map(|number| beside(plan_file, number));
    let path = paths.find(fits).expect("a folder has fewer than 2^64 files");
    write_html(&path, &html, std::slice::from_ref(page))
}

/// The page of this number beside a plan's file.
fn beside(plan_file: &str, number: u64) -> PathBuf {
    let plan = Path::new(plan_file);
    // A plan may have the ending of a page.
    let is_page = plan.extension().is_some_and(|ending| ending == "html");
    let name = if is_page { plan.file_name() } else { plan.file_stem() };
    let mut name = name.unwrap_or_default().to_owned();
    if number > 1 {
        name.push(format!("-{number}"));
    }
    name.push(".html");
    plan.with_file_name(name)
}

/// Checks that `file`, which an option names, is none of the others: a page or a trace would
/// overwrite it.
pub(crate) fn check_place(
    option: &str,
    file: Option<&Path>,
    others: &[(&str, Option<&Path>)],
) -> Result<(), Bad> {
    let Some(file) = file else { return Ok(()) };
    for &(other_option, other) in others {
        if other.is_some_and(|other| is_same(file, other)) {
            let name = shell_word(&file.display().to_string());
            return Err(Bad::Usage(format!("{option} {name}: this is the file of {other_option}")));
        }
    }
    Ok(())
}

/// Whether two paths name one file, which exists or is to be written. A device takes any number.
fn is_same(one: &Path, other: &Path) -> bool {
    if one.exists() && !one.is_file() {
        return false;
    }
    let [one, other] = [one, other].map(|path| {
        fs::canonicalize(path).or_else(|_| std::path::absolute(path)).unwrap_or(path.to_owned())
    });
    one == other
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

/// The page of a shrunk run, which is to be written to `file`. `window` is its begin and its end.
pub(crate) fn of_shrunk(
    file: &Path,
    shrunk: &Shrunk,
    title: &str,
    command: String,
    window: (Option<Time>, Option<Time>),
) -> Option<Page> {
    let subject = Subject {
        title,
        command,
        plan: &shrunk.plan,
        shrunk: Some(left(shrunk)),
        since: window.0.unwrap_or(Time::ZERO),
        until: window.1.unwrap_or(Time::MAX),
        whole: false,
    };
    page_of(file, &shrunk.run, subject)
}

/// Writes the page of a shrunk plan beside its file.
pub(crate) fn write_shrunk_beside(
    plan_file: &str,
    shrunk: &Shrunk,
    program: &str,
) -> Option<String> {
    let command = replay_line(program, plan_file);
    let file = beside(plan_file, 1);
    let page = of_shrunk(&file, shrunk, plan_file, command, (None, None))?;
    write_page_beside(plan_file, &page)
}

/// Writes the page of a plan that was not shrunk, beside its file: plays it once more.
pub(crate) fn write_played_beside(
    plan_file: &str,
    player: &dyn Player,
    plan: &Plan,
    program: &str,
) -> Result<Option<String>, HarnessPanic> {
    let record = || OnePlan { player, plan }.run(plan.seed, Recording::On);
    let run = HarnessPanic::caught(plan.seed, || watched(plan.seed, record))?;
    let subject = Subject {
        title: plan_file,
        command: replay_line(program, plan_file),
        plan,
        shrunk: None,
        since: Time::ZERO,
        until: Time::MAX,
        whole: false,
    };
    let page = page_of(&beside(plan_file, 1), &run, subject);
    Ok(page.and_then(|page| write_page_beside(plan_file, &page)))
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
            (None, Target::Scenario { name, calm, .. }) => {
                let is_default = self.node.name() == nodes[0].name();
                let of = if is_default { String::new() } else { of() };
                let calm = if *calm { "" } else { " --calm off" };
                let on = on_words(&self.on);
                format!("{program} {verb} {name} --seed {}{of}{calm}{on}", self.plan.seed)
            }
            (file, _) => {
                let file = file.expect("a plan with steps of its own is in a file");
                format!("{program} {verb} {}{}", plan_word(file), of())
            }
        }
    }
}

/// These options as words that follow others on a command line.
pub(crate) fn on_words(on: &OnWhat) -> String {
    let words = on.words();
    words.iter().flat_map(|word| [" ".to_owned(), shell_word(word)]).collect()
}
