//! The table of the mutations, for the documentation, the command and the tests.
//!
//! A source is a program that had the mistake, or a text that reports it; `derived` means that only
//! the rule itself suggests it.

use super::mutation::MutationInfo;
use super::row::{
    ACCEPTED, ADOPTED, AGREES, APPEND_ONLY, ASKS, COMMIT, COMPLETE, DURABLE, ENTRY_TERMS, FLOOD,
    HELD, LEADER, LOGS, MACHINE, MATCHING, ONE_LEADER, ONE_VOTE, ORDER, PANIC, SNAPSHOT, STANDS,
    STATES, STAYS, TERMS, fuzz, scenario,
};

/// Makes the enum and the table from one list, so that they cannot differ.
macro_rules! mutations {
    ($($mutation:ident $name:literal
       $wrong:literal
       [$falls:expr, $found:expr, $source:literal, $fault:literal])+) => {
        /// One known way to get Raft wrong: a switch of [`super::Control`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Mutation {
            $(#[doc = $wrong] $mutation,)+
        }

        /// Every mutation, in the order of [`Mutation`]. What finds each:
        ///
        #[doc = include_str!("../../BUGS.md")]
        pub const MUTATIONS: &[MutationInfo] = &[$(MutationInfo {
            mutation: Mutation::$mutation,
            name: $name,
            wrong: $wrong,
            falls: $falls,
            found: $found,
            source: $source,
            fault: $fault,
        },)+];
    };
}

