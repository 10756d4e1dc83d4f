//! `why`: why a run fails, in about ten lines.
//!
//! | module | owns |
//! |---|---|
//! | `turns` | where the odds turn, as sentences and as marks on a page |
//! | `object` | everything as JSON |

mod object;
mod turns;

use std::path::Path;

use indicatif::ProgressBar;
use raftsim_explore::{Afterwards, Branches, HarnessPanic, Run, SweepListener, Turning, name_runs};
use raftsim_node::Time;
use raftsim_plan::Plan;
use raftsim_sim::{Failure, Kind, Recording, property};
use raftsim_view::page::{Page, Repeated, StoryLine};
use sim_scenarios::pages::{Subject, page};
use sim_scenarios::shell::{plan_word, shell_word};

use self::object::WhyJson;
use self::turns::Turns;
use crate::command::Exit;
use crate::command::args::WhyArgs;
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out::{self, json};
use crate::command::pages;
use crate::command::plans::OneRun;
use crate::command::progress::bar;
use crate::command::replay::{complain_of_missing, play};
use crate::command::stop::Stop;

/// How many steps the story has at most.
const STORY: usize = 7;

/// How many steps there must be without progress for them to be called repetition.
const REPEATED: usize = 20;

/// How many kinds of messages are named that repeat.
const SENT: usize = 3;

pub(crate) fn why(args: &WhyArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let one = OneRun::named(&args.run, nodes)?;
    pages::check_place("--html", args.html.as_deref(), &[("the plan", one.file.map(Path::new))])?;
    let stop = Stop::on_signals();
    name_runs(&format!("{}, node {}", one.name(), one.node.name()));
    let panicked = |panic| Bad::panicked(one.name(), &one.node, panic);
    let run = HarnessPanic::caught(one.plan.seed, || play(&one, Recording::On, None));
    let run = run.map_err(panicked)?;
    let subject = || one.subject(program, nodes, None, None);
    let story = run.story.as_ref();
    // All of the run, even of one that is too long for a page.
    let page = story.map(|story| page(&run, &**story, Subject { whole: true, ..subject() }));
    let why = Why { one: &one, run: &run, page: page.as_ref() };
    if !args.json {
        // Before the branches, which take long.
        why.print(program)?;
    }
    if let Some(story) = story {
        complain_of_missing(&**story, &one);
    }
    let worlds = why.branched(args, &stop).map_err(panicked)?;
    if !args.json {
        let lines = worlds.each_ref().map(|turns| turns.as_ref().map(Turns::line));
        lines.iter().flatten().try_for_each(|line| out::line(line))?;
    }
    let written = args.html.as_ref().and_then(|file| {
        let page = pages::page_of(file, &run, subject())?;
        let marks = turns::marks(worlds.iter().flatten());
        pages::write_page(file, &page.with_turning(marks))
    });
    if args.json {
        json(&WhyJson::of(&why, &worlds, written))?;
    } else if let Some(name) = &written {
        pages::print_name(name)?;
    }
    Ok(match run.verdict {
        Ok(()) => Exit::Passed,
        Err(_) if stop.is_asked() => Exit::Interrupted,
        Err(_) => Exit::Failed,
    })
}

/// A run, and why it fails.
struct Why<'a> {
    one: &'a OneRun<'a>,
    run: &'a Run,
    /// The recorded run; `None` if it ended before it began.
    page: Option<&'a Page>,
}

