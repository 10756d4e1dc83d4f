//! Which folders are Raft packages, and what is said of the others.

use std::fs;
use std::path::Path;

use raftsim_sim::Recording;

use crate::support::{compiled, failure, path, probe, program, repository, right, run};

/// What is said of a folder.
fn error(folder: &Path) -> String {
    compiled(folder).0.expect_err("it is no package").to_string()
}

#[test]
fn the_right_packages_elect_and_agree() {
    for place in ["2020/src/raft", "2023/src/raft", "2025/src/raft1"] {
        let folder = path("packages/right").join(place);
        let (program, lines) = compiled(&folder);
        let program = program.unwrap_or_else(|error| panic!("{place}: {error}"));
        assert!(lines.iter().all(|line| !line.contains("warning")), "{place}: {lines:?}");
        for name in ["reelection_3a", "backup_3b", "persist1_3c", "snapshot_basic_3d"] {
            let run = run(&program, name, 7, Recording::Off);
            assert_eq!(run.verdict, Ok(()), "{place}, {name}");
        }
    }
}

#[test]
fn what_ties_a_server_to_the_tester_is_left_out() {
    let folder = right("2025");
    let tied = "package raft\n\nimport tester \"6.5840/tester1\"\n\n\
                type proxy struct{ client *tester.DaemonClnt }\n\n\
                func NewRfsrv(c *tester.TesterClnt, group tester.Tgid) []any { return nil }\n";
    let raft = folder.path().join("src/raft1");
    fs::write(raft.join("server.go"), tied).unwrap();
    let notes = "package raft\n\nimport tester \"6.5840/tester1\"\n\n\
                 func note() { tester.Annotate(\"raft\", \"\", \"\") }\n\n\
                 func (rf *Raft) Noted() { note() } // as tester.Group does\n";
    fs::write(raft.join("notes.go"), notes).unwrap();
    let uses = "package raft\n\nfunc init() { _ = note }\n";
    fs::write(raft.join("uses.go"), uses).unwrap();
    program(&raft);
}

/// What the tester of 2021 does with a command, in as few lines as a file of it can have.
const TESTER_OF_2021: &str = "package raft\n\nimport \"testing\"\n\n\
    func (cfg *config) applierSnap(m ApplyMsg, lastApplied int) bool {\n\
    \treturn m.CommandValid && m.CommandIndex > lastApplied\n}\n\n\
    type config struct{ t *testing.T }\n";

#[test]
fn an_old_command_after_a_snapshot_is_ignored_where_the_lab_of_that_year_ignores_it() {
    let folder = right("2020");
    let raft = folder.path().join("src/raft");
    let file = raft.join("snapshot.go");
    let sends = "\t\t\trf.applyCh <- msg\n";
    let again = "\t\t\tif msg.SnapshotValid && last.CommandValid {\n\t\t\t\trf.applyCh <- last\n\t\t\t}\n\
                 \t\t\tif msg.CommandValid {\n\t\t\t\tlast = msg\n\t\t\t}\n";
    let begins = "func (rf *Raft) applier() {\n";
    let text = fs::read_to_string(&file).unwrap();
    let text = text.replace(sends, &format!("{sends}{again}"));
    let text = text.replace(begins, &format!("{begins}\tvar last ApplyMsg\n"));
    fs::write(&file, text).unwrap();
    let strict = run(&program(&raft), "snapshot_install_3d", 0, Recording::Off);
    let why = failure(&strict);
    assert!(why.contains("applied in order and once"), "{why}");
    fs::write(raft.join("config.go"), TESTER_OF_2021).unwrap();
    let program = program(&raft);
    for seed in 0..3 {
        let run = run(&program, "snapshot_install_3d", seed, Recording::Off);
        assert_eq!(run.verdict, Ok(()), "seed {seed}");
    }
}

#[test]
fn a_recorded_run_is_the_same_run() {
    let program = program(&path("packages/right/2023/src/raft"));
    for seed in 0..10 {
        let digests = [Recording::Off, Recording::On, Recording::Off]
            .map(|recording| run(&program, "reelection_3a", seed, recording).digest);
        assert!(digests.iter().all(|digest| *digest == digests[0]), "seed {seed}: {digests:?}");
    }
}

#[test]
fn a_repository_is_searched_for_its_package() {
    let folder = probe("", "");
    assert!(compiled(folder.path()).0.is_ok());
}

#[test]
fn a_folder_without_go_files_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert!(error(folder.path()).contains("has no Go files"));
    assert!(error(&folder.path().join("absent")).contains("cannot read"));
}

#[test]
fn packages_that_lie_deeper_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let places: Vec<String> = (1..7).map(|lab| format!("lab{lab}/6.5840/src/raft")).collect();
    for place in &places {
        fs::create_dir_all(folder.path().join(place)).unwrap();
        let text = "package raft\n\ntype Raft struct{}\n\nfunc Make() {}\n";
        fs::write(folder.path().join(place).join("raft.go"), text).unwrap();
    }
    let error = error(folder.path());
    let listed = format!("there are Raft packages below it: {}", places[..5].join(", "));
    assert!(error.ends_with(&listed), "{error}");
}

