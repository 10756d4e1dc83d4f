//! Why a run fails, as JSON.

use raftsim_explore::{Share, Turn, Turning};
use raftsim_node::NodeId;
use serde::Serialize;

use super::Why;
use super::turns::Turns;

#[derive(Serialize)]
pub(super) struct WhyJson {
    node: String,
    #[serde(serialize_with = "crate::command::out::seed")]
    seed: u64,
    reason: Option<String>,
    story: Vec<StepJson>,
    repeated: Option<RepeatedJson>,
    goes_on: Option<TurningJson>,
    calm: Option<TurningJson>,
    /// The run as a page, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
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
    /// Whether everything was tried that was to be tried.
    finished: bool,
    /// How many moments the run has.
    moments: usize,
    /// The steepest rise.
    rise: Option<TurnJson>,
    /// From where on all branches fail.
    lost: Option<TurnJson>,
    /// Every moment that was tried.
    shares: Vec<ShareJson>,
}

#[derive(Serialize)]
struct TurnJson {
    before: Option<ShareJson>,
    after: ShareJson,
    /// Whether the run has no moment between the two.
    isolated: bool,
}

#[derive(Serialize)]
struct ShareJson {
    at: u64,
    failed: u64,
    of: u64,
}

impl WhyJson {
    pub(super) fn of(why: &Why<'_>, worlds: &[Option<Turns<'_>>; 2], page: Option<String>) -> Self {
        let story = why.story().into_iter().map(|line| StepJson {
            time: line.time.as_nanos(),
            server: line.node.map(NodeId::number),
            mark: line.mark,
            text: line.text,
        });
        let [goes_on, calm] =
            worlds.each_ref().map(|turns| turns.as_ref().map(|it| TurningJson::of(&it.turning)));
        Self {
            node: why.one.plan.node.clone(),
            seed: why.one.plan.seed,
            reason: why.failure().map(ToString::to_string),
            story: story.collect(),
            repeated: why.repeated().map(|it| RepeatedJson {
                since: it.since.as_nanos(),
                sent: it.sent,
                timeouts: it.timeouts,
            }),
            goes_on,
            calm,
            page,
        }
    }
}

impl TurningJson {
    fn of(turning: &Turning) -> Self {
        Self {
            finished: turning.is_finished,
            moments: turning.moments,
            rise: turning.rise.map(TurnJson::of),
            lost: turning.lost.map(TurnJson::of),
            shares: turning.shares.iter().copied().map(ShareJson::of).collect(),
        }
    }
}

impl TurnJson {
    fn of(Turn { before, after, is_isolated }: Turn) -> Self {
        let before = before.map(ShareJson::of);
        Self { before, after: ShareJson::of(after), isolated: is_isolated }
    }
}

impl ShareJson {
    fn of(Share { at, failed, of }: Share) -> Self {
        Self { at: at.as_nanos(), failed, of }
    }
}
