//! `replay` on a terminal: lines that fit, a pager, and colors.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::Stdio;
use std::thread;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{command, raftsim};

const LINES: u16 = 20;
const COLUMNS: u16 = 70;

const REPLAY: &str = "replay basic_agree_3b --seed 1";

/// What the command prints on a terminal of 70 columns and 20 lines, with a variable. The variables
/// of the tests' own terminal are not there.
fn on_terminal(arguments: &str, variables: &[(&str, &str)]) -> String {
    let outside = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    fcntl_setfd(&outside, FdFlags::CLOEXEC).unwrap();
    grantpt(&outside).unwrap();
    unlockpt(&outside).unwrap();
    let name = ptsname(&outside, vec![]).unwrap().into_string().unwrap();
    let inside = OpenOptions::new().read(true).write(true).open(name).unwrap();
    let size = Winsize { ws_row: LINES, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&inside, size).unwrap();
    let mut command = command();
    command.args(arguments.split_whitespace()).env("TERM", "xterm").stdin(Stdio::null());
    for variable in ["NO_COLOR", "CLICOLOR_FORCE", "PAGER", "RAFTSIM_PAGER", "LESS"] {
        command.env_remove(variable);
    }
    command.envs(variables.iter().copied());
    command.stdout(Stdio::from(inside.try_clone().unwrap())).stderr(Stdio::from(inside));
    let mut child = command.spawn().unwrap();
    // The command has the terminal's last inner end, so that its output ends with the command.
    drop(command);
    let mut output = File::from(outside);
    let reader = thread::spawn(move || {
        let (mut printed, mut bytes) = (vec![], [0; 4096]);
        while let Ok(count @ 1..) = output.read(&mut bytes) {
            printed.extend_from_slice(&bytes[..count]);
        }
        String::from_utf8(printed).unwrap()
    });
    child.wait().unwrap();
    reader.join().unwrap().replace("\r\n", "\n")
}

/// A line without its colors.
fn plain(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |line, part| line + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn on_a_terminal_lines_are_cut_to_its_width_and_what_repeats_is_folded() {
    let printed = on_terminal(&format!("{REPLAY} --no-pager"), &[]);
    let lines: Vec<String> = printed.lines().map(plain).collect();
    assert!(lines.iter().all(|line| line.chars().count() <= usize::from(COLUMNS)), "{printed}");
    assert!(lines.iter().any(|line| line.ends_with('…')), "{printed}");
    let whole = raftsim(REPLAY).exits(0);
    assert!(!whole.contains('…'), "a pipe gets whole lines");
    assert_eq!(raftsim(&format!("{REPLAY} --width 0")).exits(0), whole);
    // In a pipe the same must be asked for.
    let cut = raftsim(&format!("{REPLAY} --width {COLUMNS}")).exits(0);
    assert_eq!(cut.lines().collect::<Vec<_>>(), lines);
    // And the whole lines on a terminal.
    let on_terminal = on_terminal(&format!("{REPLAY} --no-pager --width 0 --color never"), &[]);
    assert_eq!(on_terminal, whole);
}

#[test]
fn more_lines_than_the_terminal_shows_go_through_a_pager() {
    let pager = ("RAFTSIM_PAGER", "sed 's/^/paged: /'");
    let printed = on_terminal(REPLAY, &[pager, ("PAGER", "false")]);
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "basic_agree_3b, seed 1, node raft");
    assert!(lines[1..].iter().all(|line| line.starts_with("paged: ")), "{printed}");
    assert!(lines.len() > usize::from(LINES), "{printed}");
    let direct = on_terminal(&format!("{REPLAY} --no-pager"), &[]);
    assert_eq!(printed.replace("paged: ", ""), direct);
    assert_eq!(on_terminal(REPLAY, &[("PAGER", "sed 's/^/paged: /'")]), printed);
    // Without a pager, and where it is not there, the lines are printed all the same.
    for none in ["cat", "", "raftsim-has-no-such-pager 2>/dev/null"] {
        assert_eq!(on_terminal(REPLAY, &[("RAFTSIM_PAGER", none)]), direct, "{none}");
    }
    // A pager that leaves early is no error.
    on_terminal(REPLAY, &[("RAFTSIM_PAGER", "head -n 1")]);
    // A few lines need none.
    let few = on_terminal(&format!("{REPLAY} --quiet"), &[pager]);
    let few_of_trace = on_terminal(&format!("{REPLAY} --until 0.1"), &[pager]);
    assert!(!few.contains("paged") && !few_of_trace.contains("paged"), "{few}{few_of_trace}");
    assert!(!raftsim(REPLAY).exits(0).contains("paged"));
}

#[test]
fn colors_come_on_a_terminal_or_as_the_option_says() {
    let has = |printed: &str| printed.contains('\u{1b}');
    let terminal = |option: &str| on_terminal(&format!("{REPLAY} --no-pager {option}"), &[]);
    assert!(has(&terminal("")) && has(&terminal("--color auto")));
    assert!(!has(&terminal("--color never")));
    for verb in [REPLAY, "diff basic_agree_3b:1 basic_agree_3b:2"] {
        let pipe = |option: &str| raftsim(&format!("{verb} {option}")).stdout;
        assert!(has(&pipe("--color always")), "{verb}");
        assert!(!has(&pipe("--color never")) && !has(&pipe("")), "{verb}");
    }
}
