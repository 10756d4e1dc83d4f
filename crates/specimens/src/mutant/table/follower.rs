//! The rows of the mutations about replication, on the follower's side.

macro_rules! follower {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
    HeartbeatAlwaysHolds "heartbeat-always-holds"
    "a heartbeat is answered by success without checking the previous entry"
    [&[DURABLE], fuzz(50), "students' guide", "partition"]
    TruncatesAlways "truncates-always"
    "the log is truncated after the new entries even without a conflict"
    [&[ACKED, HELD, AGREES], fuzz(100), "students' guide, akka-raft raft-66", "late messages"]
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
    [&[NAMED, HELD, MATCHING, COMPLETE], fuzz(2000), "derived", "late messages"]
    AcksOwnEnd "acks-own-end"
    "a follower acknowledges through its own log's end, not through the last new entry"
    [&[DURABLE, ACKED], fuzz(200), "derived", "partition"]
    RefusalDropsTerm "refusal-drops-term"
    "a refused append request removes all entries of the term that conflicts"
    [&[HELD, DURABLE], fuzz(50_000), "own invention", "partition"]
    ReportsLeadersCommit "reports-leaders-commit"
    "a follower reports the commit index that its leader has sent as its own"
    [&[MACHINE], fuzz(500), "own invention", "partition"]
    } } };
}
