//! What README and guide print is what the command prints, what they list is what the files hold,
//! and what their tables say is what the registry says. The head of `pages.rs` says how to renew
//! them.

use std::fs;

use raftsim_specimens::mutant::{VARIANTS, VariantInfo};
use sim_scenarios::{SCENARIOS, ScenarioInfo};

use crate::pages::{PAGES, expect_page, read, renew_blocks, renew_tables, root};
use crate::planted;
use crate::support::{Folder, names as taken};

/// How every command of a transcript begins.
const PROMPT: &str = "$ cargo run --release";

#[test]
fn pages_are_what_can_be_written_anew() {
    for path in PAGES {
        let page = renew_blocks(&read(path), |language, marker, block| match marker {
            Some(marker) => file(marker),
            None if language == "console" => transcript(block),
            None => block.iter().map(|&line| line.to_owned()).collect(),
        });
        expect_page(path, &renew_tables(&page, table));
    }
}

/// The lines of the file that a marker names.
fn file(marker: &str) -> Vec<String> {
    let path = marker.strip_prefix("file: ").expect("the marker of a block names a file");
    read(path).lines().map(str::to_owned).collect()
}

/// A transcript as the command of today prints it: the command, and then the output. Where only
/// what differs from machine to machine has moved, the transcript stays.
fn transcript(block: &[&str]) -> Vec<String> {
    let length = 1 + block.iter().take_while(|line| line.ends_with('\\')).count();
    let (command, shown) = block.split_at(length.min(block.len()));
    let joined = command.join(" ").replace('\\', "");
    let arguments = joined
        .strip_prefix(PROMPT)
        .unwrap_or_else(|| panic!("a transcript begins with `{PROMPT}`: {joined}"));
    let printed = match arguments.trim().strip_prefix("--") {
        Some(arguments) => output(arguments),
        None => shortened_sweep(shown),
    };
    let shown: Vec<String> = shown.iter().map(|&line| line.to_owned()).collect();
    let is_same = masked(&shown) == masked(&printed);
    let command = command.iter().map(|&line| line.to_owned());
    command.chain(if is_same { shown } else { printed }).collect()
}

/// What the command prints in a folder with the plans that it names; it passes or fails, and says
/// nothing on stderr but which seeds fail.
fn output(arguments: &str) -> Vec<String> {
    let folder = Folder::new();
    for plan in arguments.split_whitespace().filter(|word| word.starts_with("sim-scenarios/")) {
        for file in files(plan) {
            folder.write(&file, read(&file));
        }
    }
    let printed = folder.raftsim(arguments);
    assert!(printed.status <= 1, "`raftsim {arguments}` exits with {}", printed.status);
    assert_eq!(printed.complaints(), "", "`raftsim {arguments}` says something on stderr");
    printed.stdout.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// A file, or those in a folder.
fn files(path: &str) -> Vec<String> {
    let Ok(listed) = fs::read_dir(root().join(path)) else { return vec![path.to_owned()] };
    let name = |file: fs::DirEntry| format!("{path}/{}", file.file_name().to_string_lossy());
    listed.map(|file| name(file.expect("it can be listed"))).collect()
}

/// The sweep of all scenarios, of which a page shows a few: these rows, and dots for those between.
fn shortened_sweep(shown: &[&str]) -> Vec<String> {
    let is_shown =
        |info: &&ScenarioInfo| shown.iter().any(|row| row.trim_start().starts_with(info.name));
    let names: Vec<_> = SCENARIOS.iter().filter(is_shown).map(|info| info.name).collect();
    let mut printed = output(&format!("run {}", names.join(" "))).into_iter();
    let mut rows: Vec<String> = printed.by_ref().take(1).collect();
    for info in SCENARIOS {
        if names.contains(&info.name) {
            rows.push(printed.next().expect("a row for each scenario"));
        } else if rows.last().is_none_or(|row| row != " ...") {
            rows.push(" ...".to_owned());
        }
    }
    let rest = match names.len() {
        1 => vec![],
        many => vec![String::new(), format!("{many} scenarios: {many}000 runs, 0 failed")],
    };
    assert_eq!(printed.collect::<Vec<_>>(), rest, "every scenario passes");
    let (run, all) = (taken().len(), SCENARIOS.len());
    let sum = format!("{run} scenarios, and {} not run: {run}000 runs, 0 failed", all - run);
    rows.extend([String::new(), sum]);
    rows
}

/// A transcript without what differs from machine to machine: real time, and the widths of columns
/// that show it.
pub(crate) fn masked(transcript: &[String]) -> Vec<String> {
    let mut table = None;
    let lines = transcript.iter().map(|line| {
        if line.ends_with("seeds/s") {
            table = Some(Table::Sweep);
        } else if line.contains("cpu, ms") {
            table = Some(Table::Bugs);
        } else if line.is_empty() {
            table = None;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match table {
            Some(Table::Sweep) => words[..words.len().saturating_sub(3)].join(" "),
            Some(Table::Bugs) => [&words[..4], &words[5..]].concat().join(" "),
            None if line.contains(" virtual hours in ") => {
                line.split(" in ").next().unwrap_or_default().to_owned()
            }
            None => line.clone(),
        }
    });
    lines.collect()
}

/// A table that shows real time: in its last columns (seconds, `s`, seeds a second), or in its
/// fifth.
#[derive(Clone, Copy)]
enum Table {
    Sweep,
    Bugs,
}

/// The rows of a table. Of scenarios: what the registry knows of them, and the last cell as it was.
fn table(marker: &str, rows: &[&str]) -> Vec<String> {
    let name = marker.strip_prefix("table: ").expect("the marker of a table names it");
    let is_lab = match name {
        "the lab" => true,
        "beyond" => false,
        "planted bugs" => return planted::rows(),
        "variants of the control" => return variants(),
        other => panic!("no table is named {other}"),
    };
    let infos = SCENARIOS.iter().filter(|info| info.mirrors.is_some() == is_lab);
    let renewed = infos.map(|info| {
        let own = format!("| `{}` |", info.name);
        let last = rows.iter().find(|row| row.starts_with(&own)).map_or("", |row| last_cell(row));
        let test = info.mirrors.map_or(String::new(), |test| format!(" `{test}` |"));
        let (servers, about) = (info.servers, info.about);
        format!("{own}{test} {servers} | {about} | {last} |").replace("|  |", "| |")
    });
    renewed.collect()
}

/// The variants of the control Raft, a row each.
fn variants() -> Vec<String> {
    let row = |info: &VariantInfo| format!("| `control:{}` | {} |", info.name, info.about);
    VARIANTS.iter().map(row).collect()
}

fn last_cell(row: &str) -> &str {
    row.trim_end_matches('|').rsplit('|').next().unwrap_or_default().trim()
}
