//! Bugs that plans drawn at random find, and the few lines to which such a plan shrinks.

use std::fmt;
use std::ops::RangeInclusive;

use raftsim_explore::{CrashPoints, Fuzz, Player, Quiet, Runner as _, Shrunk, shrink};
use raftsim_node::Node;
use raftsim_plan::{Drawing, Expect, Plan, Scope};
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_specimens::mutant::{self, Control, Mutation};
use raftsim_specimens::{Post2020NoStepDown, Post2025, Unclaimed};
use raftsim_testkit::{Blind, Tweaked};
use sim_scenarios::NodePlayer;

use crate::mistakes::{ForgetsTimer, ForgetsVote, Mistake, Mistaken, Overclaims};

/// A broken node, and where to look for a plan that shows it.
struct Broken {
    name: String,
    player: Box<dyn Player>,
    servers: RangeInclusive<u8>,
    scope: Scope,
    /// The first seed, and how many from there on are enough.
    seeds: (u64, u64),
}

fn broken<N: Node + 'static>(name: &str, config: N::Config) -> Broken
where
    N::Config: Sync + Send,
{
    let (servers, scope, seeds) = (1..=7, Scope::Snapshots, (0, 300));
    let player = Box::new(NodePlayer::<N>::new(config));
    Broken { name: name.to_owned(), player, servers, scope, seeds }
}

/// The specimens. With one server `post-2025` has nobody to vote for it, which is another story.
fn specimens() -> Vec<Broken> {
    let elects = |broken| Broken { servers: 3..=7, scope: Scope::Elections, ..broken };
    let unclaimed = broken::<Unclaimed<Post2020NoStepDown>>("post-2020-unclaimed", ());
    vec![
        elects(broken::<Post2020NoStepDown>("post-2020-no-step-down", ())),
        // Rare: the first among all seeds is 2,913.
        Broken { seeds: (2_900, 300), ..elects(broken::<Post2025>("post-2025", ())) },
        // Rarer, as no plan asks whether anyone leads who should not. The plan of seed 42,003 passes
        // in a closed world; the next is seed 92,585.
        Broken { servers: 1..=7, seeds: (92_500, 300), ..elects(unclaimed) },
    ]
}

/// Mutants of the control Raft.
fn mutants() -> impl Iterator<Item = Broken> {
    let mutations = [
        Mutation::VoteNotPersisted,
        Mutation::CommitsAlone,
        Mutation::NoLogCheck,
        Mutation::NoInstallSnapshot,
        Mutation::CountsVoteTwice,
        Mutation::HalfElects,
        Mutation::HalfCommits,
        Mutation::CommitsEarlierTerms,
        Mutation::LongerLogWins,
        Mutation::BoundaryTermZero,
    ];
    let config = |mutation| mutant::Config::of(mutation);
    mutations.into_iter().map(move |it| broken::<Control>(&it.to_string(), config(it)))
}

/// Mistakes that no mutant makes.
fn mistaken() -> impl Iterator<Item = Broken> {
    let mistakes = [
        Mistake::DeafLeader,
        Mistake::LeadsUnelected,
        Mistake::OwnTerms,
        Mistake::Skips,
        Mistake::Garbles,
        Mistake::GivesUp,
        Mistake::LagsLast,
        Mistake::LosesLog,
    ];
    let config = |mistake| (raftsim_raft::Config::default(), mistake);
    let all = mistakes.into_iter();
    let all = all.map(move |it| broken::<Mistaken>(&format!("{it:?}"), config(it)));
    all.chain([
        broken::<Tweaked<Control, Overclaims>>("Overclaims", Default::default()),
        broken::<Tweaked<Raft, ForgetsTimer>>("ForgetsTimer", Default::default()),
        broken::<Tweaked<Raft, ForgetsVote>>("ForgetsVote", Default::default()),
    ])
}

/// Those of which the oracles see nothing but what they do.
fn blind() -> impl Iterator<Item = Broken> {
    let mutations = [Mutation::VotesForEveryone, Mutation::NoLogCheck, Mutation::CommitsAlone];
    let config = |mutation| (mutant::Config::of(mutation), Blind);
    let mutants = mutations.into_iter().map(move |mutation| {
        broken::<Tweaked<Control, Blind>>(&format!("{mutation}, blind"), config(mutation))
    });
    let loses_log = ((raftsim_raft::Config::default(), Mistake::LosesLog), Blind);
    mutants.chain([broken::<Tweaked<Mistaken, Blind>>("LosesLog, blind", loses_log)])
}

fn all() -> Vec<Broken> {
    let planted = mutants().chain(mistaken()).chain(blind());
    let mut all = specimens();
    all.extend(planted.map(|broken| {
        // Rare: the first among all seeds is 4,380.
        let is_rare = broken.name == Mutation::CommitsEarlierTerms.name();
        let seeds = if is_rare { (4_000, 1_000) } else { (0, 1_000) };
        Broken { seeds, ..broken }
    }));
    all
}

