//! Small programs, and runs of them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use raftsim_explore::{Run, Runner as _};
use raftsim_pipe::{PipeNode, Program, ProgramError};
use raftsim_sim::Recording;
use sim_scenarios::{NodeRunner, scenario};
use tempfile::TempDir;

/// How long a program of these tests may take to answer, unless it should hang.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A program for the shell: a server whose deadline has always come. When it is woken, it runs
/// `answer`. There `$turn` and `$event` are those of the event, `$base` is what every answer needs,
/// and `$folder` a folder for files.
pub(crate) struct Script(TempDir);

impl Script {
    pub(crate) fn new(answer: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            r#"folder=$1
echo $$ >> "$folder/pids"
while read -r line; do
    turn=${{line#*:}} turn=${{turn%%,*}}
    event=${{line#*event\":\"}} event=${{event%%\"*}}
    now=${{line#*now\":}} now=${{now%%,*}}
    base="\"turn\":$turn,\"deadline\":$((now + 100000000)),\"status\":{{\"term\":0,\"role\":\"follower\"}}"
    if [ "$event" = boot ]; then
        echo "{{$base}}"
    else
        {answer}
    fi
done
"#
        );
        fs::write(folder.path().join("script.sh"), text).unwrap();
        Self(folder)
    }

    /// A program that does `boot` when it boots, and `answer` otherwise.
    pub(crate) fn with_boot(boot: &str, answer: &str) -> Self {
        let script = Self::new(answer);
        let path = script.0.path().join("script.sh");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replacen("        echo \"{$base}\"\n", boot, 1)).unwrap();
        script
    }

    /// The command that runs it.
    pub(crate) fn command(&self) -> String {
        let folder = self.0.path().display();
        format!("sh '{folder}/script.sh' '{folder}'")
    }

    /// Another name of the shell, in the script's folder.
    pub(crate) fn link_shell(&self) -> PathBuf {
        let link = self.0.path().join("shell");
        std::os::unix::fs::symlink("/bin/sh", &link).unwrap();
        link
    }

    /// The program, which may take this time to answer.
    pub(crate) fn program(&self, patience: Duration) -> Result<Arc<Program>, ProgramError> {
        Program::command_within(&self.command(), patience)
    }

    /// What it has written into this file.
    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).unwrap()
    }

    /// The numbers of all processes that ran it.
    pub(crate) fn processes(&self) -> Vec<u32> {
        self.read("pids").lines().map(|line| line.parse().unwrap()).collect()
    }
}

/// Runs a scenario in which servers are woken and elect nobody.
pub(crate) fn run(program: &Arc<Program>, seed: u64, recording: Recording) -> Run {
    raftsim_sim::prepare_process();
    let info = scenario("initial_election_3a").unwrap();
    NodeRunner::<PipeNode>::new(info, Some(program.clone())).run(seed, recording)
}

/// Why the run of a program that answers like this fails.
pub(crate) fn failure(answer: &str, patience: Duration) -> String {
    let script = Script::new(answer);
    let program = script.program(patience).unwrap_or_else(|error| panic!("{error}"));
    let run = run(&program, 0, Recording::Off);
    run.verdict.expect_err("it should have failed").to_string()
}
