//! Ticks, for Rafts that count time in calls of a method.

use crate::{Boot, Duration, Random, Time};

/// The ticks of a server whose Raft counts time in calls of a `tick` method: which of them are due,
/// and when the next ones come.
///
/// A tick-driven Raft calls `tick` at fixed times. Here it need not be woken for each: it is woken
/// for the tick at which something happens, and is then given all ticks that have passed. Every step
/// begins with them. So the node's deadline is the moment at which its Raft's timer ends, and a
/// plan's `expire`, which moves a clock to the deadline, makes a follower stand for election.
///
/// The first tick comes within `every` after the boot. The moment is drawn from the life's own seed:
/// without that, servers that boot together would tick together forever.
///
/// ```
/// use std::sync::Arc;
///
/// use raftsim_node::{Boot, Duration, NodeId, Ticks, Time};
///
/// /// A Raft that stands for election at its tenth tick.
/// struct Ticked { elapsed: u64 }
///
/// impl Ticked {
///     fn tick(&mut self) { self.elapsed += 1 }
///     fn left(&self) -> u64 { 10 - self.elapsed }
/// }
///
/// let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
/// let boot = Boot::new(voters[0], voters, 42);
/// let mut raft = Ticked { elapsed: 0 };
/// let mut ticks = Ticks::new(Duration::from_millis(20), &boot, Time::ZERO);
///
/// // What `Node::deadline` returns: the election is 180 to 200 ms away.
/// let deadline = ticks.at(raft.left());
/// assert!(Time::from_nanos(180_000_000) < deadline);
/// assert!(deadline <= Time::from_nanos(200_000_000));
///
/// // What each step begins with, here one that handles a message after 100 ms.
/// for _ in 0..ticks.due(Time::from_nanos(100_000_000)) {
///     raft.tick();
/// }
/// assert_eq!((raft.elapsed, ticks.at(raft.left())), (5, deadline));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticks {
    every: Duration,
    next: Time,
    most: u64,
}

impl Ticks {
    /// The ticks of a life that begins `now`, by the server's clock: one `every` so often.
    ///
    /// # Panics
    /// If `every` is zero.
    pub fn new(every: Duration, boot: &Boot, now: Time) -> Self {
        assert!(every > Duration::ZERO, "the time between two ticks is not zero");
        // Not the seed itself, from which the node draws too.
        let phase = Random::new(!boot.seed).below(every.as_nanos()) + 1;
        Self { every, next: now + Duration::from_nanos(phase), most: u64::MAX }
    }

    /// The same, but at most `most` ticks are due at once, and those beyond are left out. After a
    /// jump of its clock, or a pause, a server otherwise catches up with every tick that it missed,
    /// and so may begin several elections in one step. How a program's own timers treat missed ticks
    /// says which is right for it. `most` must not be less than the longest time that the Raft waits
    /// for, in ticks.
    #[must_use]
    pub const fn catching_up(self, most: u64) -> Self {
        Self { most, ..self }
    }

    /// The number of ticks that have come by `now` and were not yet returned.
    pub fn due(&mut self, now: Time) -> u64 {
        if now < self.next {
            return 0;
        }
        let due = 1 + now.since(self.next).as_nanos() / self.every.as_nanos();
        self.next = self.after(due);
        due.min(self.most)
    }

    /// When the tick with this number comes, counted from those that were returned: 1 is the next
    /// one. 0 is taken for 1.
    pub fn at(&self, number: u64) -> Time {
        self.after(number.saturating_sub(1))
    }

    fn after(&self, ticks: u64) -> Time {
        let span = self.every.as_nanos().saturating_mul(ticks);
        self.next.saturating_add(Duration::from_nanos(span))
    }
}
