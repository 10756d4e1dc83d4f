//! Where the odds of a failing run turn, as sentences.

use std::collections::BTreeMap;

use raftsim_explore::{Afterwards, Share, Turn, Turning};
use raftsim_node::Time;
use raftsim_view::page::{Page, StoryLine};

/// How many of the steps of one moment are named.
const STEPS: usize = 2;

/// Where the odds turn in one of the worlds that follow a branch.
pub(super) struct Turns<'a> {
    pub(super) afterwards: Afterwards,
    pub(super) page: &'a Page,
    pub(super) turning: Turning,
}

impl Turns<'_> {
    /// The world, in a few words.
    fn world(&self) -> &'static str {
        match self.afterwards {
            Afterwards::GoesOn => "under other seeds",
            Afterwards::Calm => "if all faults stopped",
        }
    }

    /// Where the odds turn, as a line.
    pub(super) fn line(&self) -> String {
        let Turning { shares, moments, is_finished, .. } = &self.turning;
        let tried = shares.len();
        let (text, tried) = match is_finished {
            false => (format!("not known: stopped after {tried} moments"), String::new()),
            true if tried < *moments => {
                (self.text(), format!(" ({tried} of {moments} moments tried)"))
            }
            true => (self.text(), String::new()),
        };
        format!("{}: {text}{tried}", self.world())
    }

    fn text(&self) -> String {
        let Turning { rise, lost, .. } = &self.turning;
        let is_last = rise.is_some() && self.is_lost_with_rise();
        let rise = rise.as_ref().and_then(|rise| self.rise_text(rise));
        let lost = lost.as_ref().filter(|_| !is_last).map(|lost| self.lost_text(lost));
        match (rise, lost) {
            (Some(rise), Some(lost)) if self.falls_between() => {
                format!("{rise}; then fewer fail again, until {lost}")
            }
            (Some(rise), Some(lost)) => format!("{rise}; {lost}"),
            (Some(text), None) => text,
            // Where all fail from the start on, nothing is left to decide.
            (None, Some(text)) if self.is_lost_from_the_start() => text,
            (None, Some(lost)) => format!("{}; {lost}", self.undecided_text()),
            (None, None) => self.undecided_text(),
        }
    }

    /// Whether all branches fail from the steepest rise on.
    fn is_lost_with_rise(&self) -> bool {
        let after = |turn: Option<Turn>| turn.map(|turn| turn.after);
        after(self.turning.rise) == after(self.turning.lost)
    }

    /// Whether fewer branches fail between the steepest rise and the moment from which on all do.
    fn falls_between(&self) -> bool {
        let Turning { rise: Some(rise), lost: Some(lost), .. } = &self.turning else {
            return false;
        };
        lost.after.at > rise.after.at
            && lost.before.is_some_and(|before| before.failed < rise.after.failed)
    }

    /// When as many branches fail as after the steepest rise.
    fn after_it(&self) -> &'static str {
        if self.is_lost_with_rise() { "from it on" } else { "after it" }
    }

    fn is_lost_from_the_start(&self) -> bool {
        self.turning.lost.is_some_and(|lost| lost.before.is_none())
    }

    fn rise_text(&self, &Turn { before, after, is_isolated }: &Turn) -> Option<String> {
        let before = before?;
        let after_it = self.after_it();
        Some(if is_isolated {
            let moment = self.moment(after.at);
            format!("{} branches fail before {moment}, and {} {after_it}", of(before), of(after))
        } else {
            let before = format!("{} branches fail at {}", of(before), before.at);
            let after = format!("{} at {}", of(after), after.at);
            format!("{before}, and {after}; no moment between the two was tried")
        })
    }

    fn lost_text(&self, &Turn { before, after, is_isolated }: &Turn) -> String {
        let all = after.of;
        match before {
            None => format!("all {all} branches fail from the start"),
            Some(before) if is_isolated => {
                let moment = self.moment(after.at);
                format!("all {all} fail from {moment} on ({} before it)", of(before))
            }
            Some(before) => {
                let earlier = format!("{} at {}", of(before), before.at);
                format!("all {all} fail from {} on, if not earlier ({earlier})", after.at)
            }
        }
    }

    /// What is to be said if no rise is more than chance.
    fn undecided_text(&self) -> String {
        let failed = || self.turning.shares.iter().map(|share| share.failed);
        let (least, most) = (failed().min().unwrap_or(0), failed().max().unwrap_or(0));
        let all = self.turning.shares.first().map_or(0, |share| share.of);
        match (least, most) {
            (0, 0) => format!("no branch fails (0 of {all} at each moment)"),
            _ if least == most => {
                format!("no step decides it: {most} of {all} branches fail at each moment")
            }
            _ => format!("no single step decides it: {least} to {most} of {all} branches fail"),
        }
    }

    /// A moment, with the first steps that happened then.
    fn moment(&self, at: Time) -> String {
        let steps = self.page.steps_at(at);
        let named = steps.iter().take(STEPS).map(|StoryLine { node, text, .. }| {
            let node = node.map_or_else(String::new, |node| format!("{node} "));
            format!("{node}{text}")
        });
        let mut named: Vec<String> = named.collect();
        let more = steps.len().saturating_sub(STEPS);
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        if named.is_empty() { at.to_string() } else { format!("{at} ({})", named.join("; ")) }
    }

    /// The moments that turn the odds and were isolated, each with a sentence.
    fn marks(&self) -> Vec<(Time, String)> {
        let Turning { rise, lost, .. } = self.turning;
        let isolated = |turn: Option<Turn>| -> Option<[Share; 2]> {
            let Turn { before, after, .. } = turn.filter(|turn| turn.is_isolated)?;
            Some([before?, after])
        };
        let world = self.world();
        let rise = isolated(rise).map(|[before, after]| {
            let after_it = self.after_it();
            let (before, share) = (of(before), of(after));
            let text = format!("{before} branches fail before this step, and {share} {after_it}");
            (after.at, format!("{world} {text}"))
        });
        let lost = isolated(lost.filter(|_| !self.is_lost_with_rise()));
        let lost = lost.map(|[before, after]| {
            let (before, all) = (of(before), after.of);
            let again = if self.falls_between() { " again" } else { "" };
            let text =
                format!("all {all} branches fail{again} from this step on, and {before} before it");
            (after.at, format!("{world} {text}"))
        });
        rise.into_iter().chain(lost).collect()
    }
}

