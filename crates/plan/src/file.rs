//! Reading plan files: TOML, in which each key, step and fate has a line of its own.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{NodeId, Time};
use raftsim_sim::text::foreign::{self, quote};
use raftsim_sim::text::{TextError, counted, seconds, span};
use raftsim_sim::{Delays, MessageName};

use crate::entry::{Entries, Entry};
use crate::{
    Conditions, Ending, Expect, NamedOverride, Override, Plan, Schedule, Scope, Snapshots, Target,
    Timed, snapshots,
};

/// Why a text is not a plan. Prints as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanError {
    /// The line of the file, from 1; `None` if the problem concerns the whole file.
    pub line: Option<usize>,
    /// What was expected, and what was found.
    pub problem: String,
}

/// A place in a plan file whose value this crate cannot check: only its user knows which nodes and
/// scenarios exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The node's name.
    Node,
    /// The scenario's name.
    Scenario,
    /// The number of servers.
    Servers,
    /// The network.
    Network,
    /// The delays.
    Delays,
    /// The fate of this message.
    Fate(MessageName),
}

impl Place {
    /// Its line in the file with this text, from 1; `None` if the text lacks it.
    fn line(self, text: &str) -> Option<usize> {
        let entries = Entries::parse(text, &KEYS).ok()?;
        let message = match self {
            Self::Node => return Some(entries.get("node")?.line),
            Self::Scenario => return Some(entries.get("scenario")?.line),
            Self::Servers => return Some(entries.get("servers")?.line),
            Self::Network => return Some(entries.get("network")?.line),
            Self::Delays => return Some(entries.get("delays")?.line),
            Self::Fate(message) => message,
        };
        let mut lines = entries.get("fates")?.lines().ok()?.into_iter();
        let is_it =
            |text: &str| text.parse().is_ok_and(|named: NamedOverride| named.message == message);
        lines.find(|(_, text)| is_it(text)).map(|(line, _)| line)
    }
}

impl PlanError {
    /// The error that `text`, which is a plan file, has this problem at `place`.
    pub fn there(place: Place, text: &str, problem: impl Display) -> Self {
        match place.line(text) {
            Some(line) => Self::at(line, problem),
            None => Self::new(None, problem),
        }
    }

    pub(super) fn at(line: usize, problem: impl Display) -> Self {
        Self::new(Some(line), problem)
    }

    /// An error with this problem, which may quote the file.
    pub(super) fn new(line: Option<usize>, problem: impl Display) -> Self {
        Self { line, problem: foreign::line(problem) }
    }
}

impl Display for PlanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "line {line}: {}", self.problem),
            None => out.write_str(&self.problem),
        }
    }
}

impl Error for PlanError {}

/// All keys, in the order in which a plan is printed.
const KEYS: [&str; 17] = [
    "breaks",
    "guards",
    "node",
    "seed",
    "digest",
    "closed",
    "scenario",
    "calm",
    "servers",
    "network",
    "delays",
    "demands",
    "snapshots",
    "length",
    "ending",
    "steps",
    "fates",
];

/// The keys of a schedule, those first that a scenario may have too.
const OF_SCHEDULES: [&str; 8] =
    ["servers", "network", "delays", "demands", "snapshots", "length", "ending", "steps"];

impl Plan {
    /// Reads the text of a plan file.
    pub fn read(text: &str) -> Result<Self, PlanError> {
        let entries = Entries::parse(text, &KEYS)?;
        let expect = expect(&entries)?;
        let node = entries.need("node")?.name()?;
        let seed = entries.need("seed")?.seed()?;
        let digest = entries.get("digest").map(|entry| digest(&entry)).transpose()?;
        let closed = entries.flag("closed", false)?;
        let target = target(&entries)?;
        let fates = fates(&entries, &target)?;
        Ok(Self { expect, node, seed, digest, closed, target, fates })
    }
}

impl FromStr for Plan {
    type Err = PlanError;

