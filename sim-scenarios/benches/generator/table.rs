//! The tables.

use raftsim_specimens::mutant::MUTATIONS;

use crate::ENOUGH;
use crate::traits::TRAITS;

const ABOUT: &str = "## What a plan must have

`cargo bench -p sim-scenarios --bench generator -- MOST` drew up to MOST plans for each bug, until \
ENOUGH of them had found it. A bug is found only with a trait if all plans that found it have the \
trait, and are too many to have it by chance: in fewer than one of a thousand such tables. How much \
more often plans with a trait find a bug than plans without is the geometric mean over the bugs \
that were found so often that, if the trait did not matter, five finds could be expected with it \
and five without; the last two columns count the bugs for which it is three times or more, or a \
third or less. On average a plan with a trait has more steps than one without, and more steps find \
more.";
const HEAD: &str = "| a plan's trait | plans with it | bugs found only with it \
                    | found more often with it | three times or more | a third or less |";

/// The probability that some cell of the table names a trait that a bug's finds have by chance.
const CHANCE: f64 = 0.001;
/// The number of finds that a trait's two sides must have been expected to have.
const EXPECTED: f64 = 5.0;

/// How often one bug was found.
pub(crate) struct Bug {
    plans: u32,
    finds: u32,
    /// By trait: how many plans have it, and how many of these found the bug.
    with: Vec<(u32, u32)>,
    /// The traits that every plan has that found the bug.
    common: u64,
}

impl Bug {
    /// Of plans, each with its traits and whether it found the bug.
    pub(crate) fn of(plans: impl Iterator<Item = (u64, bool)>) -> Self {
        let with = vec![(0, 0); TRAITS.len()];
        let mut bug = Self { plans: 0, finds: 0, with, common: u64::MAX };
        for (traits, found) in plans {
            bug.plans += 1;
            bug.finds += u32::from(found);
            for (at, (plans, finds)) in bug.with.iter_mut().enumerate() {
                let has = u32::from(traits >> at & 1 == 1);
                *plans += has;
                *finds += has * u32::from(found);
            }
            if found {
                bug.common &= traits;
            }
        }
        bug
    }

    /// The share of the plans that have this trait.
    fn share(&self, at: usize) -> f64 {
        f64::from(self.with[at].0) / f64::from(self.plans)
    }

    /// Whether the bug is found only with this trait, and not so by chance.
    fn needs(&self, at: usize) -> bool {
        let cells = u32::try_from(TRAITS.len() * MUTATIONS.len()).expect("a table is small");
        let by_chance = self.share(at).powf(self.finds.into());
        self.finds > 0 && self.common >> at & 1 == 1 && by_chance < CHANCE / f64::from(cells)
    }

    /// How much more often plans with this trait find the bug than plans without; `None` if it is
    /// found too rarely to say.
    fn factor(&self, at: usize) -> Option<f64> {
        let (plans, finds) = self.with[at];
        let without = (self.plans - plans, self.finds - finds);
        let expected = self.share(at) * f64::from(self.finds);
        let enough = expected.min(f64::from(self.finds) - expected) >= EXPECTED;
        // Half a find more on both sides, so that a side without any has a rate too.
        let rate = |(plans, finds): (u32, u32)| (f64::from(finds) + 0.5) / f64::from(plans);
        enough.then(|| rate((plans, finds)) / rate(without))
    }
}

/// Prints the tables as Markdown. `most` plans were drawn for each bug, at most.
pub(crate) fn print(all: &[Bug], most: u64) {
    println!(
        "{}\n",
        ABOUT.replace("MOST", &most.to_string()).replace("ENOUGH", &ENOUGH.to_string())
    );
    println!("{HEAD}\n| --- | ---: | --- | ---: | ---: | ---: |");
    let plans: u32 = all.iter().map(|bug| bug.plans).sum();
    for (at, each) in TRAITS.iter().enumerate() {
        let with: u32 = all.iter().map(|bug| bug.with[at].0).sum();
        let factors: Vec<f64> = all.iter().filter_map(|bug| bug.factor(at)).collect();
        let times = factors.iter().filter(|&&factor| factor >= 3.0).count();
        let third = factors.iter().filter(|&&factor| factor <= 1.0 / 3.0).count();
        println!(
            "| {} | {:.1} % | {} | {} | {times} | {third} |",
            each.name,
            100.0 * f64::from(with) / f64::from(plans),
            names(all, |bug| bug.needs(at)),
            mean(&factors),
        );
    }
    let mut pairs = vec![];
    for (first, one) in TRAITS.iter().enumerate() {
        for (second, other) in TRAITS.iter().enumerate().skip(first + 1) {
            let both = names(all, |bug| bug.needs(first) && bug.needs(second));
            if !both.is_empty() {
                pairs.push(format!("| {}, {} | {both} |", one.name, other.name));
            }
        }
    }
    if pairs.is_empty() {
        println!("\nNo bug is found only with two of these traits together.");
    } else {
        println!(
            "\n| two traits | bugs found only with both |\n| --- | --- |\n{}",
            pairs.join("\n")
        );
    }
}

/// How many bugs there are for which `is` holds, and which.
fn names(all: &[Bug], is: impl Fn(&Bug) -> bool) -> String {
    let bugs = MUTATIONS.iter().zip(all).filter(|(_, bug)| is(bug));
    let names: Vec<_> = bugs.map(|(info, _)| format!("`{}`", info.name)).collect();
    if names.is_empty() { String::new() } else { format!("{}: {}", names.len(), names.join(", ")) }
}

/// The geometric mean; empty if there are no factors.
fn mean(factors: &[f64]) -> String {
    if factors.is_empty() {
        return String::new();
    }
    let count = u32::try_from(factors.len()).expect("there are few bugs");
    let mean = (factors.iter().map(|factor| factor.ln()).sum::<f64>() / f64::from(count)).exp();
    format!("× {mean:.2}")
}
