//! A program that is a node: what all servers of all runs share.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use raftsim_node::{Boot, Claims, Digest, NodeId, Stopped, Time, Unable};

use crate::disk::Cells;
use crate::json::Word;
use crate::node::Talk;
use crate::peer::Peer;
use crate::process::{NotStarted, Process};
use crate::protocol::BootAnswer;
pub use crate::protocol::Lab;
use crate::trouble::Trouble;
use crate::words::words;

/// A program that has been found to answer.
#[derive(Debug)]
pub struct Program {
    how: How,
    /// Processes that may be asked to boot again.
    idle: Mutex<Vec<Process>>,
    claims: Claims,
    implements: Option<Lab>,
    /// See [`Program::digest`].
    digest: u64,
}

/// How a program is run.
#[derive(Debug)]
enum How {
    Process {
        words: Vec<String>,
        patience: Duration,
    },
    #[cfg(feature = "wasm")]
    Instance(crate::wasm::Code),
}

/// How long a process may take to answer, in real time.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a program cannot become a node.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// The command has no words, or a quote is not closed.
    #[error("{0}")]
    Command(&'static str),
    /// There is no such program.
    #[error("there is no program `{0}`")]
    NoProgram(String),
    /// No folder of `PATH` has such a program, or its interpreter is missing.
    #[error(
        "there is no program `{0}` in a folder of `PATH`, or what its first line names (`#!...`) \
         does not exist"
    )]
    NotFound(String),
    /// The program's interpreter is missing.
    #[error("`{0}` cannot be started: what its first line names (`#!...`) does not exist")]
    NoInterpreter(String),
    /// The shell that ends what is left of programs cannot be started.
    #[error("raftsim cannot start /bin/sh, which ends all programs if raftsim is killed: {0}")]
    Watch(io::Error),
    /// The program cannot be started.
    #[error("`{program}` cannot be started: {error}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        error: io::Error,
    },
    /// There is no such file.
    #[error("cannot read `{file}`: {error}")]
    File {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// The file is no program of WASI.
    #[error("`{file}` is no program of WASI: {why}")]
    NotWasi {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// It does not answer as it should when it is asked to boot.
    #[error("{0}")]
    Boot(String),
}

impl Program {
    /// The program that the command `text` starts, as a process for each server. Its words are split
    /// as a shell would split them. The program is started once, and must answer.
    ///
    /// # Errors
    /// If it cannot be started, or does not boot.
    pub fn command(text: &str) -> Result<Arc<Self>, ProgramError> {
        Self::command_within(text, PATIENCE)
    }

    /// The same, for a process that may take this real time to answer.
    ///
    /// # Errors
    /// If it cannot be started, or does not boot.
    pub fn command_within(text: &str, patience: Duration) -> Result<Arc<Self>, ProgramError> {
        let words = words(text).map_err(ProgramError::Command)?;
        if words.is_empty() {
            return Err(ProgramError::Command("expected a command, such as python3 raft.py"));
        }
        let digest = digest_of_files(&words);
        Self::tried(How::Process { words, patience }, digest)
    }

    /// The program of WASI in `file`, as an instance for each server. What it is compiled to is kept
    /// in the folder `cache`.
    ///
    /// # Errors
    /// If there is no such program, or it does not boot.
    #[cfg(feature = "wasm")]
    pub fn wasi(file: &Path, cache: &Path) -> Result<Arc<Self>, ProgramError> {
        let name = file.display().to_string();
        let code = match fs::read(file) {
            Ok(code) => code,
            Err(error) => return Err(ProgramError::File { file: name, error }),
        };
        let mut digest = Digest::new();
        digest.bytes(&code);
        let code = crate::wasm::Code::load(name, &code, cache)?;
        Self::tried(How::Instance(code), digest.value())
    }

    /// What the program claims.
    pub fn claims(&self) -> Claims {
        self.claims
    }

    /// The part of the lab up to which it implements the lab, if it says that.
    pub fn implements(&self) -> Option<Lab> {
        self.implements
    }

    /// A digest of the files that the command names, or of the file of WASI. What such a file
    /// imports is not in it.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// The program, after it was asked to boot once.
    fn tried(how: How, digest: u64) -> Result<Arc<Self>, ProgramError> {
        let (idle, claims) = (Mutex::default(), Claims::default());
        let mut program = Self { how, idle, claims, implements: None, digest };
        let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
        let boot = Boot::new(voters[0], voters, 0);
        let peer = program.start(&boot, Time::ZERO)?;
        let booted = Talk::boot(peer, &boot, &Cells::default(), Time::ZERO);
        let (talk, answer) = booted.map_err(|wrong| {
            let (talk, trouble) = *wrong;
            let Stopped { why, aside } = talk.end(trouble);
            ProgramError::Boot(format!("the program does not boot: {why}{aside}"))
        })?;
        program.claims = answer.claims.0.claims();
        program.implements = answer.implements.map(|Word(lab)| lab);
        program.put_back(talk);
        Ok(Arc::new(program))
    }

    /// The program of a new life, and its first answer.
    pub(crate) fn boot(
        &self,
        boot: &Boot,
        disk: &Cells,
        now: Time,
    ) -> Result<(Talk, BootAnswer), NoLife> {
        while let Some(mut process) = self.take_idle() {
            if !process.begin_life() {
                continue;
            }
            match Talk::boot(Peer::Process(Box::new(process)), boot, disk, now) {
                // What it printed may belong to an earlier life, for which this one must not fail.
                Err(wrong) if wrong.1.may_be_late() => {}
                booted => return booted.map_err(NoLife::stopped),
            }
        }
        // The same command has been started before.
        let peer = self.start(boot, now).map_err(|error| {
            NoLife::Unable(Unable(format!("raftsim cannot start another process: {error}")))
        })?;
        Talk::boot(peer, boot, disk, now).map_err(NoLife::stopped)
    }

    /// A new program.
    #[cfg_attr(not(feature = "wasm"), expect(unused_variables, reason = "a process sees no clock"))]
    fn start(&self, boot: &Boot, now: Time) -> Result<Peer, ProgramError> {
        match &self.how {
            How::Process { words, patience } => {
                let started = Process::start(words, *patience);
                let process = started.map_err(|error| not_started(&words[0], error))?;
                Ok(Peer::Process(Box::new(process)))
            }
            #[cfg(feature = "wasm")]
            How::Instance(code) => {
                Ok(Peer::Instance(Box::new(code.start(boot.seed, now.as_nanos()))))
            }
        }
    }

    /// Takes the program of a life that has ended.
    pub(crate) fn put_back(&self, talk: Talk) {
        match talk.into_peer() {
            (Peer::Process(process), true) => {
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(*process);
            }
            (Peer::Process(_), false) => {}
            #[cfg(feature = "wasm")]
            (Peer::Instance(_), _) => {}
        }
    }

    fn take_idle(&self) -> Option<Process> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }
}