    fn from_str(text: &str) -> Result<Self, PlanError> {
        Self::read(text)
    }
}

fn expect(entries: &Entries<'_>) -> Result<Expect, PlanError> {
    match (entries.get("breaks"), entries.get("guards")) {
        (Some(breaks), None) => breaks.name().map(Expect::Breaks),
        (None, Some(guards)) => guards.name().map(Expect::Guards),
        (Some(breaks), Some(guards)) => {
            let line = breaks.line.max(guards.line);
            Err(PlanError::at(line, "a plan has either `breaks` or `guards`, not both"))
        }
        (None, None) => Err(entries.lacks("`breaks` or `guards`")),
    }
}

fn digest(entry: &Entry<'_>) -> Result<u64, PlanError> {
    let text = entry.string()?;
    let is_hex = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest = if is_hex { u64::from_str_radix(text, 16).ok() } else { None };
    digest.ok_or_else(|| entry.takes("16 hex digits", format_args!("`{}`", quote(text))))
}

fn target(entries: &Entries<'_>) -> Result<Target, PlanError> {
    let of_schedules = entries.first(match entries.get("scenario") {
        Some(_) => &OF_SCHEDULES[3..],
        None => &OF_SCHEDULES,
    });
    match (entries.get("scenario"), of_schedules, entries.get("calm")) {
        (Some(scenario), None, _) => Ok(Target::Scenario {
            name: scenario.name()?,
            calm: entries.flag("calm", true)?,
            conditions: conditions(entries)?,
        }),
        (Some(_), Some(entry), _) => {
            let key = entry.key;
            Err(PlanError::at(entry.line, format_args!("a plan with `scenario` has no `{key}`")))
        }
        (None, Some(_), Some(calm)) => Err(PlanError::at(
            calm.line,
            "only a plan with `scenario` has `calm`; steps have an `ending`",
        )),
        (None, Some(_), None) => schedule(entries).map(Target::Cluster),
        (None, None, _) => Err(entries.lacks("`scenario` or `servers`")),
    }
}

fn conditions(entries: &Entries<'_>) -> Result<Conditions, PlanError> {
    let servers = entries.get("servers").map(|entry| servers(&entry)).transpose()?;
    let network = entries.get("network").map(|entry| entry.read(str::parse)).transpose()?;
    Ok(Conditions { servers, network, delays: delays(entries, servers)? })
}

/// The delays between servers. If the plan says how many `servers` there are, they are for as many.
fn delays(entries: &Entries<'_>, servers: Option<u8>) -> Result<Option<Delays>, PlanError> {
    let Some(entry) = entries.get("delays") else { return Ok(None) };
    let delays = Delays::of_rows(&entry.lines()?)
        .map_err(|error| PlanError::at(error.line.unwrap_or(entry.line), error.problem))?;
    match servers {
        Some(servers) if servers != delays.size() => {
            let what = format!("a row for each of {}", counted(servers, "server"));
            Err(PlanError::at(entry.line, TextError::expected(what, delays.size())))
        }
        Some(_) | None => Ok(Some(delays)),
    }
}

fn servers(entry: &Entry<'_>) -> Result<u8, PlanError> {
    let servers = entry.number(1..=Schedule::MOST.into())?;
    Ok(servers.try_into().expect("it is in range"))
}

fn schedule(entries: &Entries<'_>) -> Result<Schedule, PlanError> {
    let servers = servers(&entries.need("servers")?)?;
    let network = entries.need("network")?.read(str::parse)?;
    let scope = scope(&entries.need("demands")?)?;
    let mut schedule = Schedule {
        servers,
        network,
        delays: delays(entries, Some(servers))?,
        scope,
        snapshots: Snapshots::Never,
        length: entries.need("length")?.read(span)?,
        ending: Ending::None,
        steps: vec![],
    };
    if let Some(entry) = entries.get("snapshots") {
        schedule.snapshots = schedule.snapshots_of(&entry)?;
    }
    let ending = entries.need("ending")?;
    schedule.ending = ending.read(|text| schedule.ending(text.parse()?))?;
    let mut proposals = 0;
    for (line, text) in entries.need("steps")?.lines()? {
        for step in Timed::of_line(text).map_err(|error| PlanError::at(line, error))? {
            let step = schedule.next(step, &mut proposals);
            schedule.steps.push(step.map_err(|error| PlanError::at(line, error))?);
        }
    }
    Ok(schedule)
}

