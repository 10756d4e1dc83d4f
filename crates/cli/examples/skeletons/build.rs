//! Fills the holes of the skeletons, so that the tests show that each can be filled and then passes
//! its parts. A hole is a line of a skeleton, `todo!("NAME")`. A file in `fills` has its code after
//! the line `// NAME`. A hole without a fill is an error, and so is a fill without a hole.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

const SKELETONS: [&str; 5] = ["part-3a", "part-3b", "part-3c", "part-3d", "rpc-3a"];

/// What a skeleton allows itself as long as it has holes.
const ALLOWANCE: &str = "// Until no hole is left.";

fn main() {
    let fills = fills();
    let mut used = BTreeSet::new();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder"));
    let mut modules = String::new();
    for skeleton in SKELETONS {
        println!("cargo::rerun-if-changed={skeleton}");
        fs::create_dir_all(out.join(skeleton)).expect("the folder can be made");
        for file in files(skeleton) {
            let filled = fill(&file, &fills, &mut used);
            fs::write(out.join(&file), filled).expect("the file can be written");
        }
        let path = out.join(skeleton).join("lib.rs");
        let module = skeleton.replace('-', "_");
        modules.push_str(&format!("#[path = {path:?}]\npub mod {module};\n"));
    }
    if let Some(name) = fills.keys().find(|name| !used.contains(*name)) {
        fail(&format!("no skeleton has the hole `{name}`, which has a fill"));
    }
    fs::write(out.join("filled.rs"), modules).expect("the file can be written");
}

/// The code of each hole, by its name.
fn fills() -> BTreeMap<String, Vec<String>> {
    println!("cargo::rerun-if-changed=fills");
    let mut fills: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files("fills") {
        let mut name = None;
        for line in read(&file).lines() {
            if let Some(next) = line.strip_prefix("// ") {
                name = Some(next.to_owned());
                if fills.insert(next.to_owned(), vec![]).is_some() {
                    fail(&format!("the hole `{next}` has two fills"));
                }
            } else if let Some(name) = &name {
                fills.get_mut(name).expect("it was inserted").push(line.to_owned());
            }
        }
    }
    fills
}

/// A file of a skeleton with its holes filled.
fn fill(file: &Path, fills: &BTreeMap<String, Vec<String>>, used: &mut BTreeSet<String>) -> String {
    let mut filled = String::new();
    for line in read(file).lines().filter(|line| !line.ends_with(ALLOWANCE)) {
        let code = line.trim_start();
        let indent = &line[..line.len() - code.len()];
        let Some(name) = code.strip_prefix("todo!(\"") else {
            filled.push_str(&format!("{line}\n"));
            continue;
        };
        let name = name.trim_end_matches("\")");
        let Some(lines) = fills.get(name) else {
            fail(&format!("{}: the hole `{name}` has no fill", file.display()));
        };
        used.insert(name.to_owned());
        for line in lines {
            filled.push_str(&format!("{indent}{line}\n"));
        }
    }
    filled
}

/// The files in a folder, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap_or_else(|error| fail(&format!("{folder}: {error}")));
    let mut files: Vec<_> = files.map(|file| file.expect("readable").path()).collect();
    files.sort();
    files
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|error| fail(&format!("{}: {error}", file.display())))
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1);
}
