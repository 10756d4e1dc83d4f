//! Goroutines that wait for what never comes: when to look for them, and what to say of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::server::Rest;
use crate::stacks::{Call, Goroutine, goroutines};

/// One second.
const SECOND: u64 = 1_000_000_000;

/// How long `GetState` may take, while the server gets events. A lock that is held during a call
/// may keep it waiting for seven seconds.
const PATIENCE: u64 = 10 * SECOND;

/// How many goroutines, apart from those that wait for replies and those that `Make` started, may
/// wait for [`LASTING`]. A right server has few.
const MANY: usize = 64;

/// How long a goroutine waits before it counts as left behind.
const LASTING: u64 = 5 * SECOND;

/// How many places a failure names: those in which most goroutines wait.
const PLACES: usize = 6;

/// Watches a server, from event to event.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    /// How many goroutines there were when `Make` had returned.
    at_first: u32,
    /// When the last event was.
    last: u64,
    /// How long the server has been getting events. More than a second without any, as when it is
    /// suspended, counts as one second.
    age: u64,
    /// At which age `GetState` was called that has not returned.
    asked: Option<u64>,
    /// At which age there were too many goroutines, and the numbers of those that waited.
    crowd: Option<(u64, BTreeSet<u64>)>,
}

/// What may be wrong. Go's report on all goroutines shows it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doubt {
    /// `GetState` waits, and so does everything else.
    Deadlock,
    /// `GetState` does not return.
    Stuck,
    /// There are many goroutines.
    Crowd,
}

impl Waits {
    /// The server has started.
    pub(crate) fn begin(&mut self, now: u64, rest: Rest) {
        (self.at_first, self.last) = (rest.goroutines, now);
    }

    /// An event has ended. `is_idle` says that the program wants no other one at any time.
    pub(crate) fn after(&mut self, now: u64, rest: Rest, is_idle: bool) -> Option<Doubt> {
        self.age += now.saturating_sub(self.last).min(SECOND);
        self.last = now;
        if rest.is_asked {
            let asked = *self.asked.get_or_insert(self.age);
            if is_idle && rest.calls == 0 {
                return Some(Doubt::Deadlock);
            }
            return (self.age - asked >= PATIENCE).then_some(Doubt::Stuck);
        }
        self.asked = None;
        let spare = rest.goroutines.saturating_sub(self.at_first + rest.calls);
        if (spare as usize) < MANY {
            self.crowd = None;
            return None;
        }
        let since = self.crowd.as_ref().map(|(since, _)| *since);
        since.is_none_or(|since| self.age - since >= LASTING).then_some(Doubt::Crowd)
    }

    /// What is wrong, by Go's report on all goroutines, if anything is. `prefix` is what the paths
    /// of the student's files begin with.
    pub(crate) fn judge(&mut self, doubt: Doubt, report: &str, prefix: &str) -> Option<String> {
        let mut waiting: Vec<Goroutine<'_>> = goroutines(report).collect();
        waiting.retain(|it| !matches!(it.state, "running" | "sleep" | "IO wait"));
        match doubt {
            Doubt::Deadlock => Some(format!(
                "a deadlock: GetState does not return, and nothing in the server can go on; {}",
                places(&waiting, prefix)
            )),
            Doubt::Stuck => Some(format!(
                "GetState has not returned for {} s; {}",
                PATIENCE / SECOND,
                places(&waiting, prefix)
            )),
            Doubt::Crowd => {
                // A goroutine that waits for a reply ends with its call.
                let is_call = |call: &Call<'_>| call.function.starts_with("labrpc.(*ClientEnd)");
                waiting.retain(|it| !it.calls.iter().any(is_call));
                let numbers = waiting.iter().map(|it| it.number).collect();
                let before = self.crowd.replace((self.age, numbers));
                let (_, before) = before?;
                waiting.retain(|it| before.contains(&it.number));
                let left = waiting.len().saturating_sub(self.at_first as usize);
                (left >= MANY).then(|| {
                    let seconds = LASTING / SECOND;
                    let places = places(&waiting, prefix);
                    format!(
                        "goroutines are left behind: they have waited for {seconds} s; {places}"
                    )
                })
            }
        }
    }
}

