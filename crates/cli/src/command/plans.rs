//! The run that a command line names: a plan, read from a file or made from a scenario's seed, and
//! the node that plays it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{MAIN_SEPARATOR, Path};
use std::process;

use raftsim_plan::{Conditions, Expect, Place, Plan, PlanError, Target};
use raftsim_sim::text::number;
use sim_scenarios::ScenarioInfo;
use sim_scenarios::kept::{Playable, playable};
use sim_scenarios::terminal::complain;

use crate::command::args::{Named, OnWhat};
use crate::command::bad::Bad;
use crate::command::find::{find_node, find_scenario, find_seen, find_written, is_scenario};
use crate::command::nodes::NodeEntry;

/// The run that a command line names.
pub(crate) struct OneRun<'a> {
    pub(crate) plan: Plan,
    /// The node that plays it: the plan's own, unless another was named.
    pub(crate) node: NodeEntry,
    /// The plan's file; `None` if it was made from a scenario's seed.
    pub(crate) file: Option<&'a str>,
    /// The cluster that the options ask for; the scenario's own if there is a file.
    pub(crate) on: OnWhat,
    /// The plan's scenario; `None` if it has steps of its own.
    pub(crate) scenario: Option<ScenarioInfo>,
    pub(crate) servers: u8,
}

impl<'a> OneRun<'a> {
    /// The run that the arguments name.
    pub(crate) fn named(args: &'a Named, nodes: &[NodeEntry]) -> Result<Self, Bad> {
        let node = args.node.as_deref();
        if is_plan(&args.name, nodes) {
            let is_elsewhere = args.on.given().is_some();
            if args.seed.is_some() || !args.calm.is_on() || is_elsewhere {
                let why = if is_elsewhere {
                    "it has its own cluster: `--servers`, `--network` and `--delays` do not apply"
                } else {
                    "it has its own seed and ending: `--seed` and `--calm` do not apply"
                };
                return Err(Bad::Usage(format!("`{}` is a plan, and {why}", args.name)));
            }
            return Self::read(&args.name, node, args.blind.is_on(), nodes);
        }
        let node = find_seen(node, args.blind.is_on(), nodes)?;
        let (name, seed) = match (with_seed(&args.name), args.seed) {
            (found, None) => found?.map_or((&*args.name, None), |(name, seed)| (name, Some(seed))),
            (_, seed @ Some(_)) => (&*args.name, seed),
        };
        let info = find_scenario(name, &node, nodes)?;
        let Some(seed) = seed else {
            return Err(Bad::Usage(format!("`{}` needs `--seed <SEED>`", info.name)));
        };
        let conditions = args.on.conditions();
        let refused = info.refuses_node(node.name(), &node.claims());
        if let Some(why) = refused.or_else(|| info.refuses(&conditions)) {
            return Err(Bad::Usage(why));
        }
        let expect = Expect::Guards("every property".to_owned());
        let servers = info.servers_under(&conditions);
        let plan = of_scenario(&info, seed, &node, (args.calm.is_on(), conditions), expect);
        let on = args.on.clone();
        Ok(Self { plan, node, file: None, on, scenario: Some(info), servers })
    }

    /// The run of the plan in `file`. Its node and its scenario must exist, and its servers too. If
    /// it is to be `blind`, the oracles do not read the disks.
    pub(crate) fn read(
        file: &'a str,
        node: Option<&str>,
        blind: bool,
        nodes: &[NodeEntry],
    ) -> Result<Self, Bad> {
        let bad = |error| Bad::Plan { file: file.to_owned(), error };
        let text = text_of(file)?;
        let mut plan = Plan::read(&text).map_err(bad)?;
        if let Some(node) = node {
            find_node(Some(node), nodes)?.name().clone_into(&mut plan.node);
        }
        let node = find_seen(Some(&plan.node), blind, nodes)
            .map_err(|error| bad(PlanError::there(Place::Node, &text, error)))?;
        node.name().clone_into(&mut plan.node);
        let find = |name: &str| find_written(name, &node, nodes);
        let found = playable(&plan, &text, (node.name(), &node.claims()), find).map_err(bad)?;
        let Playable { scenario, servers } = found;
        if let (Target::Scenario { name, .. }, Some(info)) = (&mut plan.target, scenario) {
            // The file may have the name of the lab's test.
            info.name.clone_into(name);
        }
        Ok(Self { plan, node, file: Some(file), on: OnWhat::OWN, scenario, servers })
    }

