//! What ends processes if this one ends without ending them: a small shell. It reads the groups of
//! processes from a pipe. When this process ends, whatever the reason, the pipe ends, and the shell
//! kills the groups that are left.
//!
//! A signal that a terminal sends reaches this process alone, and ends runs in order.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::Pid;

/// The shell. A line adds a group or removes one.
const SHELL: &str = r#"groups=' '
while read -r what group; do
    case $what in
        add) groups="$groups$group " ;;
        remove) groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
    esac
done
for group in $groups; do kill -s KILL -- "-$group"; done"#;

static WATCH: Mutex<Option<Child>> = Mutex::new(None);

/// Starts the shell, unless that was done.
pub(crate) fn begin() -> io::Result<()> {
    let mut watch = watch();
    if watch.is_none() {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SHELL]).process_group(0);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        *watch = Some(shell.spawn()?);
    }
    Ok(())
}

/// This group is to end with this process.
pub(crate) fn add(group: Pid) {
    say("add", group);
}

/// This group has ended: its number may become another's.
pub(crate) fn remove(group: Pid) {
    say("remove", group);
}

fn say(what: &str, group: Pid) {
    let line = format!("{what} {}\n", group.as_raw_pid());
    let mut watch = watch();
    let pipe = watch.as_mut().and_then(|shell| shell.stdin.as_mut());
    // If somebody has ended the shell, nothing can be done.
    let _ = pipe.map(|pipe| pipe.write_all(line.as_bytes()));
}

fn watch() -> MutexGuard<'static, Option<Child>> {
    WATCH.lock().unwrap_or_else(PoisonError::into_inner)
}
