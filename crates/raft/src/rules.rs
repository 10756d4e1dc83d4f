//! The table of rules: what the paper asks.

/// One rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name, in code, notes and tests.
    pub id: &'static str,
    /// Where it comes from. Figures and §s are the extended paper's unless they say otherwise.
    pub source: &'static str,
    /// What it says, in short.
    pub says: &'static str,
}

/// Every rule, in the order of Figures 2 and 13, then those which other places add.
///
/// Differs: rules 2 to 4 of Figure 13's RPC, of offset, chunks and `done`, fall away: a snapshot
/// travels whole.
pub const RULES: &[Rule] = &[
    Rule {
        id: "DU.1",
        source: "Figure 2, State",
        says: "term and vote are durable before anything that acts on them is sent",
    },
    Rule {
        id: "DU.2",
        source: "Figure 2, State; §7",
        says: "log and snapshot are durable before anything that tells of them is sent",
    },
    Rule {
        id: "RV.1",
        source: "Figure 2, RequestVote RPC 1",
        says: "refuse a candidate of an older term",
    },
    Rule {
        id: "RV.2",
        source: "Figure 2, RequestVote RPC 2; §5.4.1",
        says: "grant if the vote is free or already the candidate's, and its log is not behind",
    },
    Rule {
        id: "AE.1",
        source: "Figure 2, AppendEntries RPC 1",
        says: "refuse a leader of an older term",
    },
    Rule {
        id: "AE.2",
        source: "Figure 2, AppendEntries RPC 2; §5.3",
        says: "refuse unless the log has the previous entry, in the same term",
    },
    Rule {
        id: "AE.3",
        source: "Figure 2, AppendEntries RPC 3",
        says: "cut the log off where an entry conflicts with a new one, and only there",
    },
    Rule {
        id: "AE.4",
        source: "Figure 2, AppendEntries RPC 4",
        says: "append the entries that are not in the log",
    },
    Rule {
        id: "AE.5",
        source: "Figure 2, AppendEntries RPC 5",
        says: "commit what the leader has, as far as the last new entry",
    },
    Rule {
        id: "AS.1",
        source: "Figure 2, All Servers 1",
        says: "apply what is committed, in order",
    },
    Rule {
        id: "AS.2",
        source: "Figure 2, All Servers 2; §5.1",
        says: "adopt a higher term seen in any message, without a vote in it, and follow",
    },
    Rule { id: "FO.1", source: "Figure 2, Followers 1", says: "answer candidates and leaders" },
    Rule {
        id: "FO.2",
        source: "Figure 2, Followers 2",
        says: "stand for election after a timeout without a current leader or a granted vote",
    },
    Rule {
        id: "CA.1",
        source: "Figure 2, Candidates 1",
        says: "an election is a new term, the own vote, a fresh timer, and a request to everyone",
    },
    Rule {
        id: "CA.2",
        source: "Figure 2, Candidates 2",
        says: "lead with the votes of a majority",
    },
    Rule {
        id: "CA.3",
        source: "Figure 2, Candidates 3",
        says: "follow the leader of the same term",
    },
    Rule {
        id: "CA.4",
        source: "Figure 2, Candidates 4",
        says: "stand again when the election times out",
    },
    Rule {
        id: "LE.1",
        source: "Figure 2, Leaders 1",
        says: "send heartbeats when elected, and at every interval after",
    },
    Rule {
        id: "LE.2",
        source: "Figure 2, Leaders 2",
        says: "append a command to the own log, and answer with its place",
    },
    Rule {
        id: "LE.3",
        source: "Figure 2, Leaders 3",
        says: "send what a follower lacks, or repeat what it has not answered; note what it holds",
    },
    Rule {
        id: "LE.4",
        source: "Figure 2, Leaders 4; §5.4.2",
        says: "commit an entry of the own term that a majority holds, and all before it",
    },
    Rule {
        id: "FB.1",
        source: "§5.3",
        says: "a refusal tells the conflicting term and where it begins, or where the log ends",
    },
    Rule {
        id: "FB.2",
        source: "§5.3",
        says: "after a refusal go back behind the own last entry of that term, or before all of it",
    },
    Rule { id: "SN.1", source: "§7", says: "fold what was applied into the service's snapshot" },
    Rule {
        id: "SN.2",
        source: "§7",
        says: "send the snapshot to a follower that lacks what is folded",
    },
    Rule {
        id: "IS.1",
        source: "Figure 13, InstallSnapshot RPC 1",
        says: "refuse a leader of an older term",
    },
    Rule {
        id: "IS.5",
        source: "Figure 13, InstallSnapshot RPC 5",
        says: "keep a snapshot only if it is ahead of what is committed here",
    },
    Rule {
        id: "IS.6",
        source: "Figure 13, InstallSnapshot RPC 6",
        says: "keep the log behind a snapshot whose last entry it holds",
    },
    Rule {
        id: "IS.7",
        source: "Figure 13, InstallSnapshot RPC 7",
        says: "discard the log otherwise",
    },
    Rule {
        id: "IS.8",
        source: "Figure 13, InstallSnapshot RPC 8",
        says: "start the service again from the snapshot",
    },
    Rule {
        id: "RT.1",
        source: "§5.1",
        says: "ask again, every heartbeat interval, whoever has not answered",
    },
    Rule {
        id: "ET.1",
        source: "§5.2",
        says: "draw the election timeout at random, anew at every reset",
    },
    Rule {
        id: "ST.1",
        source: "raft.tla, DropStaleResponse",
        says: "drop replies of an older term",
    },
    Rule {
        id: "CQ.1",
        source: "thesis §6.2",
        says: "step down when no majority was heard for an election timeout",
    },
];
