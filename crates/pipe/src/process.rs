//! A process of this machine: started, asked a line at a time, and ended. It answers in real time,
//! which is limited; nothing of that time reaches a run.
//!
//! Every process ends with this one, however that ends: see [`group`].

use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;

use crate::errors::Errors;
use crate::trouble::{Trouble, quoted};

/// A process, and the three pipes to it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// None once the process is to end.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// None once the process has closed it.
    stderr: Option<ChildStderr>,
    errors: Errors,
    /// Room for what is read.
    room: Box<[u8]>,
    /// How long the process may take to answer.
    patience: Duration,
}

/// The most bytes of a line.
const LINE: usize = 16 << 20;

/// How many bytes are read at once.
const ROOM: usize = 64 << 10;

/// How long a process that did something wrong may take to end by itself, and to say why.
const LAST_WORDS: Duration = Duration::from_millis(300);

/// How often to look whether a process has ended.
const LOOK: Duration = Duration::from_millis(2);

impl Process {
    /// Starts a process.
    pub(crate) fn start(words: &[String], patience: Duration) -> io::Result<Self> {
        let (program, arguments) = words.split_first().expect("a command has a word");
        let mut child = Command::new(program)
            .args(arguments)
            // The order of Python's sets would differ from process to process.
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(group()?)
            .spawn()?;
        let stdin = child.stdin.take().expect("it is a pipe");
        let stdout = child.stdout.take().expect("it is a pipe");
        let stderr = child.stderr.take().expect("it is a pipe");
        let process = Self {
            child,
            stdin: Some(stdin),
            stdout,
            stderr: Some(stderr),
            errors: Errors::default(),
            room: vec![0; ROOM].into(),
            patience,
        };
        // Whether one of them can be read is known only by reading it.
        ioctl_fionbio(process.stdin.as_ref().expect("it is there"), true)?;
        ioctl_fionbio(&process.stdout, true)?;
        ioctl_fionbio(process.stderr.as_ref().expect("it is there"), true)?;
        Ok(process)
    }

    /// Begins a life: what was printed on standard error before belongs to the last one.
    pub(crate) fn begin_life(&mut self) {
        self.read_errors();
        self.errors.clear();
    }

    /// Whether the process still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends the line `ask`, and waits for the line that answers it.
    pub(crate) fn exchange(&mut self, ask: &[u8], answer: &mut Vec<u8>) -> Result<(), Trouble> {
        answer.clear();
        let until = now() + self.patience;
        let mut rest = ask;
        loop {
            rest = self.write(rest)?;
            let ready = self.wait(!rest.is_empty(), until)?;
            if ready.errors {
                self.read_errors();
            }
            if !ready.output || !self.read(answer)? {
                continue;
            }
            if rest.is_empty() {
                return Ok(());
            }
            return Err(Trouble::TooEarly);
        }
    }