/// What became of one of them.
struct Row {
    name: String,
    seed: u64,
    before: usize,
    shrunk: Shrunk,
}

impl Broken {
    fn plan(&self, seed: u64) -> Plan {
        self.fuzz(&self.drawing()).plan(seed)
    }

    fn drawing(&self) -> Drawing {
        Drawing { servers: self.servers.clone(), scope: self.scope, swarm: true, stands: false }
    }

    fn fuzz<'a>(&'a self, drawing: &'a Drawing) -> Fuzz<'a> {
        let (player, node) = (&*self.player, &self.name);
        Fuzz { player, node, drawing, crash_points: CrashPoints::NONE }
    }

    /// The first of its seeds that fails.
    fn found(&self) -> u64 {
        let drawing = self.drawing();
        let fuzz = self.fuzz(&drawing);
        let (from, many) = self.seeds;
        let fails = |&seed: &u64| fuzz.run(seed, Recording::Off).verdict.is_err();
        let found = (from..from + many).find(fails);
        found.unwrap_or_else(|| panic!("{}: none of {many} seeds from {from} fails", self.name))
    }

    fn shrink(&self) -> Row {
        let seed = self.found();
        let plan = self.plan(seed);
        let shrunk = shrink(&*self.player, &plan, 20_000, &Quiet);
        let shrunk = shrunk.unwrap_or_else(|error| panic!("{}: {error}", self.name));
        Row { name: self.name.clone(), seed, before: plan.lines(), shrunk }
    }

    /// A shrunk plan is all that it says it is: closed, the run that it was, failing as the plan
    /// did from which it came, and no more so without any of its lines.
    fn check(&self, row: &Row) {
        let (name, plan) = (&self.name, &row.shrunk.plan);
        let run_of = |plan: &Plan| self.player.play(plan, Recording::Off);
        let signature = run_of(&self.plan(row.seed)).signature();
        assert_eq!(plan.to_string().parse().as_ref(), Ok(plan), "{name}");
        assert!(plan.closed, "{name}");
        let run = run_of(plan);
        assert_eq!(run.signature(), signature, "{name}");
        assert_eq!(Some(run.digest), plan.digest, "{name}");
        assert_eq!(run.unused, [] as [&str; 0], "{name}\n{plan}");
        let failure = run.verdict.expect_err("it fails");
        assert_eq!(plan.expect, Expect::Breaks(failure.property().to_string()), "{name}");
        assert!(row.shrunk.is_minimal, "{name}");
        for line in 0..plan.lines() {
            assert_ne!(run_of(&plan.without_line(line)).signature(), signature, "{name} {line}");
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, seed, before, shrunk } = self;
        let Shrunk { steps, fates, servers, runs, .. } = shrunk;
        let failure = shrunk.run.verdict.as_ref().expect_err("it fails").property();
        write!(
            out,
            "{name:<24} {seed:>6} {before:>4} steps -> {:>2} + {:>2} of {:>4} fates, \
             {} of {} servers, {runs:>3} runs: {failure}",
            steps.0, fates.0, fates.1, servers.0, servers.1
        )
    }
}

#[test]
fn plans_found_by_fuzzing_shrink_to_a_few_lines_that_are_all_needed() {
    let all = all();
    let rows: Vec<Row> = all.iter().map(Broken::shrink).collect();
    for (broken, row) in all.iter().zip(&rows) {
        println!("{row}");
        broken.check(row);
    }
    let lines: Vec<usize> = rows.iter().map(|row| row.shrunk.plan.lines()).collect();
    assert!(median(lines.clone()) <= 6, "{lines:?}");
    // Nor is it so because the half of them need nothing to go wrong.
    let adverse: Vec<usize> = lines.iter().copied().filter(|&lines| lines > 0).collect();
    assert!(adverse.len() >= 13, "{lines:?}");
    assert!(median(adverse) <= 6, "{lines:?}");
}

fn median(mut numbers: Vec<usize>) -> usize {
    numbers.sort_unstable();
    numbers[numbers.len() / 2]
}

#[test]
fn a_plan_that_breaks_a_planted_bug_passes_on_our_raft() {
    let ours = NodePlayer::<Raft>::new(raftsim_raft::Config::default());
    for broken in all() {
        let row = broken.shrink();
        let verdict = ours.play(&row.shrunk.plan, Recording::Off).verdict;
        assert_eq!(verdict, Ok(()), "{row}\n{}", row.shrunk.plan);
    }
}

#[test]
fn shrinking_has_the_same_result_every_time() {
    for broken in specimens() {
        let (one, other) = (broken.shrink(), broken.shrink());
        assert_eq!(one.shrunk.plan, other.shrunk.plan);
        assert_eq!(one.to_string(), other.to_string());
    }
}
