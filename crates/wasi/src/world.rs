//! What a program sees of the world: one server's clock and random numbers. It knows no file, no
//! socket and nothing of the machine.

use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder};

/// The world of one instance.
pub struct World {
    /// The server's clock at the present event, in nanoseconds.
    now: u64,
    /// How far the program's own clock is ahead of that, because it waited within an event.
    ahead: u64,
    /// How often it has looked at a clock in the present event.
    looks: u32,
    /// The state of the random numbers.
    random: u64,
    /// What its wall clock showed when the server's own clock showed zero.
    wall: u64,
    /// The status with which it exited.
    pub exit: Option<u32>,
    /// Its memory, once the instance is made.
    pub memory: Option<Memory>,
    /// How much memory it may use.
    pub limits: StoreLimits,
}

/// What a monotonic clock shows at the start of a run: not zero, which programs take for "never".
const START: u64 = 1_000_000_000;

/// The first of January 2026, in nanoseconds of Unix time.
const NEW_YEAR: u64 = 1_767_225_600_000_000_000;

/// After this many looks at a clock in one event, the program is waiting for it, and each further
/// look takes [`LOOK`].
const LOOKS: u32 = 100_000;

/// One microsecond.
const LOOK: u64 = 1_000;

/// The most memory that a program may use, in bytes.
pub const MEMORY: usize = 512 << 20;

impl World {
    /// The world of a life whose random numbers are drawn from `seed`, and whose clock shows `now`
    /// nanoseconds.
    pub fn new(seed: u64, now: u64) -> Self {
        let mut world = Self {
            now,
            ahead: 0,
            looks: 0,
            random: seed,
            wall: NEW_YEAR,
            exit: None,
            memory: None,
            limits: StoreLimitsBuilder::new().memory_size(MEMORY).build(),
        };
        // Many programs seed their random numbers by the wall clock, and no two servers that start
        // together read the same nanosecond there. So each life has a wall clock of its own, which
        // is off by up to 1,000 s.
        world.wall += world.word() % 1_000_000_000_000;
        world
    }

    /// Begins an event at `now`.
    pub fn begin(&mut self, now: u64) {
        // The program's clock never goes back.
        self.ahead = self.time().saturating_sub(now);
        self.now = now;
        self.looks = 0;
    }

    /// The server's clock at the present event, in nanoseconds.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// The program's own clock, in nanoseconds: later than [`World::now`] if it waited within the
    /// event.
    pub fn time(&self) -> u64 {
        self.now.saturating_add(self.ahead)
    }

    /// What a look at the clock shows.
    pub(crate) fn look(&mut self, is_wall: bool) -> u64 {
        self.looks += 1;
        if self.looks > LOOKS {
            self.ahead = self.ahead.saturating_add(LOOK);
        }
        self.shown(is_wall)
    }

    /// What a clock shows.
    pub(crate) fn shown(&self, is_wall: bool) -> u64 {
        self.time().saturating_add(if is_wall { self.wall } else { START })
    }

    /// Sleeps, while nothing else of the program can run, for `span` nanoseconds.
    pub(crate) fn sleep(&mut self, span: u64) {
        self.ahead = self.ahead.saturating_add(span);
    }

    /// The next random word (`SplitMix64`).
    pub fn word(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let word = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { now, ahead, exit, .. } = self;
        out.debug_struct("World")
            .field("now", now)
            .field("ahead", ahead)
            .field("exit", exit)
            .finish_non_exhaustive()
    }
}
