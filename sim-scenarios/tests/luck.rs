//! Leaders that come late: by bad luck, where perhaps one server alone can win, or by a bug.

use raftsim_node::{
    Action, ActionOf, Boot, Claims, Command, Duration, Event, Node, Role, Status, Time,
};
use raftsim_sim::{Failure, Kind, LinkSettings, Setup};
use raftsim_testkit::{NoDisk, Ping};
use sim_scenarios::Lab;

use crate::support::n;

/// A server that leads from some moment on, and then applies what is proposed.
#[derive(Clone, Debug, Default)]
struct Late {
    /// When n1 leads; the others never do.
    leads_at: Option<Time>,
    /// Whether its log may have entries that the others lack: as its disk shows nothing, nobody
    /// knows how the logs end.
    own_entries: bool,
}

struct Server {
    due: Option<Time>,
    leads: bool,
}

impl Node for Server {
    type Config = Late;
    type Message = Ping;
    type Disk = NoDisk;

    fn claims(config: &Late) -> Claims {
        let claims = Claims::default();
        if config.own_entries { claims.with_own_entries() } else { claims }
    }

    fn boot(config: &Late, boot: &Boot, _: &NoDisk, _: Time) -> Self {
        Self { due: config.leads_at.filter(|_| boot.id == n(1)), leads: false }
    }

    fn step(&mut self, event: Event<Ping>, _: Time) -> Vec<ActionOf<Self>> {
        match event {
            Event::Timeout => (self.due, self.leads) = (None, true),
            Event::Propose { id, command } if self.leads => {
                let command = Some(command);
                let applied = Action::Apply { index: 1, term: Some(1), command };
                return vec![Action::Accept { id, index: 1, term: 1 }, applied];
            }
            Event::Propose { id, .. } => return vec![Action::Reject { id, leader: None }],
            _ => {}
        }
        vec![]
    }

    fn deadline(&self) -> Option<Time> {
        self.due
    }

    fn status(&self) -> Status {
        Status::new(1, if self.leads { Role::Leader } else { Role::Follower })
    }
}

const fn secs(secs: u64) -> Time {
    Time::from_nanos(secs * 1_000_000_000)
}

/// Three servers. A link is cut one way, so that the oracle of leader liveness demands nothing.
fn lab(config: Late, network: LinkSettings) -> Lab<Server> {
    let mut setup = Setup::new("late", 0, 3);
    setup.configs.fill(config);
    setup.network = network;
    let mut lab = Lab::new(setup).expect("its servers start");
    lab.sleep(Duration::from_millis(2)).expect("nothing happens");
    lab.world().block(n(2), n(3)).expect("a link is cut");
    lab
}

fn late(leads_at: u64) -> Late {
    Late { leads_at: Some(secs(leads_at)), own_entries: true }
}

/// What the lab misses, and after how many whole seconds.
fn missed<T: std::fmt::Debug>(result: Result<T, Failure>) -> (&'static str, u64) {
    let failure = result.expect_err("nobody leads in time");
    (failure.property().name(), failure.time().as_nanos() / 1_000_000_000)
}

fn one(lab: &mut Lab<Server>) -> Result<u64, Failure> {
    lab.one(Command::from(b"x".as_slice()), 1, true)
}

#[test]
fn a_leader_may_come_late_where_perhaps_one_server_alone_can_win() {
    let mut lab = lab(late(30), LinkSettings::RELIABLE);
    assert_eq!(lab.check_one_leader(), Ok(n(1)));
    assert!(lab.cluster().now() >= secs(30), "{}", lab.cluster().now());
}

#[test]
fn a_command_may_be_applied_late_where_perhaps_one_server_alone_can_win() {
    let mut lab = lab(late(40), LinkSettings::RELIABLE);
    assert_eq!(one(&mut lab), Ok(1));
    assert_eq!(lab.cluster().now().as_nanos() / 1_000_000_000, 40);
}

#[test]
fn luck_excuses_nobody_for_longer_than_a_minute_beyond_the_limit() {
    let never = || lab(Late { own_entries: true, ..Late::default() }, LinkSettings::RELIABLE);
    let (property, after) = missed(never().check_one_leader());
    assert!(property == "check_one_leader" && (64..=66).contains(&after), "{property} {after}");
    assert_eq!(missed(one(&mut never())), ("one", 70));
}

#[test]
fn where_each_server_could_win_the_limits_are_the_labs() {
    let level = || lab(Late { own_entries: false, ..late(30) }, LinkSettings::RELIABLE);
    let (property, after) = missed(level().check_one_leader());
    assert!(property == "check_one_leader" && (4..=5).contains(&after), "{property} {after}");
    assert_eq!(missed(one(&mut level())), ("one", 10));
}

const LOSSY: LinkSettings = LinkSettings::labrpc(true, false, true);

/// On a network that loses messages: the limit that is missed, when, and whether that may be chance.
fn on_lossy<T: std::fmt::Debug>(
    leads_at: u64,
    limit: impl FnOnce(&mut Lab<Server>) -> Result<T, Failure>,
) -> (&'static str, u64, bool) {
    let mut lab = lab(Late { own_entries: false, ..late(leads_at) }, LOSSY);
    let failure = limit(&mut lab).expect_err("nobody leads in time");
    let by_chance = failure.kind() == Kind::LabLimit { by_chance: true };
    (failure.property().name(), failure.time().as_nanos() / 1_000_000_000, by_chance)
}

#[test]
fn a_limit_missed_where_messages_are_lost_may_be_chance_if_a_reliable_network_helps() {
    let (property, _, by_chance) = on_lossy(7, Lab::check_one_leader);
    assert_eq!((property, by_chance), ("check_one_leader", true));
    assert_eq!(on_lossy(15, one), ("one", 10, true));
}

#[test]
fn a_limit_missed_where_messages_are_lost_is_no_chance_if_a_reliable_network_does_not_help() {
    let (property, _, by_chance) = on_lossy(100, Lab::check_one_leader);
    assert_eq!((property, by_chance), ("check_one_leader", false));
    assert_eq!(on_lossy(100, one), ("one", 10, false));
}
