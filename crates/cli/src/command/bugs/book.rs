//! What has been searched so far: it is kept in the file of `--state`, so that the same command goes
//! on from there.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use cpu_time::ThreadTime;
use indicatif::ProgressBar;
use raftsim_explore::{Hunt, SweepListener};

use crate::command::progress::{Clock, Minutes};
use crate::command::state::{Searched, State, named};
use crate::command::stop::Stop;

/// How often a search is kept.
const SAVE: Duration = Duration::from_millis(500);

/// What all searches of a command share.
pub(super) struct Book<'a> {
    pub(super) state: &'a State,
    pub(super) stop: &'a Stop,
    pub(super) bar: &'a ProgressBar,
    pub(super) minutes: Minutes,
}

/// The searches for one bug in one way.
pub(super) struct Page<'a> {
    book: &'a Book<'a>,
    name: &'a str,
    /// The CPU time of the thread when it began.
    begun: Duration,
    clock: Clock,
    entry: Mutex<Entry>,
}

struct Entry {
    searched: Searched,
    saved: Duration,
}

impl<'a> Page<'a> {
    /// The page of this name, with what was searched before.
    pub(super) fn open(book: &'a Book<'a>, name: &'a str) -> Self {
        let entry = Entry { searched: book.state.searched(name), saved: Duration::ZERO };
        Self {
            book,
            name,
            begun: ThreadTime::now().as_duration(),
            clock: Clock::start(0.0),
            entry: Mutex::new(entry),
        }
    }

    /// The searches that have ended. Those of a property that is not known were another program's,
    /// whose file would have been refused.
    pub(super) fn hunts(&self) -> Vec<Hunt> {
        let property = |name: &String| named(name).expect("the file is of this program");
        let hunt = |(runs, name): &(u64, Option<String>)| Hunt {
            runs: *runs,
            property: name.as_ref().map(property),
        };
        self.entry().searched.ended.iter().map(hunt).collect()
    }

    /// How many runs the present search has made.
    pub(super) fn made(&self) -> u64 {
        self.entry().searched.made
    }

    /// The CPU time of all searches.
    pub(super) fn cpu_seconds(&self) -> f64 {
        self.entry().searched.cpu_seconds + self.spent()
    }

    /// The present search has ended.
    pub(super) fn ends(&self, hunt: &Hunt) {
        let mut entry = self.entry();
        let property = hunt.property.map(|property| property.name().to_owned());
        entry.searched.ended.push((hunt.runs, property));
        entry.searched.made = 0;
        self.keep(&entry.searched);
    }

    /// Keeps what the present search has done.
    pub(super) fn stops_here(&self) {
        self.keep(&self.entry().searched);
    }

    fn keep(&self, searched: &Searched) {
        let cpu_seconds = searched.cpu_seconds + self.spent();
        let searched = Searched { cpu_seconds, ..searched.clone() };
        self.book.state.keep_searches([(self.name.to_owned(), searched)]);
    }

    /// The CPU time in seconds since it was opened.
    fn spent(&self) -> f64 {
        ThreadTime::now().as_duration().saturating_sub(self.begun).as_secs_f64()
    }

    fn entry(&self) -> std::sync::MutexGuard<'_, Entry> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SweepListener for Page<'_> {
    fn ran(&self, runs: u64) {
        let mut entry = self.entry();
        entry.searched.made += runs;
        let now = self.clock.elapsed();
        if now.saturating_sub(entry.saved) >= SAVE {
            entry.saved = now;
            self.keep(&entry.searched);
            self.book.minutes.report(self.book.bar, |elapsed| {
                let (done, all) = (self.book.bar.position(), self.book.bar.length().unwrap_or(0));
                format!("bugs: {done} of {all} searched, after {} s in all", elapsed.as_secs())
            });
        }
    }

    fn stops(&self) -> bool {
        self.book.stop.is_asked()
    }
}
