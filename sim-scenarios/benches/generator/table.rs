//! The tables.

use raftsim_specimens::mutant::MUTATIONS;

use crate::ENOUGH;
use crate::traits::TRAITS;

const ABOUT: &str = "## What a plan must have

`cargo bench -p sim-scenarios --bench generator -- MOST` drew up to MOST plans for each bug, until \
ENOUGH of them had found it. A bug is found only with a trait if all plans that found it have the \
trait, and would hardly have it by chance (in fewer than one of a thousand such tables). How much \
more often plans with a trait find a bug than plans without is the geometric mean over all bugs \
that were found five times with it and five times without; the last two columns count the bugs for \
which it is three times or more, or a third or less. A plan with some trait has more steps than one \
without on average, and more steps find more.";
const HEAD: &str = "| a plan's trait | plans with it | bugs found only with it \
                    | found more often with it | three times or more | a third or less |";

/// The probability below which all of a bug's finds do not have a trait by chance.
const CHANCE: f64 = 0.001;
/// A bug is compared with and without a trait if it was found so often on both sides.
const COMPARED: u32 = 5;

/// How often one bug was found.
pub(crate) struct Falls {
    plans: u32,
    finds: u32,
    /// By trait: how many plans have it, and how many of these found the bug.
    with: Vec<(u32, u32)>,
    /// The traits that every plan has that found the bug.
    common: u64,
}

impl Falls {
    /// Of plans, each with its traits and whether it found the bug.
    pub(crate) fn of(plans: impl Iterator<Item = (u64, bool)>) -> Self {
        let with = vec![(0, 0); TRAITS.len()];
        let mut falls = Self { plans: 0, finds: 0, with, common: u64::MAX };
        for (traits, found) in plans {
            falls.plans += 1;
            falls.finds += u32::from(found);
            for (at, (plans, finds)) in falls.with.iter_mut().enumerate() {
                let has = u32::from(traits >> at & 1 == 1);
                *plans += has;
                *finds += has * u32::from(found);
            }
            if found {
                falls.common &= traits;
            }
        }
        falls
    }

    /// Whether the bug is found only with this trait, and not so by chance.
    fn needs(&self, at: usize) -> bool {
        let share = f64::from(self.with[at].0) / f64::from(self.plans);
        self.finds > 0 && self.common >> at & 1 == 1 && share.powf(self.finds.into()) < CHANCE
    }

    /// How much more often plans with this trait find the bug than plans without; `None` if it is
    /// found too rarely to say.
    fn factor(&self, at: usize) -> Option<f64> {
        let (plans, finds) = self.with[at];
        let (other_plans, other_finds) = (self.plans - plans, self.finds - finds);
        let enough = finds >= COMPARED && other_finds >= COMPARED;
        let share = |finds: u32, plans: u32| f64::from(finds) / f64::from(plans);
        enough.then(|| share(finds, plans) / share(other_finds, other_plans))
    }
}

/// Prints the tables as Markdown. `most` plans were drawn for each bug, at most.
pub(crate) fn print(all: &[Falls], most: u64) {
    println!(
        "{}\n",
        ABOUT.replace("MOST", &most.to_string()).replace("ENOUGH", &ENOUGH.to_string())
    );
    println!("{HEAD}\n| --- | ---: | --- | ---: | ---: | ---: |");
    let plans: u32 = all.iter().map(|falls| falls.plans).sum();
    for (at, each) in TRAITS.iter().enumerate() {
        let with: u32 = all.iter().map(|falls| falls.with[at].0).sum();
        let factors: Vec<f64> = all.iter().filter_map(|falls| falls.factor(at)).collect();
        let times = factors.iter().filter(|&&factor| factor >= 3.0).count();
        let third = factors.iter().filter(|&&factor| factor <= 1.0 / 3.0).count();
        println!(
            "| {} | {:.0} % | {} | × {:.2} | {times} | {third} |",
            each.name,
            100.0 * f64::from(with) / f64::from(plans),
            names(all, |falls| falls.needs(at)),
            mean(&factors),
        );
    }
    println!("\n| two traits | bugs found only with both |\n| --- | --- |");
    for first in 0..TRAITS.len() {
        for second in first + 1..TRAITS.len() {
            let both = names(all, |falls| falls.needs(first) && falls.needs(second));
            if !both.is_empty() {
                println!("| {}, {} | {both} |", TRAITS[first].name, TRAITS[second].name);
            }
        }
    }
}

/// How many bugs there are for which `is` holds, and which.
fn names(all: &[Falls], is: impl Fn(&Falls) -> bool) -> String {
    let bugs = MUTATIONS.iter().zip(all).filter(|(_, falls)| is(falls));
    let names: Vec<_> = bugs.map(|(info, _)| format!("`{}`", info.name)).collect();
    if names.is_empty() { String::new() } else { format!("{}: {}", names.len(), names.join(", ")) }
}

/// The geometric mean.
fn mean(factors: &[f64]) -> f64 {
    let count = u32::try_from(factors.len()).expect("there are few bugs");
    (factors.iter().map(|factor| factor.ln()).sum::<f64>() / f64::from(count)).exp()
}
