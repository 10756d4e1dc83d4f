//! Programs that misbehave: each is a failure of the run that says what the program did.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use raftsim_pipe::Program;
use raftsim_sim::Recording;

use crate::support::{LONG, Script, failure, run};

/// Expects the run of a program that answers like this to fail because of what the program did.
#[track_caller]
fn fails(answer: &str, patience: Duration, expected: &str) {
    let text = failure(answer, patience);
    let (_, seen) = text.split_once("n1 answers every event; but it panicked: ").expect(&text);
    assert_eq!(seen, format!("at turn 1 (timeout) the program {expected}"), "{answer}");
}

/// Expects the first line that a program answers with to be refused.
#[track_caller]
fn refused(line: &str, why: &str) {
    let base = r#""turn":1,"deadline":200000000,"status":{"term":0,"role":"follower"}"#;
    let line = line.replace("BASE", base);
    let expected = format!("printed what is no answer: {why}: `{line}`");
    fails(&format!("printf '%s\\n' '{line}'"), LONG, &expected);
}

#[test]
fn a_program_that_hangs() {
    let expected = "did not answer within 0.3 s of real time (does it print a whole line, and flush \
                    it?); on its standard error: still here";
    fails("echo still here >&2; sleep 1", Duration::from_millis(300), expected);
    // Part of a line is no answer.
    let expected = "did not answer within 0.3 s of real time (does it print a whole line, and flush \
                    it?)";
    fails("printf '{'; sleep 1", Duration::from_millis(300), expected);
}

#[test]
fn a_program_that_ends() {
    fails("exit 0", LONG, "ended (exit status: 0)");
    fails("kill -9 $$", LONG, "ended (signal: 9 (SIGKILL))");
    fails("printf '{'; exit 4", LONG, "ended (exit status: 4)");
    let expected = "ended (exit status: 3); on its standard error: one; two; \\u{1b}[31mthree";
    fails(r"printf 'one\n\ntwo\n\033[31mthree' >&2; exit 3", LONG, expected);
}

#[test]
fn a_program_that_prints_its_reason_after_rubbish() {
    let expected = "printed what is no answer: expected value at column 1: `oh`; on its standard \
                    error: why";
    fails("echo oh; sleep 0.05; echo why >&2; exit 1", LONG, expected);
}

#[test]
fn a_program_that_closes_a_pipe() {
    fails("exec >&-; sleep 100", LONG, "closed its standard output");
    let text = failure("exec 0<&-; echo \"{$base}\"; sleep 100", LONG);
    assert!(text.ends_with("the program closed its standard input"), "{text}");
}

#[test]
fn a_line_without_end() {
    fails(
        "tr '\\0' x < /dev/zero",
        LONG,
        "printed a line that does not end: more than 16777216 bytes",
    );
}

#[test]
fn more_than_one_line() {
    let text = failure("printf '{%s}\\n{%s}\\n' \"$base\" again", LONG);
    let expected = "printed more than one line: the answer is followed by `{again}`";
    assert!(text.ends_with(expected), "{text}");
    // The second line may come later.
    let text = failure("echo \"{$base}\"; echo \"{$base}\"", LONG);
    let is_seen = text.contains("more than one line") || text.ends_with("answered turn 1");
    assert!(is_seen, "{text}");
}

#[test]
fn a_program_that_answers_before_it_is_asked() {
    let script = Script::with_boot(
        "echo \"{$base}\"; echo '{\"turn\":1,\"deadline\":null,\"status\":{}}'\n",
        "exit 1",
    );
    let error = script.program(LONG).err();
    // The second line may come so late that the boot is over.
    let error = error.map(|error| error.to_string());
    assert!(error.is_none_or(|error| error.contains("more than one line")));
}