/// Where goroutines wait within the student's files, and for what.
fn places(waiting: &[Goroutine<'_>], prefix: &str) -> String {
    let mut counts = BTreeMap::<String, usize>::new();
    for goroutine in waiting {
        if let Some(call) = goroutine.calls.iter().find(|call| call.is_in(prefix)) {
            let text = format!("{} ({}): {}", call.function, call.place, goroutine.state);
            *counts.entry(text).or_default() += 1;
        }
    }
    let mut counts: Vec<(usize, String)> =
        counts.into_iter().map(|(place, count)| (count, place)).collect();
    counts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    counts.truncate(PLACES);
    let texts: Vec<String> =
        counts.iter().map(|(count, place)| format!("{count} in {place}")).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const STARTED: Rest = Rest { goroutines: 6, calls: 0, is_asked: false };

    fn waits() -> Waits {
        let mut waits = Waits::default();
        waits.begin(0, STARTED);
        waits
    }

    /// A report on goroutines with these numbers.
    fn report(numbers: impl Iterator<Item = u64>, state: &str, function: &str) -> String {
        numbers.fold(String::new(), |mut text, number| {
            let place = "6.5840/raft/raft.go:7 +0x1";
            write!(text, "goroutine {number} [{state}]:\n{function}()\n\t{place}\n\n").unwrap();
            text
        })
    }

    #[test]
    fn a_server_that_waits_for_time_or_a_reply_is_in_no_deadlock() {
        let asked = Rest { is_asked: true, ..STARTED };
        assert!(waits().after(1, asked, false).is_none());
        assert!(waits().after(1, Rest { calls: 1, ..asked }, true).is_none());
        assert!(waits().after(1, STARTED, true).is_none());
        assert!(matches!(waits().after(1, asked, true), Some(Doubt::Deadlock)));
    }

    #[test]
    fn a_long_silence_is_not_held_against_get_state() {
        let mut waits = waits();
        let asked = Rest { is_asked: true, ..STARTED };
        let mut now = 0;
        for _ in 0..10 {
            now += 100 * SECOND;
            assert!(waits.after(now, asked, false).is_none());
        }
        assert!(waits.after(now + SECOND, STARTED, false).is_none());
        for _ in 0..10 {
            now += 2 * SECOND;
            assert!(waits.after(now, asked, false).is_none());
        }
        assert!(matches!(waits.after(now + SECOND, asked, false), Some(Doubt::Stuck)));
    }

    /// What is said of goroutines that are there in two reports, five seconds apart.
    fn judged(goroutines: u32, reports: [&str; 2]) -> Option<String> {
        let mut waits = waits();
        let crowd = Rest { goroutines, ..STARTED };
        let Some(Doubt::Crowd) = waits.after(1, crowd, false) else { return None };
        assert_eq!(waits.judge(Doubt::Crowd, reports[0], "6.5840"), None);
        for second in 1..=5 {
            assert!(waits.after(second * SECOND, crowd, false).is_none());
        }
        let doubt = waits.after(6 * SECOND, crowd, false).expect("five seconds have passed");
        waits.judge(doubt, reports[1], "6.5840")
    }

    #[test]
    fn goroutines_that_stay_are_left_behind() {
        let (send, call) = ("6.5840/raft.send", "6.5840/labrpc.(*ClientEnd).Call");
        let left = report(100..180, "chan send", send);
        let why = judged(90, [&left, &left]).expect("they are left behind");
        assert!(why.ends_with("80 in raft.send (6.5840/raft/raft.go:7): chan send"), "{why}");

        assert_eq!(judged(40, [&left, &left]), None);
        assert_eq!(judged(90, [&left, &report(200..280, "chan send", send)]), None);
        let asleep = report(100..180, "sleep", send);
        assert_eq!(judged(90, [&asleep, &asleep]), None);
        let calling = report(100..180, "chan receive", call);
        assert_eq!(judged(90, [&calling, &calling]), None);
    }
}
