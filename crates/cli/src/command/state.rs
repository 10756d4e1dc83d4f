//! The file of `--state`: what a command has done so far, so that the same command goes on from
//! there after it was ended in any way.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use raftsim_explore::{Done, Judged, Piece, Runner, Seen, Sweep, Tally, Twice, run_twice};
use raftsim_sim::{Failure, Property, property};
use serde::{Deserialize, Serialize};
use sim_scenarios::terminal::complain;

use crate::command::bad::Bad;
use crate::command::plans::write_beside;

/// The file of `--state`, and what it says. Without a file nothing is kept.
#[derive(Debug)]
pub(crate) struct State {
    path: Option<PathBuf>,
    document: Mutex<Document>,
}

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    /// The version of raftsim.
    raftsim: String,
    /// A digest of the program's file: of another program the same seed may be another run.
    binary: String,
    /// What the node is made of, if that is not the program alone: see [`NodeEntry::with_version`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    node: String,
    /// The options that decide what is run.
    command: String,
    /// By scenario, or `fuzz`: what was swept.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    sweeps: BTreeMap<String, Swept>,
    /// By bug, way and budget: what was searched.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    searches: BTreeMap<String, Searched>,
}

/// What a sweep has done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Swept {
    /// The real time that it took.
    seconds: f64,
    pieces: Vec<Counts>,
}

/// The result of consecutive seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    /// The place of the first seed in the sweep, from 0.
    begin: u64,
    /// The place after the last seed.
    end: u64,
    failed: u64,
    by_chance: u64,
    first_failing_seed: Option<u64>,
    /// By property: how many seeds broke it, and the lowest of them.
    properties: BTreeMap<String, (u64, u64)>,
    /// Seeds that failed, and the property that each broke.
    failures: BTreeMap<u64, String>,
    crash_points: u64,
    events: u64,
    virtual_time: Duration,
    /// By property: how often it was judged.
    judged: BTreeMap<String, u64>,
    /// How many seeds gave a warning, and the lowest of them.
    warned: (u64, Option<u64>),
    /// Whether a message had a term, and whether one had a promise.
    seen: (bool, bool, bool),
}

/// The searches for one bug in one way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Searched {
    /// By search that has ended: how many runs it took, and the property that the last one broke.
    pub(crate) ended: Vec<(u64, Option<String>)>,
    /// How many runs the present search has made.
    pub(crate) made: u64,
    pub(crate) cpu_seconds: f64,
}

