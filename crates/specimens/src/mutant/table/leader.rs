//! The rows of the mutations about replication, on the leader's side.

macro_rules! leader {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
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
    [&[REACHES, AGREES], fuzz(50_000), "students' guide", "partition"]
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
    [&[SPEED], fuzz(150), "students' guide", "none"]
    ProposalWaits "proposal-waits"
    "a proposal waits for the next heartbeat"
    [&[AGREES], fuzz(500), "double-free", "none"]
    SendsWholeLog "sends-whole-log"
    "each append request carries the whole log"
    [&[AGREES, SPEED, REACHES], fuzz(1000), "shadowdsp, MIT6.824-2021", "none"]
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
    [&[PROPOSED], fuzz(20), "MIT6.824-2021", "none"]
    WaitsForDeadPeer "waits-for-dead-peer"
    "heartbeats go to one peer after the other, each when the last has answered"
    [&[STAYS, AGREES], fuzz(100), "labrpc's comment, the post of 2020", "crash"]
    HeartbeatOnAnswer "heartbeat-on-answer"
    "each answer is followed by a heartbeat to everyone"
    [&[FLOOD, IDLE], fuzz(20), "the lab's pages", "none"]
    LeaderNotCounted "leader-not-counted"
    "a leader does not count itself among those that hold an entry"
    [&[AGREES], fuzz(50), "derived", "crash"]
    CommitsAlone "commits-alone"
    "a leader commits its entries at once, before any follower has them"
    [&[HELD], fuzz(20), "derived", "partition"]
    NeverProbesQuiet "never-probes-quiet"
    "a follower that did not answer gets no heartbeat any more"
    [&[STAYS, AGREES], fuzz(5000), "production Rafts: a quiet follower", "loss"]
    LostProbeForgotten "lost-probe-forgotten"
    "entries that were lost once are never sent again, although heartbeats are"
    [&[AGREES, SOON], fuzz(200), "production Rafts: a lost probe", "loss"]
    DropsTailAtElection "drops-tail-at-election"
    "a new leader drops the entries that it does not know to be committed"
    [&[APPEND_ONLY], fuzz(50), "paper 5.3, derived", "crash of the leader"]
    SendsUnansweredAgain "sends-unanswered-again"
    "what is not answered is sent again with each proposal and each answer of others"
    [&[FLOOD], fuzz(500), "etcd#1849, d-engine#48", "load"]
    RetriesAtOnce "retries-at-once"
    "while a request is not answered, heartbeats follow each other after a millisecond"
    [&[FLOOD, IDLE], fuzz(200), "databend#7713, scylladb#11278", "crash"]
    TrafficPostponesHeartbeats "traffic-postpones-heartbeats"
    "each proposal puts off the heartbeats to all followers"
    [&[STAYS], fuzz(500), "own invention", "loss, load"]
    CommitWaitsForSlowest "commit-waits-for-slowest"
    "followers hear that an entry is committed when all of them have it"
    [&[AGREES], fuzz(50), "own invention", "crash"]
    CommitsOnlyOnAnswers "commits-only-on-answers"
    "the commit index moves only with a follower's answer: never in a cluster of one"
    [&[AGREES], fuzz(1000), "jgroups-raft#69", "none"]
    CommitBeforeMatch "commit-before-match"
    "the commit index is computed before an answer is counted"
    [&[SPEED], fuzz(200), "own invention", "crash"]
    RefusesUntilCommitted "refuses-until-committed"
    "a new leader refuses proposals while entries of earlier terms are not committed"
    [&[AGREES], fuzz(100), "dledger#305, canonical/raft#336", "crash of the leader"]
    ReappendsTailAtElection "reappends-tail-at-election"
    "a new leader appends what is not committed once more, in its own term"
    [&[PROPOSED], fuzz(1000), "cockroach#103908, dgraph#2740", "crash of the leader"]
    WindowNeverReopens "window-never-reopens"
    "with pipelines, requests that were lost fill the window for good"
    [&[AGREES, REACHES, SOON], fuzz(100), "etcd#2544, TemporalStore#114", "loss"]
    } } };
}
