//! What `go build` sees in place of files on the disk: stand-ins, changed files, and none at all
//! for those that are left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use serde_json::json;

use crate::error::GoError;
use crate::layout::Layout;
use crate::source::{Source, TESTER};

/// The files that take the place of others.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    /// The text of each file; none for one that is left out.
    files: BTreeMap<PathBuf, Option<String>>,
}

/// The Go version of a module that has no go.mod: old enough that loop variables and timers are as
/// they were when such labs were written.
const GO: &str = "1.21";

impl Overlay {
    /// The stand-ins around a Raft package.
    pub(crate) fn of(layout: &Layout) -> Self {
        let mut overlay = Self::default();
        if !layout.has_mod {
            let module = format!("module {}\n\ngo {GO}\n", layout.prefix);
            overlay.put(layout.root.join("go.mod"), module);
        }
        for file in layout.files.iter().filter(|file| file.is_of_tester()) {
            overlay.leave_out(layout.raft.join(&file.name));
        }
        if layout.rewrites {
            overlay.rewrite(layout);
        }
        overlay.stand_ins(layout);
        overlay
    }

    /// This text takes the place of what is at `path`.
    pub(crate) fn put(&mut self, path: PathBuf, text: String) {
        self.files.insert(path, Some(text));
    }

    fn leave_out(&mut self, path: PathBuf) {
        self.files.insert(path, None);
    }

    /// Our packages in place of the lab's.
    fn stand_ins(&mut self, layout: &Layout) {
        let tester = layout.tester_path();
        let has_api =
            layout.files.iter().flat_map(Source::imports).any(|it| it.ends_with("/raftapi"));
        let mut imports: Vec<String> = vec![];
        let mut package = layout.package.clone();
        if let (Some(path), Some(folder)) = (&tester, &layout.tester) {
            imports.push(format!("tester \"{path}\""));
            "tester".clone_into(&mut package);
            self.leave_out_all(folder);
            self.put(folder.join("tester.go"), TESTER.to_owned());
        }
        if has_api {
            imports.push(format!("\"{}/raftapi\"", layout.prefix));
        }
        let imports = imports.join("\n\t");
        let fill = |text: &str| {
            let text = text.replace("@MODULE@", &layout.prefix).replace("@PACKAGE@", &package);
            let text = text.replace("@RAFT@", &layout.raft_path()).replace("@IMPORTS@", &imports);
            let text = text.replace("@TESTER@", if tester.is_some() { "tester." } else { "raft." });
            let ignores_old = layout.files.iter().any(Source::ignores_old_commands);
            let text = text.replace("@IGNORES_OLD@", &ignores_old.to_string());
            text.replace("@API@", if has_api { "raftapi." } else { "raft." })
        };
        let labrpc = layout.labs.join("labrpc");
        self.leave_out_all(&labrpc);
        self.put(labrpc.join("labrpc.go"), fill(include_str!("shim/labrpc.go")));
        self.put(labrpc.join("raftsim_host.go"), fill(include_str!("shim/host.go")));
        self.put(labrpc.join("raftsim_rest.go"), fill(include_str!("shim/rest.go")));
        let labgob = layout.labs.join("labgob");
        self.leave_out_all(&labgob);
        self.put(labgob.join("labgob.go"), include_str!("shim/labgob.go").to_owned());
        self.put(labgob.join("raftsim_wire.go"), include_str!("shim/wire.go").to_owned());
        self.put(labgob.join("raftsim_memo.go"), include_str!("shim/memo.go").to_owned());
        // A package that declares functions without bodies needs a file in assembly.
        self.put(labrpc.join("raftsim_empty.s"), "\n".to_owned());
        let hooked = layout.tester.as_ref().unwrap_or(&layout.raft);
        self.put(hooked.join("raftsim_hook.go"), fill(include_str!("shim/hook.go")));
        self.put(layout.main().join("main.go"), fill(include_str!("shim/main.go")));
        self.put(layout.main().join("waits.go"), fill(include_str!("shim/waits.go")));
        self.count_locks(layout, false);
    }

