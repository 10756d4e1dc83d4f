//! `completions` and `man`.

use std::os::unix::fs::symlink;
use std::process::Command;

use crate::support::{Folder, Output, bad_nodes, raftsim};

/// The commands that the help names.
fn verbs() -> Vec<String> {
    let help = raftsim("--help").exits(0);
    let (_, rest) = help.split_once("Commands:\n").expect("the help lists the commands");
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let lines = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    lines.map(|line| line.split_whitespace().next().expect("a name").to_owned()).collect()
}

#[test]
fn completions_know_every_command_and_option_in_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = raftsim(&format!("completions {shell}")).exits(0);
        for word in verbs() {
            assert!(script.contains(&word), "{shell} does not know {word}");
        }
        // fish writes options without their dashes.
        for option in ["keep-going", "seeds", "records"] {
            assert!(script.contains(option), "{shell} does not know {option}");
        }
    }
}

#[test]
fn completions_are_for_the_program_that_prints_them() {
    assert!(raftsim("completions bash").exits(0).contains("complete -F _raftsim "));
    assert!(bad_nodes("completions bash").exits(0).contains("complete -F _bad__nodes "));
}

#[test]
fn a_name_that_a_shell_must_have_in_quotes_has_none_in_scripts_and_pages() {
    let folder = Folder::new();
    let program = folder.path().join("raft~2");
    symlink(env!("CARGO_BIN_EXE_raftsim"), &program).unwrap();
    let printed = |arguments: [&str; 2]| {
        let mut command = Command::new(&program);
        Output::of(command.args(arguments)).exits(0)
    };
    let script = printed(["completions", "bash"]);
    assert!(script.contains("complete -F _raft~2 "), "{script}");
    assert!(script.ends_with(" raft~2\nfi\n"), "{script}");
    assert!(printed(["completions", "zsh"]).starts_with("#compdef raft~2\n"));
    assert!(printed(["man", "run"]).contains(".TH raft~2-run 1"));
    // A line to paste has the quotes.
    let failing = ["run", "reelection_3a", "--node", "post-2020-unclaimed", "--seeds", "100"];
    let mut command = Command::new(&program);
    let output = Output::of(command.args(failing).env_remove("CARGO_MANIFEST_DIR"));
    let line = format!("  replay it: '{}' replay ", program.display());
    assert!(output.stdout.contains(&line), "{}", output.stdout);
}

#[test]
fn completions_need_the_name_of_a_shell() {
    let bad = raftsim("completions tcsh");
    assert_eq!((bad.status, bad.stdout.as_str()), (2, ""));
    assert!(bad.stderr.contains("'tcsh'") && bad.stderr.contains("bash"), "{}", bad.stderr);
}

#[test]
fn the_manual_has_a_page_for_the_program_and_one_for_each_command() {
    let page = raftsim("man").exits(0);
    assert!(page.contains(".TH raftsim 1"), "{page}");
    for verb in verbs() {
        // A page writes a dash as it must look.
        assert!(page.contains(&format!("raftsim\\-{verb}(1)")), "no {verb} in {page}");
        let page = raftsim(&format!("man {verb}")).exits(0);
        assert!(page.contains(&format!(".TH raftsim-{verb} 1")), "{page}");
        assert!(page.contains(&format!("raftsim {verb}")), "{page}");
    }
    let run = raftsim("man run").exits(0);
    assert!(run.contains("\\fB\\-\\-keep\\-going\\fR"), "{run}");
}

#[test]
fn the_manual_of_no_command_is_refused() {
    let bad = raftsim("man runn");
    let line = "error: no command is named `runn` (did you mean `run`?)\n";
    assert_eq!((bad.status, bad.stdout.as_str(), bad.stderr.as_str()), (2, "", line));
}
