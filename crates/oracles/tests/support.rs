//! Short names for what made-up histories consist of.

use raftsim_node::{Command, Index, NodeId, Term, Time, View};
use raftsim_oracles::{Committed, Entry, History, Log};
use raftsim_sim::{Durable, Failure, Kind};

/// Server n1, n2, …
pub(crate) const fn n(number: u8) -> NodeId {
    NodeId::new(number)
}

/// The moment `millis` milliseconds after the run's begin.
pub(crate) const fn ms(millis: u64) -> Time {
    Time::from_nanos(millis * 1_000_000)
}

/// One nanosecond later.
pub(crate) const fn just_after(time: Time) -> Time {
    Time::from_nanos(time.as_nanos() + 1)
}

/// A disk in `term` that holds this vote and no log.
pub(crate) fn disk(term: Term, voted_for: Option<u8>) -> Durable {
    Durable { term, voted_for: voted_for.map(n), last_index: 0 }
}

/// A verdict as people read it. The module `facts` tests the other fields of a failure.
pub(crate) type Said = Result<(), (Kind, &'static str, Time, [String; 2])>;

/// What a verdict says: the kind and the name of what was broken, when, and the facts' texts.
pub(crate) fn said(verdict: Result<(), Failure>) -> Said {
    verdict.map_err(|failure| {
        let facts = failure.facts().each_ref().map(|fact| fact.text().to_owned());
        (failure.kind(), failure.property().name(), failure.time(), facts)
    })
}

/// `property` was broken at `time`, by these two facts.
pub(crate) fn broken(property: &'static str, time: Time, first: &str, second: &str) -> Said {
    Err((Kind::Violation, property, time, [first.to_owned(), second.to_owned()]))
}

/// The entries that these words name: `a1` is command "a" of term 1, `-2` an entry of the Raft's
/// own of term 2.
pub(crate) fn entries(words: &str) -> Vec<Entry> {
    words.split_whitespace().map(entry).collect()
}

/// The entry that one word names.
pub(crate) fn entry(word: &str) -> Entry {
    let (command, term) = word.split_at(word.find(|c: char| c.is_ascii_digit()).expect("a term"));
    let command = (command != "-").then(|| Command::from(command));
    Entry { term: term.parse().expect("a term"), command }
}

/// The same entry as a server applies it: one that knows the entry's term, and one that does not.
pub(crate) fn applied(entry: &Entry) -> (Option<Term>, Option<&Command>) {
    (Some(entry.term), entry.command.as_ref())
}

pub(crate) fn applied_blindly(entry: &Entry) -> (Option<Term>, Option<&Command>) {
    (None, entry.command.as_ref())
}

/// What a disk shows of a log: all entries after the first `skipped`, and perhaps a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pages {
    pub(crate) snapshot: Option<(Index, Option<Term>)>,
    pub(crate) skipped: Index,
    pub(crate) entries: Vec<Entry>,
}

/// A whole log.
pub(crate) fn pages(words: &str) -> Pages {
    Pages { entries: entries(words), ..Pages::default() }
}

/// A log after a snapshot through `index`, whose last entry has the term `term`, if that is known.
pub(crate) fn behind(index: Index, term: impl Into<Option<Term>>, words: &str) -> Pages {
    Pages { snapshot: Some((index, term.into())), skipped: index, entries: entries(words) }
}

impl Pages {
    /// Replaces the log from `index` on.
    pub(crate) fn write(&mut self, index: Index, new: &[Entry]) {
        let kept = usize::try_from(index - self.skipped - 1).expect("a short log");
        self.entries.truncate(kept);
        self.entries.extend_from_slice(new);
    }

    /// Replaces the log through `index` by a snapshot.
    pub(crate) fn fold(&mut self, index: Index, term: Option<Term>) {
        let gone = usize::try_from(index - self.skipped).expect("a short log");
        self.entries.drain(..gone.min(self.entries.len()));
        self.skipped = index;
        self.snapshot = Some((index, term));
    }
}

/// In no term, with no vote.
impl View for Pages {
    fn term(&self) -> Term {
        0
    }

    fn voted_for(&self) -> Option<NodeId> {
        None
    }

    fn first_index(&self) -> Index {
        self.skipped + 1
    }

    fn last_index(&self) -> Index {
        self.skipped + self.entries.len() as Index
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let place = index.checked_sub(self.skipped + 1)?;
        let entry = self.entries.get(usize::try_from(place).ok()?)?;
        Some((entry.term, entry.command.as_ref()))
    }
}

/// A copy of the log on these pages.
pub(crate) fn copy(pages: &Pages) -> Log {
    let mut log = Log::default();
    log.read(pages, pages.snapshot, Some(0));
    log
}

/// A history of these entries, each shown by n1 in the term of the same place, at 1 ms, 2 ms, …
pub(crate) fn history(words: &str, within: &[Term]) -> History {
    let mut history = History::default();
    for ((entry, &within), millis) in entries(words).into_iter().zip(within).zip(1..) {
        let Entry { term, command } = entry;
        let since = ms(millis);
        history.push(Committed { term: Some(term), command, within, by: n(1), since });
    }
    history
}
