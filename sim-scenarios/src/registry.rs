//! Every scenario by name: the list that the tests, the command and a user's own crate share.

use raftsim_node::Node;
use raftsim_sim::Failure;

use crate::info::ScenarioInfo;
use crate::lab::Lab;
use crate::part::{Claim, Part};
use crate::scenario::Scenario;
use crate::scenarios::beyond::{figure_8, links, pre_vote, sizes, stale, votes};
use crate::scenarios::{agreement, churn, elections, persistence, snapshots};

macro_rules! registry {
    ($($name:ident = $body:path { $($info:tt)* })*) => {
        /// Every scenario, part by part.
        pub const SCENARIOS: &[ScenarioInfo] =
            &[$(ScenarioInfo {
                name: stringify!($name),
                $($info)*
                ..ScenarioInfo::USUAL
            }),*];

        fn body<N: Node>(name: &str) -> Option<fn(&mut Lab<N>) -> Result<(), Failure>> {
            match name {
                $(stringify!($name) => Some($body),)*
                _ => None,
            }
        }

        /// Each scenario as a type of its name, for the tests that `labs!` makes: such a test builds
        /// the code of its own scenario, and not that of all.
        #[doc(hidden)]
        #[expect(non_camel_case_types, reason = "scenarios have the names of tests")]
        pub mod each {
            use super::*;

            $(
                #[derive(Debug)]
                pub enum $name {}

                impl ScenarioType for $name {
                    fn scenario<N: Node>() -> Scenario<N> {
                        Scenario { info: info(stringify!($name)), body: $body }
                    }
                }
            )*
        }
    };
}

/// A scenario that has a type, whatever the node.
#[doc(hidden)]
pub trait ScenarioType {
    /// The scenario for this node.
    fn scenario<N: Node>() -> Scenario<N>;
}

/// The description of a scenario of the registry.
fn info(name: &str) -> ScenarioInfo {
    let info = SCENARIOS.iter().find(|info| info.name == name).copied();
    info.expect("a scenario of the registry is in the registry")
}