#[test]
fn an_answer_out_of_turn() {
    fails(r#"echo "{$base}" | sed s/:1,/:7,/"#, LONG, "answered turn 7");
}

#[test]
fn bytes_that_are_no_text() {
    let expected = "printed bytes that are not UTF-8: `{\u{fffd}\u{fffd}}`";
    fails(r"printf '{\377\376}\n'", LONG, expected);
    let expected = "printed what is no answer: expected value at column 1: `\\u{0}`";
    fails(r"printf '\000\n'", LONG, expected);
}

#[test]
fn what_is_no_json() {
    refused("hello", "expected value at column 1");
    refused("", "EOF while parsing a value at column 0");
    refused("{BASE", "EOF while parsing an object at column 68");
    refused("{BASE} {}", "trailing characters at column 71");
}

#[test]
fn json_of_another_kind() {
    refused("17", "invalid type: integer `17`, expected an object at column 2");
    refused("null", "invalid type: null, expected an object at column 4");
}

#[test]
fn an_answer_that_lacks_something() {
    let status = r#""status":{"term":0,"role":"follower"}"#;
    refused(&format!(r#"{{"turn":1,{status}}}"#), "missing field `deadline` at column 48");
    refused(r#"{"turn":1,"deadline":null}"#, "missing field `status` at column 26");
    refused(&format!(r#"{{"deadline":null,{status}}}"#), "missing field `turn` at column 55");
}

#[test]
fn an_answer_with_something_else() {
    let why = "unknown field `dead_line`, expected one of `turn`, `actions`, `deadline`, `status`, \
               `out` at column 80";
    refused(r#"{BASE,"dead_line":1}"#, why);
    let why = why.replace("dead_line", "again").replace("80", "76");
    refused(r#"{BASE,"again":true}"#, &why);
}

#[test]
fn a_time_that_is_none() {
    let line = |deadline: &str| {
        format!(r#"{{"turn":1,"deadline":{deadline},"status":{{"term":0,"role":"follower"}}}}"#)
    };
    refused(&line("-5"), "invalid value: integer `-5`, expected u64 at column 23");
    refused(&line("1.5"), "invalid type: floating point `1.5`, expected u64 at column 24");
    refused(&line("1e30"), "invalid type: floating point `1e+30`, expected u64 at column 25");
    refused(&line("\"soon\""), "invalid type: string \"soon\", expected u64 at column 27");
}

#[test]
fn a_number_that_some_languages_do_not_read() {
    let why = "9007199254740992 is too large: every number is below 2^53";
    let line = |number: &str| {
        format!(r#"{{"turn":1,"deadline":{number},"status":{{"term":0,"role":"follower"}}}}"#)
    };
    refused(&line("9007199254740992"), &format!("{why} at column 37"));
    no_action(r#"{"do":"accept","id":0,"index":1,"term":9007199254740992}"#, why);
    let snapshot = r#"{"index":1,"term":9007199254740992,"data":""}"#;
    no_action(&format!(r#"{{"do":"persist","snapshot":{snapshot}}}"#), why);
    let term = 9_007_199_254_740_991_u64;
    let text = failure(&format!("echo \"{{$base}}\" | sed s/term\\\":0/term\\\":{term}/"), LONG);
    assert!(!text.contains("too large"), "{text}");
}

#[test]
fn a_promise_that_no_run_could_wait_for_is_refused() {
    let boot = r#"echo "{$base,\"claims\":{\"elects_within\":3600000000001}}""#.to_owned() + "\n";
    let error = Script::with_boot(&boot, "exit 1").program(LONG).unwrap_err().to_string();
    assert!(error.contains("`elects_within` is at most 3600000000000: an hour"), "{error}");
}

#[test]
fn what_is_no_object() {
    refused(
        r#"[1,[],null,{"term":0,"role":"follower"},null]"#,
        "invalid type: sequence, expected an object at column 0",
    );
    let status = r#"{"turn":1,"deadline":null,"status":[0,"follower"]}"#;
    refused(status, "invalid type: sequence, expected an object at column 35");
    no_action(r#"["note"]"#, "invalid type: sequence, expected an object");
    no_action(
        r#"{"do":"restore","snapshot":[1,1,""]}"#,
        "invalid type: sequence, expected an object",
    );
    no_action(r#"{"do":"persist","disk":{"a":1,"b":2,"a":3}}"#, "`a` is there twice");
}

#[test]
fn a_role_that_is_none() {
    let why = "unknown variant `king`, expected one of `follower`, `pre_candidate`, `candidate`, \
               `leader` at column 55";
    refused(r#"{"turn":1,"deadline":1,"status":{"term":0,"role":"king"}}"#, why);
}

#[test]
fn a_word_that_is_written_as_an_object() {
    let why = "invalid type: map, expected a string";
    let role = r#"{"turn":1,"deadline":1,"status":{"term":0,"role":{"follower":null}}}"#;
    refused(role, &format!("{why} at column 49"));
    no_action(r#"{"do":{"note":null},"text":"hello"}"#, why);
    no_action(r#"{"do":"send","to":2,"message":1,"topic":{"vote":null}}"#, why);
}

/// Expects an action to be refused.
#[track_caller]
fn no_action(action: &str, why: &str) {
    let text = failure(&format!("printf '{{%s,\"actions\":[%s]}}\n' \"$base\" '{action}'"), LONG);
    let expected = format!("at turn 1 (timeout) the program printed what is no answer: {why} at ");
    assert!(text.contains(&expected), "{text}");
    assert!(text.contains(action), "{text}");
}

#[test]
fn an_action_that_is_none() {
    let kinds = "`send`, `persist`, `accept`, `reject`, `apply`, `restore`, `note`";
    no_action(r#"{"do":"dance"}"#, &format!("unknown variant `dance`, expected one of {kinds}"));
    let fields = "`do`, `to`, `message`, `term`, `topic`, `label`, `call`, `reply`, `id`, `index`, `leader`, \
                  `command`, `disk`, `snapshot`, `text`";
    let why = format!("unknown field `too`, expected one of {fields}");
    no_action(r#"{"do":"send","too":2}"#, &why);
    no_action("7", "invalid type: integer `7`, expected an object");
    no_action(r#"{"do":"persist","disk":[1]}"#, "invalid type: sequence, expected an object");
    no_action(r#"{"do":"send","to":256}"#, "invalid value: integer `256`, expected u8");
}

#[test]
fn an_action_with_other_fields_than_its_own() {
    no_action(r#"{"do":"send","message":{}}"#, "missing field `to`");
    no_action(r#"{"do":"send","to":2,"message":null}"#, "the field `message` is null");
    no_action(r#"{"do":"send","to":2}"#, "missing field `message`");
    no_action(r#"{"do":"send","to":0,"message":{}}"#, "servers are numbered from 1");
    no_action(r#"{"do":"note","text":"a","index":1}"#, "it has no field `index`");
    let why = "`€` stands for no byte: it is above U+00FF";
    no_action(r#"{"do":"apply","index":1,"command":"€"}"#, why);
}

/// Expects the harness itself to fail the run of a program that answers with these actions.
#[track_caller]
fn harness(actions: &str, expected: &str) {
    let text = failure(&format!("printf '{{%s,\"actions\":[%s]}}\\n' \"$base\" '{actions}'"), LONG);
    assert!(text.contains(expected), "{text}");
}

#[test]
fn what_every_node_must_not_do() {
    let text = "but it sends to n9, which does not exist";
    harness(r#"{"do":"send","to":9,"message":{}}"#, text);
    let text = "n1 is in term 0; but it accepts a proposal as 1@1";
    harness(r#"{"do":"accept","id":5,"index":1,"term":1}"#, text);
    let text = "has applied everything through 0; but it applies 7";
    harness(r#"{"do":"apply","index":7,"command":"x"}"#, text);
    let many = vec![r#"{"do":"persist"}"#; 100_001].join(",");
    let text = failure(
        &format!("printf '{{%s,\"actions\":[' \"$base\"; cat <<'END'\n{many}]}}\nEND"),
        LONG,
    );
    assert!(text.contains("actions at once"), "{text}");
    let text = failure(r#"echo "{$base}" | sed 's/"deadline":[0-9]*/"deadline":0/'"#, LONG);
    assert!(text.contains("moves a deadline that has come"), "{text}");
}

#[test]
fn a_program_that_does_not_boot_is_refused_before_any_run() {
    for (boot, expected) in [
        ("echo why >&2; exit 2\n", "ended (exit status: 2); on its standard error: why"),
        ("echo hello\n", "printed what is no answer: expected value at column 1: `hello`"),
        (
            "echo \"{$base,\\\"actions\\\":[]}\"\n",
            "printed what is no answer: unknown field `actions`",
        ),
    ] {
        let error = Script::with_boot(boot, "exit 1").program(LONG).unwrap_err().to_string();
        let expected =
            format!("the program does not boot: at turn 0 (boot) the program {expected}");
        assert!(error.starts_with(&expected), "{error}");
    }
    let short = Duration::from_millis(200);
    let error = Script::with_boot("sleep 1\n", "exit 1").program(short).unwrap_err().to_string();
    assert!(error.contains("did not answer within 0.2 s"), "{error}");
}

#[test]
fn a_program_that_boots_once_fails_its_run() {
    let boot = "if [ -e \"$folder/booted\" ]; then exit 5; fi; touch \"$folder/booted\"; echo \"{$base}\"\n";
    let script = Script::with_boot(boot, "exit 1");
    let program = script.program(LONG).unwrap();
    let text = run(&program, 0, Recording::Off).verdict.unwrap_err().to_string();
    assert!(text.ends_with("at turn 0 (boot) the program ended (exit status: 5)"), "{text}");
}

#[test]
fn a_program_that_cannot_be_started() {
    let error = |command: &str| Program::command(command).unwrap_err().to_string();
    let why = "or what its first line names (`#!...`) does not exist";
    let text = format!("there is no program `no-such-program` in a folder of `PATH`, {why}");
    assert_eq!(error("no-such-program x"), text);
    assert_eq!(error("./no-such-program x"), "there is no program `./no-such-program`");
    assert_eq!(error("/"), "`/` cannot be started: Permission denied (os error 13)");
    assert_eq!(
        error("/dev/null"),
        "`/dev/null` cannot be started: Permission denied (os error 13)"
    );
    assert_eq!(error("  "), "expected a command, such as python3 raft.py");
    assert_eq!(error("sh 'a"), "a quote is not closed");
}

#[test]
fn a_program_whose_interpreter_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("raft");
    fs::write(&file, "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    let command = file.display().to_string();
    let error = Program::command(&command).unwrap_err().to_string();
    let why = "cannot be started: what its first line names (`#!...`) does not exist";
    assert_eq!(error, format!("`{command}` {why}"));
}

#[test]
fn much_on_standard_error_holds_nobody_up() {
    let answer = "head -c 3000000 /dev/zero | tr '\\0' e >&2; echo >&2; echo \"{$base}\"";
    let text = failure(answer, LONG);
    // It elects nobody, which is all that is wrong with it.
    assert!(text.contains("elect") || text.contains("leader"), "{text}");
    let text = failure("while :; do echo and on >&2; done", Duration::from_millis(300));
    assert!(text.contains("did not answer within 0.3 s"), "{text}");
    assert!(text.ends_with("and on; and on"), "{text}");
}