fn scope(entry: &Entry<'_>) -> Result<Scope, PlanError> {
    match entry.string()? {
        "leader" => Ok(Scope::Elections),
        "agreement" => Ok(Scope::Log),
        other => Err(entry.takes("`leader` or `agreement`", format_args!("`{}`", quote(other)))),
    }
}

/// The checks of what a schedule contains.
impl Schedule {
    fn ending(&self, ending: Ending) -> Result<Ending, TextError> {
        let Some(members) = ending.members() else { return Ok(ending) };
        self.has(members)?;
        let least = usize::from(self.servers) / 2 + 1;
        if members.len() < least {
            let what =
                format!("a majority, {least} of {} or more", counted(self.servers, "server"));
            return Err(TextError::expected(what, ending));
        }
        Ok(ending)
    }

    /// Reads when services make snapshots: a number of entries, or a line for each server.
    fn snapshots_of(&self, entry: &Entry<'_>) -> Result<Snapshots, PlanError> {
        if !entry.is_array() {
            let often = entry.number(1..=u32::MAX.into())?;
            return Ok(Snapshots::Every(often.try_into().expect("it is in range")));
        }
        let mut own = BTreeMap::new();
        for (line, text) in entry.lines()? {
            let at = |error| PlanError::at(line, error);
            let snapshots::Line(node, interval) = text.parse().map_err(at)?;
            self.has(&[node]).map_err(at)?;
            if own.insert(node, interval).is_some() {
                return Err(at(TextError::twice("server", node)));
            }
        }
        Ok(Snapshots::Own(own))
    }

    /// Checks a step that is to follow those that the schedule has, which make so many `proposals`.
    fn next(&self, timed: Timed, proposals: &mut u64) -> Result<Timed, TextError> {
        self.has(&timed.step.servers())?;
        *proposals += timed.step.proposals(self.servers);
        if *proposals > Self::MOST_PROPOSALS {
            let what = format!("at most {} commands in all steps", Self::MOST_PROPOSALS);
            return Err(TextError::expected(what, *proposals));
        }
        let (at, last) = (timed.at.since(Time::ZERO), self.steps.last());
        if let Some(last) = last.filter(|last| timed.at < last.at) {
            let last = seconds(last.at.since(Time::ZERO));
            let what = format!("steps in order of time, from {last} on");
            return Err(TextError::expected(what, seconds(at)));
        }
        if at > self.length {
            let what = format!("steps up to `length`, {}", seconds(self.length));
            return Err(TextError::expected(what, seconds(at)));
        }
        Ok(timed)
    }

    fn has(&self, servers: &[NodeId]) -> Result<(), TextError> {
        let beyond = servers.iter().find(|server| server.number() > self.servers);
        beyond.map_or(Ok(()), |server| {
            Err(TextError::expected(format!("a server up to n{}", self.servers), server))
        })
    }
}

fn fates(
    entries: &Entries<'_>,
    target: &Target,
) -> Result<BTreeMap<MessageName, Override>, PlanError> {
    let lines = entries.get("fates").map_or(Ok(vec![]), |entry| entry.lines())?;
    let mut fates = BTreeMap::new();
    for (line, text) in lines {
        let at = |error| PlanError::at(line, error);
        let NamedOverride { message, fate } = text.parse().map_err(at)?;
        if let Target::Cluster(schedule) = target {
            schedule.has(&[message.from, message.to]).map_err(at)?;
        }
        if fates.insert(message, fate).is_some() {
            return Err(at(TextError::twice("message", message)));
        }
    }
    Ok(fates)
}
