//! Crash points by enumeration: a plan that passes is played again with one crash more, at gaps
//! between two writes of one list, as far as a budget goes.

use raftsim_node::{Duration, Time};
use raftsim_plan::{Plan, Step, Target, Timed, Who};
use raftsim_sim::{CrashPoint, Fault, Gap, Recording};

use crate::run::{Player, Run};
use crate::watchdog::watched;

/// How long a server that crashed at a gap is down: so short that it takes part again in what went
/// on then.
const DOWN: Duration = Duration::from_millis(50);

/// How long before the list with the gap the crash is armed: the smallest span of virtual time.
const BEFORE: Duration = Duration::from_nanos(1);

/// Which plans are played again with a crash between two writes of one list, and how often. A plan
/// decides alone about it, so that it is the same whatever was played before.
///
/// Up to the crash the run is the run of the plan without it. Of a node that makes one write in
/// each step no plan is played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrashPoints {
    /// One plan of so many that are drawn, at least 1, is played again if it passes.
    pub one_in: u64,
    /// At how many gaps at most a server crashes, at one in each play. If a run has more of them,
    /// they come from different lists if possible, evenly spread over the run.
    pub most: u64,
}

impl CrashPoints {
    /// No plan is played again.
    pub const NONE: Self = Self { one_in: 1, most: 0 };
    /// The share that costs a node with gaps in each of its runs 3 % more time.
    pub const USUAL: Self = Self { one_in: 32, most: 1 };

    /// Each plan is played again at up to `most` gaps.
    pub const fn of_each(most: u64) -> Self {
        Self { one_in: 1, most }
    }

    /// Whether this plan is played again, if it passes and its run has gaps.
    pub fn wants(self, plan: &Plan) -> bool {
        self.most > 0 && plan.seed.is_multiple_of(self.one_in)
    }

    /// Plays `plan`, and if it passes and is one of those, again with crashes, until one of the
    /// plays fails. Returns the plan that failed or, if none did, the one that was given; and the run
    /// of the last play, which counts what happened in all of them.
    pub fn play(self, player: &dyn Player, plan: Plan) -> (Plan, Run) {
        if !self.wants(&plan) {
            let run = player.play(&plan, Recording::Off);
            return (plan, run);
        }
        let (mut whole, gaps) = player.play_for_gaps(&plan);
        if whole.verdict.is_err() {
            return (plan, whole);
        }
        for gap in self.chosen(&plan, gaps) {
            let crashing = with_crash(&plan, gap);
            let run = watched(plan.seed, || player.play(&crashing, Recording::Off));
            whole = together(&whole, run);
            if whole.verdict.is_err() {
                return (crashing, whole);
            }
        }
        (plan, whole)
    }

    /// Those of the gaps at which a server crashes, in the order in which they are tried: of each
    /// list one gap, then of each list another.
    fn chosen(self, plan: &Plan, mut gaps: Vec<Gap>) -> Vec<Gap> {
        let Target::Cluster(schedule) = &plan.target else { return vec![] };
        // In the plan's ending no fault happens.
        let end = Time::ZERO + schedule.length;
        gaps.retain(|gap| Time::ZERO < gap.at && gap.at < end);
        let lists: Vec<&[Gap]> =
            gaps.chunk_by(|one, next| (one.node, one.at) == (next.node, next.at)).collect();
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        let many = most.min(lists.len());
        let number = plan.seed / self.one_in;
        let first = |among: usize| {
            usize::try_from(number % among as u64).expect("it is less than a length")
        };
        let spread: Vec<&[Gap]> = (0..many)
            .map(|place| lists[(place * lists.len() + first(lists.len())) / many])
            .collect();
        let longest = spread.iter().map(|list| list.len()).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|round| {
            let longer = spread.iter().filter(move |list| round < list.len());
            longer.map(move |list| list[(round + first(list.len())) % list.len()])
        });
        rounds.take(most).collect()
    }
}

/// The same plan, in which a server crashes at this gap and restarts soon after.
fn with_crash(plan: &Plan, gap: Gap) -> Plan {
    let mut plan = plan.clone();
    if let Target::Cluster(schedule) = &mut plan.target {
        let who = Who::Node(gap.node);
        let fault = Fault::Crash { who, after: Some(CrashPoint::Gap(gap.number)) };
        let at = Time::ZERO + (gap.at.since(Time::ZERO) - BEFORE);
        let place = schedule.steps.partition_point(|timed| timed.at <= at);
        let step = Step::Fault { fault, lasting: Some(DOWN) };
        schedule.steps.insert(place, Timed { at, step });
    }
    plan
}

/// The run of the last play, with what happened in those before it.
fn together(before: &Run, last: Run) -> Run {
    let mut judged = before.judged;
    judged.add(last.judged);
    // One seed gives one warning.
    let judged = judged.with(judged.warned().min(1), judged.seen());
    Run {
        events: before.events + last.events,
        virtual_time: before.virtual_time + last.virtual_time.since(Time::ZERO),
        digest: before.digest.rotate_left(1) ^ last.digest,
        judged,
        crash_points: before.crash_points + 1,
        ..last
    }
}