impl Why<'_> {
    fn failure(&self) -> Option<&Failure> {
        self.run.verdict.as_ref().err()
    }

    fn story(&self) -> Vec<StoryLine> {
        self.page.map_or_else(Vec::new, |page| page.story(STORY))
    }

    /// What repeats at the end of a run in which something should have happened.
    fn repeated(&self) -> Option<Repeated> {
        self.failure().filter(|failure| lacks_progress(failure))?;
        self.page.and_then(|page| page.repeated(REPEATED))
    }

    /// Whether two runs of it differ, so that a branch of it means nothing.
    fn is_unsteady(&self) -> bool {
        self.failure().is_some_and(|failure| failure.property() == property::DETERMINISTIC)
    }

    /// Prints what is known without branches.
    fn print(&self, program: &str) -> Result<(), Bad> {
        let Plan { seed, node, .. } = &self.one.plan;
        let name = format!("{}, seed {seed}, node {node}", self.one.name());
        let Some(failure) = self.failure() else {
            return Ok(out::line(&format!("{name}: pass"))?);
        };
        out::line(&name)?;
        out::line(&format!("FAIL: {failure}"))?;
        let story = self.story();
        if !story.is_empty() {
            out::line("led here by:")?;
        }
        for StoryLine { time, node, text, mark, .. } in story {
            let mark = mark.map_or_else(|| "   ".to_owned(), |mark| format!("[{mark}]"));
            let node = node.map_or_else(String::new, |node| node.to_string());
            out::line(&format!("  {mark} {time} {node:3} {text}"))?;
        }
        if let Some(Repeated { since, sent, timeouts }) = self.repeated() {
            let timeouts = timeouts.iter().zip(1..).filter(|(count, _)| **count > 0);
            let timeouts = timeouts.map(|(count, node)| format!("{count} x n{node} timeout"));
            let all: Vec<String> = sent.into_iter().take(SENT).chain(timeouts).collect();
            out::line(&format!("repeated from {since} on: {}", all.join(", ")))?;
        }
        if self.is_unsteady() {
            let line = self.diff_line(program);
            let why = "two runs of it differ, so that there is nothing to branch";
            out::line(&format!("{why}; `{line}` shows their first difference"))?;
        }
        Ok(())
    }

    /// The command line that compares this run with itself.
    fn diff_line(&self, program: &str) -> String {
        let OneRun { plan, node, file, .. } = self.one;
        let name = match file {
            Some(file) => plan_word(file),
            None => format!("{}:{}", self.one.name(), plan.seed),
        };
        format!("{program} diff {name} {name} --node {}", shell_word(node.name()))
    }

    /// Branches the run at its moments: what comes of it under other seeds, and if all faults stop.
    /// Nothing if it passes, has no moment, or is not the same twice.
    fn branched(
        &self,
        args: &WhyArgs,
        stop: &Stop,
    ) -> Result<[Option<Turns<'_>>; 2], HarnessPanic> {
        let Some((failure, page)) = self.failure().zip(self.page) else { return Ok([None, None]) };
        let moments = moments(page);
        if moments.is_empty() || self.is_unsteady() {
            return Ok([None, None]);
        }
        let tried = moments.len().min(most(args));
        let runs = args.branches.get().saturating_mul(2 * tried as u64);
        let bar = bar(Some(runs), "branching: {wide_bar} {human_pos}/{human_len} runs");
        let listener = Listener { one: self.one, stop, bar };
        let turning = |afterwards| -> Result<Turning, HarnessPanic> {
            let branches = Branches {
                brancher: &*self.one.node.brancher(),
                plan: &self.one.plan,
                property: failure.property(),
                afterwards,
                each: args.branches,
                moments: most(args),
                jobs: args.jobs.count(),
            };
            branches.turning(&moments, &listener)
        };
        let worlds = [Afterwards::GoesOn, Afterwards::Calm];
        let [goes_on, calm] = worlds.map(|afterwards| {
            let turning = turning(afterwards)?;
            Ok(Some(Turns { afterwards, page, turning }))
        });
        Ok([goes_on?, calm?])
    }
}

/// At how many moments to branch at most.
fn most(args: &WhyArgs) -> usize {
    usize::try_from(args.moments.get()).unwrap_or(usize::MAX)
}

/// The moments at which something happened before the failure, after the one at which nothing has
/// happened yet.
fn moments(page: &Page) -> Vec<Time> {
    let mut moments = page.moments();
    if moments.first().is_some_and(|first| *first > Time::ZERO) {
        moments.insert(0, Time::ZERO);
    }
    moments
}

/// Whether a run failed because something did not happen, and not because of what did.
fn lacks_progress(failure: &Failure) -> bool {
    match failure.kind() {
        Kind::LabLimit { .. } => true,
        Kind::Violation | Kind::Contract => failure.property().demands_progress(),
    }
}

/// Listens to the branches. The bar disappears when it is dropped.
struct Listener<'a> {
    one: &'a OneRun<'a>,
    stop: &'a Stop,
    bar: ProgressBar,
}

impl SweepListener for Listener<'_> {
    fn what(&self) -> String {
        format!("a branch of {}, node {}", self.one.name(), self.one.node.name())
    }

    fn ran(&self, seeds: u64) {
        self.bar.inc(seeds);
    }

    fn stops(&self) -> bool {
        self.stop.is_asked()
    }
}

impl Drop for Listener<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use raftsim_sim::Fact;

    use super::*;

    #[test]
    fn repetition_explains_what_did_not_happen_and_not_what_did() {
        let lacks = |kind, property| {
            let facts = [Fact::new("one"), Fact::new("other")];
            lacks_progress(&Failure::new(kind, property, Time::ZERO, facts))
        };
        assert!(!lacks(Kind::Violation, property::ELECTION_SAFETY));
        assert!(!lacks(Kind::Contract, property::NO_PANIC));
        assert!(lacks(Kind::Violation, property::LEADER_LIVENESS));
        assert!(lacks(Kind::LabLimit { by_chance: false }, property::ONE));
    }
}
