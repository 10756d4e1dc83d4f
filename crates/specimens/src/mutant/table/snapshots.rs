//! The rows of the mutations about snapshots and compaction.

macro_rules! snapshots {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
    EntriesOffByOne "entries-off-by-one"
    "after compaction the entries sent begin one too late"
    [&[MATCHING, FLOOD], fuzz(50), "double-free, shadowdsp", "snapshots"]
    CompactsOneMore "compacts-one-more"
    "compaction drops the first entry after the snapshot too"
    [&[APPEND_ONLY, AGREES, SPEED], fuzz(50), "double-free", "restart, snapshots"]
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
    [&[AGREES, STATES, SOON], fuzz(50), "derived", "partition, snapshots"]
    RestoreNotTold "restore-not-told"
    "a snapshot is installed, but the service does not get it"
    [&[ORDER], fuzz(50), "derived", "partition, snapshots"]
    BoundaryTermZero "boundary-term-zero"
    "the term of the snapshot's last entry is sent as 0"
    [&[AGREES, SPEED], fuzz(100), "willemt/raft#49", "partition, snapshots"]
    NoInstallSnapshot "no-install-snapshot"
    "a follower that needs compacted entries gets later entries, not the snapshot"
    [&[AGREES, FLOOD, SOON], fuzz(200), "derived", "partition, snapshots"]
    LostSnapshotForgotten "lost-snapshot-forgotten"
    "a snapshot that is lost once is never sent again, although heartbeats are"
    [&[AGREES, SOON], fuzz(500), "production Rafts: a lost probe", "loss, snapshots"]
    SnapshotAnswerIgnored "snapshot-answer-ignored"
    "the answer to a snapshot does not raise the next index"
    [&[AGREES, SOON], fuzz(1000), "derived", "partition, snapshots"]
    CompactionDropsLog "compaction-drops-log"
    "compaction drops the whole log, also what the snapshot does not cover"
    [&[APPEND_ONLY, ACKED], fuzz(50), "derived", "snapshots"]
    NeverCompacts "never-compacts"
    "the log is never compacted"
    [&["log size"], fuzz(10000), "derived", "long run, snapshots"]
    InstallDropsLog "install-drops-log"
    "a snapshot drops the entries that follow its last entry in the log"
    [&[ACKED, HELD, AGREES], fuzz(5000), "paper Figure 13 (6)", "late messages, snapshots"]
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
    InstallsSnapshotFirst "installs-snapshot-first"
    "a leader's snapshot is saved in one write, the log replaced in the next"
    [&[DURABLE, MATCHING], fuzz(20_000), "etcd#10219", "crash between two writes"]
    SnapshotAckedOneShort "snapshot-acked-one-short"
    "a snapshot that is acknowledged counts as a match through the entry before its last"
    [&[AGREES, SOON, REACHES], fuzz(100), "RedisLabs/raft#47", "partition, snapshots"]
    LeaderNeverCompacts "leader-never-compacts"
    "a leader never compacts its log"
    [&["log size"], fuzz(10000), "own invention", "long run, snapshots"]
    CompactsBehindSlowest "compacts-behind-slowest"
    "a leader does not compact what some follower lacks"
    [&["log size"], fuzz(10000), "cockroach#34269", "long run, snapshots"]
    OldSnapshotUnanswered "old-snapshot-unanswered"
    "a snapshot that has nothing new is not answered"
    [&[REACHES, AGREES, SOON], fuzz(10_000), "ClickHouse/NuRaft#121", "loss, snapshots"]
    AcksRefusedSnapshot "acks-refused-snapshot"
    "a snapshot of an earlier term is acknowledged, and not installed"
    [&[DURABLE], fuzz(500), "own invention", "late messages, snapshots"]
    AppliesFromLogStart "applies-from-log-start"
    "with a kept tail, a server that starts applies from the log's first entry"
    [&[ORDER, STATES], fuzz(200), "own invention", "restart, snapshots"]
    SnapshotBlocksHeartbeats "snapshot-blocks-heartbeats"
    "while a follower does not answer a snapshot, the others get no heartbeats"
    [&[STAYS], fuzz(1000), "camunda#6269", "crash, snapshots"]
    } } };
}
