//! What belongs to one instance: its world, and what it has done in the present event.

use std::mem;

use raftsim_node::Bytes;
use raftsim_wasi::{Host, World};
use wasmtime::Result;

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
pub(crate) struct Life {
    /// The server's clock, random numbers and memory.
    pub(crate) world: World,
    /// When it wants to be woken.
    deadline: Option<u64>,
    /// What it did and nobody has taken yet.
    pub(crate) acts: Vec<Act>,
    /// What `GetState` last returned: the term, and whether the server leads.
    pub(crate) state: Option<(u64, bool)>,
    /// Printed, without the end of its line.
    line: Vec<u8>,
}

/// The descriptor for which the shim waits until nothing else can run (`shim/rest.go`).
const REST_FILE: u32 = 99;

/// The shortest sleep, whatever the program asks for: no system wakes a thread much sooner.
const SHORTEST: u64 = 1_000_000;

impl Life {
    pub(crate) fn new(seed: u64, now: u64) -> Self {
        let world = World::new(seed, now);
        Self { world, deadline: None, acts: Vec::new(), state: None, line: Vec::new() }
    }

    /// Begins an event at `now`.
    pub(crate) fn begin(&mut self, now: u64) {
        self.world.begin(now);
        self.deadline = None;
    }

    /// When the program wants to be woken, by the server's clock.
    pub(crate) fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    /// Asks for another event at once.
    pub(crate) fn again(&mut self) {
        self.deadline = Some(self.world.now());
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

impl Host for Life {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn wrote(&mut self, _file: u32, bytes: &[u8]) -> Result<()> {
        self.print(bytes);
        Ok(())
    }

    /// The program rests until its next event: at the latest in `span` nanoseconds, if given.
    fn rests(&mut self, file: u32, span: Option<u64>) -> bool {
        if file != REST_FILE {
            return false;
        }
        // What asked for another event at once still gets it.
        if self.deadline != Some(self.world.now()) {
            let due = |span: u64| self.world.time().saturating_add(span.max(SHORTEST));
            self.deadline = span.map(due);
        }
        true
    }
}
