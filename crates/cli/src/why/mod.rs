//! `why`: why a run fails, in about ten lines.

use raftsim_explore::{
    Afterwards, Branches, HarnessPanic, Odds, OnePlan, Runner as _, SweepListener, Turning,
    name_runs,
};
use raftsim_node::Time;
use raftsim_sim::{Failure, Recording};
use raftsim_view::page::{Page, Repeated, StoryLine};
use serde::Serialize;
use sim_scenarios::pages::page;

use crate::Exit;
use crate::args::WhyArgs;
use crate::bad::Bad;
use crate::nodes::NodeEntry;
use crate::out::{self, json};
use crate::pages;
use crate::plans::OneRun;
use crate::stop::Stop;

/// How many steps the story has at most.
const STORY: usize = 7;

/// How many steps there must be without a change of a role or a term for them to be called
/// repetition.
const REPEATED: usize = 20;

/// How many kinds of messages are named that repeat.
const SENT: usize = 3;

/// Why a run fails, as JSON.
#[derive(Serialize)]
struct WhyJson {
    node: String,
    seed: u64,
    reason: Option<String>,
    story: Vec<StepJson>,
    repeated: Option<RepeatedJson>,
    goes_on: Option<TurningJson>,
    calm: Option<TurningJson>,
}

#[derive(Serialize)]
struct StepJson {
    time: u64,
    server: Option<u8>,
    mark: Option<char>,
    text: String,
}

#[derive(Serialize)]
struct RepeatedJson {
    since: u64,
    sent: Vec<String>,
    timeouts: Vec<u64>,
}

#[derive(Serialize)]
struct TurningJson {
    /// The odds before and after the steepest rise.
    rise: Option<[OddsJson; 2]>,
    /// The odds at the last moment before all branches fail, and at the first from which they do.
    lost: Option<(Option<OddsJson>, OddsJson)>,
    /// Every moment that was tried.
    odds: Vec<OddsJson>,
}

#[derive(Serialize)]
struct OddsJson {
    at: u64,
    failed: u64,
    of: u64,
}

pub(crate) fn why(args: &WhyArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let one = OneRun::named(&args.run, nodes)?;
    let stop = Stop::on_signals();
    name_runs(&format!("{}, node {}", one.name(), one.node.name()));
    let runner = OnePlan { player: &*one.node.player(), plan: &one.plan };
    let panicked = |panic| Bad::panicked(one.name(), &one.node, panic);
    let run = HarnessPanic::caught(one.plan.seed, || runner.run(one.plan.seed, Recording::On));
    let run = run.map_err(panicked)?;
    let Err(failure) = &run.verdict else {
        print_passed(args, &one)?;
        return Ok(Exit::Passed);
    };
    let subject = one.subject(program, nodes, None, None);
    let page = run.story.as_ref().map(|story| page(&run, &**story, subject));
    let moments = page.as_ref().map_or_else(Vec::new, Page::moments);
    let turning = |afterwards| turning(args, &one, failure, &moments, afterwards, &stop);
    let goes_on = turning(Afterwards::GoesOn).map_err(panicked)?;
    let calm = turning(Afterwards::Calm).map_err(panicked)?;
    let why = Why { failure, page: page.as_ref(), goes_on, calm };
    if args.json {
        json(&why.as_json(&one))?;
    } else {
        why.print(&one)?;
    }
    let turns = why.turns();
    if let (Some(file), Some(page)) = (&args.html, page) {
        let name = pages::write_page(file, &page.with_turning(turns));
        if let Some(name) = name.filter(|_| !args.json) {
            pages::print_name(&name)?;
        }
    }
    Ok(if stop.is_asked() { Exit::Interrupted } else { Exit::Failed })
}

/// Branches the run at its moments; `None` if it has none.
fn turning(
    args: &WhyArgs,
    one: &OneRun<'_>,
    failure: &Failure,
    moments: &[Time],
    afterwards: Afterwards,
    stop: &Stop,
) -> Result<Option<Turning>, HarnessPanic> {
    if moments.is_empty() {
        return Ok(None);
    }
    let branches = Branches {
        brancher: &*one.node.brancher(),
        plan: &one.plan,
        property: failure.property(),
        afterwards,
        each: args.branches,
        moments: usize::try_from(args.moments.get()).unwrap_or(usize::MAX),
        jobs: args.jobs.count(),
    };
    branches.turning(moments, &Listener(stop)).map(Some)
}

struct Listener<'a>(&'a Stop);

impl SweepListener for Listener<'_> {
    fn stops(&self) -> bool {
        self.0.is_asked()
    }
}

fn print_passed(args: &WhyArgs, one: &OneRun<'_>) -> Result<(), Bad> {
    let OneRun { plan, .. } = one;
    if args.json {
        return json(&WhyJson {
            node: plan.node.clone(),
            seed: plan.seed,
            reason: None,
            story: vec![],
            repeated: None,
            goes_on: None,
            calm: None,
        });
    }
    Ok(out::line(&format!("{}, seed {}, node {}: pass", one.name(), plan.seed, plan.node))?)
}

