//! How long histories take: `cargo bench -p raftsim-linearizability -- FILE...`.

use raftsim_linearizability::{Budget, parse};
use std::time::Instant;

fn main() {
    for path in std::env::args().skip(1).filter(|a| !a.starts_with("--")) {
        let text = std::fs::read_to_string(&path).expect("readable");
        let start = Instant::now();
        let (_, report) = parse::judge(&text, Budget::default()).expect("a history");
        println!(
            "{path}: {:?} {} steps, {} to explain\n{report}",
            start.elapsed(),
            report.steps(),
            report.explanation_steps
        );
    }
}
