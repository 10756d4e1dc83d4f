//! Leaving a run's course: from a given time on, everything is drawn from another seed.

use raftsim_node::{Duration, Node, Time};

use super::World;
use super::look::WorldState;
use super::setup::Branch;
use crate::failure::Failure;
use crate::network::settings::Spread;
use crate::random::Purpose;
use crate::trace::watch::Watch;

/// How a run will leave its course.
pub(crate) struct Branching {
    pub(super) branch: Branch,
    /// The jitter of messages from then on.
    pub(super) jitter: Spread,
}

impl<N: Node, W: Watch<N>> World<N, W> {
    /// Whether the run has left its course.
    pub fn has_branched(&self) -> bool {
        self.has_branched
    }

    /// Lets the run last `span` longer than its setup said: for what follows a scenario.
    pub fn extend(&mut self, span: Duration) {
        self.end = self.end.saturating_add(span);
        self.find_limit();
    }

    /// Finds the time up to which nothing but the run itself happens.
    pub(super) fn find_limit(&mut self) {
        let branch = self.branch.as_ref().map(|it| it.branch.at);
        let next = branch.into_iter().chain(self.looks.next());
        self.limit = next.fold(self.end, Time::min);
    }

    /// The time moves to `next`, which is past the limit. The world's state is kept for each moment
    /// that is over and at which it is wanted; the run leaves its course, if it is to do so; or it
    /// takes too long.
    #[cold]
    pub(super) fn pass_limit(&mut self, next: Time) -> Result<(), Failure> {
        // What is to happen after the end of the run never does.
        let end = self.end;
        let is_over = move |at: Time| at < next && at <= end;
        while let Some(at) = self.looks.next().filter(|&at| is_over(at)) {
            let state = WorldState { time: at, ..self.look() };
            self.looks.keep(state);
        }
        let branching = self.branch.take_if(|it| is_over(it.branch.at));
        let ends = branching.is_some_and(|it| self.leave_course(it)) || self.looks.are_over();
        self.find_limit();
        if ends || next > self.end { Err(self.too_long(next)) } else { Ok(()) }
    }

    /// Leaves the run's course. Returns whether the scenario ends there.
    fn leave_course(&mut self, Branching { branch, jitter }: Branching) -> bool {
        self.has_branched = true;
        self.streams = self.streams.branch(branch.seed);
        let streams = &self.streams;
        self.cluster.network.reseed(streams.clone(), jitter);
        self.lives = self.voters.iter().map(|&id| streams.stream(Purpose::Lives(id))).collect();
        self.clients.reseed(|number| streams.stream(Purpose::Client(number)));
        branch.ends
    }
}
