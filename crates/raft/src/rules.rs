//! The table of rules: what the paper asks, as far as it is built.

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

/// Every rule that is built, in the order of Figure 2, then those which other places add.
pub const RULES: &[Rule] = &[
    Rule {
        id: "DU.1",
        source: "Figure 2, State",
        says: "term and vote are durable before anything that acts on them is sent",
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
