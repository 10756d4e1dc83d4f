//! Whatever makes a plan fail, the shrunk plan fails in the same way and is minimal.

use std::collections::BTreeSet;

use proptest::prelude::*;
use raftsim_node::Digest;
use raftsim_plan::{Drawing, Plan, Scope, Step, Timed, plans};
use raftsim_sim::{Failure, Fault, LinkSettings};

use super::toy::{
    Fates, LOST, Toy, assert_minimal, blocks, cut, doing, failing, link, lost, message, n,
    schedule_of, two_leaders,
};

/// A made-up rule that decides by a run's lines whether it fails.
#[derive(Clone, Debug)]
enum Rule {
    /// The run fails if its lines include any of these sets.
    Sets(Vec<Vec<usize>>),
    /// One set of lines in this many fails, at random; as many others fail in another way.
    OneIn(u64, u64),
}

const LINKS: u8 = 12;
const MESSAGES: u8 = 16;
const LINES: usize = LINKS as usize + MESSAGES as usize;

impl Rule {
    fn verdict(&self, lines: &BTreeSet<usize>) -> Result<(), Failure> {
        match self {
            Self::Sets(sets) => {
                let all = |set: &Vec<usize>| set.iter().all(|it| lines.contains(it));
                if sets.iter().any(all) { Err(two_leaders()) } else { Ok(()) }
            }
            Self::OneIn(..) if lines.len() == LINES => Err(two_leaders()),
            Self::OneIn(of, salt) => by_chance(*of, &(salt, lines)),
        }
    }
}

/// Fails one value of `what` in `of`, decided by the value, and as many others in another way.
fn by_chance(of: u64, what: &impl std::fmt::Debug) -> Result<(), Failure> {
    let mut digest = Digest::new();
    digest.debug(what);
    match digest.value() % of {
        0 => Err(two_leaders()),
        1 => Err(failing("election safety", n(2), n(2))),
        2.. => Ok(()),
    }
}

/// The lines of a run: its links first, then the messages lost.
fn lines(plan: &Plan, fates: &Fates) -> BTreeSet<usize> {
    let cut = cut(plan);
    let links = (0..LINKS).filter(|&number| cut.contains(&link(number)));
    let lost = (0..MESSAGES).filter(|&number| fates.get(&message(number.into())) == Some(&LOST));
    links.chain(lost.map(|number| number + LINKS)).map(usize::from).collect()
}

fn rules() -> impl Strategy<Value = Rule> {
    let sets = prop::collection::vec(prop::collection::vec(0..LINES, 0..6), 1..5);
    prop_oneof![
        sets.prop_map(Rule::Sets),
        (2_u64..30, any::<u64>()).prop_map(|(of, salt)| Rule::OneIn(of, salt)),
    ]
}

/// A plan's steps as they are in a closed world, where all networks are reliable.
fn steps(plan: &Plan) -> Vec<Timed> {
    let mut steps = schedule_of(plan).unwrap().steps.clone();
    for timed in &mut steps {
        if let Step::Fault { fault: Fault::Network(network) | Fault::Link(_, network), .. } =
            &mut timed.step
        {
            *network = LinkSettings::RELIABLE;
        }
    }
    steps
}

fn drawing() -> Drawing {
    Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands: false }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_lines_that_are_left_are_minimal_whatever_makes_the_plan_fail(rule in rules()) {
        let toy = Toy::new(lost(MESSAGES.into()), |plan, fates| rule.verdict(&lines(plan, fates)));
        let plan = doing(blocks(LINKS));
        let shrunk = toy.shrunk(&plan).unwrap();
        assert_minimal(&toy, &plan, &shrunk);
    }

    #[test]
    fn a_drawn_plan_shrinks_to_a_plan_that_can_be_read(
        plan in plans("toy", &drawing()),
        of in 2_u64..8,
    ) {
        let messages = if schedule_of(&plan).unwrap().servers < 2 { 0 } else { 6 };
        let first = (steps(&plan), lost(messages).into_iter().collect());
        let toy = Toy::new(lost(messages), |plan, fates| {
            let what = (steps(plan), fates.clone());
            if what == first { Err(two_leaders()) } else { by_chance(of, &what) }
        });
        let shrunk = toy.shrunk(&plan).unwrap();
        assert_minimal(&toy, &plan, &shrunk);
        prop_assert_eq!(Plan::read(&shrunk.plan.to_string()), Ok(shrunk.plan));
    }
}
