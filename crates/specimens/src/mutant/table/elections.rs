//! The rows of the mutations about elections and votes.

macro_rules! elections {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
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
    FollowerForgetsVote "follower-forgets-vote"
    "a candidate that follows the leader of its term forgets its vote"
    [&[ONE_VOTE], fuzz(100), "akka-raft#56, eliben/raft#27", "crash of the leader"]
    StandsAgainWhenRefused "stands-again-when-refused"
    "a candidate that is refused a vote stands again at once, in the next term"
    [&[FLOOD], fuzz(1000), "own invention", "partition"]
    AsksAgainWhenRefused "asks-again-when-refused"
    "a candidate that is refused a vote asks all servers again at once"
    [&[FLOOD], fuzz(100), "own invention", "partition"]
    AsksOneByOne "asks-one-by-one"
    "a candidate asks one server after the other, the next when the last has granted its vote"
    [&[LEADER, AGREES], fuzz(50), "the post of 2020, as for heartbeats", "crash"]
    BackOffNeverEnds "back-off-never-ends"
    "the election timeout doubles with each election that a server stands for, up to 64 times"
    [&[LEADER], fuzz(50_000), "own invention", "crash"]
    ProposalsRestartTimer "proposals-restart-timer"
    "a proposal that is refused restarts the election timer"
    [&[LEADER, AGREES], fuzz(100), "own invention", "crash of the leader, load"]
    KeepsLeaderInLaterTerm "keeps-leader-in-later-term"
    "the leader of an earlier term is still named in a later one"
    [&[NAMED], fuzz(50), "NuRaft#116, ratis#792", "partition"]
    NamesItsCandidate "names-its-candidate"
    "a server names the candidate that it votes for as leader"
    [&[NAMED], fuzz(50), "own invention", "partition"]
    RefusalNamesItself "refusal-names-itself"
    "a server that refuses a proposal names itself as leader"
    [&[NAMED], fuzz(20), "own invention", "none"]
    HeartbeatsAfterOffice "heartbeats-after-office"
    "a leader that was deposed goes on sending heartbeats, in the present term"
    [&[NAMED], fuzz(50), "nats-server#7297, openraft#1839", "partition"]
    HeartbeatTimersPileUp "heartbeat-timers-pile-up"
    "each office starts one more heartbeat timer, and none of them stops"
    [&[IDLE], fuzz(50_000), "own invention", "elections"]
    } } };
}
