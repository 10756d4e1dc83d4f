//! The files of the plans that fail: for each property, the plan of the lowest seed that broke it.
//! A plan is written as it was drawn, as soon as it has failed, and again once it is shrunk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use raftsim_explore::Fuzz;
use raftsim_plan::{Expect, Plan};
use raftsim_sim::Property;

use crate::plans::{self, write_beside};

/// The plans that failed, and their files.
pub(super) struct Kept<'a> {
    search: &'a Fuzz<'a>,
    folder: PathBuf,
    /// The file for the first plan that failed, if the user named one.
    file: Option<PathBuf>,
    /// The lowest seed so far that broke a property.
    seeds: Mutex<BTreeMap<Property, u64>>,
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
        Self { search, folder, file, seeds: Mutex::default() }
    }

    /// The search goes on after runs in which these seeds were the lowest that broke a property.
    pub(super) fn go_on(&self, seeds: &BTreeMap<Property, u64>) {
        self.seeds().extend(seeds);
    }

    /// The run of this seed broke this property: keeps its plan, unless that of a lower seed is
    /// kept.
    pub(super) fn failed(&self, seed: u64, property: Property) {
        let mut seeds = self.seeds();
        let former = seeds.get(&property).copied();
        if former.is_none_or(|former| seed < former) {
            // If this fails, the final plan cannot be written either, and that is reported.
            if self.file.is_none() && !self.folder.as_os_str().is_empty() {
                let _ = fs::create_dir_all(&self.folder);
            }
            let _ = write_beside(&self.usual(seed), &self.plan(seed, property).to_string());
            seeds.insert(property, seed);
            if let Some(former) = former {
                let _ = fs::remove_file(self.usual(former));
            }
        }
    }

    /// The plan of a seed that broke this property, as it was drawn.
    pub(super) fn plan(&self, seed: u64, property: Property) -> Plan {
        let expect = Expect::Breaks(property.name().to_owned());
        Plan { expect, ..self.search.plan(seed) }
    }

    /// The plan of a seed whose run has no verdict.
    pub(super) fn drawn(&self, seed: u64) -> Plan {
        self.search.plan(seed)
    }

    /// Writes the plan of a seed in the place of the one that was drawn. `first` says whether no
    /// lower seed failed. Returns the name of the file; `None` if it cannot be written.
    pub(super) fn replace(&self, seed: u64, plan: &Plan, first: bool) -> Option<String> {
        let usual = self.usual(seed);
        let Some(file) = self.file.as_ref().filter(|_| first) else {
            return plans::write(plan, Some(&usual));
        };
        let written = plans::write(plan, Some(file));
        if written.is_some() && *file != usual {
            let _ = fs::remove_file(usual);
        }
        written
    }

    /// Removes the plans of seeds that do not count in the end, because a lower one had failed.
    pub(super) fn keep_only(&self, counted: &BTreeMap<Property, u64>) {
        for (property, &seed) in self.seeds().iter() {
            if counted.get(property) != Some(&seed) {
                let _ = fs::remove_file(self.usual(seed));
            }
        }
    }

    /// Where the plan of a seed lies unless the user named a file.
    fn usual(&self, seed: u64) -> PathBuf {
        // Not every file system takes the marks in the names of mutants and variants.
        let node = self.search.node.replace([':', ',', '='], "-");
        self.folder.join(format!("fuzz-{node}-{seed}.toml"))
    }

    fn seeds(&self) -> MutexGuard<'_, BTreeMap<Property, u64>> {
        self.seeds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the user means a folder: one that is there, or a name with a separator at its end.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR])
}
