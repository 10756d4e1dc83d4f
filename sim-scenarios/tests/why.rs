//! Why a run fails: the steps of planted bugs stand in their stories.

use raftsim_explore::{Fuzz, Hunting, Player, Quiet, hunt, proves};
use raftsim_node::{Action, ActionOf, Boot, Claims, Event, Node, Status, Time};
use raftsim_plan::{Drawing, Scope};
use raftsim_sim::Recording;
use raftsim_specimens::mutant::{Config, Control, Disk, Message, Mutation};
use sim_scenarios::NodePlayer;
use sim_scenarios::pages::{Subject, page, servers};

/// What a server notes in each step that its mistake changes.
const ACTS: &str = "the mistake acts";

/// A mutant that knows when its mistake acts: when a server in the same state without the mistake
/// would have done something else.
struct Aware {
    mutant: Control,
    notes: bool,
}

impl Node for Aware {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn claims(config: &Config) -> Claims {
        Control::claims(config)
    }

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        Self { mutant: Control::boot(config, boot, disk, now), notes: boot.notes }
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut right = self.mutant.righted();
        let mut actions = self.mutant.step(event.clone(), now);
        if self.notes {
            let expected = right.step(event, now);
            let state = |server: &Control| format!("{server:?}");
            if actions != expected || state(&self.mutant.righted()) != state(&right) {
                actions.insert(0, Action::Note(ACTS.into()));
            }
        }
        actions
    }

    fn deadline(&self) -> Option<Time> {
        self.mutant.deadline()
    }

    fn status(&self) -> Status {
        self.mutant.status()
    }
}

/// In how many steps of the first plan that finds this bug its mistake acts, and how many of them
/// stand in the story of the run.
fn acts_and_named(mutation: Mutation) -> (usize, usize) {
    let config = Config::of(mutation);
    let player = NodePlayer::<Aware>::new(config);
    let stands = Control::claims(&config).copes_with_standing_faults;
    let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands };
    let fuzz = Fuzz { player: &player, node: Control::NAME, drawing: &drawing };
    let hunting = Hunting { from: 0, made: 0, budget: 500 };
    let found = hunt(&fuzz, hunting, |_, failure| Ok(proves(failure)), &Quiet);
    let found = found.expect("the harness does not panic").expect("nobody stops it");
    assert!(found.property.is_some(), "{mutation} is found");
    let plan = fuzz.plan(found.runs - 1);
    let run = player.play(&plan, Recording::On);
    let story = run.story.as_ref().expect("it was recorded");
    let subject = Subject {
        title: "a plan",
        command: String::new(),
        plan: &plan,
        servers: servers(&plan),
        shrunk: None,
        since: Time::ZERO,
        until: Time::MAX,
        whole: false,
    };
    let lines = page(&run, &**story, subject).story(7);
    let acts = story.rows().iter().filter(|row| row.text == ACTS).count();
    (acts, lines.iter().filter(|line| line.text.contains(ACTS)).count())
}

#[test]
fn the_step_of_a_planted_bug_stands_in_the_story_of_its_run() {
    raftsim_sim::prepare_process();
    let bugs = [
        Mutation::NoSecondElection,
        Mutation::KeepsOldVotes,
        Mutation::CountsRefusals,
        Mutation::HalfCommits,
        Mutation::HeartbeatAlwaysHolds,
        Mutation::AppendsWithoutComparing,
        Mutation::CommitFollowsMessages,
        Mutation::VotesBeforeWriting,
        Mutation::EntriesNotPersisted,
        Mutation::SnapshotMatchesAll,
    ];
    for bug in bugs {
        let (acts, named) = acts_and_named(bug);
        assert!(named > 0, "{bug}: it acts in {acts} steps, and none of them is in the story");
    }
}
