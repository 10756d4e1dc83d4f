//! `--measure`: what the runs of each scenario did, in numbers. The seeds that count are run once
//! more, recorded.

use raftsim_explore::{
    HarnessPanic, Measured, Measures, Measuring, Runner, Sweep, Tally, Twice, Values, sweep,
};
use raftsim_node::Time;
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{Swept, once_more};
use crate::command::bad::Bad;
use crate::command::out;
use crate::command::stop::Stop;

/// Runs the seeds of a `tally` again, and measures them; `None` if the command stopped before the
/// first.
pub(super) fn measure(
    runner: &dyn Runner,
    options: &Sweep,
    tally: &Tally,
    stop: &Stop,
) -> Result<Option<Measured>, HarnessPanic> {
    let options = Sweep { twice: Twice::Never, ..once_more(options, tally) };
    let measuring = Measuring::new(runner);
    if options.seeds > 0 {
        sweep(&measuring, &options, stop)?;
    }
    Ok(Some(measuring.measured()).filter(|measured| measured.runs > 0))
}

/// What a scenario's runs did, as JSON.
#[derive(Serialize)]
pub(super) struct MeasuredJson {
    /// How many seeds were measured.
    seeds: u64,
    /// In virtual seconds, of the seeds that had a leader.
    first_leader: SecondsJson,
    campaigns: ValuesJson,
    leader_changes: ValuesJson,
    /// By topic.
    requests: Named<ValuesJson>,
    bytes: ValuesJson,
    snapshots_made: ValuesJson,
    snapshots_restored: ValuesJson,
    /// Every kind of fault, also those that never happened.
    faults: Named<HappenedJson>,
    /// How many seeds had more records than are kept.
    cut: u64,
}

#[derive(Serialize)]
struct ValuesJson {
    median: Option<u64>,
    p95: Option<u64>,
    most: Option<u64>,
}

#[derive(Serialize)]
struct SecondsJson {
    /// How many seeds had one.
    seeds: u64,
    median: Option<f64>,
    p95: Option<f64>,
    most: Option<f64>,
}

#[derive(Serialize)]
struct HappenedJson {
    times: u64,
    seeds: u64,
}

/// An object whose fields are in this order.
struct Named<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The three values that are shown: median, 95 %, most.
fn shown(values: &Values) -> [Option<u64>; 3] {
    [values.percentile(50), values.percentile(95), values.most()]
}

fn seconds(nanos: u64) -> f64 {
    out::seconds(Time::from_nanos(nanos))
}

impl ValuesJson {
    fn of(values: &Values) -> Self {
        let [median, p95, most] = shown(values);
        Self { median, p95, most }
    }
}

impl MeasuredJson {
    pub(super) fn of(measured: &Measured) -> Self {
        let Measured { requests, faults, .. } = measured;
        let first = &measured.first_leader;
        let [median, p95, most] = shown(first).map(|value| value.map(seconds));
        let requests = Measures::TOPICS.into_iter().zip(requests);
        let faults = Measures::FAULTS.into_iter().zip(faults);
        Self {
            seeds: measured.runs,
            first_leader: SecondsJson { seeds: first.count(), median, p95, most },
            campaigns: ValuesJson::of(&measured.campaigns),
            leader_changes: ValuesJson::of(&measured.leader_changes),
            requests: Named(requests.map(|(name, it)| (name, ValuesJson::of(it))).collect()),
            bytes: ValuesJson::of(&measured.bytes),
            snapshots_made: ValuesJson::of(&measured.snapshots_made),
            snapshots_restored: ValuesJson::of(&measured.snapshots_restored),
            faults: Named(
                faults
                    .map(|(name, it)| (name, HappenedJson { times: it.times, seeds: it.runs }))
                    .collect(),
            ),
            cut: measured.cut,
        }
    }
}

/// Prints what the runs of each scenario did.
pub(super) fn print(results: &[Swept]) -> Result<(), Bad> {
    for swept in results {
        if let Some(measured) = &swept.measured {
            let text = lines(swept.info.name, measured).join("\n");
            out::line(&format!("\n{text}"))?;
        }
    }
    Ok(())
}

fn lines(name: &str, measured: &Measured) -> Vec<String> {
    let runs = measured.runs;
    let row = |name: &str, [median, p95, most]: [String; 3]| {
        format!("  {name:<20} {median:>12} {p95:>12} {most:>12}")
    };
    let numbers = |name: &str, values: &Values| {
        let text = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |it| it.to_string());
        row(name, shown(values).map(text))
    };
    let time = |value: Option<u64>| {
        value.map_or_else(|| "-".to_owned(), |nanos| format!("{:.3} s", seconds(nanos)))
    };
    let head = format!("{name}, measured over {runs} seeds");
    let mut lines = vec![head, row("", ["median", "95 %", "most"].map(str::to_owned))];
    lines.push(row("first leader", shown(&measured.first_leader).map(time)));
    let without = runs - measured.first_leader.count();
    if without > 0 {
        lines.push(format!("  {without} of {runs} seeds never had a leader"));
    }
    lines.push(numbers("campaigns", &measured.campaigns));
    lines.push(numbers("changes of leader", &measured.leader_changes));
    let topics = Measures::TOPICS.into_iter().zip(&measured.requests);
    lines.extend(topics.map(|(topic, values)| numbers(&format!("requests: {topic}"), values)));
    lines.push(numbers("bytes", &measured.bytes));
    lines.push(numbers("snapshots made", &measured.snapshots_made));
    lines.push(numbers("snapshots restored", &measured.snapshots_restored));
    let faults = || Measures::FAULTS.into_iter().zip(&measured.faults);
    let happened = faults().filter(|(_, it)| it.times > 0);
    let happened: Vec<String> =
        happened.map(|(name, it)| format!("{} {name} in {} seeds", it.times, it.runs)).collect();
    let never: Vec<&str> = faults().filter(|(_, it)| it.times == 0).map(|(name, _)| name).collect();
    let happened = if happened.is_empty() { "none".to_owned() } else { happened.join(", ") };
    lines.push(format!("  faults: {happened}"));
    if !never.is_empty() {
        lines.push(format!("  never: {}", never.join(", ")));
    }
    if measured.cut > 0 {
        let cut = measured.cut;
        lines
            .push(format!("  {cut} seeds had more records than are kept: the rest does not count"));
    }
    lines
}
