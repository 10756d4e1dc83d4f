//! Histories in files, with known verdicts.

use std::path::Path;
use std::process::Command;

use raftsim_linearizability::parse::{Format, judge, kv, register};
use raftsim_linearizability::{Budget, Object, Report, models};

use crate::support::{is_linearizable, verify_report};

/// The lines of a folder's table: file, whether it is linearizable, and what else stands there.
fn verdicts(folder: &Path) -> Vec<(String, bool, Vec<String>)> {
    let table = std::fs::read_to_string(folder.join("verdicts.tsv")).expect("it has a table");
    let lines = table.lines().skip(1);
    lines
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let [Some(file), Some(verdict)] = [cells.next(), cells.next()] else {
                panic!("the table has a line without a verdict: {line}");
            };
            assert!(["yes", "no"].contains(&&*verdict), "{line}");
            (file, verdict == "yes", cells.collect())
        })
        .collect()
}

/// Judges a file's text, and checks the order if there is one.
fn judge_text(text: &str) -> Report {
    let (format, report) = judge(text, Budget::default()).expect("it is a history");
    match format {
        Format::Kv => {
            let history = kv(text).expect("it was read before");
            verify_report(&models::kv::Kv, &history, &report);
        }
        Format::Register => {
            let history = register(text).expect("it was read before");
            verify_report(&models::register::Register, &history, &report);
        }
    }
    report
}

#[test]
fn our_own_histories_have_their_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/histories");
    let verdicts = verdicts(&folder);
    let files = std::fs::read_dir(&folder).expect("it is there").count();
    assert_eq!(files, verdicts.len() + 1, "each file stands in the table");
    for (file, expected, _) in verdicts {
        let text = std::fs::read_to_string(folder.join(&file)).expect("readable");
        let report = judge_text(&text);
        assert_eq!(is_linearizable(&report), expected, "{file}\n{report}");
    }
}

/// The folder of Porcupine's test data, with a table of verdicts, if one is given.
#[expect(clippy::disallowed_methods, reason = "a test is an entry point")]
fn given() -> Option<std::path::PathBuf> {
    let folder = std::env::var_os("RAFTSIM_HISTORIES");
    if folder.is_none() {
        println!("skipped: RAFTSIM_HISTORIES names no folder with histories and verdicts.tsv");
    }
    folder.map(Into::into)
}

/// The text of a given file. `gzip` unpacks a compressed one, and finds it with and without `.gz`.
fn given_text(folder: &Path, file: &str) -> String {
    let path = folder.join(file.strip_suffix(".gz").unwrap_or(file));
    if path.exists() {
        return std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let packed = folder.join(file);
    let gzip = Command::new("gzip").arg("-dc").arg(&packed).output().expect("`gzip` is installed");
    assert!(gzip.status.success(), "{}: {gzip:?}", packed.display());
    String::from_utf8(gzip.stdout).expect("a history is text")
}

#[test]
fn given_histories_have_their_verdicts() {
    let Some(folder) = given() else { return };
    for (file, expected, others) in verdicts(&folder) {
        let text = given_text(&folder, &file);
        let report = judge_text(&text);
        assert_eq!(is_linearizable(&report), expected, "{file}\n{report}");
        let count = |count: fn(&Object) -> usize| report.objects.iter().map(count).sum::<usize>();
        // The table counts reads that failed as pending. Here they are left out.
        let failed = |line: &&str| line.contains(":fail") && line.contains(":read");
        let failed = text.lines().filter(failed).count();
        let operations = count(|object| object.operations) + failed;
        let pending = count(|object| object.pending) + failed;
        assert_eq!([operations, pending].map(|count| count.to_string())[..], others[..2], "{file}");
    }
}

#[test]
fn the_given_hard_histories_are_decided_within_a_million_steps() {
    let Some(folder) = given() else { return };
    for (file, expected) in [("kv/c50-ok.txt", true), ("kv/c50-bad.txt", false)] {
        let report = judge_text(&given_text(&folder, file));
        assert_eq!(is_linearizable(&report), expected);
        assert!(report.steps() <= 1_000_000, "{file}: {report}");
    }
}
