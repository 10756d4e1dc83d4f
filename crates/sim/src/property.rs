//! The names of everything that a run is judged by, each of them once.
//!
//! This module names properties and judges none: what a name means is decided where the failure is
//! made. Plans, documents and other crates compare the names.

use std::fmt;

/// What a failed run broke: a property of Raft, a rule of the contract, or a limit of the lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Property(&'static str);

impl Property {
    /// A property with this name. The constants of this module are the project's own; a service or
    /// a client of your own may add one.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// The name, as people read it and as plans write it.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Property {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.0)
    }
}

/// Makes the constants and [`ALL`] from one list, so that neither lacks what the other has.
macro_rules! properties {
    ($($(#[$doc:meta])+ $constant:ident = $name:literal;)+) => {
        $($(#[$doc])+ pub const $constant: Property = Property::new($name);)+

        /// Every property of this module.
        pub const ALL: &[Property] = &[$($constant),+];
    };
}

properties! {
    /// At most one leader can be elected in a given term (Figure 3, §5.2).
    ELECTION_SAFETY = "Election Safety";
    /// Logs that share an entry's index and term are identical up to it (Figure 3, §5.3).
    LOG_MATCHING = "Log Matching";
    /// A leader never overwrites or deletes entries in its log (Figure 3, §5.3).
    LEADER_APPEND_ONLY = "Leader Append-Only";
    /// What is committed is in the log of every leader of a later term (Figure 3, §5.4).
    LEADER_COMPLETENESS = "Leader Completeness";
    /// No two servers apply different entries at one index (Figure 3, §5.4.3).
    STATE_MACHINE_SAFETY = "State Machine Safety";
    /// A server votes for at most one candidate in a given term (§5.2).
    ONE_VOTE_PER_TERM = "one vote per term";
    /// What a message vouches for is on its sender's disk (§5.1, Figure 2).
    PROMISES_ARE_DURABLE = "promises are durable";
    /// `currentTerm` never decreases (Figure 2).
    TERMS_NEVER_GO_BACK = "terms never go back";
    /// `commitIndex` never decreases within a life (Figure 2).
    COMMIT_NEVER_GOES_BACK = "commit index never goes back";
    /// A committed entry is on the disks of a majority (§5.3).
    COMMITTED_ON_MAJORITY = "a majority holds what is committed";
    /// Within a life a server applies every entry once, in the log's order.
    APPLIED_IN_ORDER = "applied in order and once";
    /// A snapshot that a server restores is one that a service made (§7).
    SNAPSHOT_WAS_TAKEN = "a snapshot is one that was taken";
    /// A leader that hears from no majority steps down within the bound that its node claims.
    LEADER_HAS_MAJORITY = "no leader without a majority";
    /// A candidate wins an election only with the votes of a majority.
    ELECTED_BY_MAJORITY = "elected by a majority";
    /// In a calm world a majority that can talk has a leader within five seconds.
    LEADER_LIVENESS = "a leader within five seconds";

    /// After the faults have stopped, all servers agree on a fresh command.
    AGREEMENT_AFTER_FAULTS = "agreement once the faults stop";
    /// After the faults have stopped, all logs hold what was applied, in the same terms.
    LOGS_AGREE_AFTER_FAULTS = "all logs agree once the faults stop";
    /// After the faults have stopped, servers with one commit index have applied the same.
    APPLIED_AGREE_AFTER_FAULTS =
        "applied states are equal where commits are, once the faults stop";

    /// The node's code does not panic.
    NO_PANIC = "no panic";
    /// A node does not do far more than any Raft needs.
    NO_FLOOD = "no flood";
    /// A node answers a timeout: with an action, or with another deadline.
    DEADLINE_MOVES = "deadline moves";
    /// A node sends to the other servers of its cluster, and to nobody else.
    ADDRESSEE_EXISTS = "addressee exists";
    /// A node gives the calls that it waits for different numbers.
    CALL_NUMBERS = "call numbers";
    /// A node answers a proposal once, in the list that the proposal returned.
    PROPOSAL_ANSWERED = "proposal answered";
    /// A disk shows every entry within the bounds that it names.
    DISK_SHOWS_LOG = "disk shows its log";
    /// Two runs of one seed are the same run.
    DETERMINISTIC = "the node is not deterministic";

    /// No clock reads more than a time can hold.
    CLOCK_RANGE = "clock range";
    /// A run ends by the time that its scenario names.
    RUN_LENGTH = "run length";

    /// The lab's `checkOneLeader`: some connected server leads.
    CHECK_ONE_LEADER = "check_one_leader";
    /// The lab's `checkTerms`: the connected servers are in one term.
    CHECK_TERMS = "check_terms";
    /// The lab's `checkNoLeader`: no connected server leads.
    CHECK_NO_LEADER = "check_no_leader";
    /// The lab's `checkNoAgreement`: no server has applied the entry.
    CHECK_NO_AGREEMENT = "check_no_agreement";
    /// The lab's `one`: enough servers apply a command in time.
    ONE = "one";
    /// The lab's `wait`: enough servers apply an entry in time.
    WAIT = "wait";
    /// The lab's `Start`: a leader accepts a proposal.
    START = "start";
    /// A command stands at the index where the lab expects it.
    INDEX = "index";
    /// In some try the term stays what it is while nothing fails.
    TERM = "term";
    /// One of some servers is elected in a later term.
    ELECTED = "elected";
    /// Of commands that are proposed at once all are applied.
    CONCURRENT_STARTS = "concurrent starts";
    /// A hundred commands, one after the other, take a leader no longer than the lab allows.
    SPEED = "speed";
    /// What a client saw applied while servers came and went is applied in the end.
    CHURN = "churn";
    /// A command is sent to each follower once.
    RPC_BYTES = "RPC bytes";
    /// It does not take too many RPCs to elect a leader, to agree, or to stay at rest.
    RPC_COUNT = "RPC count";
    /// Snapshots keep a log short.
    LOG_SIZE = "log size";
}