impl State {
    /// Reads the file, if there is one already. `command` is the text of all options that decide
    /// what is run, `node` the version of the node.
    ///
    /// # Errors
    /// If the file is of another command, program or version, or is no file of this kind.
    pub(crate) fn open(path: Option<&Path>, command: &str, node: &str) -> Result<Self, Bad> {
        let mut document = Document {
            raftsim: env!("CARGO_PKG_VERSION").to_owned(),
            command: command.to_owned(),
            node: node.to_owned(),
            ..Document::default()
        };
        let Some(path) = path else { return Ok(Self { path: None, document: document.into() }) };
        document.binary = binary().map_err(|error| unreadable(path, error))?;
        match fs::read(path) {
            Ok(bytes) => document = same(path, &bytes, &document)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(path, error)),
        }
        let state = Self { path: Some(path.to_owned()), document: document.into() };
        state.check_searches()?;
        // A file that cannot be written is reported before the work, not after it.
        state.write().map_err(|error| unreadable(path, error))?;
        Ok(state)
    }

    /// Whether anything is kept.
    pub(crate) fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// What is done of the sweep named `name`, and how long it took. The lowest failing seeds are
    /// run again, because the file does not have their failures.
    ///
    /// # Errors
    /// If the file contradicts itself, or such a seed passes now.
    pub(crate) fn done(
        &self,
        name: &str,
        runner: &dyn Runner,
        options: &Sweep,
    ) -> Result<(Done, f64), Bad> {
        let Some(swept) = self.document().sweeps.get(name).cloned() else {
            return Ok((Done::default(), 0.0));
        };
        let mut done = Done::default();
        let mut reached = 0;
        for counts in swept.pieces {
            let Counts { begin, end, .. } = counts;
            let holds = reached <= begin && begin < end && end <= options.count();
            let tally =
                if holds { counts.tally(runner) } else { Err("it contradicts itself".into()) };
            let tally = tally.map_err(|why| self.refused(&format!("{name}: {why}")))?;
            done.add(options, begin, Piece { end, tally });
            reached = end;
        }
        Ok((done, swept.seconds))
    }

    /// Keeps what is done of the sweep named `name`, and how long it took so far.
    pub(crate) fn keep(&self, name: &str, done: &Done, seconds: f64) {
        if self.is_kept() {
            let pieces = done.pieces().map(|(begin, piece)| Counts::of(begin, piece)).collect();
            self.document().sweeps.insert(name.to_owned(), Swept { seconds, pieces });
            self.save();
        }
    }

    /// What was searched under this name.
    #[cfg(feature = "specimens")]
    pub(crate) fn searched(&self, name: &str) -> Searched {
        self.document().searches.get(name).cloned().unwrap_or_default()
    }

    /// Fails if a search ended with a property that there is not.
    fn check_searches(&self) -> Result<(), Bad> {
        let document = self.document();
        let mut ended = document.searches.values().flat_map(|searched| &searched.ended);
        let unknown = ended.find_map(|(_, name)| named(name.as_ref()?).err());
        unknown.map_or(Ok(()), |why| Err(self.refused(&why)))
    }

    /// Keeps what was searched under these names.
    #[cfg(feature = "specimens")]
    pub(crate) fn keep_searches(&self, searches: impl IntoIterator<Item = (String, Searched)>) {
        if self.is_kept() {
            self.document().searches.extend(searches);
            self.save();
        }
    }

    /// The error for a file that does not fit.
    pub(crate) fn refused(&self, why: &str) -> Bad {
        refused(self.path.as_deref().unwrap_or(Path::new("")), why)
    }

    fn document(&self) -> std::sync::MutexGuard<'_, Document> {
        self.document.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes the file. Later attempts may succeed where this one does not, so that the work goes
    /// on.
    fn save(&self) {
        if let (Err(error), Some(path)) = (self.write(), &self.path) {
            complain(format_args!("{}", unreadable(path, error)));
        }
    }

    fn write(&self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        // Locked until it is written, so that the file of an earlier moment never replaces a later.
        let document = self.document();
        let text = serde_json::to_string_pretty(&*document)?;
        write_beside(path, &format!("{text}\n"))
    }
}

impl Counts {
    fn of(begin: u64, piece: &Piece) -> Self {
        let Piece { end, tally } = piece;
        let first = |property| tally.first_seeds.get(property).copied().unwrap_or_default();
        let properties = tally.properties.iter();
        let properties = properties
            .map(|(property, &times)| (property.name().to_owned(), (times, first(property))));
        let Seen { messages, terms, promises } = tally.judged.seen();
        let judged =
            tally.judged.iter().map(|(property, times)| (property.name().to_owned(), times));
        Self {
            begin,
            end: *end,
            failed: tally.failed,
            by_chance: tally.by_chance,
            first_failing_seed: tally.first_failure.as_ref().map(|&(seed, _)| seed),
            properties: properties.collect(),
            failures: tally
                .failures
                .iter()
                .map(|(&seed, it)| (seed, it.name().to_owned()))
                .collect(),
            crash_points: tally.crash_points,
            events: tally.events,
            virtual_time: tally.virtual_time,
            judged: judged.collect(),
            warned: (tally.judged.warned(), tally.first_warned),
            seen: (messages, terms, promises),
        }
    }

    /// Whether the numbers fit together.
    fn is_sound(&self) -> bool {
        let Self { failed, by_chance, first_failing_seed, properties, warned, .. } = self;
        let seeds = self.end - self.begin;
        let by_property = properties.values().try_fold(0_u64, |sum, &(n, _)| sum.checked_add(n));
        *failed <= seeds
            && by_chance <= failed
            && by_property == Some(*failed)
            && first_failing_seed.is_some() == (*failed > 0)
            && self.failures.len() as u64 == (*failed).min(Tally::LISTED as u64)
            && warned.0 <= seeds
            && warned.1.is_some() == (warned.0 > 0)
    }

