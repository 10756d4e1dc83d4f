//! How a server stops that runs another program.

use alloc::string::String;

/// What a node ends a step with, by `std::panic::resume_unwind`, if the server runs another program
/// and that did something wrong. The run fails as if the node had panicked with the text `why`.
///
/// The same run must fail with the same words, and another program may print what no run decides:
/// times, numbers of processes, addresses. So what it printed is kept apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// What went wrong. It belongs to the failure.
    pub why: String,
    /// What is appended to that for people, and does not count when two runs are compared.
    pub aside: String,
}

/// What a node ends a step with, by `std::panic::resume_unwind`, if the machine cannot do what the
/// server needs: if it has no room for another process, for instance. No run fails for that: the
/// command ends with this text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unable(pub String);
