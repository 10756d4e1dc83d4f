//! What a program sees of the world: one server's clock and random numbers, and what it has done in
//! the present event. It knows no file, no socket and nothing of the machine.

use std::mem;

use raftsim_node::Bytes;
use wasmtime::{Memory, StoreLimits, StoreLimitsBuilder};

/// Something that the program did, in order.
#[derive(Debug)]
pub(crate) enum Act {
    /// It wrote its state, and a snapshot if that is new.
    Persist { state: Bytes, snapshot: Option<Bytes> },
    /// It sent a request, or a reply to one.
    Send { to: u32, call: u64, is_reply: bool, term: Option<u64>, name: Vec<u8>, body: Bytes },
    /// `Start` returned true.
    Accept { proposal: u64, index: u64, term: u64 },
    /// `Start` returned false.
    Reject { proposal: u64 },
    /// It handed an entry to the service.
    Apply { index: u64, command: Option<Bytes> },
    /// It handed a snapshot to the service.
    Restore { index: u64, snapshot: Vec<u8> },
    /// It printed lines.
    Output(String),
}

/// The state behind the imports of one instance.
pub(crate) struct Host {
    /// The server's clock at the present event, in nanoseconds.
    now: u64,
    /// How far the program's own clock is ahead of that, because it waited within an event.
    ahead: u64,
    /// How often it has looked at a clock in the present event.
    looks: u32,
    /// When it wants to be woken.
    deadline: Option<u64>,
    /// What it did and nobody has taken yet.
    pub(crate) acts: Vec<Act>,
    /// What `GetState` last returned: the term, and whether the server leads.
    pub(crate) state: Option<(u64, bool)>,
    /// Printed, without the end of its line.
    line: Vec<u8>,
    /// The state of the random numbers.
    random: u64,
    /// What its wall clock showed when the server's own clock showed zero.
    wall: u64,
    /// The status with which it exited.
    pub(crate) exit: Option<u32>,
    pub(crate) memory: Option<Memory>,
    pub(crate) limits: StoreLimits,
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

/// The shortest sleep, whatever the program asks for: no system wakes a thread much sooner.
const SHORTEST: u64 = 1_000_000;

/// The most memory that a program may use.
pub(crate) const MEMORY: usize = 512 << 20;

impl Host {
    pub(crate) fn new(seed: u64, now: u64) -> Self {
        let mut host = Self {
            now,
            ahead: 0,
            looks: 0,
            deadline: None,
            acts: Vec::new(),
            state: None,
            line: Vec::new(),
            random: seed,
            wall: NEW_YEAR,
            exit: None,
            memory: None,
            limits: StoreLimitsBuilder::new().memory_size(MEMORY).build(),
        };
        // Many programs seed their random numbers by the wall clock, and no two servers that start
        // together read the same nanosecond there. So each life has a wall clock of its own, which
        // is off by up to 1,000 s.
        host.wall += host.word() % 1_000_000_000_000;
        host
    }

    /// Begins an event at `now`.
    pub(crate) fn begin(&mut self, now: u64) {
        // The program's clock never goes back.
        self.ahead = (self.now + self.ahead).saturating_sub(now);
        self.now = now;
        self.looks = 0;
        self.deadline = None;
    }

    /// When the program wants to be woken, by the server's clock.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Asks for another event at once.
    pub(crate) fn again(&mut self) {
        self.deadline = Some(self.now);
    }

    /// What a look at the clock shows.
    pub(crate) fn look(&mut self, is_wall: bool) -> u64 {
        self.looks += 1;
        if self.looks > LOOKS {
            self.ahead += LOOK;
        }
        self.now + self.ahead + if is_wall { self.wall } else { START }
    }

    /// Sleeps, while nothing else of the program can run, for `span` nanoseconds.
    pub(crate) fn sleep(&mut self, span: u64) {
        self.ahead += span;
    }

    /// The program rests until its next event: at the latest in `span` nanoseconds, if given.
    pub(crate) fn rest(&mut self, span: Option<u64>) {
        let due = span.map(|span| (self.now + self.ahead).saturating_add(span.max(SHORTEST)));
        // What asked for another event at once still gets it.
        if self.deadline != Some(self.now) {
            self.deadline = due;
        }
    }

    /// The next random word (`SplitMix64`).
    pub(crate) fn word(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let word = (self.random ^ (self.random >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        word ^ (word >> 31)
    }

    /// The program printed `text`, of which whole lines are reported.
    pub(crate) fn print(&mut self, text: &[u8]) {
        self.line.extend_from_slice(text);
        let Some(end) = text.iter().rposition(|&byte| byte == b'\n') else { return };
        let rest = self.line.split_off(self.line.len() - (text.len() - end - 1));
        let lines = mem::replace(&mut self.line, rest);
        let lines = String::from_utf8_lossy(&lines);
        if let Some(Act::Output(before)) = self.acts.last_mut() {
            before.push_str(&lines);
        } else {
            self.acts.push(Act::Output(lines.into_owned()));
        }
    }

    /// What the program has printed since its last event ended.
    pub(crate) fn printed(&self) -> String {
        let lines = self.acts.iter().filter_map(|act| match act {
            Act::Output(lines) => Some(lines.as_str()),
            Act::Persist { .. }
            | Act::Send { .. }
            | Act::Accept { .. }
            | Act::Reject { .. }
            | Act::Apply { .. }
            | Act::Restore { .. } => None,
        });
        lines.collect::<String>() + &String::from_utf8_lossy(&self.line)
    }
}
