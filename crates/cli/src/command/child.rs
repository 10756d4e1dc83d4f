//! This program once more, in a child process that stops when this one does.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::command::stop::Stop;

/// The variables by which a process knows that it is a child: the path of its crumb if it makes the
/// runs of `--isolate`; how many seeds a line stands for if it prints digests for
/// `--twice=process`.
pub(crate) const CRUMB: &str = "RAFTSIM_CHILD_CRUMB";
pub(crate) const DIGESTS: &str = "RAFTSIM_PRINT_DIGESTS";

/// How often to look whether the child has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Whether this process is such a child.
#[expect(clippy::disallowed_methods, reason = "set by the process that started this one")]
pub(crate) fn is_one() -> bool {
    [CRUMB, DIGESTS].iter().any(|variable| env::var_os(variable).is_some())
}

/// Runs this program with these arguments, as a child for which `variable` has this value, to its
/// end. `streams` makes its standard output and standard error. Returns how it ended, and what it
/// printed into a pipe.
pub(crate) fn run(
    arguments: &[impl AsRef<OsStr>],
    (variable, value): (&str, &OsStr),
    streams: [Stdio; 2],
    stop: &Stop,
) -> io::Result<(ExitStatus, Vec<u8>)> {
    let [stdout, stderr] = streams;
    let mut command = Command::new(env::current_exe()?);
    // The lines that it prints name the program as the user did.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(
        &mut command,
        env::args_os().next().unwrap_or_default(),
    );
    let mut child = command
        .args(arguments)
        .env_remove(CRUMB)
        .env_remove(DIGESTS)
        .env(variable, value)
        .stdin(Stdio::piped())
        .stdout(stdout)
        .stderr(stderr)
        .spawn()?;
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    thread::scope(|scope| {
        let read = stdout.map(|mut stdout| {
            thread::Builder::new().spawn_scoped(scope, move || {
                let mut printed = vec![];
                stdout.read_to_end(&mut printed).map(|_| printed)
            })
        });
        let mut is_asked = false;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if stop.is_asked() && !is_asked {
                is_asked = true;
                // It may have ended by now.
                let _ = stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(b"\n"));
            }
            thread::park_timeout(LOOK);
        };
        let printed = match read.transpose()? {
            Some(read) => read.join().expect("reading does not panic")?,
            None => vec![],
        };
        Ok((status, printed))
    })
}
