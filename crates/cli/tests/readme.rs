//! What README and guide say is so: their size, their figures, the flags, scenarios, nodes, files
//! and links that they name.

use std::collections::BTreeSet;
use std::path::Path;

use raftsim_specimens::mutant::MUTATIONS;
use sim_scenarios::{Part, SCENARIOS};

use crate::pages::{Line, PAGES, lines, prose, read, root};
use crate::support::{NODES, raftsim};

/// The other pages for people.
const PROJECT: [&str; 3] = ["ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"];

/// A page in one line, to search it for a sentence wherever its lines break.
fn flat(path: &str) -> String {
    prose(&read(path)).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Expects a page to say something, wherever its lines break.
#[track_caller]
fn says(path: &str, sentence: &str) {
    assert!(flat(path).contains(sentence), "{path} does not say: {sentence}");
}

#[test]
fn the_readme_has_at_most_180_lines() {
    let length = read("README.md").lines().count();
    assert!(length <= 180, "README.md has {length} lines");
}

#[test]
fn no_page_is_wider_than_120_characters_outside_code_and_tables() {
    for path in PAGES.into_iter().chain(PROJECT) {
        for line in lines(&read(path)) {
            match line {
                Line::Text(text) => {
                    assert!(text.chars().count() <= 120, "{path}: {text}");
                }
                Line::Row(_) | Line::Code(_) => {}
            }
        }
    }
}

#[test]
fn the_readme_s_few_lines_are_those_of_the_small_raft() {
    let readme = read("README.md");
    for file in ["tests/labs.rs", "src/main.rs"] {
        let text = read(&format!("crates/cli/examples/bring-your-own/{file}"));
        let code = text.lines().filter(|line| !line.starts_with("//!"));
        let code = code.collect::<Vec<_>>().join("\n");
        // The README knows nothing of suites.
        let code = code.replace("mod suite;\n", "").replace(", with suite::suite", "");
        assert!(readme.contains(code.trim()), "the README's {file} is not the file's");
    }
}

/// The words of a text that look like flags.
fn flags(text: &str) -> BTreeSet<&str> {
    let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '-'));
    let is_flag = |word: &&str| {
        word.strip_prefix("--").is_some_and(|name| name.starts_with(|it: char| it != '-'))
    };
    words.filter(is_flag).collect()
}

#[test]
fn every_flag_that_a_page_names_is_one_of_the_command_s() {
    let verbs = ["list", "run", "replay", "shrink", "why", "diff", "fuzz", "bugs"];
    let help = verbs.map(|verb| raftsim(&format!("{verb} --help")).exits(0)).concat();
    // Cargo's own.
    let cargo_s = [
        "--release",
        "--open",
        "--features",
        "--lib",
        "--no-default-features",
        "--git",
        "--no-deps",
        "--nocapture",
        "--path",
    ];
    // The help shows this one where Go packages can be nodes.
    let of_go = ["--watch"];
    let known: BTreeSet<_> = flags(&help).into_iter().chain(cargo_s).chain(of_go).collect();
    for path in PAGES {
        let page = read(path);
        let unknown: Vec<_> = flags(&page).difference(&known).copied().collect();
        assert_eq!(unknown, Vec::<&str>::new(), "{path} names flags that no command has");
    }
}

/// A crate of a user's own builds without the command: its tests need none of it.
#[test]
fn each_line_that_runs_a_user_s_own_command_asks_for_the_feature() {
    for path in ["crates/cli/guide/bring_your_own.md", "crates/cli/guide/own.md"] {
        let (mut is_ours, mut lines) = (false, 0);
        for line in read(path).lines() {
            if line.starts_with("```") {
                // A transcript is of the project's own command.
                is_ours = line == "```console";
            } else if !is_ours && (line.contains("cargo run ") || line.contains("cargo build ")) {
                let asks = line.contains("--features raftsim/") || line.contains("-F raftsim/");
                assert!(asks, "{path}: {line}");
                lines += 1;
            }
        }
        assert!(lines > 4, "{path} has such lines");
    }
}