    /// The tally that it was made from.
    fn tally(self, runner: &dyn Runner) -> Result<Tally, String> {
        if !self.is_sound() {
            return Err("it contradicts itself".into());
        }
        let first_failure = match self.first_failing_seed {
            None => None,
            Some(seed) => Some((seed, failure_of(runner, seed)?)),
        };
        let mut tally = Tally {
            seeds: self.end - self.begin,
            failed: self.failed,
            by_chance: self.by_chance,
            first_failure,
            crash_points: self.crash_points,
            events: self.events,
            virtual_time: self.virtual_time,
            ..Tally::default()
        };
        for (name, (times, first)) in self.properties {
            let property = property_of(&name, runner, first)?;
            tally.properties.insert(property, times);
            tally.first_seeds.insert(property, first);
        }
        for (seed, name) in self.failures {
            let property = tally.properties.keys().find(|property| property.name() == name);
            let property = *property.ok_or("it contradicts itself")?;
            tally.failures.insert(seed, property);
        }
        let judged: Result<Vec<_>, String> =
            self.judged.iter().map(|(name, &times)| Ok((named(name)?, times))).collect();
        let judged = Judged::from_counts(judged?).ok_or("it counts what no oracle judges")?;
        let ((warned, first_warned), (messages, terms, promises)) = (self.warned, self.seen);
        tally.judged = judged.with(warned, Seen { messages, terms, promises });
        tally.first_warned = first_warned;
        Ok(tally)
    }
}

/// The property of this name, which a seed broke. One that is not built in is a user's own: the seed
/// is run again to have it.
fn property_of(name: &str, runner: &dyn Runner, seed: u64) -> Result<Property, String> {
    if let Ok(property) = named(name) {
        return Ok(property);
    }
    let property = failure_of(runner, seed)?.property();
    if property.name() == name {
        return Ok(property);
    }
    Err(format!("seed {seed} failed by `{name}`, and fails by `{property}` now"))
}

/// The failure of a seed that failed, run again.
fn failure_of(runner: &dyn Runner, seed: u64) -> Result<Failure, String> {
    let run = run_twice(runner, seed, Twice::All);
    let why = || run.accuse(property::DETERMINISTIC.to_string());
    run.verdict
        .as_ref()
        .err()
        .cloned()
        .ok_or_else(|| format!("seed {seed} failed, and passes now: {}", why()))
}

/// The built-in property of this name.
pub(crate) fn named(name: &str) -> Result<Property, String> {
    let found = property::ALL.iter().find(|property| property.name() == name);
    found.copied().ok_or_else(|| format!("there is no property `{name}`"))
}

/// The document in `bytes`, if it is of the same command and program as `expected`.
fn same(path: &Path, bytes: &[u8], expected: &Document) -> Result<Document, Bad> {
    let document: Document = serde_json::from_slice(bytes)
        .map_err(|error| refused(path, &format!("this is not what a command kept: {error}")))?;
    if document.command != expected.command {
        let why = format!("it is of `{}`, not of `{}`", document.command, expected.command);
        return Err(refused(path, &why));
    }
    if (&document.raftsim, &document.binary) != (&expected.raftsim, &expected.binary) {
        let why = "it is of another program, in which the same seed may be another run";
        return Err(refused(path, why));
    }
    if document.node != expected.node {
        let why = "the node has changed since, and the same seed may be another run: name another \
                   file, or remove this one";
        return Err(refused(path, why));
    }
    Ok(document)
}

fn refused(path: &Path, why: &str) -> Bad {
    Bad::Usage(format!("--state {}: {why}", path.display()))
}

fn unreadable(path: &Path, error: io::Error) -> Bad {
    Bad::File { file: path.display().to_string(), error }
}

/// The digest of the program that is running.
fn binary() -> io::Result<String> {
    let mut hasher = DefaultHasher::new();
    hasher.write(&fs::read(std::env::current_exe()?)?);
    Ok(format!("{:016x}", hasher.finish()))
}