registry! {
    initial_election_3a = elections::initial_election {
        part: Part::A,
        about: "a leader is elected, and two seconds later there still is one",
        mirrors: Some("TestInitialElection3A"),
        any_from: Some(1),
    }
    reelection_3a = elections::reelection {
        part: Part::A,
        about: "a new leader when the old one is cut off; none without a majority",
        mirrors: Some("TestReElection3A"),
        any_from: Some(3),
    }
    many_elections_3a = elections::many_elections {
        part: Part::A,
        servers: 7,
        about: "three of seven are cut off, nine times; the rest have a leader",
        mirrors: Some("TestManyElections3A"),
        any_from: Some(3),
    }
    no_leader_without_majority_3a = elections::no_leader_without_majority {
        part: Part::A,
        about: "all servers are cut off from each other; none leads longer than it claims to",
        needs: Some(Claim::StepsDown),
        any_from: Some(2),
    }
    stale_leaders_return_3a = elections::stale_leaders_return {
        part: Part::A,
        about: "two deposed leaders must elect one of themselves",
    }
    duplicate_votes_3a = votes::duplicate_votes {
        part: Part::A,
        servers: 5,
        about: "every message arrives twice; no candidate wins by a vote that is counted twice",
    }
    stale_heartbeats_3a = stale::stale_heartbeats {
        part: Part::A,
        about: "heartbeats of an earlier term do not keep a server from standing for election",
    }
    basic_agree_3b = agreement::basic_agree {
        part: Part::B,
        about: "three commands get indexes 1, 2 and 3; none is applied before it is proposed",
        mirrors: Some("TestBasicAgree3B"),
        any_from: Some(1),
    }
    rpc_bytes_3b = agreement::rpc_bytes {
        part: Part::B,
        about: "ten commands of 5,000 bytes go to each follower once",
        mirrors: Some("TestRPCBytes3B"),
        any_from: Some(1),
    }
    follower_failure_3b = agreement::follower_failure {
        part: Part::B,
        about: "agreement without one follower, none without both",
        mirrors: Some("TestFollowerFailure3B"),
    }
    leader_failure_3b = agreement::leader_failure {
        part: Part::B,
        about: "agreement under a new leader, none when that one is cut off too",
        mirrors: Some("TestLeaderFailure3B"),
    }
    fail_agree_3b = agreement::fail_agree {
        part: Part::B,
        about: "a follower that was cut off catches up",
        mirrors: Some("TestFailAgree3B"),
        any_from: Some(3),
    }
    fail_no_agree_3b = agreement::fail_no_agree {
        part: Part::B,
        servers: 5,
        about: "no agreement while three of five are cut off",
        mirrors: Some("TestFailNoAgree3B"),
    }
    concurrent_starts_3b = agreement::concurrent_starts {
        part: Part::B,
        about: "five commands proposed at once are all applied",
        mirrors: Some("TestConcurrentStarts3B"),
        any_from: Some(1),
    }
    rejoin_3b = agreement::rejoin {
        part: Part::B,
        about: "commands that a leader accepted while it was cut off are overwritten",
        mirrors: Some("TestRejoin3B"),
        any_from: Some(3),
    }
    backup_3b = agreement::backup {
        part: Part::B,
        servers: 5,
        about: "logs with fifty wrong entries are corrected quickly",
        mirrors: Some("TestBackup3B"),
    }
    count_3b = agreement::count {
        part: Part::B,
        about: "not too many RPCs to elect, to agree, and while nothing is proposed",
        mirrors: Some("TestCount3B"),
    }
    quorum_loss_3b = links::quorum_loss {
        part: Part::B,
        servers: 5,
        about: "only one server reaches a majority; it may lack a committed entry",
    }
    chained_servers_3b = links::chain {
        part: Part::B,
        servers: 5,
        about: "servers in a chain, each joined only with its neighbours",
    }
    deaf_leader_3b = links::deaf_leader {
        part: Part::B,
        servers: 5,
        about: "a leader's messages arrive, but no answer reaches it: it commits nothing",
        any_from: Some(3),
    }
    mute_leader_3b = links::mute_leader {
        part: Part::B,
        servers: 5,
        about: "messages reach a leader, but its own are lost: the others elect a new one",
        any_from: Some(3),
    }
    two_servers_3b = sizes::even {
        part: Part::B,
        servers: 2,
        about: "two servers agree; one alone neither leads nor commits",
    }
    four_servers_3b = sizes::even {
        part: Part::B,
        servers: 4,
        about: "three of four agree; neither half elects or commits",
    }
    six_servers_3b = sizes::even {
        part: Part::B,
        servers: 6,
        about: "four of six agree; neither half elects or commits",
    }
    speed_3b = agreement::speed {
        part: Part::B,
        about: "a hundred commands, one after the other, do not wait for heartbeats",
        any_from: Some(1),
    }
    later_term_in_replies_3b = stale::later_term_in_replies {
        part: Part::B,
        about: "a server in a later term than the leader's sends only answers; the two must agree",
        needs: Some(Claim::AnswersEarlierTerms),
    }
    later_term_in_requests_3b = stale::later_term_in_requests {
        part: Part::B,
        about: "a server enters the later term of a candidate whose log is behind",
    }
    asks_before_standing_3b = pre_vote::asks_before_standing {
        part: Part::B,
        about: "with pre-vote, no term begins in which nobody could win",
        needs: Some(Claim::AsksBeforeStanding),
    }
    old_answers_3b = stale::old_answers {
        part: Part::B,
        servers: 5,
        about: "answers to a leader arrive late, when it leads again in a later term",
    }
    persist1_3c = persistence::persist1 {
        part: Part::C,
        about: "all crash, a leader crashes, a follower crashes",
        mirrors: Some("TestPersist13C"),
        any_from: Some(3),
    }
    persist2_3c = persistence::persist2 {
        part: Part::C,
        servers: 5,
        about: "five rounds of crashes, in each of which four servers miss an entry",
        mirrors: Some("TestPersist23C"),
    }
    persist3_3c = persistence::persist3 {
        part: Part::C,
        about: "entries on which two servers agreed survive the crash of both",
        mirrors: Some("TestPersist33C"),
    }
    figure_8_3c = persistence::figure_8 {
        part: Part::C,
        servers: 5,
        about: "leaders crash right after they accept a command, a thousand times",
        mirrors: Some("TestFigure83C"),
        any_from: Some(3),
    }
    unreliable_agree_3c = persistence::unreliable_agree {
        part: Part::C,
        servers: 5,
        unreliable: true,
        about: "commands five at a time while messages are lost",
        mirrors: Some("TestUnreliableAgree3C"),
        any_from: Some(1),
    }
    figure_8_unreliable_3c = persistence::figure_8_unreliable {
        part: Part::C,
        servers: 5,
        unreliable: true,
        about: "leaders are cut off a thousand times; replies are lost and late",
        mirrors: Some("TestFigure8Unreliable3C"),
        any_from: Some(3),
    }
    reliable_churn_3c = churn::churn {
        part: Part::C,
        servers: 5,
        about: "clients propose while servers are cut off, crash and return",
        mirrors: Some("TestReliableChurn3C"),
        any_from: Some(3),
    }
    unreliable_churn_3c = churn::churn {
        part: Part::C,
        servers: 5,
        unreliable: true,
        about: "the same while messages are lost",
        mirrors: Some("TestUnreliableChurn3C"),
        any_from: Some(3),
    }
    figure_8_directed_3c = figure_8::directed {
        part: Part::C,
        servers: 5,
        about: "Figure 8 step by step: an old entry is not committed just because a majority has it",
    }
    crash_between_vote_and_answer_3c = votes::crash_between_vote_and_answer {
        part: Part::C,
        about: "a voter crashes while it votes; two candidates need its vote in one term",
    }
    two_servers_crash_3c = sizes::even_crash {
        part: Part::C,
        servers: 2,
        about: "two servers agree; while one is down the other is not elected and commits nothing",
    }
    four_servers_crash_3c = sizes::even_crash {
        part: Part::C,
        servers: 4,
        about: "three of four agree; while two are down the others neither elect nor commit",
    }
    six_servers_crash_3c = sizes::even_crash {
        part: Part::C,
        servers: 6,
        about: "four of six agree; while three are down the others neither elect nor commit",
    }
    single_server_3c = sizes::single {
        part: Part::C,
        servers: 1,
        about: "a single server leads, commits, and keeps its committed entries",
    }
    snapshot_basic_3d = snapshots::basic {
        part: Part::D,
        snapshots: true,
        about: "snapshots keep logs short while all keep up",
        mirrors: Some("TestSnapshotBasic3D"),
        any_from: Some(1),
    }
    snapshot_install_3d = snapshots::install {
        part: Part::D,
        snapshots: true,
        about: "a server that was cut off catches up by a snapshot",
        mirrors: Some("TestSnapshotInstall3D"),
        any_from: Some(3),
    }
    snapshot_install_unreliable_3d = snapshots::install {
        part: Part::D,
        unreliable: true,
        snapshots: true,
        about: "the same while messages are lost",
        mirrors: Some("TestSnapshotInstallUnreliable3D"),
        any_from: Some(3),
    }
    snapshot_install_crash_3d = snapshots::install_crash {
        part: Part::D,
        snapshots: true,
        about: "a server that crashed catches up by a snapshot",
        mirrors: Some("TestSnapshotInstallCrash3D"),
        any_from: Some(3),
    }
    snapshot_install_un_crash_3d = snapshots::install_crash {
        part: Part::D,
        unreliable: true,
        snapshots: true,
        about: "the same while messages are lost",
        mirrors: Some("TestSnapshotInstallUnCrash3D"),
        any_from: Some(3),
    }
    snapshot_all_crash_3d = snapshots::all_crash {
        part: Part::D,
        unreliable: true,
        snapshots: true,
        about: "all servers crash, five times, and go on from snapshot and log",
        mirrors: Some("TestSnapshotAllCrash3D"),
        any_from: Some(1),
    }
    snapshot_init_3d = snapshots::init {
        part: Part::D,
        unreliable: true,
        snapshots: true,
        about: "snapshots on disk survive two crashes of all servers",
        mirrors: Some("TestSnapshotInit3D"),
        any_from: Some(1),
    }
    long_absence_3d = snapshots::long_absence {
        part: Part::D,
        snapshots: true,
        about: "a server that needs compacted entries returns; without it there is no majority",
    }
    snapshot_over_conflict_3d = stale::snapshot_over_conflict {
        part: Part::D,
        servers: 5,
        snapshots: true,
        about: "a snapshot ends amid a follower's log, whose entries conflict with it",
    }
}

/// The scenario named `name`; `None` if there is none.
pub fn scenario<N: Node>(name: &str) -> Option<Scenario<N>> {
    let info = *SCENARIOS.iter().find(|info| info.name == name)?;
    Some(Scenario { info, body: body(name)? })
}