/// What stands in backticks in the prose and tables of a page.
fn quoted(page: &str) -> Vec<String> {
    let parts = prose(page).split('`').map(str::to_owned).collect::<Vec<_>>();
    parts.into_iter().skip(1).step_by(2).collect()
}

#[test]
fn every_scenario_that_a_page_names_is_in_the_registry() {
    let parts = Part::ALL.map(|part| format!("_{}", part.name().to_lowercase()));
    for path in PAGES.into_iter().chain(PROJECT) {
        let text = read(path);
        let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'));
        for word in words.filter(|word| parts.iter().any(|part| word.ends_with(part))) {
            let is_one = SCENARIOS.iter().any(|info| info.name == word);
            assert!(is_one, "{path}: no scenario is named {word}");
        }
    }
}

#[test]
fn every_node_that_a_page_names_is_one_of_the_command_s() {
    for path in PAGES {
        let text = read(path);
        for rest in text.split("--node ").skip(1) {
            let end = |letter: char| !(letter.is_ascii_alphanumeric() || "-:".contains(letter));
            let node = rest.split(end).next().unwrap_or_default();
            // The command has Go packages and WebAssembly only with features, and what begins with a
            // quote is somebody's own program.
            let is_other = ["go:", "wasm:", "exec:"].iter().any(|kind| node.starts_with(kind));
            if NODES.contains(&node) || node == "NAME" || is_other || rest.starts_with('\'') {
                continue;
            }
            // Any but the nodes of the project is a mutant: the command says whether there is one.
            let run = raftsim(&format!("run initial_election_3a --seeds 1 --node {node}"));
            assert_ne!(run.status, 2, "{path}: no node is named {node}");
        }
    }
}

#[test]
fn the_counts_of_scenarios_are_the_registry_s() {
    let ours = SCENARIOS.iter().filter(|info| info.mirrors.is_none()).count();
    let (all, lab) = (SCENARIOS.len(), SCENARIOS.len() - ours);
    let counts = format!("all {lab} Raft tests of the labs, parts 3A to 3D, and {ours} scenarios");
    says("README.md", &counts);
    says("README.md", &format!("One of the sweep's {all} rows"));
    says("crates/cli/guide/lab.md", &format!("All {lab} Raft tests"));
    says("crates/cli/guide/lab.md", &format!("and {ours} scenarios beyond them"));
    says("crates/cli/guide/finds.md", &format!("its {lab} tests"));
    says("crates/cli/guide/speed.md", &format!("Running each of the {lab} scenarios once"));
}

#[test]
fn the_numbers_of_seeds_and_plans_are_those_of_the_sweeps() {
    let help = raftsim("run --help").exits(0);
    assert!(help.contains("[default: 1000]"), "{help}");
    assert!(read("README.md").contains("every scenario, 1,000 seeds each"));
    assert_eq!((sim_scenarios::testing::SEEDS, sim_scenarios::testing::PLANS), (2000, 500));
    assert!(read("README.md").contains("2,000 seeds of each scenario"));
    says("crates/cli/guide/plans.md", "the number of plans above 500");
    says("crates/cli/guide/plans.md", "if not given, 2,000");
}

#[test]
fn the_recovery_phase_lasts_what_the_guide_says() {
    let code = read("sim-scenarios/src/lab/recovery.rs");
    let limits = code.lines().filter(|line| line.contains("const ") && line.contains("Duration"));
    let limits: Vec<_> = limits.filter_map(|line| line.split(" = ").nth(1)).collect();
    // The other says by how much a run's time limit is extended.
    assert_eq!(limits, ["Duration::from_secs(60);", "Duration::from_secs(80);"]);
    says("crates/cli/guide/checks.md", "by every server within a minute of virtual time");
    says("crates/cli/guide/plans.md", "agree on a fresh command within a minute of virtual time");
}

#[test]
fn the_oldest_rust_is_the_manifest_s() {
    let manifest = read("Cargo.toml");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = "));
    let version = version.expect("the manifest says it").trim_matches('"');
    says("README.md", &format!("Both need Rust {version} or later"));
    let workflow = read(".github/workflows/ci.yml");
    assert!(workflow.contains(&format!("cargo +{version} check")), "the workflow tries {version}");
}

