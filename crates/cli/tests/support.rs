//! Running the command, and taking apart what it says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::assert::OutputAssertExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use raftsim_explore::Runner;
use raftsim_node::Node as _;
use raftsim_raft::Raft;
use raftsim_specimens::mutant;
use serde_json::Value;
use sim_scenarios::{NodeRunner, Part, SCENARIOS, scenario};
use tempfile::TempDir;

/// The nodes that come with the project, the default first.
pub(crate) const NODES: [&str; 6] =
    ["raft", "control", "post-2025", "post-2020", "post-2020-no-step-down", "post-2020-unclaimed"];

/// The forms of the names of their variants.
pub(crate) fn variants() -> Vec<String> {
    let raft = ["raft:pre-vote", "raft:timeout=A..B"].map(str::to_owned);
    raft.into_iter().chain(controls()).collect()
}

/// The names of the control's variants.
pub(crate) fn controls() -> impl Iterator<Item = String> {
    mutant::VARIANTS.iter().map(|info| format!("control:{}", info.name))
}

/// How a command ended, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command that comes with the project.
pub(crate) fn command() -> Command {
    plain(env!("CARGO_BIN_EXE_raftsim").as_ref())
}

/// A command that was installed, without the variables that change what it prints.
fn plain(program: &Path) -> Command {
    let mut command = Command::new(program);
    // As a shell starts what it finds in `PATH`. The lines that are printed have the name.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(
        &mut command,
        program.file_stem().expect("a program has a name"),
    );
    for variable in ["GITHUB_ACTIONS", "CLICOLOR_FORCE", "CARGO_MANIFEST_DIR"] {
        command.env_remove(variable);
    }
    command
}

/// A user's own command, over nodes that misbehave. Cargo builds it with the tests, but names its
/// place to nobody: examples lie beside the directory of the tests.
pub(crate) fn bad_command() -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.set_file_name("examples");
    path.push(format!("bad-nodes{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "`cargo test -p raftsim` builds {}, and was not run", path.display());
    plain(&path)
}

/// Runs `command` with arguments, split at spaces, without a terminal.
fn run(mut command: Command, arguments: &str) -> Output {
    Output::of(command.args(arguments.split_whitespace()).stdin(Stdio::null()))
}

pub(crate) fn raftsim(arguments: &str) -> Output {
    run(command(), arguments)
}

pub(crate) fn bad_nodes(arguments: &str) -> Output {
    run(bad_command(), arguments)
}

/// A folder of its own, in which commands run; gone with the test.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A folder with one file.
    pub(crate) fn with(file: &str, text: impl AsRef<[u8]>) -> Self {
        let folder = Self::new();
        folder.write(file, text);
        folder
    }

    /// Writes a file, and makes its folder if there is none.
    pub(crate) fn write(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.0.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.path().join(file)).expect(file)
    }

    /// The names of its files, sorted.
    pub(crate) fn files(&self) -> Vec<String> {
        let files = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn raftsim(&self, arguments: &str) -> Output {
        self.run(command(), arguments)
    }

    pub(crate) fn bad_nodes(&self, arguments: &str) -> Output {
        self.run(bad_command(), arguments)
    }

    fn run(&self, mut command: Command, arguments: &str) -> Output {
        command.current_dir(self.0.path());
        run(command, arguments)
    }
}

impl Output {
    /// Runs a command to its end.
    #[track_caller]
    pub(crate) fn of(command: &mut Command) -> Self {
        let assert = command.assert();
        let output = assert.get_output();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let status = output.status.code().expect("no signal ends it");
        Self { status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Its output; it must have exited so, and said nothing on stderr but which seeds fail.
    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> String {
        assert_eq!((self.status, self.complaints().as_str()), (status, ""), "{}", self.stdout);
        self.stdout
    }

    /// What it said on stderr, without the lines that name a failing seed, and how far it came.
    pub(crate) fn complaints(&self) -> String {
        let names_a_seed = |line: &&str| {
            let is_counted = line.ends_with(": they are counted, and not named");
            is_counted || line.contains(", seed ") && line.contains(": fails by `")
        };
        // On a slow machine a command reports each minute how far it came.
        let is_progress = |line: &&str| line.ends_with(" s in all");
        let lines = self.stderr.lines().filter(|line| !names_a_seed(line) && !is_progress(line));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// Its JSON lines; it must have exited so, and said nothing else on stderr.
    #[track_caller]
    pub(crate) fn json(self, status: i32) -> Vec<Value> {
        let stdout = self.exits(status);
        stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}

/// The names of an object's fields, sorted.
pub(crate) fn fields(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The names of the scenarios that our Raft takes: all but those that check another claim.
pub(crate) fn names() -> Vec<&'static str> {
    let claims = Raft::claims(&raftsim_raft::Config::default());
    SCENARIOS.iter().filter(|info| info.suits(&claims)).map(|info| info.name).collect()
}

/// The names of part 3A: quick scenarios, which a node that only elects leaders can hold.
pub(crate) fn elections() -> Vec<&'static str> {
    names_of(Part::A)
}

/// The scenarios of one part of the lab.
pub(crate) fn names_of(part: Part) -> Vec<&'static str> {
    SCENARIOS.iter().filter(|info| info.part == part).map(|info| info.name).collect()
}

/// The scenario of each table line, and the line's first columns after the lab's part; without those
/// that the node does not take.
pub(crate) fn table<const COLUMNS: usize>(stdout: &str) -> Vec<(&str, [&str; COLUMNS])> {
    let table = stdout.split("\n\n").next().unwrap();
    let taken = table.lines().skip(1).filter(|line| !line.ends_with(" not claimed"));
    let rows = taken.map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap();
        (name, words.skip(1).take(COLUMNS).collect::<Vec<_>>().try_into().unwrap())
    });
    rows.collect()
}

/// What runs a scenario's seeds on our Raft.
pub(crate) fn runner(name: &str) -> impl Runner + use<> {
    NodeRunner::<Raft>::new(scenario(name).unwrap(), raftsim_raft::Config::default())
}

/// The data within a page.
#[track_caller]
pub(crate) fn data(html: &str) -> Value {
    let (_, rest) = html.split_once(r#"id="data">"#).expect("the data is there");
    let (data, _) = rest.split_once("</script>").expect("it ends");
    let packed = STANDARD.decode(data).expect("base64");
    let bytes = miniz_oxide::inflate::decompress_to_vec(&packed).expect("raw deflate");
    serde_json::from_slice(&bytes).expect("it is JSON")
}