#[test]
fn a_package_that_is_no_raft_is_refused() {
    let folder = repository("package raft\n\nfunc Elect() {}\n");
    assert!(error(&folder.path().join("raft")).contains("no file declares `func Make(`"));
    let folder = repository("package raft\n\nfunc Make() {}\n");
    assert!(error(&folder.path().join("raft")).contains("no file declares `type Raft struct`"));
}

#[test]
fn what_does_not_compile_is_shown() {
    let folder = probe("rf.absent()", "");
    let error = compiled(&folder.path().join("raft")).0.expect_err("it does not compile");
    assert!(error.to_string().contains("does not compile: "), "{error}");
    let mut lines = error.lines();
    assert!(lines.any(|line| line.contains("raft.go:") && line.contains("absent")), "{error:?}");
}

#[test]
fn another_make_is_shown() {
    let folder = repository(
        "package raft\n\nimport \"6.5840/labrpc\"\n\ntype Raft struct{}\n\n\
         type ApplyMsg struct{}\n\nfunc Make(peers []*labrpc.ClientEnd) *Raft { return nil }\n",
    );
    let error = error(&folder.path().join("raft"));
    assert!(error.contains("has another `Make`"), "{error}");
}

#[test]
fn the_compilers_lines_name_files_of_the_package() {
    let folder = right("2020");
    let raft = folder.path().join("src/raft");
    let text = fs::read_to_string(raft.join("raft.go")).unwrap();
    let lines = |text: String| {
        fs::write(raft.join("raft.go"), text).unwrap();
        let error = compiled(&raft).0.expect_err("it does not compile");
        error.lines().collect::<Vec<_>>().join("\n")
    };
    let absent = lines(text.clone() + "\nvar _ = absent\n");
    assert!(absent.contains("\nraft/raft.go:"), "{absent}");
    let of_ints = lines(text.replace(") Start(command interface{})", ") Start(command int)"));
    assert!(of_ints.contains("\nraftsim_main/main.go:"), "{of_ints}");
    assert!(!absent.contains('\t') && !of_ints.contains('\t'), "{of_ints}");
}

#[test]
fn commands_may_have_a_type_of_the_packages_own() {
    let folder = right("2020");
    let raft = folder.path().join("src/raft");
    for source in fs::read_dir(&raft).unwrap() {
        let file = source.unwrap().path();
        let text = fs::read_to_string(&file).unwrap();
        let text = text.replace(") Start(command interface{})", ") Start(command Wish)");
        fs::write(&file, text).unwrap();
    }
    let wish = "package raft\n\ntype Wish interface{}\n";
    fs::write(raft.join("wish.go"), wish).unwrap();
    let program = program(&raft);
    assert_eq!(run(&program, "basic_agree_3b", 1, Recording::Off).verdict, Ok(()));
}

#[test]
fn what_stops_before_any_server_is_made_is_shown() {
    let stopped = |more: &str| {
        let folder = probe("", more);
        let error = compiled(&folder.path().join("raft")).0.expect_err("it does not start");
        let lines: Vec<String> = error.lines().map(str::to_owned).collect();
        (error.to_string(), lines.join("\n"))
    };
    let (error, lines) = stopped("func init() { panic(\"no port is free\") }");
    assert!(error.contains("does not start: panic: no port is free, in raft.init.0 ("), "{error}");
    assert!(error.contains("/raft/raft.go:"), "{error}");
    assert!(lines.starts_with("panic: no port is free"), "{lines}");
    let (error, _) = stopped("var port = []int{}[len(os.Args)+5]");
    assert!(error.contains("does not start: panic: runtime error: index out of"), "{error}");
    let (error, lines) = stopped("func init() { log.Fatal(\"no settings\") }");
    assert!(error.contains("does not start: the Go program ended with exit status 1"), "{error}");
    assert!(lines.contains("no settings"), "{lines}");
}

#[test]
fn code_in_c_is_refused() {
    let folder = probe("", "");
    let file = folder.path().join("raft/fast.go");
    fs::write(file, "package raft\n\nimport \"C\"\n").unwrap();
    assert!(error(folder.path()).contains("imports \"C\""));
}

#[test]
fn the_build_leaves_nothing_in_the_folder() {
    let folder = probe("", "");
    let raft = folder.path().join("raft");
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(&raft).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    program(&raft);
    assert_eq!(names(), before);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[test]
fn what_a_program_prints_is_part_of_the_trace_and_not_of_the_run() {
    let probe = |print: &str| {
        let code = format!(r#"go func() {{ time.Sleep(time.Second); {print}("server", me) }}()"#);
        program(&probe(&code, "").path().join("raft"))
    };
    let (noisy, silent) = (probe("fmt.Println"), probe("_ = fmt.Sprintln"));
    let recorded = run(&noisy, "initial_election_3a", 1, Recording::On);
    let rows = recorded.story.as_ref().expect("it is recorded").rows();
    let printed = rows.iter().filter(|row| row.text.contains("server 2")).count();
    assert_eq!(printed, 1);
    let digest = |of| run(of, "initial_election_3a", 1, Recording::Off).digest;
    assert_eq!([digest(&noisy), digest(&silent)], [recorded.digest; 2]);
}