/// The marks of these worlds on a page, in order of time: each moment once, with all that is to be
/// said of it.
pub(super) fn marks<'a>(worlds: impl Iterator<Item = &'a Turns<'a>>) -> BTreeMap<Time, String> {
    let mut marks: BTreeMap<Time, String> = BTreeMap::new();
    for (at, text) in worlds.flat_map(Turns::marks) {
        let mark = marks.entry(at).or_default();
        if !mark.is_empty() {
            mark.push_str("; ");
        }
        mark.push_str(&text);
    }
    marks
}

/// A share, such as `3 of 64`.
fn of(Share { failed, of, .. }: Share) -> String {
    format!("{failed} of {of}")
}

#[cfg(test)]
mod tests {
    use raftsim_view::page::About;

    use super::*;

    #[test]
    fn a_share_that_falls_again_is_said_to_fall() {
        let share = |millis: u64, failed| Share {
            at: Time::from_nanos(millis * 1_000_000),
            failed,
            of: 64,
        };
        let turn = |before, after| Some(Turn { before: Some(before), after, is_isolated: false });
        let text = |shares: [Share; 4], rise: [usize; 2], lost: [usize; 2]| {
            let [rise, lost] = [rise, lost].map(|[one, other]| turn(shares[one], shares[other]));
            let (shares, moments) = (shares.to_vec(), 4);
            let turning = Turning { shares, moments, rise, lost, is_finished: true };
            let page = raftsim_view::page::PageBuilder::new(about()).finish();
            Turns { afterwards: Afterwards::GoesOn, page: &page, turning }.text()
        };
        let shares = [share(1, 0), share(2, 64), share(3, 0), share(4, 64)];
        let rise = "0 of 64 branches fail at 0.001000s, and 64 of 64 at 0.002000s; no moment between \
                    the two was tried";
        let lost = "all 64 fail from 0.004000s on, if not earlier (0 of 64 at 0.003000s)";
        let expected = format!("{rise}; then fewer fail again, until {lost}");
        assert_eq!(text(shares, [0, 1], [2, 3]), expected);
        let shares = [share(1, 0), share(2, 60), share(3, 61), share(4, 64)];
        let rise = rise.replace("64 of 64 at", "60 of 64 at");
        let expected = format!("{rise}; {}", lost.replace("(0 of", "(61 of"));
        assert_eq!(text(shares, [0, 1], [2, 3]), expected);
    }

    fn about() -> About {
        About {
            title: String::new(),
            command: String::new(),
            node: String::new(),
            seed: 0,
            servers: 1,
            events: 0,
            digest: 0,
            end: Time::ZERO,
            version: "",
            missing: 0,
            shrunk: None,
            plan_text: String::new(),
            plan: vec![],
            fates: vec![],
            failure: None,
            committed: vec![],
            since: Time::ZERO,
            until: Time::MAX,
            skip: 0,
        }
    }
}