    /// Its name in messages: the file or the scenario.
    pub(crate) fn name(&self) -> &str {
        self.file
            .or(self.scenario.as_ref().map(|info| info.name))
            .expect("a run is of a file or of a scenario")
    }
}

/// The plan that is a scenario's seed on a node, with the recovery phase or without, on this cluster.
pub(crate) fn of_scenario(
    info: &ScenarioInfo,
    seed: u64,
    node: &NodeEntry,
    (calm, conditions): (bool, Conditions),
    expect: Expect,
) -> Plan {
    Plan {
        expect,
        node: node.name().to_owned(),
        seed,
        digest: None,
        closed: false,
        target: Target::Scenario { name: info.name.to_owned(), calm, conditions },
        fates: BTreeMap::new(),
    }
}

/// The name of a node as a part of a file's name: not every file system takes the marks in the
/// names of mutants and variants, and the name of a Go package is a path.
pub(crate) fn file_word(node: &str) -> String {
    node.replace([':', ',', '=', '/', '\\', ' '], "-")
}

/// The scenario's name and the seed in a text such as `reelection_3a:42`; `None` if it has no `:`.
pub(crate) fn with_seed(text: &str) -> Result<Option<(&str, u64)>, Bad> {
    let Some((name, seed)) = text.rsplit_once(':') else { return Ok(None) };
    let bad = || Bad::Usage(format!("`{text}`: expected a seed after `:`"));
    Ok(Some((name, number(seed).ok_or_else(bad)?)))
}

/// Whether this names a plan file, and not a scenario.
pub(crate) fn is_plan(name: &str, nodes: &[NodeEntry]) -> bool {
    let path = Path::new(name);
    let is_path = path.exists() || path.components().count() > 1 || path.extension().is_some();
    is_path && !is_scenario(name, nodes)
}

/// The largest file that is read as a plan. One with a line for each of a million messages is half
/// as large.
const MOST_BYTES: u64 = 64 << 20;

fn text_of(file: &str) -> Result<String, Bad> {
    let bad = |line, problem: &str| Bad::Plan {
        file: file.to_owned(),
        error: PlanError { line, problem: problem.to_owned() },
    };
    let unread = |error| unread(file.to_owned(), error);
    if Path::new(file).is_dir() {
        return Err(bad(None, "expected a plan's file, not a directory"));
    }
    let mut bytes = vec![];
    // One byte more shows that there is more; a device such as /dev/zero never ends.
    let opened = File::open(file).map_err(unread)?;
    opened.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(bad(None, "expected a plan of at most 64 MiB"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.split(|&byte| byte == b'\n').count();
        bad(Some(line), "expected UTF-8 text")
    })
}

/// The text of a file that an option names.
pub(crate) fn read(path: &Path) -> Result<String, Bad> {
    fs::read_to_string(path).map_err(|error| unread(path.display().to_string(), error))
}

/// The error for a file that cannot be read.
fn unread(file: String, error: io::Error) -> Bad {
    if error.kind() == io::ErrorKind::NotFound {
        Bad::NoFile(file)
    } else {
        Bad::File { file, error }
    }
}

/// Writes a plan to a file, if one is named, and returns the file's name. If that fails it prints
/// the error on stderr and returns `None`, so that the caller prints the plan instead.
pub(crate) fn write(plan: &Plan, file: Option<&Path>) -> Option<String> {
    let file = file?;
    match write_beside(file, &plan.to_string()) {
        Ok(()) => Some(file.display().to_string()),
        Err(error) => {
            let bad = Bad::File { file: file.display().to_string(), error };
            complain(format_args!("{bad}"));
            None
        }
    }
}

/// Writes a file beside the one at `path` and puts it in its place, so that at any moment `path` is
/// the old text or the new one as a whole.
pub(crate) fn write_beside(path: &Path, text: &str) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        // A device or a pipe keeps its place.
        return fs::write(path, text);
    }
    // A link stays a link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", process::id()));
    let beside = path.with_file_name(name);
    let written = fs::write(&beside, text).and_then(|()| {
        old.map_or(Ok(()), |old| fs::set_permissions(&beside, old.permissions()))?;
        fs::rename(&beside, &path)
    });
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Whether the user means a folder: one that is there, or a name with a separator at its end.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR])
}
