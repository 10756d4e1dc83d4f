//! What becomes of programs that do something else than Raft: each ends the run with a failure that
//! names the package's own lines, or goes on.

use raftsim_sim::Recording;

use crate::support::{failure, probe, program, run};

/// Why the run of a package failed whose server 0 does this after a second.
fn after_a_second(code: &str, more: &str) -> String {
    let make = format!("if me == 0 {{ go func() {{ time.Sleep(time.Second); {code} }}() }}");
    let folder = probe(&make, more);
    let program = program(&folder.path().join("raft"));
    failure(&run(&program, "initial_election_3a", 1, Recording::Off))
}

#[test]
fn a_panic_names_its_lines() {
    let why =
        after_a_second("rf.broken()", "func (rf *Raft) broken() { var m map[int]int; m[1] = 1 }");
    assert!(why.contains("panic: assignment to entry in nil map"), "{why}");
    assert!(why.contains("raft.(*Raft).broken (6.5840/raft/raft.go:"), "{why}");
    assert!(why.contains("n1"), "{why}");
}

#[test]
fn an_exit_shows_its_last_line() {
    let why = after_a_second(r#"log.Fatalf("S%d: no quorum", me)"#, "");
    assert!(why.contains("exit status 1"), "{why}");
    assert!(why.contains("S0: no quorum"), "{why}");
}

#[test]
fn a_loop_names_its_function() {
    let spin = "func (rf *Raft) spin() { for !rf.killed() { runtime.Gosched() } }";
    let why = after_a_second("rf.spin()", spin);
    assert!(why.contains("never rests"), "{why}");
    assert!(why.ends_with("in a loop in (*Raft).spin"), "{why}");
}

#[test]
fn a_loop_that_is_a_goroutine_of_its_own_is_not_named_after_what_the_compiler_makes_of_it() {
    let idle = "func (rf *Raft) idle() { for rf.killed() == false {} }";
    let folder = probe("go rf.idle()", idle);
    let program = program(&folder.path().join("raft"));
    let why = failure(&run(&program, "initial_election_3a", 1, Recording::Off));
    assert!(why.contains("never rests"), "{why}");
    assert!(!why.contains("gowrap"), "{why}");
}

#[test]
fn memory_has_an_end() {
    let leak = "var all [][]byte; for { all = append(all, make([]byte, 1<<20)) }";
    let why = after_a_second(leak, "");
    assert!(why.contains("out of memory"), "{why}");
}

#[test]
fn a_fault_of_the_runtime_is_reported() {
    let why = after_a_second("var mu sync.Mutex; mu.Unlock()", "");
    assert!(why.contains("sync: unlock of unlocked mutex"), "{why}");
}

#[test]
fn a_loop_that_locks_lets_time_pass() {
    let busy = "for !rf.killed() { rf.mu.Lock(); rf.term++; rf.mu.Unlock() }";
    let why = after_a_second(busy, "");
    assert!(why.contains("leader"), "{why}");
}

#[test]
fn files_and_sockets_are_not_there() {
    let open = r#"_, err := os.Open("/etc/passwd"); panic(fmt.Sprint("open: ", err))"#;
    let why = after_a_second(open, "");
    assert!(why.contains("open: open /etc/passwd"), "{why}");
}
