//! The rows of the mutations about pre-vote, and state that is read too early or kept too short.

macro_rules! pre_vote {
    ($then:ident $($more:ident)* { $($rows:tt)* }) => { $then! { $($more)* { $($rows)*
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
    PreVotesAreVotes "pre-votes-are-votes"
    "with pre-vote, a pre-vote that is granted counts as a vote, too"
    [&[ONE_LEADER], fuzz(100), "canonical/raft#196", "none"]
    PreVoteRaisesTerm "pre-vote-raises-term"
    "with pre-vote, a server enters the term of an election that is only planned"
    [&[STANDS], fuzz(100_000), "thesis 9.6, derived", "partition that lasts"]
    PreVoteRestartsTimer "pre-vote-restarts-timer"
    "with pre-vote, a granted pre-vote restarts the election timer"
    [&[STANDS], fuzz(2000), "own invention", "partition, one way"]
    DropsStalePreVotes "drops-stale-pre-votes"
    "with pre-vote, a pre-vote of an earlier term is not answered"
    [&[AGREES, STANDS], fuzz(20_000), "etcd#8243, #8501; openraft#1796", "partition"]
    PreVotesCountAsAnswers "pre-votes-count-as-answers"
    "with pre-vote, a server that asks for pre-votes counts as one that hears the leader"
    [&[STANDS], fuzz(2000), "own invention", "partition, one way"]
    SendingCountsAsAnswer "sending-counts-as-answer"
    "with pre-vote, a server counts as one that hears the leader when it is sent a heartbeat"
    [&["no leader without a majority", STANDS], fuzz(200), "own invention", "partition"]
    AnswersNotReset "answers-not-reset"
    "with pre-vote, a new leader steps down if the last answers to it are from before its election"
    [&[LEADER, STANDS], fuzz(50), "own invention", "none"]
    QuorumCheckForgetsLeader "quorum-check-forgets-leader"
    "with pre-vote, a leader that checks whether a majority hears it leaves itself out"
    [&[STAYS, LEADER, STANDS], fuzz(50), "own invention", "crash"]
    SnapshotMarksSilent "snapshot-marks-silent"
    "with pre-vote, a follower that has just taken a snapshot counts as one that does not answer"
    [&[STAYS], fuzz(50_000), "etcd#5879", "crash, snapshots"]
    RivalIgnoresLeader "rival-ignores-leader"
    "with pre-vote, a server that asks for pre-votes takes no requests of the leader of its term"
    [&[AGREES, STANDS, REACHES], fuzz(1000), "goraft#53, noraft#24", "partition"]
    RivalRefusesSnapshot "rival-refuses-snapshot"
    "with pre-vote, a server that asks for pre-votes takes no snapshot of the leader of its term"
    [&[AGREES, REACHES], fuzz(2000), "nebula#1769", "partition, snapshots"]
    ShutsOutLaterTerms "shuts-out-later-terms"
    "with sticky leaders, an append request of an earlier term is not answered"
    [&[AGREES, REACHES], fuzz(500), "etcd#8501", "partition"]
    } } };
}
