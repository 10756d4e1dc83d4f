//! The table of rules: what the paper asks, and where.

/// One rule of the paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its id in code, notes and tests: two letters for the place and a number, such as `RV.1`.
    pub id: &'static str,
    /// Where the paper states it: figure, box and number in the box, or section.
    pub place: &'static str,
    /// What it says: one sentence, in our words.
    pub says: &'static str,
}

/// Every rule: first those of Figure 2, in its order, then those of other places. Figures and
/// sections are the paper's unless the place says otherwise.
///
/// Differs: rules 2 to 4 of Figure 13 are left out. They are about offsets, chunks and `done`; here
/// a snapshot is sent whole.
///
#[doc = include_str!("rules.md")]
pub const RULES: &[Rule] = &[
    Rule {
        id: "DU.1",
        place: "Figure 2, State, persistent state",
        says: "A server's term and vote are on its disk before it sends a message that relies on \
               them.",
    },
    Rule {
        id: "DU.2",
        place: "Figure 2, State, persistent state; §7",
        says: "A server's log and snapshot are on its disk before it sends a message that relies \
               on them.",
    },
    Rule {
        id: "RV.1",
        place: "Figure 2, RequestVote RPC, receiver 1; §5.1",
        says: "A server refuses its vote to a candidate whose term is older than its own.",
    },
    Rule {
        id: "RV.2",
        place: "Figure 2, RequestVote RPC, receiver 2; §5.2, §5.4.1",
        says: "A server grants its vote if it has given it to no other candidate in this term \
               and its own log is not more up-to-date than the candidate's.",
    },
    Rule {
        id: "AE.1",
        place: "Figure 2, AppendEntries RPC, receiver 1; §5.1",
        says: "A server refuses entries from a leader whose term is older than its own.",
    },
    Rule {
        id: "AE.2",
        place: "Figure 2, AppendEntries RPC, receiver 2; §5.3",
        says: "A server refuses entries unless its log has the entry that comes just before \
               them, in the same term.",
    },
    Rule {
        id: "AE.3",
        place: "Figure 2, AppendEntries RPC, receiver 3; §5.3",
        says: "Where the log has an entry of another term at the index of a new one, the server \
               removes that entry and all after it; otherwise it removes nothing.",
    },
    Rule {
        id: "AE.4",
        place: "Figure 2, AppendEntries RPC, receiver 4",
        says: "The server appends those of the new entries that its log does not have yet.",
    },
    Rule {
        id: "AE.5",
        place: "Figure 2, AppendEntries RPC, receiver 5",
        says: "The server raises its commit index to the leader's, but not beyond the last of \
               the new entries.",
    },
    Rule {
        id: "AS.1",
        place: "Figure 2, Rules for Servers, All Servers 1; §5.3",
        says: "A server applies every committed entry to its service, one by one, in the order \
               of the log.",
    },
    Rule {
        id: "AS.2",
        place: "Figure 2, Rules for Servers, All Servers 2; §5.1",
        says: "A server that sees a higher term in any message enters that term, in which it has \
               not voted, and becomes a follower.",
    },
    Rule {
        id: "FO.1",
        place: "Figure 2, Rules for Servers, Followers 1; §5.2",
        says: "A follower answers the requests of candidates and leaders.",
    },
    Rule {
        id: "FO.2",
        place: "Figure 2, Rules for Servers, Followers 2; §5.2",
        says: "A follower that for an election timeout neither hears from the current leader nor \
               grants a vote becomes a candidate.",
    },
    Rule {
        id: "CA.1",
        place: "Figure 2, Rules for Servers, Candidates 1; §5.2",
        says: "To begin an election, a candidate enters the next term, votes for itself, \
               restarts its election timer and asks all other servers for their votes.",
    },
    Rule {
        id: "CA.2",
        place: "Figure 2, Rules for Servers, Candidates 2; §5.2",
        says: "A candidate with the votes of a majority of all servers becomes leader.",
    },
    Rule {
        id: "CA.3",
        place: "Figure 2, Rules for Servers, Candidates 3; §5.2",
        says: "A candidate that hears from a leader of its own term becomes a follower.",
    },
    Rule {
        id: "CA.4",
        place: "Figure 2, Rules for Servers, Candidates 4; §5.2",
        says: "A candidate whose election is undecided when its timer ends begins another \
               election.",
    },
    Rule {
        id: "LE.1",
        place: "Figure 2, Rules for Servers, Leaders 1; §5.2",
        says: "A leader sends heartbeats to all other servers as soon as it is elected, and then \
               at every interval, so that none of them begins an election.",
    },
    Rule {
        id: "LE.2",
        place: "Figure 2, Rules for Servers, Leaders 2; §5.3",
        says: "A leader appends a client's command to its own log.",
    },
    Rule {
        id: "LE.3",
        place: "Figure 2, Rules for Servers, Leaders 3; §5.3",
        says: "A leader sends each follower the entries from nextIndex on, and raises that \
               follower's nextIndex and matchIndex once it has stored them.",
    },
    Rule {
        id: "LE.4",
        place: "Figure 2, Rules for Servers, Leaders 4; §5.3, §5.4.2",
        says: "A leader commits an entry of its own term that a majority of servers has stored, \
               and with it all entries before it.",
    },
    Rule {
        id: "FB.1",
        place: "§5.3, the optimization for rejected AppendEntries",
        says: "A follower that refuses entries reports the term of its own entry that conflicts \
               and where that term begins in its log, or where its log ends.",
    },
    Rule {
        id: "FB.2",
        place: "§5.3, the optimization for rejected AppendEntries",
        says: "After a refusal the leader steps back over all conflicting entries of one term at \
               once.",
    },
    Rule {
        id: "SN.1",
        place: "§7, Figure 12",
        says: "A server lets a snapshot of its service take the place of a part of the log that \
               is applied.",
    },
    Rule {
        id: "SN.2",
        place: "§7, Figure 13",
        says: "A leader sends its snapshot to a follower that needs entries which are no longer \
               in the leader's log.",
    },
    Rule {
        id: "IS.1",
        place: "Figure 13, InstallSnapshot RPC, receiver 1",
        says: "A server refuses a snapshot from a leader whose term is older than its own.",
    },
    Rule {
        id: "IS.5",
        place: "Figure 13, InstallSnapshot RPC, receiver 5",
        says: "A server saves the snapshot and discards one that ends at a smaller index.",
    },
    Rule {
        id: "IS.6",
        place: "Figure 13, InstallSnapshot RPC, receiver 6",
        says: "If the log has the snapshot's last entry, in the same term, the entries after it \
               stay.",
    },
    Rule {
        id: "IS.7",
        place: "Figure 13, InstallSnapshot RPC, receiver 7",
        says: "If it does not, the server discards the whole log.",
    },
    Rule {
        id: "IS.8",
        place: "Figure 13, InstallSnapshot RPC, receiver 8",
        says: "The server restarts its service from the state that the snapshot holds.",
    },
    Rule {
        id: "RT.1",
        place: "§5.1, last paragraph; §5.5",
        says: "A server repeats a request that is not answered in time.",
    },
    Rule {
        id: "ET.1",
        place: "§5.2, on split votes",
        says: "A server draws each election timeout at random from a fixed range, so that split \
               votes are rare and do not repeat.",
    },
    Rule {
        id: "ST.1",
        place: "raft.tla, DropStaleResponse",
        says: "A server ignores a reply whose term is older than its own.",
    },
    Rule {
        id: "CQ.1",
        place: "thesis §6.2",
        says: "A leader steps down when an election timeout passes in which it has not heard \
               from a majority of the servers.",
    },
    Rule {
        id: "PV.1",
        place: "thesis §9.6",
        says: "With pre-vote, a server whose election timer ends first asks the others whether \
               they would vote for it, and enters the next term to begin an election only if a \
               majority would.",
    },
    Rule {
        id: "PV.2",
        place: "thesis §9.6",
        says: "A server would vote for a candidate if it has not heard from a current leader \
               within the shortest election timeout and its own log is not more up-to-date than \
               the candidate's; the answer changes neither its vote nor its timer.",
    },
    Rule {
        id: "LP.1",
        place: "thesis §4.2.3",
        says: "A server that protects its leader, from which it heard within the shortest election \
               timeout, neither enters the term of a candidate that asks for its vote nor grants \
               the vote.",
    },
    Rule {
        id: "LP.2",
        place: "thesis §4.2.3",
        says: "A candidate that was ordered to stand for election says so in its requests, and no \
               server refuses them to protect a leader.",
    },
    Rule {
        id: "TN.1",
        place: "thesis §3.10, TimeoutNow request",
        says: "A server that is ordered to stand for election begins one at once, as if its \
               election timer had ended.",
    },
];