/// The numbers in a line, in order.
fn numbers(line: &str) -> Vec<&str> {
    let words = line.split(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
    words.map(|word| word.trim_matches('.')).filter(|word| !word.is_empty()).collect()
}

#[test]
fn the_guide_s_figures_of_the_mutants_are_those_of_the_table() {
    let (table, finds) = (read("crates/specimens/BUGS.md"), "crates/cli/guide/finds.md");
    let starting = |start: &str| {
        let line = table.lines().find(|line| line.starts_with(start));
        numbers(line.unwrap_or_else(|| panic!("BUGS.md has no line that starts with {start}")))
    };
    let [found, all, runs, cpu] = starting("- `fuzz` with its defaults")[..] else {
        panic!("four numbers")
    };
    assert_eq!(all, MUTATIONS.len().to_string());
    says(finds, &format!("`fuzz` alone finds {found} of the {all} mutants"));
    says(finds, &format!("is found after {runs} runs and {cpu} ms of CPU"));
    says(finds, &format!("It has {all} switches"));
    says("README.md", &format!("{all} planted bugs"));
    for row in starting_with(&read(finds), "| `").filter(|row| row.ends_with(" |")) {
        let cells: Vec<_> = row.split(" | ").collect();
        let Some(median) = cells.get(2).filter(|_| cells.len() == 4) else { continue };
        let median = median.replace(',', "");
        let own = starting_with(&table, cells[0]).next().expect("BUGS.md has a row for each");
        let is_number = median.chars().all(|letter| letter.is_ascii_digit());
        assert!(!is_number || own.contains(&format!("| {median} (")), "{row}\n{own}");
    }
}

#[test]
fn the_count_of_cargo_mutants_is_that_of_its_page() {
    let page = read("crates/raft/MUTANTS.md");
    let count = |start: &str| {
        let row = starting_with(&page, start).next().expect("its table has the row");
        row.trim_end_matches([' ', '|']).rsplit(' ').next().unwrap_or_default().to_owned()
    };
    let (viable, caught) = (count("| of these viable"), count("| caught by the crate's own tests"));
    let sentence = format!("of {viable} viable mutants its own tests catch {caught}");
    says("CONTRIBUTING.md", &sentence);
}

#[test]
fn the_architecture_s_arrows_are_the_manifests() {
    let page = read("ARCHITECTURE.md");
    let rows = starting_with(&page, "| `");
    let rows = rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>());
    // The rows of rooms name folders within a crate.
    let rows: Vec<_> = rows.filter(|cells| cells.len() == 4).collect();
    assert_eq!(rows.len(), crates().len() + 1, "a row for each crate, and one for sim-scenarios");
    for cells in rows {
        let manifest = read(&format!("{}/Cargo.toml", cells[0].trim_matches('`')));
        let section = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let names = section.lines().take_while(|line| !line.starts_with('['));
        let names = names.filter_map(|line| line.split(['.', ' ']).next());
        let mut ours: Vec<_> = names
            .filter_map(|name| {
                name.strip_prefix("raftsim-").or((name == "sim-scenarios").then_some(name))
            })
            .collect();
        ours.sort_unstable();
        assert_eq!(cells[1], ours.join(", "), "{}", cells[0]);
    }
}

#[test]
fn the_readme_s_map_shows_every_crate() {
    let readme = read("README.md");
    let map = readme.lines().skip_while(|line| *line != "crates/").skip(1);
    let shown = map.map_while(|line| line.strip_prefix("  ")?.split('/').next());
    assert_eq!(shown.map(str::to_owned).collect::<BTreeSet<_>>(), crates());
}

/// The folders in `crates`.
fn crates() -> BTreeSet<String> {
    let folders = std::fs::read_dir(root().join("crates")).expect("the crates are there");
    folders.map(|folder| folder.expect("readable").file_name().into_string().unwrap()).collect()
}

