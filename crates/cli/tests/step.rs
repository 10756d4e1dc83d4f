//! `step`: the debugger, driven through a pseudo-terminal.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::support::{Folder, bad_command, command, raftsim};

const DEPOSED: &str = "step stale_leaders_return_3a --node post-2025 --seed 2";

const UP: &str = "\u{1b}[A";
const DOWN: &str = "\u{1b}[B";
const RIGHT: &str = "\u{1b}[C";
const LEFT: &str = "\u{1b}[D";
const SHIFT_RIGHT: &str = "\u{1b}[1;2C";
const SHIFT_LEFT: &str = "\u{1b}[1;2D";
const ENTER: &str = "\r";
const HOME: &str = "\u{1b}[H";
const END: &str = "\u{1b}[F";

const LINES: u16 = 32;
const COLUMNS: u16 = 120;

/// A terminal of 120 columns and 32 lines, and the command that runs in it.
struct Terminal {
    child: Child,
    keys: File,
    /// The terminal's other end, kept open so that its modes can be read after the command.
    inside: File,
    printed: Receiver<Vec<u8>>,
    reader: JoinHandle<()>,
    screen: vt100::Parser,
}

impl Terminal {
    fn open(folder: &Folder, arguments: &str) -> Self {
        Self::of(command(), folder, arguments)
    }

    fn of(mut command: Command, folder: &Folder, arguments: &str) -> Self {
        let outside = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        // No command may have this end: its terminal would never go away.
        fcntl_setfd(&outside, FdFlags::CLOEXEC).unwrap();
        grantpt(&outside).unwrap();
        unlockpt(&outside).unwrap();
        let name = ptsname(&outside, vec![]).unwrap().into_string().unwrap();
        let inside = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let size = Winsize { ws_row: LINES, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&inside, size).unwrap();
        let end = || Stdio::from(inside.try_clone().unwrap());
        command.args(arguments.split_whitespace()).current_dir(folder.path());
        command.env("TERM", "xterm").env_remove("NO_COLOR");
        let child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
        let keys = File::from(outside);
        let mut output = keys.try_clone().unwrap();
        let (sender, printed) = channel();
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                if sender.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let [lines, columns] = [LINES, COLUMNS].map(|size| NonZero::new(size).unwrap());
        let mut screen = vt100::Parser::new(lines, columns, 0);
        screen.process(b"what was there before\r\n");
        Self { child, keys, inside, printed, reader, screen }
    }

    fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Waits until the screen shows something.
    #[track_caller]
    fn until(&mut self, what: &str, shows: impl Fn(&vt100::Screen) -> bool) {
        while !shows(self.screen.screen()) {
            let bytes = self.printed.recv_timeout(Duration::from_secs(120));
            let Ok(bytes) = bytes else { panic!("no {what}: {}", self.contents()) };
            self.screen.process(&bytes);
        }
    }

