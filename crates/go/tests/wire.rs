//! Messages arrive as they would by labgob: a test in Go of the shim's own encoding.

use std::fs;
use std::process::Command;

use crate::support::path;

#[test]
fn messages_arrive_as_by_gob() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    let read = |name: &str| fs::read_to_string(path(name)).unwrap();
    put("go.mod", "module lab\n\ngo 1.21\n".to_owned());
    for file in ["src/shim/labgob.go", "src/shim/memo.go", "src/shim/wire.go", "tests/wire_test.go"]
    {
        let name = file.rsplit('/').next().unwrap();
        put(&format!("labgob/{name}"), read(file));
    }
    let run = Command::new("go").args(["test", "./labgob"]).current_dir(folder.path()).output();
    let run = run.expect("there is a Go toolchain");
    let printed = String::from_utf8_lossy(&run.stdout) + String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{printed}");
}