/// A digest of what is in those of `paths` that are files.
fn digest_of_files(paths: &[String]) -> u64 {
    let is_file = |path: &&String| fs::metadata(path).is_ok_and(|found| found.is_file());
    let files = paths.iter().filter(is_file);
    let mut digest = Digest::new();
    files.filter_map(|path| fs::read(path).ok()).for_each(|bytes| digest.bytes(&bytes));
    digest.value()
}

fn not_started(program: &str, error: NotStarted) -> ProgramError {
    let program = program.to_owned();
    match error {
        NotStarted::Watch(error) => ProgramError::Watch(error),
        NotStarted::Program(error) if error.kind() != io::ErrorKind::NotFound => {
            ProgramError::Start { program, error }
        }
        // The program is there, and what its first line names is not.
        NotStarted::Program(_) if !program.contains('/') => ProgramError::NotFound(program),
        NotStarted::Program(_) if Path::new(&program).exists() => {
            ProgramError::NoInterpreter(program)
        }
        NotStarted::Program(_) => ProgramError::NoProgram(program),
    }
}

/// Why a server has no life.
#[derive(Debug)]
pub(crate) enum NoLife {
    /// The program did something wrong.
    Stopped(Stopped),
    /// The machine cannot start it.
    Unable(Unable),
}

impl NoLife {
    #[expect(clippy::boxed_local, reason = "it comes in a box, out of an error")]
    fn stopped(wrong: Box<(Talk, Trouble)>) -> Self {
        let (talk, trouble) = *wrong;
        Self::Stopped(talk.end(trouble))
    }
}
