//! What a scenario is: its description and its code, whether it is built in or a user's own.

use std::fmt;

use raftsim_node::Node;
use raftsim_plan::Schedule;
use raftsim_sim::{Fact, Failure, Property, guarded_own};

use crate::HARNESS;
use crate::info::ScenarioInfo;
use crate::lab::Lab;
use crate::part::Part;

/// A scenario for a node of type `N`: its description and its code. Those of your own are in a
/// [`Suite`](crate::Suite).
pub struct Scenario<N: Node> {
    pub(crate) info: ScenarioInfo,
    /// Its code, which runs on a lab that was just set up.
    pub(crate) body: fn(&mut Lab<N>) -> Result<(), Failure>,
}

impl<N: Node> Scenario<N> {
    /// A scenario of your own, for [`Suite::scenario`](crate::Suite::scenario): `body` is its code, and
    /// `about` says in one line what it checks. It has three servers and a reliable network, and no
    /// snapshots.
    ///
    /// Its name is that of its test, and the word for it on command lines and in plans: small
    /// letters, digits and `_`. A node that implements the lab up to an earlier part than `part`
    /// skips it; and in the recovery phase after it servers must elect a leader, and from part 3B on
    /// agree on a command.
    ///
    /// A panic of the code, as by `assert!`, is a failure of the run against the property that has
    /// the scenario's name.
    pub fn new(
        name: &'static str,
        part: Part,
        about: &'static str,
        body: fn(&mut Lab<N>) -> Result<(), Failure>,
    ) -> Self {
        Self { info: ScenarioInfo { name, part, about, is_own: true, ..ScenarioInfo::USUAL }, body }
    }

    /// The same scenario with `servers` servers, 1 to 255.
    ///
    /// # Panics
    /// With another number.
    #[must_use]
    #[track_caller]
    pub fn servers(mut self, servers: u8) -> Self {
        let (name, most) = (self.info.name, Schedule::MOST);
        let fits = (1..=most).contains(&servers);
        assert!(fits, "the scenario `{name}` has {servers} servers, but should have 1 to {most}");
        self.info.servers = servers;
        self
    }

    /// The same, which also runs with any other number of servers from `least` on (`--servers`).
    #[must_use]
    pub fn any_from(mut self, least: u8) -> Self {
        self.info.any_from = Some(least);
        self
    }

    /// The same, which also runs with delays (`--delays`) and on any other network (`--network`). There
    /// the settings of links stay as they are up to the recovery phase: when the scenario's code changes
    /// those of all links or of one, that has no effect. Links that it cuts are cut.
    #[must_use]
    pub fn on_any_network(mut self) -> Self {
        self.info.any_network = true;
        self
    }

    /// The same on labrpc's unreliable network, which delays and loses messages.
    #[must_use]
    pub fn unreliable(mut self) -> Self {
        self.info.unreliable = true;
        self
    }

    /// The same with services that make a snapshot after entries 9, 19, 29, …
    #[must_use]
    pub fn with_snapshots(mut self) -> Self {
        self.info.snapshots = true;
        self
    }
}

impl<N: Node> Scenario<N> {
    /// Its description.
    pub const fn info(&self) -> &ScenarioInfo {
        &self.info
    }

    /// Runs its code on a lab that was just set up.
    pub fn play(&self, lab: &mut Lab<N>) -> Result<(), Failure> {
        self.guarded(lab, self.body)
    }

    /// Runs a part of its run. That of a user's own is under guard also after its code: a client that
    /// it has spawned may still be there.
    pub(crate) fn guarded(
        &self,
        lab: &mut Lab<N>,
        run: impl FnOnce(&mut Lab<N>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        if !self.info.is_own {
            return run(lab);
        }
        guarded_own(HARNESS, || run(lab)).unwrap_or_else(|panic| {
            let rule = Fact::new("the scenario's own code comes to its end");
            let failure = Failure::panicked(lab.cluster().now(), rule, &panic);
            Err(failure.breaking(Property::new(self.info.name)))
        })
    }
}

impl<N: Node> Clone for Scenario<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N: Node> Copy for Scenario<N> {}

impl<N: Node> fmt::Debug for Scenario<N> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Scenario").field("info", &self.info).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    //! This file is one of the harness: what panics here is a bug of the harness. How what is a user's
    //! own panics is tested in `tests/own`.

    use raftsim_explore::{HarnessPanic, Runner as _};
    use raftsim_node::Time;
    use raftsim_raft::{Config, Raft};
    use raftsim_sim::{Cluster, Record, Recording, Seen, Watch};

    use super::*;
    use crate::{NodePlayer, Suite};

    /// Which of its methods panics.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Panics {
        Observe,
        Alarm,
        Ring,
    }

    impl Watch<Raft> for Panics {
        fn observe(
            &mut self,
            _: &Cluster<Raft>,
            _: &Record<Seen<'_, Raft>>,
        ) -> Result<(), Failure> {
            assert_ne!(*self, Self::Observe, "ours");
            Ok(())
        }

        fn alarm(&self) -> Time {
            assert_ne!(*self, Self::Alarm, "ours");
            Time::from_nanos(1_000_000_000)
        }

        fn ring(&mut self, _: &Cluster<Raft>) -> Result<(), Failure> {
            panic!("ours")
        }
    }

    /// What ends the run of a scenario.
    fn bug(suite: Suite<Raft>, name: &str) -> HarnessPanic {
        raftsim_sim::prepare_process();
        let runner = NodePlayer::new(Config::default()).with_suite(suite).runner(name);
        let run = || runner.expect("it is there").run(7, Recording::Off).verdict;
        HarnessPanic::caught(7, run).expect_err("it is no failure of the run")
    }

    #[test]
    fn a_panic_of_the_harness_in_what_is_a_user_s_own_is_a_bug_of_the_harness() {
        let body = |lab: &mut Lab<Raft>| {
            let sleeps = |lab: &mut Lab<Raft>| lab.sleep(raftsim_node::Duration::from_secs(1));
            sleeps(lab).map(|()| panic!("ours"))
        };
        let scenario = Scenario::new("panics", Part::A, "it panics", body);
        let within = |suite: Suite<Raft>| suite.scenario(scenario);
        let ours =
            |message: &str| HarnessPanic { seed: 7, message: message.to_owned(), is_bug: true };
        assert_eq!(bug(within(Suite::new()), "panics"), ours("ours"));
        let mine = Property::new("mine");
        for panics in [Panics::Observe, Panics::Alarm, Panics::Ring] {
            let suite = || Suite::new().invariant(mine, move || panics);
            let built_in = bug(suite(), "initial_election_3a");
            assert!(built_in.is_bug && built_in.message.contains("ours"), "{built_in:?}");
            // In a scenario of the suite there are two guards.
            let own = bug(within(suite()), "panics");
            assert!(own.is_bug && own.message.contains("ours"), "{own:?}");
        }
        let makes = Suite::new().invariant(mine, || -> Panics { panic!("ours") });
        assert_eq!(bug(makes, "initial_election_3a"), ours("ours"));
    }
}
