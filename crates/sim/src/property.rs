//! The names of all properties, rules and limits by which runs are judged.
//!
//! This module names them and judges none: the code that makes a failure decides what its name
//! means. Plans, documents and other crates compare the names.

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

    /// Whether it is broken because something did not happen in time, such as an election; not
    /// because of something that happened. The lab's limits are not asked: all are of this sort.
    pub fn demands_progress(self) -> bool {
        [
            LEADER_LIVENESS,
            AGREEMENT_AFTER_FAULTS,
            COMMIT_REACHES_ALL,
            APPLIED_SOON,
            AGREEMENT_WHILE_FAULTS_STAND,
            PROPOSAL_ANSWERED,
            RUN_LENGTH,
        ]
        .contains(&self)
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
    /// A committed entry is in the log of every leader of a later term (Figure 3, §5.4).
    LEADER_COMPLETENESS = "Leader Completeness";
    /// No two servers apply different entries at one index (Figure 3, §5.4.3).
    STATE_MACHINE_SAFETY = "State Machine Safety";
    /// A server votes for at most one candidate in a given term (§5.2).
    ONE_VOTE_PER_TERM = "one vote per term";
    /// The term and the promise of a message are on its sender's disk (§5.1, Figure 2).
    PROMISES_ARE_DURABLE = "promises are durable";
    /// `currentTerm` never decreases (Figure 2).
    TERMS_NEVER_GO_BACK = "terms never go back";
    /// `commitIndex` never decreases within a life (Figure 2).
    COMMIT_NEVER_GOES_BACK = "commit index never goes back";
    /// From its commit on, an entry is on the disks of a majority (§5.3).
    COMMITTED_ON_MAJORITY = "a majority holds what is committed";
    /// In a log terms never go down, a leader appends entries of its own term, and no entry is of a
    /// later term than its disk (§5.3, Figure 2).
    ENTRY_TERMS = "entry terms are in order";
    /// What a server acknowledged in a term stays on its disk while that term lasts (§5.3).
    ACKNOWLEDGED_STAYS = "acknowledged entries stay";
    /// A server accepts a proposal in the term that it is in.
    ACCEPTED_IN_TERM = "accepted in the server's term";
    /// Each command that servers apply was proposed before, and as often as they apply it.
    ONLY_PROPOSED = "only what was proposed is applied";
    /// Within a life a server applies every entry once, in the log's order.
    APPLIED_IN_ORDER = "applied in order and once";
    /// A snapshot that a server restores is one that a service made (§7).
    SNAPSHOT_WAS_TAKEN = "a snapshot is one that was taken";
    /// A leader that hears from no majority steps down within the bound that its node claims (§6.2
    /// of the thesis).
    LEADER_HAS_MAJORITY = "no leader without a majority";
    /// A candidate wins an election only with the votes of a majority.
    ELECTED_BY_MAJORITY = "elected by a majority";
    /// Whoever a server names as the leader of its term leads in it, has led, or will.
    NAMED_LEADER_LEADS = "a named leader leads";
    /// A server that a candidate of a later term asks for its vote enters that term (Figure 2, rules
    /// for all servers).
    LATER_TERM_ADOPTED = "a later term is adopted";
    /// A server enters a term of its own accord only if a majority would vote for it, if its node
    /// claims so (§9.6 of the thesis).
    ASKS_BEFORE_STANDING = "asks before it stands for election";
    /// In a calm world a majority whose servers can reach each other has a leader within five
    /// seconds (the lab's limit).
    LEADER_LIVENESS = "a leader within five seconds";
    /// In a calm world neither the leader nor its term changes, if the node claims so.
    LEADER_STAYS = "a leader stays";

    /// After the faults have stopped, all servers agree on a fresh command.
    AGREEMENT_AFTER_FAULTS = "agreement once the faults stop";
    /// After the faults have stopped, all logs have what was applied, in the same terms.
    LOGS_AGREE_AFTER_FAULTS = "all logs agree once the faults stop";
    /// After the faults have stopped, servers with one commit index have applied the same.
    APPLIED_AGREE_AFTER_FAULTS =
        "applied states are equal where commits are, once the faults stop";
    /// After the faults have stopped, every server learns what the leader knows to be committed.
    COMMIT_REACHES_ALL = "all servers reach the leader's commit index once the faults stop";
    /// While nothing is proposed and nothing disturbs them, servers send few messages.
    IDLE_IS_QUIET = "few messages while nothing happens";
    /// Under load the leader stays, and applies each command soon, as all do.
    APPLIED_SOON = "commands are applied soon under load";
    /// While faults stand, a majority that claims to cope with them agrees on a fresh command.
    AGREEMENT_WHILE_FAULTS_STAND = "agreement while the faults stand";

    /// The node's code does not panic.
    NO_PANIC = "no panic";
    /// A node does not do far more than any Raft needs.
    NO_FLOOD = "no flood";
    /// A node answers a timeout with an action or with another deadline.
    DEADLINE_MOVES = "deadline moves";
    /// A node sends to the other servers of its cluster only.
    ADDRESSEE_EXISTS = "addressee exists";
    /// A node gives its open calls different numbers.
    CALL_NUMBERS = "call numbers";
    /// A node answers a proposal once, in the life in which it was made and within 30 seconds.
    PROPOSAL_ANSWERED = "proposal answered";
    /// A disk shows every entry between the first and the last index that it names.
    DISK_SHOWS_LOG = "disk shows its log";
    /// Two runs of one seed are equal.
    DETERMINISTIC = "the node is not deterministic";

    /// No clock reads a time that is too late to represent.
    CLOCK_RANGE = "clock range";
    /// A run ends by the limit of its setup.
    RUN_LENGTH = "run length";

    /// The lab's `checkOneLeader`: a connected server leads within some polls.
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
    /// In some try the term does not change while there is no fault.
    TERM = "term";
    /// One of several servers is elected in a later term.
    ELECTED = "elected";
    /// Commands that are proposed at the same time are all applied.
    CONCURRENT_STARTS = "concurrent starts";
    /// A leader takes no longer for a series of commands, one after the other, than the lab allows.
    SPEED = "speed";
    /// A command that a client saw applied while servers crashed and restarted stays applied.
    CHURN = "churn";
    /// A command is sent to each follower once.
    RPC_BYTES = "RPC bytes";
    /// A Raft does not need too many RPCs to elect a leader, to agree, or while nothing is
    /// proposed.
    RPC_COUNT = "RPC count";
    /// Snapshots keep the log short.
    LOG_SIZE = "log size";
}
