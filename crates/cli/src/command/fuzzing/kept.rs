//! The files of the plans that fail: for each property, the plan of the lowest seed that broke it.
//! A plan is written as it was drawn, as soon as it has failed, and again once it is shrunk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use raftsim_explore::Fuzz;
use raftsim_plan::{Expect, Plan};
use raftsim_sim::Property;

use crate::command::plans::{self, is_folder, write_beside};

/// The plans that failed, and their files.
///
/// It changes no file but those that this search wrote: if another one has the name of a plan, the
/// plan gets a name with a number at its end.
pub(super) struct Kept<'a> {
    search: &'a Fuzz<'a>,
    folder: PathBuf,
    /// The file for the first plan that failed, if the user named one.
    file: Option<PathBuf>,
    files: Mutex<Files>,
}

#[derive(Default)]
struct Files {
    /// The lowest seed so far that broke a property.
    seeds: BTreeMap<Property, u64>,
    /// By seed: the file that this search wrote.
    own: BTreeMap<u64, PathBuf>,
}

impl<'a> Kept<'a> {
    /// The files go into the folder `output`; if it is not one, the first plan goes into the file
    /// `output`, and the others into its folder.
    pub(super) fn new(search: &'a Fuzz<'a>, output: Option<&Path>) -> Self {
        let (folder, file) = match output {
            None => (PathBuf::new(), None),
            Some(path) if is_folder(path) => (path.to_owned(), None),
            Some(path) => {
                (path.parent().unwrap_or(Path::new("")).to_owned(), Some(path.to_owned()))
            }
        };
        Self { search, folder, file, files: Mutex::default() }
    }

    /// The search goes on after runs in which these seeds were the lowest that broke a property.
    pub(super) fn go_on(&self, seeds: &BTreeMap<Property, u64>) {
        let mut files = self.files();
        for (&property, &seed) in seeds {
            files.seeds.insert(property, seed);
            let path = self.place(seed, &self.plan(seed, property).to_string());
            if path.exists() {
                files.own.insert(seed, path);
            }
        }
    }

    /// The run of this seed broke this property: keeps its plan, unless that of a lower seed is
    /// kept.
    pub(super) fn failed(&self, seed: u64, property: Property) {
        let mut files = self.files();
        let former = files.seeds.get(&property).copied();
        if former.is_none_or(|former| seed < former) {
            // If this fails, the final plan cannot be written either, and that is reported.
            if self.file.is_none() && !self.folder.as_os_str().is_empty() {
                let _ = fs::create_dir_all(&self.folder);
            }
            let plan = self.plan(seed, property).to_string();
            let path = self.place(seed, &plan);
            let _ = write_beside(&path, &plan);
            files.seeds.insert(property, seed);
            files.own.insert(seed, path);
            if let Some(former) = former {
                files.remove(former);
            }
        }
    }

    /// The plan of a seed that broke this property, before it is shrunk.
    pub(super) fn plan(&self, seed: u64, property: Property) -> Plan {
        let expect = Expect::Breaks(property.name().to_owned());
        Plan { expect, ..self.search.plan(seed) }
    }

    /// The plan of a seed whose run has no verdict.
    pub(super) fn drawn(&self, seed: u64) -> Plan {
        self.search.drawn(seed)
    }

    /// Whether such a plan may have been played again, with a crash more.
    pub(super) fn may_have_crashed(&self, drawn: &Plan) -> bool {
        self.search.plays_again(drawn)
    }

    /// Writes the plan of a seed in the place of the one that was drawn. `first` says whether no
    /// lower seed failed. Returns the name of the file; `None` if it cannot be written.
    pub(super) fn replace(&self, seed: u64, plan: &Plan, first: bool) -> Option<String> {
        let mut files = self.files();
        let named = self.file.as_ref().filter(|_| first);
        let place = || self.place(seed, &plan.to_string());
        let path = match (named, files.own.get(&seed)) {
            (Some(file), _) => file.clone(),
            // An earlier search may have found the same plan.
            (None, Some(own)) => {
                Some(place()).filter(|place| place.exists()).unwrap_or(own.clone())
            }
            (None, None) => place(),
        };
        let written = plans::write(plan, Some(&path));
        if written.is_some() && files.own.get(&seed).is_some_and(|own| *own != path) {
            files.remove(seed);
        }
        written
    }

    /// Removes the plans of seeds that do not count in the end, because a lower one had failed.
    pub(super) fn keep_only(&self, counted: &BTreeMap<Property, u64>) {
        let mut files = self.files();
        for (property, seed) in files.seeds.clone() {
            if counted.get(&property) != Some(&seed) {
                files.remove(seed);
            }
        }
    }

    /// Where the `text` of a seed's plan lies, or may lie: in the first file that has it, or that
    /// is not there.
    fn place(&self, seed: u64, text: &str) -> PathBuf {
        let node = plans::file_word(self.search.node);
        let name = |number: u64| match number {
            1 => format!("fuzz-{node}-{seed}.toml"),
            _ => format!("fuzz-{node}-{seed}-{number}.toml"),
        };
        let mut paths = (1..).map(|number| self.folder.join(name(number)));
        let fits = |path: &PathBuf| match fs::read(path) {
            Ok(there) => there == text.as_bytes(),
            Err(_) => !path.exists(),
        };
        paths.find(fits).expect("a folder has fewer than 2^64 files")
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files {
    /// Removes the file of a seed, if this search wrote one.
    fn remove(&mut self, seed: u64) {
        if let Some(path) = self.own.remove(&seed) {
            let _ = fs::remove_file(path);
        }
    }
}
