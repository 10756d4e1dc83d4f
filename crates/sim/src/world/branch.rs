//! Leaving a run's course: from a given time on, everything is drawn from another seed.

use raftsim_node::{Duration, Node, Time};

use super::World;
use super::setup::Branch;
use crate::failure::Failure;
use crate::network::settings::Spread;
use crate::random::Purpose;
use crate::trace::watch::Watch;

/// How a run will leave its course. Until it does, its limit is the time at which it does.
pub(crate) struct Branching {
    branch: Branch,
    /// The time by which the run must end.
    limit: Time,
    /// The jitter of messages from then on.
    jitter: Spread,
}

impl Branching {
    pub(crate) fn new(branch: Branch, limit: Time, jitter: Spread) -> Self {
        Self { branch, limit, jitter }
    }

    /// Until when the run goes on as it is: until it leaves its course, or must end.
    pub(crate) fn until(&self) -> Time {
        self.branch.at.min(self.limit)
    }

    /// Lets the run last `span` longer.
    pub(crate) fn extend(&mut self, span: Duration) {
        self.limit = self.limit.saturating_add(span);
    }
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Whether the run was to leave its course, and has done so; or never was to.
    pub fn has_branched(&self) -> bool {
        self.branch.is_none()
    }

    /// Lets the run last `span` longer than its setup said: for what follows a scenario.
    pub fn extend(&mut self, span: Duration) {
        let Some(branching) = &mut self.branch else {
            self.limit = self.limit.saturating_add(span);
            return;
        };
        branching.extend(span);
        self.limit = branching.until();
    }

    /// The time moves to `next`, which is past the limit: the run leaves its course, if it is to do
    /// so; else it takes too long.
    #[cold]
    pub(super) fn pass_limit(&mut self, next: Time) -> Result<(), Failure> {
        // If the run must end before it would leave its course, it never does.
        let branching = self.branch.take_if(|it| it.branch.at <= it.limit);
        let Some(Branching { branch, limit, jitter }) = branching else {
            return Err(self.too_long(next));
        };
        self.limit = limit;
        self.streams = self.streams.branch(branch.seed);
        let streams = &self.streams;
        self.cluster.network.reseed(streams.clone(), jitter);
        self.lives = self.voters.iter().map(|&id| streams.stream(Purpose::Lives(id))).collect();
        self.clients.reseed(|number| streams.stream(Purpose::Client(number)));
        if branch.ends || next > limit { Err(self.too_long(next)) } else { Ok(()) }
    }
}
