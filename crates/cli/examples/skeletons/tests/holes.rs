//! Skeletons as they stand.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Each skeleton, and the hole that its servers come to first.
const FIRST_HOLES: [(&str, &str); 5] = [
    ("unfilled-3a", "3A: stand for election"),
    ("unfilled-3b", "3A: stand for election"),
    ("unfilled-3c", "3C: load what is on disk"),
    ("unfilled-3d", "3D: load what is on disk"),
    ("unfilled-rpc-3a", "RPC: stand for election"),
];

#[test]
fn a_skeleton_as_it_stands_fails_at_its_first_hole_and_names_it() {
    for (node, hole) in FIRST_HOLES {
        let output = Command::new(env!("CARGO_BIN_EXE_skeletons"))
            .args(["run", "initial_election_3a", "--seeds", "1", "--node", node])
            .output()
            .expect("the command starts");
        let stdout = String::from_utf8(output.stdout).expect("it prints text");
        assert_eq!(output.status.code(), Some(1), "{node}: {stdout}");
        assert!(stdout.contains(&format!("not yet implemented: {hole}")), "{node}: {stdout}");
    }
}

#[test]
fn the_script_fills_a_skeleton_as_its_tests_have_it() {
    let skeletons = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (skeleton, file) in [("part-3d", "lib.rs"), ("part-3d", "log.rs"), ("rpc-3a", "lib.rs")] {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{skeleton}-{file}"));
        fs::copy(skeletons.join(skeleton).join(file), &copy).expect("it can be copied");
        let script = Command::new(skeletons.join("fill.sh")).arg(&copy).status();
        assert!(script.expect("the script starts").success());
        let code = |path: &Path| -> Vec<String> {
            let text = fs::read_to_string(path).expect("it is text");
            let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
            lines.map(str::to_owned).collect()
        };
        let filled = Path::new(env!("OUT_DIR")).join(skeleton).join(file);
        assert_eq!(code(&copy), code(&filled), "{skeleton}/{file}");
    }
}