mutations! {
    // A. Elections and votes.
    StaleAppendResetsTimer "stale-append-resets-timer"
    "an append request of an earlier term resets the election timer"
    [&["elected"], scenario("stale_heartbeats_3a", 10), "students' guide", "partition, one way"]
    AnyVoteRequestResetsTimer "any-vote-request-resets-timer"
    "a vote request resets the election timer even if the vote is refused"
    [&[AGREES, LEADER], fuzz(200), "students' guide, lieuzhenghong", "partition"]
    NoSecondElection "no-second-election"
    "a candidate whose election fails does not stand again"
    [&[LEADER, AGREES], fuzz(500), "students' guide", "partition"]
    StandsInSameTerm "stands-in-same-term"
    "a candidate that stands again does so in the same term"
    [&[LEADER, AGREES], fuzz(200), "derived", "partition"]
    SameTimeout "same-timeout"
    "all servers have the same election timeout"
    [&[LEADER], fuzz(100), "EastGuard#120, rethinkdb#4336", "crash of the leader"]
    TimeoutDrawnOnce "timeout-drawn-once"
    "the election timeout is drawn once per life"
    [&[LEADER], scenario("snapshot_install_crash_3d", 2000),
     "EastGuard#120, rethinkdb#4336", "crash of the leader"]
    TimeoutTooShort "timeout-too-short"
    "election timeouts are shorter than the time between two heartbeats"
    [&[STAYS], fuzz(5_000), "the lab's pages", "none"]
    TimeoutTooLong "timeout-too-long"
    "election timeouts are longer than the lab waits for a leader"
    [&[LEADER], fuzz(20), "the lab's pages", "none"]
    IgnoresTermOfReplies "ignores-term-of-replies"
    "a later term is adopted from requests alone, not from replies"
    [&["elected"], scenario("later_term_in_replies_3b", 10), "students' guide", "slow clock"]
    AdoptsTermAfterLogCheck "adopts-term-after-log-check"
    "a candidate's later term is not adopted if its log is behind"
    [&[ADOPTED], scenario("later_term_in_requests_3b", 10), "double-free", "partition"]
    LeadsOnInLaterTerm "leads-on-in-later-term"
    "a leader adopts a later term and goes on leading in it"
    [&[ONE_LEADER], fuzz(100), "students' guide", "partition"]
    AdoptsEarlierTerm "adopts-earlier-term"
    "any other term is adopted, earlier ones too"
    [&[TERMS], fuzz(50), "derived", "late messages"]
    KeepsVoteInLaterTerm "keeps-vote-in-later-term"
    "a vote is kept when a later term is adopted"
    [&[LEADER, AGREES], fuzz(50), "students' guide", "partition"]
    CountsVoteTwice "counts-vote-twice"
    "votes are counted, not voters: one that arrives twice counts twice"
    [&[ONE_LEADER, COMPLETE], fuzz(2000), "akka-raft raft-45, coyote-samples#7", "duplication"]
    CountsOldVotes "counts-old-votes"
    "a vote of an earlier term counts in this one"
    [&[ONE_LEADER, COMPLETE], fuzz(10_000), "akka-raft raft-46", "late replies"]
    KeepsOldVotes "keeps-old-votes"
    "votes collected for one term are kept for the next"
    [&[ONE_LEADER, COMPLETE], fuzz(200), "derived", "partition"]
    CountsRefusals "counts-refusals"
    "any answer to a candidate counts as a vote"
    [&[COMPLETE, ONE_LEADER], fuzz(100), "derived", "partition"]
    LongerLogWins "longer-log-wins"
    "the up-to-date check compares lengths alone"
    [&[COMPLETE], fuzz(10_000), "students' guide", "partition"]
    LaterTermWins "later-term-wins"
    "the up-to-date check compares last terms alone"
    [&[COMPLETE, MACHINE], fuzz(200), "students' guide", "partition"]
    EqualLogLoses "equal-log-loses"
    "a vote is granted only to a log that is better than the voter's, not to one as good"
    [&[LEADER], fuzz(20), "students' guide", "none"]
    NoLogCheck "no-log-check"
    "votes are granted without comparing the logs"
    [&[COMPLETE], fuzz(100), "paper 5.4.1, the post of 2020", "partition"]
    HalfElects "half-elects"
    "half of an even number of servers elects a leader"
    [&[ONE_LEADER], fuzz(500), "akka-raft raft-42", "partition"]
    HalfCommits "half-commits"
    "half of an even number of servers commits an entry"
    [&[HELD], fuzz(200), "akka-raft raft-42", "partition"]
    CommonestCommits "commonest-commits"
    "the commit index is the commonest match index, not the median"
    [&[HELD], fuzz(50), "akka-raft raft-42", "partition"]
    OneAnswerCommits "one-answer-commits"
    "the commit index is the highest match index of a follower"
    [&[HELD], fuzz(50), "derived", "partition"]
    OwnVoteNotCounted "own-vote-not-counted"
    "a candidate does not count its own vote"
    [&[LEADER, AGREES], fuzz(50), "akka-raft raft-42", "crash"]
    DeposedTimerStops "deposed-timer-stops"
    "a deposed leader's election timer is not started again"
    [&[AGREES], fuzz(1000), "MIT6.824-2021#21, #27; the post of 2025", "partition"]
    VoteStopsTimer "vote-stops-timer"
    "a server that grants a vote stops its election timer until it hears a leader"
    [&[LEADER, AGREES], fuzz(5000), "derived", "crash"]
    ElectedTooLate "elected-too-late"
    "votes are counted although the server is no longer a candidate, or is one in a later term"
    [&[ONE_LEADER], fuzz(200), "students' guide", "late replies"]
    VotesForEveryone "votes-for-everyone"
    "a vote is granted although another candidate has it in this term"
    [&[ONE_VOTE], fuzz(50), "paper 5.2, derived", "partition"]
    // B. Replication, the follower's side.
    HeartbeatAlwaysHolds "heartbeat-always-holds"
    "a heartbeat is answered by success without checking the previous entry"
    [&[DURABLE], fuzz(50), "students' guide", "partition"]
    TruncatesAlways "truncates-always"
    "the log is truncated after the new entries even without a conflict"
    [&[HELD, AGREES], fuzz(100), "students' guide, akka-raft raft-66", "late messages"]
    CommitsAfterRefusal "commits-after-refusal"
    "a refused append request still moves the commit index"
    [&[MACHINE], fuzz(2000), "students' guide", "partition"]
    StoresAfterRefusal "stores-after-refusal"
    "the entries of a refused append request are stored nevertheless"
    [&[MATCHING], fuzz(200), "students' guide", "partition"]
    EndIsNoConflict "end-is-no-conflict"
    "a log that ends before the previous entry passes the check"
    [&[DURABLE], fuzz(50), "students' guide", "partition"]
    CommitsOwnTail "commits-own-tail"
    "the commit index is bounded by the own log's end, not by the last new entry"
    [&[MACHINE], fuzz(2000), "students' guide", "partition"]
    CommitsAsTold "commits-as-told"
    "the commit index is the leader's, whatever the own log contains"
    [&[MACHINE], fuzz(2000), "students' guide", "partition"]
    PrevTermUnchecked "prev-term-unchecked"
    "the check of the previous entry does not compare terms"
    [&[DURABLE], fuzz(1000), "students' guide", "partition"]
    AppendsWithoutComparing "appends-without-comparing"
    "new entries are added at the end of the log, even if it has them already"
    [&[MATCHING, DURABLE], fuzz(50), "derived", "loss, duplication"]
    NeverTruncates "never-truncates"
    "an entry that conflicts stays, and only entries after the log's end are added"
    [&[DURABLE, MATCHING], fuzz(50), "derived", "partition"]
    KeepsConflictingTail "keeps-conflicting-tail"
    "an entry that conflicts is replaced, and the entries after it stay"
    [&[MATCHING], fuzz(500), "derived", "partition"]
    CommitFollowsMessages "commit-follows-messages"
    "the commit index takes the value of each message, lower ones too"
    [&[COMMIT], fuzz(100), "derived", "late messages"]
    CommitsOnlyWithEntries "commits-only-with-entries"
    "a heartbeat does not move the commit index"
    [&[AGREES], fuzz(20), "derived", "none"]
    AcceptsStaleAppend "accepts-stale-append"
    "an append request of an earlier term is accepted like any other"
    [&[HELD, MATCHING, COMPLETE], fuzz(2000), "derived", "late messages"]
    AcksOwnEnd "acks-own-end"
    "a follower acknowledges through its own log's end, not through the last new entry"
    [&[DURABLE], fuzz(200), "derived", "partition"]
    // C. Replication, the leader's side.
    BelievesOldAnswers "believes-old-answers"
    "an answer to a request of an earlier term counts in this one"
    [&[HELD], scenario("old_answers_3b", 10), "students' guide, shadowdsp", "late replies"]
    MatchFromNext "match-from-next"
    "the match index is computed from the present next index, not from the request"
    [&[HELD], fuzz(50), "students' guide", "late replies, duplication"]
    MatchIsLogEnd "match-is-log-end"
    "a success counts as a match through the present end of the leader's log"
    [&[HELD], fuzz(50), "students' guide", "partition"]
    NextSinks "next-sinks"
    "each refusal, old or not, lowers the next index by one, to 0 and below"
    [&[PANIC], fuzz(500), "students' guide, shadowdsp", "late replies, duplication"]
    NextSinksBelowMatch "next-sinks-below-match"
    "old refusals lower the next index to the match index and below"
    [&[PANIC], fuzz(500), "derived", "late replies, duplication"]
    BacksUpOneByOne "backs-up-one-by-one"
    "the next index goes back one entry per heartbeat"
    [&["one"], scenario("reliable_churn_3c", 10), "students' guide", "partition"]
    BackUpSticks "back-up-sticks"
    "the next index always goes back one entry too few"
    [&[FLOOD], fuzz(200), "students' guide, shadowdsp", "partition"]
    HintForgetsBase "hint-forgets-base"
    "a follower looks for a term's first entry among compacted entries too"
    [&[PANIC], fuzz(5000), "shadowdsp", "partition, snapshots"]
    MatchNotReset "match-not-reset"
    "a new leader keeps the match indexes of its last leadership"
    [&[PANIC], fuzz(100_000), "students' guide", "partition"]
    NextNotReset "next-not-reset"
    "a new leader keeps the next indexes of its last leadership"
    [&[PANIC], fuzz(200_000), "students' guide", "partition"]
    CommitsEarlierTerms "commits-earlier-terms"
    "an entry of an earlier term is committed by counting (Figure 8)"
    [&[COMPLETE], fuzz(100_000), "paper 5.4.2, MIT6.824-2018-Chinese#5", "crashes of leaders"]
    CommitsAtHeartbeat "commits-at-heartbeat"
    "the commit index moves only when heartbeats are due"
    [&["speed"], scenario("speed_3b", 10), "students' guide", "none"]
    ProposalWaits "proposal-waits"
    "a proposal waits for the next heartbeat"
    [&[AGREES], fuzz(500), "double-free", "none"]
    SendsWholeLog "sends-whole-log"
    "each append request carries the whole log"
    [&[AGREES], fuzz(1000), "shadowdsp, MIT6.824-2021", "none"]
    CandidateAccepts "candidate-accepts"
    "a candidate accepts proposals"
    [&[MATCHING], fuzz(100), "akka-raft raft-58a", "partition"]
    FirstEntryUnchecked "first-entry-unchecked"
    "index 1 is treated as the end of an empty log: the first entry is never checked"
    [&[DURABLE], fuzz(1000), "akka-raft raft-58b", "partition"]
    FirstEntryOfFormerOffice "first-entry-of-former-office"
    "a leader's first entry has the term in which it appended its last one"
    [&[ENTRY_TERMS], fuzz(500), "derived", "partition"]
    AcceptsInEarlierTerm "accepts-in-earlier-term"
    "a proposal is accepted in the term before the leader's, and appended in the leader's"
    [&[ACCEPTED], fuzz(50), "derived", "none"]
    NoOpAtElection "no-op-at-election"
    "a new leader takes an entry that nobody proposed"
    [&["index"], scenario("basic_agree_3b", 10), "MIT6.824-2021", "none"]
    WaitsForDeadPeer "waits-for-dead-peer"
    "heartbeats go to one peer after the other, each when the last has answered"
    [&[STAYS, AGREES], fuzz(100), "labrpc's comment, the post of 2020", "crash"]
    HeartbeatOnAnswer "heartbeat-on-answer"
    "each answer is followed by a heartbeat to everyone"
    [&[FLOOD], fuzz(20), "the lab's pages", "none"]
    LeaderNotCounted "leader-not-counted"
    "a leader does not count itself among those that hold an entry"
    [&[AGREES], fuzz(50), "derived", "crash"]
    CommitsAlone "commits-alone"
    "a leader commits its entries at once, before any follower has them"
    [&[HELD], fuzz(20), "derived", "partition"]
    NeverProbesQuiet "never-probes-quiet"
    "a follower that did not answer gets no heartbeat any more"
    [&[AGREES], fuzz(5000), "production Rafts: a quiet follower", "loss"]
    LostProbeForgotten "lost-probe-forgotten"
    "entries that were lost once are never sent again, although heartbeats are"
    [&[AGREES], fuzz(200), "production Rafts: a lost probe", "loss"]
    DropsTailAtElection "drops-tail-at-election"
    "a new leader drops the entries that it does not know to be committed"
    [&[APPEND_ONLY], fuzz(50), "paper 5.3, derived", "crash of the leader"]
    // D. Persistence and crashes.
    VoteNotPersisted "vote-not-persisted"
    "a granted vote is not written"
    [&[DURABLE], fuzz(20), "raft-qa, akka-raft raft-62", "restart"]
    OwnVoteNotPersisted "own-vote-not-persisted"
    "a candidate writes neither its new term nor its own vote"
    [&[DURABLE], fuzz(20), "raft-java#57", "restart"]
    TermNotPersisted "term-not-persisted"
    "a later term that is adopted is not written"
    [&[DURABLE], fuzz(50), "raft-qa", "restart"]
    VoteWrittenBeforeTerm "vote-written-before-term"
    "a candidate's vote and term are two writes, the vote first"
    [&[ONE_VOTE], fuzz(50), "hashicorp/raft#661", "none; a crash to do harm"]
    VotesBeforeWriting "votes-before-writing"
    "a vote is sent before it is written"
    [&[DURABLE], fuzz(20), "raft-qa", "crash between two actions"]
    AsksBeforeWriting "asks-before-writing"
    "votes are asked for before the new term is written"
    [&[DURABLE], fuzz(20), "raft-qa", "crash between two actions"]
    AcksBeforeWriting "acks-before-writing"
    "entries are acknowledged before they are written"
    [&[DURABLE], fuzz(20), "MIT6.824-2021", "crash between two actions"]
    EntriesNotPersisted "entries-not-persisted"
    "a follower does not write its entries"
    [&[DURABLE], fuzz(20), "MIT6.824-2021", "restart"]
    ProposalNotPersisted "proposal-not-persisted"
    "a leader does not write what it accepts"
    [&[HELD, LOGS], fuzz(20), "MIT6.824-2021", "restart"]
    StoresInTwoWrites "stores-in-two-writes"
    "the log is cut in one write where a request's entries begin, what follows is added in the next"
    [&[HELD], fuzz(500), "derived", "crash between two actions"]
    OverwriteNotPersisted "overwrite-not-persisted"
    "the log is written only when it grows at its end"
    [&[DURABLE], fuzz(50), "derived", "partition, restart"]
    CompactsInTwoWrites "compacts-in-two-writes"
    "a log is trimmed in one write, its snapshot saved in the next"
    [&[APPEND_ONLY], fuzz(50), "students' guide, MIT6.824-2021#16", "crash between two actions"]
    InstallsInTwoWrites "installs-in-two-writes"
    "the log is replaced in one write, a leader's snapshot saved in the next"
    [&[HELD, MACHINE], fuzz(20_000),
     "students' guide, MIT6.824-2021#16", "crash between two actions"]
    SnapshotNotLoaded "snapshot-not-loaded"
    "a server that starts forgets its snapshot's bytes, and sends none"
    [&[SNAPSHOT], fuzz(2000), "MIT6.5840#7", "restart, snapshots"]
    AppliesFromZero "applies-from-zero"
    "a server that starts applies from index 1, whatever its snapshot contains"
    [&[AGREES, STATES], fuzz(500), "sofa-jraft#1092", "restart, snapshots"]
    CommitsAllAtBoot "commits-all-at-boot"
    "a server that starts treats its whole log as committed"
    [&[HELD, MACHINE], fuzz(500), "derived", "restart"]
    LeadsAfterRestart "leads-after-restart"
    "a server that voted for itself leads when it starts again"
    [&[ONE_LEADER], fuzz(100), "derived", "restart"]
    // E. Snapshots and compaction.
    EntriesOffByOne "entries-off-by-one"
    "after compaction the entries sent begin one too late"
    [&[MATCHING], fuzz(50), "double-free, shadowdsp", "snapshots"]
    CompactsOneMore "compacts-one-more"
    "compaction drops the first entry after the snapshot too"
    [&[APPEND_ONLY, AGREES], fuzz(50), "double-free", "restart, snapshots"]
    StoresFromBase "stores-from-base"
    "entries that the snapshot covers are stored after it"
    [&[MATCHING], fuzz(5000), "shadowdsp", "late messages, snapshots"]
    LastIndexForgetsBase "last-index-forgets-base"
    "after compaction the log's length is taken for its last index in elections"
    [&[COMPLETE], fuzz(1000), "double-free", "partition, snapshots"]
    LastTermForgetsSnapshot "last-term-forgets-snapshot"
    "with an empty log the last term is 0, not the snapshot's"
    [&[COMPLETE], fuzz(2000), "derived", "partition, snapshots"]
    InstallsOldSnapshot "installs-old-snapshot"
    "a snapshot replaces the log although more is committed"
    [&[ORDER], fuzz(500), "double-free, openraft#543", "late messages, snapshots"]
    AppliedRolledBack "applied-rolled-back"
    "an old snapshot changes nothing but the applied index, which goes back to it"
    [&[ORDER], fuzz(1000), "MIT6.824-2021#20, #26; MIT6.5840#9", "late messages, snapshots"]
    AppliedNotRaised "applied-not-raised"
    "the applied index stays when a snapshot is installed"
    [&[AGREES, STATES], fuzz(50), "derived", "partition, snapshots"]
    RestoreNotTold "restore-not-told"
    "a snapshot is installed, but the service does not get it"
    [&[ORDER], fuzz(50), "derived", "partition, snapshots"]
    BoundaryTermZero "boundary-term-zero"
    "the term of the snapshot's last entry is sent as 0"
    [&[AGREES], fuzz(100), "willemt/raft#49", "partition, snapshots"]
    NoInstallSnapshot "no-install-snapshot"
    "a follower that needs compacted entries gets later entries, not the snapshot"
    [&[AGREES, FLOOD], fuzz(200), "derived", "partition, snapshots"]
    LostSnapshotForgotten "lost-snapshot-forgotten"
    "a snapshot that is lost once is never sent again, although heartbeats are"
    [&[AGREES], fuzz(500), "production Rafts: a lost probe", "loss, snapshots"]
    SnapshotAnswerIgnored "snapshot-answer-ignored"
    "the answer to a snapshot does not raise the next index"
    [&[AGREES], fuzz(1000), "derived", "partition, snapshots"]
    CompactionDropsLog "compaction-drops-log"
    "compaction drops the whole log, also what the snapshot does not cover"
    [&[APPEND_ONLY], fuzz(50), "derived", "snapshots"]
    NeverCompacts "never-compacts"
    "the log is never compacted"
    [&["log size"], scenario("snapshot_basic_3d", 10), "derived", "none"]
    InstallDropsLog "install-drops-log"
    "a snapshot drops the entries that follow its last entry in the log"
    [&[HELD, AGREES], fuzz(5000), "paper Figure 13 (6)", "late messages, snapshots"]
    InstallKeepsLog "install-keeps-log"
    "a snapshot keeps the later entries, although they do not follow its last one"
    [&[MATCHING], fuzz(2000), "paper Figure 13 (7)", "partition, snapshots"]
    InstallResetsVote "install-resets-vote"
    "the vote is lost when a snapshot is installed"
    [&[ONE_VOTE], fuzz(50), "production Rafts: a vote reset by a snapshot load", "snapshots"]
    InstallTakesTerm "install-takes-term"
    "the term of a snapshot's last entry becomes the server's"
    [&[ONE_VOTE, TERMS], fuzz(50),
     "production Rafts: a vote reset by a snapshot load", "partition, snapshots"]
    InstallAckedFirst "install-acked-first"
    "a snapshot is acknowledged before it is written"
    [&[DURABLE], fuzz(50), "derived", "crash between two actions"]
    SnapshotMatchesAll "snapshot-matches-all"
    "a snapshot that is acknowledged counts as a match through the log's end"
    [&[HELD, AGREES], fuzz(200), "derived", "partition, snapshots"]
    // F. Pre-vote, and state that is read too early or kept too short.
    HeartbeatResetsNoTimer "heartbeat-resets-no-timer"
    "a heartbeat does not restart the election timer"
    [&[STAYS], fuzz(100), "derived", "none"]
    PreVoteHeartbeatResetsNoTimer "pre-vote-heartbeat-resets-no-timer"
    "with pre-vote, a heartbeat restarts neither the election timer nor the leader's protection"
    [&[STAYS], fuzz(200), "derived", "none"]
    PreVoteIgnoresLog "pre-vote-ignores-log"
    "with pre-vote, a pre-vote is granted without comparing the logs"
    [&[ASKS], scenario("asks_before_standing_3b", 30), "thesis 9.6, derived", "partition"]
    StandsWithoutAsking "stands-without-asking"
    "with pre-vote, a server stands for election although it was not granted any"
    [&[STANDS], fuzz(5_000), "thesis 9.6, derived", "partition that lasts"]
    IgnoresRivalPreVotes "ignores-rival-pre-votes"
    "with pre-vote, a server that asks for votes or pre-votes answers no pre-vote"
    [&[LEADER, AGREES, STANDS], fuzz(200), "derived", "crash of the leader"]
    VotesOnStaleLogEnd "votes-on-stale-log-end"
    "a vote compares the logs by an end that was read before the last message"
    [&[COMPLETE, MACHINE], fuzz(15_000), "derived", "partition"]
    DropsTailForNewLeader "drops-tail-for-new-leader"
    "a leader of a later term makes a server drop what it does not know to be committed"
    [&[COMPLETE, HELD], fuzz(200_000), "derived", "crash of the leader"]
}
