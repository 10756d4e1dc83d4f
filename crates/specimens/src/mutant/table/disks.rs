//! The rows of the mutations about persistence and crashes.

macro_rules! disks {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
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
    [&[HELD, LOGS, DURABLE], fuzz(20), "MIT6.824-2021", "restart"]
    StoresInTwoWrites "stores-in-two-writes"
    "the log is cut in one write where a request's entries begin, what follows is added in the next"
    [&[ACKED, HELD], fuzz(500), "derived", "crash between two actions"]
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
    BootDropsTail "boot-drops-tail"
    "a server that starts drops the entries that it does not know to be committed"
    [&[APPEND_ONLY, COMPLETE], fuzz(500), "own invention", "restart"]
    CountsOwnUnwritten "counts-own-unwritten"
    "with lazy writes, a leader counts its entries before they are written"
    [&[HELD], fuzz(500), "d-engine#444", "crash"]
    AcksHeldInMemory "acks-held-in-memory"
    "with lazy writes, entries that come again are acknowledged although they are not written"
    [&[DURABLE, HELD, ACKED], fuzz(100), "yugabyte-db#32875", "duplication"]
    OwnWriteCommitsNothing "own-write-commits-nothing"
    "with lazy writes, a leader's own write does not move the commit index"
    [&[AGREES], fuzz(1000), "own invention", "none"]
    CompactionForgetsUnwritten "compaction-forgets-unwritten"
    "with lazy writes, a snapshot makes a server forget which entries are not written"
    [&[MATCHING, DURABLE], fuzz(100), "own invention", "snapshots"]
    OverwritesOneByOne "overwrites-one-by-one"
    "with entries written one by one, those that replace others keep the later ones until the end"
    [&[MATCHING], fuzz(100), "braft#119, copycat#54", "partition; a crash to do harm"]
    SkipsToWrittenCommit "skips-to-written-commit"
    "with a written commit index, a server that starts takes it for its applied index"
    [&[ORDER, STATES], fuzz(200), "etcd#13766", "restart"]
    CommitWrittenBeforeEntries "commit-written-before-entries"
    "with lazy writes, the commit index is written before the entries"
    [&[COMMIT, DURABLE], fuzz(50_000), "etcd#10219", "crash between two writes"]
    ApplierStopsAfterBatch "applier-stops-after-batch"
    "with entries applied in batches, what one batch leaves waits for the next commit"
    [&[STATES, REACHES, AGREES], fuzz(500), "own invention", "load"]
    } } };
}