    /// Whether the program's mutexes count.
    pub(crate) fn count_locks(&mut self, layout: &Layout, counts: bool) {
        let text =
            if counts { include_str!("shim/locks.go") } else { include_str!("shim/no_locks.go") };
        self.put(layout.main().join("locks.go"), text.to_owned());
    }

    fn leave_out_all(&mut self, folder: &Path) {
        for file in Source::all_in(folder) {
            self.leave_out(folder.join(file.name));
        }
    }

    /// Gives every package that the Raft package uses, from its own repository, imports that a
    /// module can have.
    fn rewrite(&mut self, layout: &Layout) {
        let mut folders = vec![layout.raft.clone()];
        let mut place = 0;
        while let Some(folder) = folders.get(place).cloned() {
            place += 1;
            for file in Source::all_in(&folder) {
                let path = folder.join(&file.name);
                if self.files.contains_key(&path) {
                    continue;
                }
                for import in file.imports() {
                    let target = local(layout, &folder, import).map(|path| layout.labs.join(path));
                    folders.extend(target.filter(|target| !folders.contains(target)));
                }
                let text = file.importing(|import| {
                    let path = local(layout, &folder, import)?;
                    Some(format!("{}/{}", layout.prefix, path.display()))
                });
                if text != file.text {
                    self.put(path, text);
                }
            }
        }
    }

    /// Writes the files and the list of them into `build`, and returns the list's path.
    pub(crate) fn write(&self, build: &Path) -> Result<PathBuf, GoError> {
        fs::create_dir_all(build).map_err(|error| unwritable(build, error))?;
        let mut replace = BTreeMap::new();
        for (place, (path, text)) in self.files.iter().enumerate() {
            let Some(text) = text else {
                replace.insert(path, String::new());
                continue;
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let file = build.join(format!("{place}-{name}"));
            fs::write(&file, text).map_err(|error| unwritable(&file, error))?;
            replace.insert(path, file.display().to_string());
        }
        let list = build.join("overlay.json");
        let text = json!({ "Replace": replace }).to_string();
        fs::write(&list, text).map_err(|error| unwritable(&list, error))?;
        Ok(list)
    }

    /// The compiler's lines, with the places of the files in the module instead of those in `build`.
    pub(crate) fn with_places(&self, text: &str, build: &Path, root: &Path) -> String {
        let build = format!("{}/", build.file_name().unwrap_or_default().to_string_lossy());
        let line = |line: &str| {
            let (before, file) = line.split_once(&build)?;
            let place = file.split_once('-')?.0.parse().ok()?;
            let (_, rest) = file.split_once(':')?;
            let path = self.files.keys().nth(place)?;
            // The compiler writes the path to `build` in one way or another.
            let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
            let path = path.strip_prefix(root).unwrap_or(path).display();
            Some(format!("{}{path}:{rest}", &before[..start]))
        };
        let lines = text.lines().map(|it| line(it).unwrap_or_else(|| it.to_owned()));
        lines.collect::<Vec<_>>().join("\n")
    }
}

pub(crate) fn unwritable(path: &Path, error: std::io::Error) -> GoError {
    GoError::Unwritable { path: path.display().to_string(), error }
}

/// Where, within the labs' folder, the package is that a file in `folder` imports; none for a
/// package from elsewhere.
fn local(layout: &Layout, folder: &Path, import: &str) -> Option<PathBuf> {
    let found = if import.starts_with("../") || import.starts_with("./") {
        let mut path = folder.to_owned();
        for part in Path::new(import).components() {
            match part {
                Component::ParentDir => {
                    path.pop();
                }
                Component::Normal(name) => path.push(name),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        path.strip_prefix(&layout.labs).ok()?.to_owned()
    } else {
        PathBuf::from(import)
    };
    layout.labs.join(&found).is_dir().then_some(found)
}
