//! A process of this machine: started, asked a line at a time, and ended. It answers in real time,
//! which is limited; nothing of that time reaches a run.
//!
//! Every process ends with this one, however that ends: see [`crate::watch`].

use std::io::{self, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use crate::errors::Errors;
use crate::patience::{Moment, Patience, now};
use crate::trouble::{Trouble, quoted};
use crate::watch;

/// A process, and the three pipes to it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The process, and the group of it and all that it starts.
    group: Pid,
    /// Whether both have ended.
    is_over: bool,
    /// Whether it has answered before.
    has_answered: bool,
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

/// How long a process that closed a pipe may take to end. One that ends closes its pipes first, and
/// on a busy machine some time may pass between the two.
const LAST_BREATH: Duration = Duration::from_secs(4);

/// How often to look whether a process has ended.
const LOOK: Duration = Duration::from_millis(2);

impl Process {
    /// Starts a process, as the leader of a group of its own.
    pub(crate) fn start(words: &[String], patience: Duration) -> Result<Self, NotStarted> {
        watch::begin().map_err(NotStarted::Watch)?;
        Self::spawn(words, patience).map_err(NotStarted::Program)
    }

    fn spawn(words: &[String], patience: Duration) -> io::Result<Self> {
        let (program, arguments) = words.split_first().expect("a command has a word");
        let mut child = Command::new(program)
            .args(arguments)
            // The order of Python's sets would differ from process to process.
            .env("PYTHONHASHSEED", "0")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let stdin = child.stdin.take().expect("it is a pipe");
        let stdout = child.stdout.take().expect("it is a pipe");
        let stderr = child.stderr.take().expect("it is a pipe");
        let group = Pid::from_child(&child);
        watch::add(group);
        let process = Self {
            child,
            group,
            is_over: false,
            has_answered: false,
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

    /// Begins a life, if the process still runs and has printed nothing since its last answer. What
    /// it printed on standard error before belongs to the last life.
    pub(crate) fn begin_life(&mut self) -> bool {
        // A process may print there without end, so this reads a limited number of times.
        for _ in 0..64 {
            if !self.read_errors() {
                break;
            }
        }
        self.errors.clear();
        self.check_quiet().is_ok() && !self.has_ended()
    }

    /// Looks whether anything was printed since the last answer.
    fn check_quiet(&mut self) -> Result<(), Trouble> {
        match self.stdout.read(&mut self.room) {
            Ok(0) => Err(Trouble::ClosedOutput),
            Ok(size) => Err(Trouble::TooMuchLater(quoted(&self.room[..size]))),
            Err(error) if is_passing(&error) => Ok(()),
            Err(_) => Err(Trouble::ClosedOutput),
        }
    }

    /// Whether the process has ended. It stays a zombie, so that its group keeps its number.
    fn has_ended(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(self.group), options), Ok(None))
    }

    /// Sends the line `ask`, and waits for the line that answers it.
    pub(crate) fn exchange(&mut self, ask: &[u8], answer: &mut Vec<u8>) -> Result<(), Trouble> {
        answer.clear();
        if self.has_answered {
            self.check_quiet()?;
        }
        let mut patience = Patience::new(self.patience, now());
        let mut rest = ask;
        loop {
            rest = self.write(rest)?;
            let ready = self.wait(!rest.is_empty(), &mut patience)?;
            if ready.errors {
                self.read_errors();
            }
            if !ready.output || !self.read(answer)? {
                continue;
            }
            if !rest.is_empty() {
                return Err(Trouble::TooEarly);
            }
            self.has_answered = true;
            return Ok(());
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

    /// Reads some of what there is on standard error; returns whether there was anything.
    fn read_errors(&mut self) -> bool {
        while let Some(stderr) = &mut self.stderr {
            match stderr.read(&mut self.room) {
                Ok(0) => self.stderr = None,
                Ok(size) => {
                    self.errors.add(&self.room[..size]);
                    // A process that prints without end must not hold this one up.
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
                Err(_) => self.stderr = None,
            }
        }
        false
    }

    /// Waits until something can be read, or written if `writes`.
    fn wait(&self, writes: bool, patience: &mut Patience) -> Result<Ready, Trouble> {
        let mut fds = vec![PollFd::new(&self.stdout, PollFlags::IN)];
        fds.extend(self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN)));
        let input = self.stdin.as_ref().filter(|_| writes);
        fds.extend(input.map(|stdin| PollFd::new(stdin, PollFlags::OUT)));
        loop {
            // Once the time is up, this only looks.
            let span = patience.span();
            let look = Timespec::try_from(span).expect("a short time");
            match poll(&mut fds, Some(&look)) {
                Ok(_) => patience.wait_on(now()),
                Err(rustix::io::Errno::INTR) => {
                    patience.wait_on(now());
                    continue;
                }
                Err(error) => return Err(Trouble::Broken(error.to_string())),
            }
            let is_ready = |place: usize| !fds[place].revents().is_empty();
            let errors = self.stderr.is_some() && is_ready(1);
            let (output, input) = (is_ready(0), input.is_some() && is_ready(fds.len() - 1));
            // What it prints on standard error is no answer.
            if span.is_zero() && !output && !input {
                return Err(Trouble::Hangs(self.patience));
            }
            if output || input || errors {
                return Ok(Ready { output, errors });
            }
        }
    }

    /// Ends a process that did something wrong. Returns what it did, which may be that it ended by
    /// itself, and the end of its standard error.
    pub(crate) fn end(mut self, trouble: Trouble) -> (Trouble, String) {
        let has_closed = matches!(trouble, Trouble::ClosedInput | Trouble::ClosedOutput);
        let span = if has_closed {
            LAST_BREATH
        } else if matches!(trouble, Trouble::Hangs(_)) {
            // It has had its time.
            Duration::ZERO
        } else {
            LAST_WORDS
        };
        if !has_closed {
            // One that closed a pipe must not end only because this process does that too.
            self.stdin = None;
        }
        // When it has ended, others that it started may still have its standard error.
        let has_ended = self.wait_for_end(now() + span);
        // What is left there is at most a few times what is read at once.
        for _ in 0..8 {
            self.read_errors();
        }
        let status = (has_closed && has_ended).then(|| self.finish()).and_then(Result::ok);
        let trouble = status.map_or(trouble, |status| Trouble::Ended(status.to_string()));
        (trouble, self.errors.take())
    }

    /// Waits until the process has ended, but not longer than `until`. Returns whether it has.
    fn wait_for_end(&mut self, until: Moment) -> bool {
        loop {
            let has_ended = self.has_ended();
            if has_ended || now() >= until {
                return has_ended;
            }
            let errors = self.stderr.as_ref().map(|stderr| PollFd::new(stderr, PollFlags::IN));
            let look = Timespec::try_from(LOOK).expect("a short time");
            let _ = poll(errors.into_iter().collect::<Vec<_>>().as_mut_slice(), Some(&look));
            self.read_errors();
        }
    }

    /// Ends the process and its group at once. Returns how the process ended.
    fn finish(&mut self) -> io::Result<ExitStatus> {
        // Once somebody has waited for the process, its number may be another's.
        if !self.is_over {
            self.is_over = true;
            let _ = kill_process_group(self.group, Signal::KILL);
            watch::remove(self.group);
        }
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

/// Why a process was not started.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// What would end it with this process was not started.
    Watch(io::Error),
    Program(io::Error),
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
