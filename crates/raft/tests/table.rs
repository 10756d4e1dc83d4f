//! The table of rules against the crate's own text: each rule stands in the table, in the
//! documentation, above the lines that do it, and in the name of a test.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use raftsim_raft::{RULES, Rule};

/// The text of every Rust file in one of the crate's folders, but for `except`.
fn sources(folder: &str, except: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut texts = String::new();
    for file in fs::read_dir(folder).expect("the crate's own folder") {
        let path = file.expect("a file of it").path();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        if is_rust && path.file_name() != Some(except.as_ref()) {
            texts += &fs::read_to_string(path).expect("its text");
        }
    }
    texts
}

/// The id at the start of `text`: two capital letters, a point and a number, if no letter follows.
fn id_at_start(text: &str) -> Option<&str> {
    let number = text.get(3..)?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let is_id = text.bytes().take(2).all(|letter| letter.is_ascii_uppercase())
        && text.as_bytes()[2] == b'.'
        && digits > 0
        && !number[digits..].starts_with(|next: char| next.is_alphanumeric() || next == '_');
    is_id.then(|| &text[..3 + digits])
}

/// Every id in `text`, wherever it stands.
fn ids_named(text: &str) -> BTreeSet<String> {
    let starts = text.char_indices().filter(|&(at, _)| {
        !text[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    });
    starts.filter_map(|(at, _)| id_at_start(&text[at..])).map(str::to_owned).collect()
}

/// The ids at the start of comments in code: `// RV.1: …`.
fn ids_above_code(text: &str) -> BTreeSet<String> {
    let comments = text.lines().filter_map(|line| line.trim_start().strip_prefix("// "));
    comments.filter_map(id_at_start).map(str::to_owned).collect()
}

/// The ids at the start of names of tests: `fn rv_1_refuses_…`.
fn ids_tested(text: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let tests = lines.windows(2).filter(|pair| pair[0] == "#[test]");
    let names = tests.filter_map(|pair| pair[1].strip_prefix("fn "));
    names
        .filter_map(|name| {
            let mut words = name.split('_');
            let (letters, number) = (words.next()?, words.next()?);
            let id = format!("{}.{number}", letters.to_uppercase());
            (id_at_start(&id) == Some(&id)).then_some(id)
        })
        .collect()
}

#[test]
fn every_rule_stands_in_the_table_the_code_and_the_tests() {
    let table: BTreeSet<String> = RULES.iter().map(|rule| rule.id.to_owned()).collect();
    assert_eq!(table.len(), RULES.len(), "an id stands twice in the table");
    for rule in RULES {
        assert_eq!(id_at_start(rule.id), Some(rule.id), "{rule:?} has no proper id");
    }
    let code = sources("src", "rules.rs");
    assert_eq!(ids_above_code(&code), table, "the comments above code do not match the table");
    assert_eq!(ids_named(&code), table, "the ids in the code do not match the table");
    assert_eq!(
        ids_tested(&sources("tests", "")),
        table,
        "the names of tests do not match the table"
    );
}

#[test]
fn every_rule_has_a_place_in_the_paper_and_is_one_sentence() {
    const PAPERS: [&str; 5] = ["Figure 2, ", "Figure 13, ", "§", "thesis §", "raft.tla, "];
    for rule in RULES {
        let has_place = PAPERS.iter().any(|paper| rule.place.starts_with(paper));
        assert!(has_place, "{rule:?} has no place");
        let is_sentence = rule.says.starts_with(char::is_uppercase)
            && rule.says.ends_with('.')
            && !rule.says.contains(". ");
        assert!(is_sentence, "{rule:?} is not one sentence");
    }
}

#[test]
fn the_documentation_shows_the_table_as_it_is() {
    let rows =
        RULES.iter().map(|Rule { id, place, says }| format!("| `{id}` | {place} | {says} |\n"));
    let table: String = ["| rule | place | what it says |\n|---|---|---|\n".to_owned()]
        .into_iter()
        .chain(rows)
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let shown = fs::read_to_string(folder.join("rules.md")).expect("the crate's own file");
    assert_eq!(shown, table, "src/rules.md should be:\n{table}");
    let rules = fs::read_to_string(folder.join("rules.rs")).expect("the crate's own file");
    assert!(rules.contains("#[doc = include_str!(\"rules.md\")]"), "rustdoc shows it");
}

#[test]
fn only_ids_are_taken_for_ids() {
    let text = "// RV.1: refuse\n  // AE.12, see AS.2\nlet x = \"LE.1 beat\"; XRV.3 A.1 RV.x RV.4a";
    let set = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(ids_above_code(text), set(&["AE.12", "RV.1"]));
    assert_eq!(ids_named(text), set(&["AE.12", "AS.2", "LE.1", "RV.1"]));
    let tests = "#[test]\nfn rv_1_a() {}\nfn ae_1_helper() {}\n#[test]\nfn a_2_b() {}\n";
    assert_eq!(ids_tested(tests), set(&["RV.1"]));
}