    #[track_caller]
    fn shows(&mut self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Presses keys, and waits until the screen shows `text`.
    #[track_caller]
    fn press(&mut self, keys: &str, text: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.shows(text);
    }

    /// Whether keys come line by line and are shown, as a shell wants it.
    fn is_as_before(&self) -> bool {
        let modes = tcgetattr(&self.inside).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Presses keys that end the command. Returns its exit status, when the terminal is as it was.
    #[track_caller]
    fn leave(self, keys: &str) -> i32 {
        self.leave_saying(keys, "")
    }

    /// The same if the command prints `said` in the end.
    #[track_caller]
    fn leave_saying(mut self, keys: &str, said: &str) -> i32 {
        self.keys.write_all(keys.as_bytes()).unwrap();
        // This before the wait: a command that goes on fails the test, and does not hang it.
        self.until("screen of before, with its cursor", |screen| {
            let is_back = !screen.alternate_screen() && !screen.hide_cursor();
            is_back && screen.contents().contains("what was there before")
        });
        self.shows(said);
        let status = self.child.wait().unwrap();
        assert!(self.is_as_before());
        status.code().unwrap()
    }
}

#[test]
fn the_debugger_goes_through_a_run_and_leaves_the_terminal_as_it_was() {
    let folder = Folder::new();
    let mut terminal = Terminal::open(&folder, DEPOSED);
    terminal.shows("FAIL check_one_leader (the lab's limit) 7.094000s:");
    terminal.shows("7.094000s  step 133 of 133");
    assert!(!terminal.is_as_before(), "keys come one by one");
    terminal.press("1", "2.011576s  step 64 of 133");
    // A screen may come in several parts.
    terminal.shows("> 2.011576s");
    terminal.shows("| 2.011153s n2 -> n1 append no t4");
    let screen = terminal.contents();
    let line = |text: &str| screen.lines().find(|line| line.contains(text)).expect(text).to_owned();
    let state = line("[F4]   no vote   no timer");
    assert!(state.starts_with(" n1") && state.contains("| led here by"), "{screen}");
    let cursor = line("> 2.011576s");
    assert!(cursor.contains("<- n2 append no t4: follower in term 4  # heartbeat"), "{screen}");
    terminal.press(LEFT, "2.011153s  step 63 of 133");
    terminal.press("u", "run until: ");
    terminal.press("n2 is king\r", "no role is named `king`");
    terminal
        .press(":n2 is leader\r", "there is no step at which `n2 is leader` becomes true there");
    terminal.press(HOME, "step 1 of 133");
    terminal.press(":n3 is leader\r", "[L2]   voted n3");
    terminal.press("/2.255850s\r", "> 2.255850s");
    terminal.press("i", "n2 at 2.255850s, after everything that happens then");
    terminal.shows("any other key: back");
    let replay = DEPOSED.replacen("step", "replay", 1);
    let state = raftsim(&format!("{replay} --at 2.255850s")).exits(0);
    let state = state.lines().skip_while(|line| !line.starts_with("n2  "));
    let expected: Vec<String> =
        state.take_while(|line| !line.starts_with("n3  ")).map(|line| format!(" {line}")).collect();
    let screen = terminal.contents();
    // The verdict and the title come before, and the keys after.
    let shown = screen.lines().skip(2).take(usize::from(LINES) - 3).take(expected.len());
    let shown: Vec<&str> = shown.map(str::trim_end).collect();
    assert_eq!(shown, expected[..shown.len()], "{screen}");
    assert!(shown.contains(&"     memory  Post2025 {"), "{screen}");
    terminal.press("q", "> 2.255850s");
    terminal.press("w", "write the page to: stale_leaders_return_3a-2.html_");
    terminal.press(ENTER, "wrote stale_leaders_return_3a-2.html");
    folder.raftsim(&format!("{replay} --quiet --html page.html")).exits(1);
    let is_same = folder.read("stale_leaders_return_3a-2.html") == folder.read("page.html");
    assert!(is_same, "it writes the page that `replay --html` does");
    assert_eq!(terminal.leave("q"), 0);
}

#[test]
fn each_key_leads_where_the_help_says() {
    let mut terminal = Terminal::open(&Folder::new(), DEPOSED);
    terminal.shows("step 133 of 133");
    for (keys, step) in [
        ("1", 64),
        ("b", 63),
        ("g", 64),
        (SHIFT_LEFT, 62),
        (SHIFT_RIGHT, 64),
        ("H", 62),
        ("L", 64),
        ("n", 66),
        ("N", 64),
        ("r", 71),
        ("R", 64),
        ("x", 74),
        ("X", 61),
        ("1", 64),
        (DOWN, 63),
        (DOWN, 59),
        (UP, 56),
        ("B", 133),
        ("2", 71),
        ("3", 132),
        ("f", 133),
        (LEFT, 132),
        (RIGHT, 133),
        (HOME, 1),
        (END, 133),
        (HOME, 1),
        ("/vote?\r", 4),
        (ENTER, 5),
    ] {
        terminal.press(keys, &format!("step {step} of 133"));
    }
    terminal.press("A", "there is no step that this fact names there");
    terminal.press("9", "there is no last change of this number there");
    terminal.press("h", "nothing is folded");
    terminal.press("h", "88 routine steps folded");
    assert_eq!(terminal.leave("q"), 0);
}

#[test]
fn control_c_leaves_the_terminal_as_it_was() {
    let mut terminal = Terminal::open(&Folder::new(), DEPOSED);
    terminal.press("?", "server above, below at this moment");
    assert_eq!(terminal.leave("\u{3}"), 130);
}

#[test]
fn a_signal_leaves_the_terminal_as_it_was() {
    let mut terminal = Terminal::open(&Folder::new(), DEPOSED);
    terminal.shows("step 133 of 133");
    let pid = rustix::process::Pid::from_child(&terminal.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(terminal.leave(""), 130);
}

#[test]
fn a_node_that_cannot_be_shown_does_not_take_the_terminal() {
    let arguments = "step initial_election_3a --seed 1 --node shows-nothing";
    let mut terminal = Terminal::of(bad_command(), &Folder::new(), arguments);
    terminal.press("i", "(it could not be printed: it panicked: my memory; \\u{1b}[2Jis my own");
    terminal.press("q", " led here by");
    assert_eq!(terminal.leave("q"), 0);
}

#[test]
fn a_panic_leaves_the_terminal_as_it_was() {
    let arguments = "step initial_election_3a --seed 1 --node shows-unable";
    let mut terminal = Terminal::of(bad_command(), &Folder::new(), arguments);
    terminal.shows(" led here by");
    let said = "error: initial_election_3a, seed 1, node shows-unable: the machine is too small";
    assert_eq!(terminal.leave_saying("i", said), 2);
}

#[test]
fn a_terminal_that_goes_away_ends_the_command() {
    let mut terminal = Terminal::open(&Folder::new(), DEPOSED);
    terminal.shows("step 133 of 133");
    let Terminal { mut child, mut keys, inside, printed, reader, .. } = terminal;
    drop((printed, inside));
    // The reader has nobody for what this prints, and ends: it had the terminal's other handle.
    keys.write_all(b"?").unwrap();
    reader.join().unwrap();
    drop(keys);
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[test]
fn a_watched_server_goes_from_change_to_change() {
    let mut terminal = Terminal::open(&Folder::new(), DEPOSED);
    terminal.shows("7.094000s  step 133 of 133");
    terminal.press("V", "7.060850s  step 132 of 133");
    terminal.press("/2.011576s\r", "2.011576s  step 64 of 133");
    terminal.press("V", "0.306615s  step 7 of 133");
    terminal.press("v", "2.011576s  step 64 of 133");
    terminal.press("v", "there is no change of this server's state there");
    assert_eq!(terminal.leave("q"), 0);
}

#[test]
fn a_run_that_passes_begins_at_the_first_election() {
    let mut terminal = Terminal::open(&Folder::new(), "step initial_election_3a --seed 1");
    terminal.shows(" pass  (initial_election_3a, seed 1, node raft)");
    let is_there = |line: &str| line.starts_with(" > ") && line.contains("leader in term 1");
    terminal.until("cursor at the election", |screen| screen.contents().lines().any(is_there));
    terminal.press("f", "there is no failure there");
    assert_eq!(terminal.leave("q"), 0);
}

#[test]
fn without_a_terminal_it_says_what_else_shows_a_run() {
    let bad = raftsim(DEPOSED);
    let expected = "error: `step` needs a terminal; `replay` prints the run, and `replay --at TIME` \
                    its state at a time\n";
    assert_eq!((bad.status, bad.stdout.as_str(), bad.stderr.as_str()), (2, "", expected));
}
