//! How long checks take, for `cargo bench -p raftsim-linearizability`: a history of 100,000
//! operations by each check, then the files that are named as arguments, which are histories as text.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "a bench measures time")]

use std::time::Instant;

use raftsim_linearizability::log::{Entry, Repeats, check_log};
use raftsim_linearizability::models::versioned::{Input, Output, Versioned};
use raftsim_linearizability::parse::judge;
use raftsim_linearizability::{Budget, Clients, History, Recorder, check, check_versions};

fn main() {
    let (history, log) = lab(100_000);
    report("search of 100,000 operations", || {
        check(&Versioned, &history, Budget::default()).steps()
    });
    report("versions of 100,000 operations", || {
        check_versions(&history, Budget::default()).steps()
    });
    report("log of 100,000 operations", || {
        check_log(&Versioned, &history, &log, Repeats::Applied).expect("it is right").steps
    });
    for path in std::env::args().skip(1).filter(|argument| !argument.starts_with("--")) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        report(&path, || {
            let (_, report) =
                judge(&text, Budget::default()).unwrap_or_else(|error| panic!("{path}: {error}"));
            report.steps()
        });
    }
}

/// Runs a check three times, and prints the shortest time and the steps.
fn report(name: &str, check: impl Fn() -> u64) {
    let runs = [(); 3].map(|()| {
        let start = Instant::now();
        let steps = check();
        (start.elapsed(), steps)
    });
    let (elapsed, steps) = runs.into_iter().min().expect("there are three");
    println!("{:>12.3} ms {steps:>9} steps  {name}", elapsed.as_secs_f64() * 1e3);
}

/// A history of clients that take turns on ten keys: each gets a key, then puts it at the version
/// that it saw, while nine others are about the same.
fn lab(operations: usize) -> (History<Input, Output>, Vec<Entry>) {
    const CLIENTS: usize = 10;
    let mut recorder = Recorder::default();
    let (mut log, mut versions, mut now) = (Vec::new(), [0; 10], 0);
    let mut open: Vec<(usize, Output)> = Vec::new();
    for number in 0..operations {
        if open.len() == CLIENTS {
            let (operation, output) = open.remove(number * 7 % CLIENTS);
            recorder.returned(operation, output).expect("it is open");
            now += 1;
        }
        let key = number / 2 % versions.len();
        let name = key.to_string().as_str().into();
        let version = versions[key];
        let (input, output) = if number % 2 == 0 {
            let value = if version == 0 {
                Output::NoKey
            } else {
                Output::Value(version.to_string().as_str().into(), version)
            };
            (Input::Get { key: name }, value)
        } else {
            versions[key] += 1;
            let value = versions[key].to_string().as_str().into();
            (Input::Put { key: name, value, version }, Output::Done)
        };
        let operation = recorder.call(number as u64, input);
        now += 1;
        log.push(Entry { operation: Some(operation), committed: now });
        open.push((operation, output));
    }
    for (operation, output) in open {
        recorder.returned(operation, output).expect("it is open");
    }
    (recorder.finish(Clients::Overlapping).expect("well-formed"), log)
}