    /// Writes as much as there is room for, and returns the rest.
    fn write<'a>(&mut self, rest: &'a [u8]) -> Result<&'a [u8], Trouble> {
        if rest.is_empty() {
            return Ok(rest);
        }
        let stdin = self.stdin.as_mut().expect("it is open until the process is to end");
        match stdin.write(rest) {
            Ok(written) => Ok(&rest[written..]),
            Err(error) if is_passing(&error) => Ok(rest),
            Err(_) => Err(Trouble::ClosedInput),
        }
    }

    /// Reads what there is, and returns whether that ends the line.
    fn read(&mut self, answer: &mut Vec<u8>) -> Result<bool, Trouble> {
        let size = match self.stdout.read(&mut self.room) {
            Ok(0) => return Err(Trouble::ClosedOutput),
            Ok(size) => size,
            Err(error) if is_passing(&error) => return Ok(false),
            Err(_) => return Err(Trouble::ClosedOutput),
        };
        let read = &self.room[..size];
        answer.extend_from_slice(read);
        if answer.len() > LINE {
            return Err(Trouble::TooLong(LINE));
        }
        match read.iter().position(|&byte| byte == b'\n') {
            None => Ok(false),
            Some(end) if end + 1 == size => Ok(true),
            Some(end) => Err(Trouble::TooMuch(quoted(&read[end + 1..]))),
        }
    }

    /// Reads what there is on standard error.
    fn read_errors(&mut self) {
        while let Some(stderr) = &mut self.stderr {
            match stderr.read(&mut self.room) {
                Ok(0) => self.stderr = None,
                Ok(size) => {
                    self.errors.add(&self.room[..size]);
                    // A process that prints without end must not hold this one up.
                    return;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => self.stderr = None,
            }
        }
    }

    /// Waits until something can be read, or written if `writes`.
    fn wait(&self, writes: bool, until: Moment) -> Result<Ready, Trouble> {
        let left = until.saturating_duration_since(now());
        if left.is_zero() {
            return Err(Trouble::Hangs(self.patience));
        }
        let mut fds = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        fds.extend(self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN)));
        let input = self.stdin.as_ref().filter(|_| writes);
        fds.extend(input.map(|stdin| PollFd::new(stdin, PollFlags::OUT)));
        let left = Timespec::try_from(left).expect("a short time");
        match poll(&mut fds, Some(&left)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(Trouble::Broken(error.to_string())),
        }
        let is_ready = |place: usize| !fds[place].revents().is_empty();
        Ok(Ready { output: is_ready(0), errors: self.stderr.is_some() && is_ready(1) })
    }

    /// Ends a process that did something wrong. Returns what it did, which may be that it ended by
    /// itself, and the end of its standard error.
    pub(crate) fn end(mut self, trouble: Trouble) -> (Trouble, String) {
        self.stdin = None;
        let mut until = now() + LAST_WORDS;
        if let Trouble::Hangs(_) = trouble {
            // It has had its time.
            until = now();
        }
        // When it has ended, others that it started may still have its standard error.
        let ended = loop {
            let ended = self.child.try_wait().ok().flatten();
            if ended.is_some() || now() >= until {
                break ended;
            }
            let errors = self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN));
            let look = Timespec::try_from(LOOK).expect("a short time");
            let _ = poll(errors.into_iter().collect::<Vec<_>>().as_mut_slice(), Some(&look));
            self.read_errors();
        };
        // What is left there is at most a few times what is read at once.
        for _ in 0..8 {
            self.read_errors();
        }
        let trouble = match (trouble, ended) {
            (Trouble::ClosedInput | Trouble::ClosedOutput, Some(status)) => {
                Trouble::Ended(status.to_string())
            }
            (trouble, _) => trouble,
        };
        (trouble, self.errors.take())
    }
}

impl Drop for Process {
    /// Ends the process at once.
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What can be read.
struct Ready {
    output: bool,
    errors: bool,
}

/// Whether it is enough to try again later.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// A moment of real time.
#[expect(clippy::disallowed_types, reason = "how long another program takes is real time")]
type Moment = std::time::Instant;

#[expect(clippy::disallowed_methods, reason = "how long another program takes is real time")]
fn now() -> Moment {
    Moment::now()
}

/// The process group of all processes.
///
/// Its leader is a small shell that reads from a pipe to which nobody writes. When this process
/// ends, the pipe ends, whatever the reason was; and the shell kills the group. A signal that a
/// terminal sends reaches this process alone, and ends runs in order.
fn group() -> io::Result<i32> {
    static LEADER: OnceLock<Result<(Child, i32), io::ErrorKind>> = OnceLock::new();
    let start = || {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "while read -r line; do :; done; kill -KILL 0"]);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let leader = shell.spawn().map_err(|error| error.kind())?;
        let group = i32::try_from(leader.id()).map_err(|_| io::ErrorKind::InvalidData)?;
        // The pipe stays open with this.
        Ok((leader, group))
    };
    match LEADER.get_or_init(start) {
        Ok((_, group)) => Ok(*group),
        Err(kind) => Err((*kind).into()),
    }
}