#[test]
fn every_recipe_that_a_page_names_is_in_the_justfile() {
    let recipes = read("Justfile");
    for path in PAGES.into_iter().chain(PROJECT) {
        for quoted in quoted(&read(path)) {
            let Some(name) = quoted.strip_prefix("just ").filter(|name| *name != "--list") else {
                continue;
            };
            let name = name.split(' ').next().unwrap_or_default();
            let is_one = recipes.lines().any(|line| {
                line.strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ' ']))
            });
            assert!(is_one, "{path}: the Justfile has no recipe {name}");
        }
    }
}

/// The lines of a text that start so.
fn starting_with<'a>(text: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().filter(move |line| line.starts_with(start))
}

#[test]
fn the_table_of_speeds_has_the_lab_s_tests_and_its_quotients_are_right() {
    let page = read("crates/cli/guide/speed.md");
    let mut names = vec![];
    for row in starting_with(&page, "| `").filter(|row| row.contains("_3")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [name, _, us, _, theirs, times] = cells[..] else { continue };
        names.push(name.trim_matches('`').to_owned());
        if theirs.is_empty() {
            continue;
        }
        let number = |cell: &str| cell.replace(',', "").parse::<f64>().expect(row);
        assert_eq!(format!("{:.0}", number(theirs) / number(us)), times, "{row}");
    }
    let lab = SCENARIOS.iter().filter(|info| info.mirrors.is_some()).map(|info| info.name);
    assert_eq!(names, lab.collect::<Vec<_>>());
}

#[test]
fn every_link_leads_to_a_file() {
    for path in PAGES.into_iter().chain(PROJECT) {
        let folder = root().join(path).parent().expect("a file lies in a folder").to_owned();
        let page = prose(&read(path));
        let inline = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let defined = page.lines().filter(|line| line.starts_with('['));
        let defined = defined.filter_map(|line| line.split("]: ").nth(1));
        for link in inline.chain(defined).filter(|link| !link.contains("://")) {
            assert!(folder.join(link).exists(), "{path} links to {link}");
        }
    }
}

/// Whether something in backticks is a path: it has a slash or an ending, and no blank or pattern.
fn is_path(quoted: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-".contains(letter);
    let endings = ["rs", "md", "toml", "txt", "yml"];
    let has_ending =
        Path::new(quoted).extension().is_some_and(|it| endings.iter().any(|end| it == *end));
    quoted.chars().all(plain) && (quoted.contains('/') || has_ending)
}

#[test]
fn every_path_that_a_page_names_exists() {
    for path in PAGES.into_iter().chain(PROJECT) {
        // The guide names a user's own files too.
        let own = ["bring_your_own", "own", "go"].map(|page| format!("crates/cli/guide/{page}.md"));
        if own.iter().any(|page| page == path) {
            continue;
        }
        for quoted in quoted(&read(path)) {
            assert!(!is_path(&quoted) || root().join(&quoted).exists(), "{path} names {quoted}");
        }
    }
}

#[test]
fn the_guide_has_a_module_for_each_page() {
    let pages = std::fs::read_dir(root().join("crates/cli/guide")).expect("the guide is there");
    let files = pages.map(|page| page.expect("readable").file_name().into_string().unwrap());
    let is_page = |file: &String| Path::new(file).extension().is_some_and(|ending| ending == "md");
    let pages = files.filter(is_page);
    let pages: BTreeSet<_> = pages.map(|page| format!("crates/cli/guide/{page}")).collect();
    let known: BTreeSet<_> = PAGES.into_iter().filter(|path| *path != "README.md").collect();
    assert_eq!(pages.iter().map(String::as_str).collect::<BTreeSet<_>>(), known);
    let (code, readme) = (read("crates/cli/src/guide.rs"), read("README.md"));
    for page in known {
        let name = page.rsplit('/').next().unwrap_or_default();
        assert!(code.contains(&format!("include_str!(\"../guide/{name}\")")), "{name} is shown");
        assert!(readme.contains(&format!("]({page})")), "the README links to {page}");
    }
}