/// Why a run fails.
struct Why<'a> {
    failure: &'a Failure,
    /// The recorded run; `None` if it ended before it began.
    page: Option<&'a Page>,
    goes_on: Option<Turning>,
    calm: Option<Turning>,
}

impl Why<'_> {
    fn story(&self) -> Vec<StoryLine> {
        self.page.map_or_else(Vec::new, |page| page.story(STORY))
    }

    fn repeated(&self) -> Option<Repeated> {
        self.page.and_then(|page| page.repeated(REPEATED))
    }

    fn print(&self, one: &OneRun<'_>) -> Result<(), Bad> {
        let OneRun { plan, .. } = one;
        out::line(&format!("{}, seed {}, node {}", one.name(), plan.seed, plan.node))?;
        out::line(&format!("FAIL: {}", self.failure))?;
        out::line("led here by:")?;
        for StoryLine { time, node, text, mark, .. } in self.story() {
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
        for (world, turning) in self.worlds() {
            if let Some(turning) = turning {
                out::line(&format!("{world}: {}", self.turning_text(turning)))?;
            }
        }
        Ok(())
    }

    /// The moments at which the odds turn, each with a sentence.
    fn turns(&self) -> Vec<(Time, String)> {
        let rises = self.worlds().into_iter().filter_map(|(world, turning)| {
            let [before, after] = turning.as_ref()?.rise?;
            let text = format!(
                "{world} {} of {} branches fail before this step, and {} of {} after it",
                before.failed, before.of, after.failed, after.of
            );
            Some((after.at, text))
        });
        rises.collect()
    }

    /// The two kinds of branches, each with where its odds turn.
    fn worlds(&self) -> [(&'static str, &Option<Turning>); 2] {
        [("under other seeds", &self.goes_on), ("if all faults stopped", &self.calm)]
    }

    /// Where the odds turn, in a sentence.
    fn turning_text(&self, turning: &Turning) -> String {
        let Turning { rise, lost, odds } = turning;
        let share = |odds: &Odds| format!("{} of {}", odds.failed, odds.of);
        let rise_text = rise.map(|[before, after]| {
            let (before, share) = (share(&before), share(&after));
            format!("{before} branches fail before {}, and {share} after it", self.moment(after.at))
        });
        let lost_text = lost.as_ref().map(|(before, after)| match before {
            Some(before) => {
                format!("all fail from {} on ({} before it)", self.moment(after.at), share(before))
            }
            None => "all fail from the start".to_owned(),
        });
        match (rise_text, lost_text) {
            (Some(rise), Some(_)) if rise_is_last(turning) => rise,
            (Some(rise), Some(lost)) => format!("{rise}; {lost}"),
            (Some(text), None) | (None, Some(text)) => text,
            (None, None) => {
                let most = odds.iter().max_by_key(|odds| odds.failed).map(share);
                format!("at most {} branches fail", most.unwrap_or_default())
            }
        }
    }

    /// A moment, with the steps that happened then.
    fn moment(&self, at: Time) -> String {
        let steps = self.page.map_or_else(Vec::new, |page| page.steps_at(at));
        let texts = steps.iter().map(|step| {
            let node = step.node.map_or_else(String::new, |node| format!("{node} "));
            format!("{node}{}", step.text)
        });
        format!("{at} ({})", texts.collect::<Vec<_>>().join("; "))
    }

    fn as_json(&self, one: &OneRun<'_>) -> WhyJson {
        let story = self.story().into_iter().map(|line| StepJson {
            time: line.time.as_nanos(),
            server: line.node.map(raftsim_node::NodeId::number),
            mark: line.mark,
            text: line.text,
        });
        WhyJson {
            node: one.plan.node.clone(),
            seed: one.plan.seed,
            reason: Some(self.failure.to_string()),
            story: story.collect(),
            repeated: self.repeated().map(|it| RepeatedJson {
                since: it.since.as_nanos(),
                sent: it.sent,
                timeouts: it.timeouts,
            }),
            goes_on: self.goes_on.as_ref().map(TurningJson::of),
            calm: self.calm.as_ref().map(TurningJson::of),
        }
    }
}

/// Whether all branches fail from the steepest rise on.
fn rise_is_last(turning: &Turning) -> bool {
    let after = turning.rise.map(|[_, after]| after);
    turning.lost.as_ref().is_some_and(|(_, first)| Some(*first) == after)
}

impl TurningJson {
    fn of(turning: &Turning) -> Self {
        let Turning { rise, lost, odds } = turning;
        Self {
            rise: rise.map(|pair| pair.map(OddsJson::of)),
            lost: lost.map(|(before, after)| (before.map(OddsJson::of), OddsJson::of(after))),
            odds: odds.iter().copied().map(OddsJson::of).collect(),
        }
    }
}

impl OddsJson {
    fn of(Odds { at, failed, of }: Odds) -> Self {
        Self { at: at.as_nanos(), failed, of }
    }
}
