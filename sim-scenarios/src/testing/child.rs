//! Tests in a process of their own. A node may end its process, by `exit(0)` for example, and then
//! every test of that process would end with it, without a failure. So each test that the macros
//! make runs this test binary again, for itself alone, and demands a verdict of it.

use std::env;
use std::fs;
use std::fs::File;
use std::io::{self, Write as _, stdout};
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio, exit, id};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use raftsim_explore::panic_text;
use raftsim_plan::Plan;

use super::{Site, fuzz};
use crate::crumb::{Crumb, Running};
use crate::terminal::complain;

/// The variable by which a test knows that it is in such a process: the folder for its verdict.
const CHILD: &str = "RAFTSIM_TEST_CHILD";

/// The variable that keeps tests in the process in which they were started, for a debugger.
const IN_PROCESS: &str = "RAFTSIM_IN_PROCESS";

/// The crumb of the test that this process is for.
static CRUMB: OnceLock<Crumb> = OnceLock::new();

/// The folder of the test that this process is for.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// This process runs these seeds now. Thread `job` says so, counted from 0.
pub(super) fn begins(job: usize, what: &str, first: u64, last: u64) {
    if let Some(crumb) = CRUMB.get() {
        crumb.begins(job, what, first, last);
    }
}

/// If this process ends while it plays a plan, the plan goes into the file at `path`.
pub(super) fn keeps_plans_at(path: &Path) {
    leave(PLACE, &path.to_string_lossy());
}

/// This process plays this plan now.
pub(super) fn plays(plan: &Plan) {
    if FOLDER.get().is_some() {
        leave(PLAN, &plan.to_string());
    }
}

/// The plan has been played.
pub(super) fn played() {
    leave(PLAN, NONE);
}

/// What is to be reported if this process ends without a verdict.
pub(super) fn reports(text: &str) {
    leave(REPORT, text);
}

/// Reports of a test that passes what its user must see: that it tests nothing, or little. A test can
/// only be ignored when it is compiled. libtest keeps back what a test that passes prints, but not
/// what this writes to the standard error of the process that was started.
pub(super) fn remark(text: &str) {
    match FOLDER.get() {
        Some(_) => leave(REMARK, text),
        None => complain(format_args!("{text}")),
    }
}

/// Files in a test's folder: where the plan is kept that ends the process, that plan, and what was
/// found before.
const PLACE: &str = "place";
const PLAN: &str = "plan";
const REPORT: &str = "report";
/// The same: what is to be seen of a test that passes.
const REMARK: &str = "remark";

/// What stands in the file of the plan while none is played.
const NONE: &str = "\n";

/// Writes a file in this test's folder. If it cannot be written, less is reported.
fn leave(file: &str, text: &str) {
    if let Some(folder) = FOLDER.get() {
        let _ = write_over(&folder.join(file), text);
    }
}

/// Writes a text, which must not be empty, over the file that is there. To empty the file first would
/// be slow: ext4 writes such a file to the disk when it is closed.
fn write_over(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::options().write(true).create(true).truncate(false).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// Runs a test, which stands at `site`, in a process of its own. It costs a few milliseconds. With
/// `RAFTSIM_IN_PROCESS=1`, or where no process can be started, the test runs in this one.
///
/// # Panics
/// If the test does, with its message; if its process ends without a verdict, with the seeds that
/// it was running. Where the panic is, is the caller's place.
#[track_caller]
pub fn in_child(site: Site, test: fn(Site)) {
    if let Some(folder) = variable(CHILD) {
        judge(Path::new(&folder), site, test);
    }
    if variable(IN_PROCESS).is_some_and(|value| value != "0") {
        return test(site);
    }
    let folder = Folder::make();
    let Some(output) = folder.as_ref().and_then(|folder| run(site.name(), &folder.0)) else {
        return test(site);
    };
    let folder = &folder.expect("the process was started with it");
    match fs::read_to_string(folder.verdict()) {
        // The process never came to the test: the binary has a harness of its own, which knows no
        // such test.
        Err(_) => test(site),
        Ok(verdict) => {
            pass_on(&output);
            if let Some(message) = verdict.strip_prefix(FAILED) {
                panic!("{message}");
            }
            let is_passed = verdict == PASSED && output.status.success();
            assert!(is_passed, "{}", without_verdict(site, output.status, folder));
            let remark = folder.read(REMARK);
            if !remark.is_empty() {
                complain(format_args!("{remark}"));
            }
        }
    }
}

/// What a verdict begins with.
const PASSED: &str = "passed\n";
const FAILED: &str = "failed\n";

/// Runs the test in this process, writes the verdict, and ends the process: what the tests' own
/// harness would say of it is for the process that started this one to say.
fn judge(folder: &Path, site: Site, test: fn(Site)) -> ! {
    // The process that started this one removes the folder.
    let folder = ManuallyDrop::new(Folder(folder.to_owned()));
    fs::write(folder.verdict(), "").expect("the verdict can be written");
    if let Ok(crumb) = Crumb::at(&folder.crumb()) {
        let _ = CRUMB.set(crumb);
    }
    let _ = FOLDER.set(folder.0.clone());
    let judged = catch_unwind(AssertUnwindSafe(|| test(site)));
    let verdict = match &judged {
        Ok(()) => PASSED.to_owned(),
        Err(payload) => format!("{FAILED}{}", panic_text(&**payload)),
    };
    fs::write(folder.verdict(), verdict).expect("the verdict can be written");
    let _ = stdout().flush();
    exit(i32::from(judged.is_err()));
}

/// Fails the test with this message: at the place of the caller, or, in a process of the test's own,
/// where the process that started it says so.
#[track_caller]
pub(super) fn fail(message: &str) -> ! {
    if FOLDER.get().is_some() {
        // Without the panic hook, which would print the message here too.
        resume_unwind(Box::new(message.to_owned()));
    }
    panic!("{message}");
}

/// Runs this binary for the test alone. `None` if that cannot be done.
fn run(name: &str, folder: &Path) -> Option<Output> {
    Command::new(env::current_exe().ok()?)
        .args([name, "--exact", "--nocapture", "--include-ignored", "--test-threads", "1"])
        .arg("--quiet")
        .env(CHILD, folder)
        .stdin(Stdio::null())
        .output()
        .ok()
}

/// What the tests' harness prints before the test.
const HEADING: &str = "\nrunning 1 test\n";

/// Prints what the process printed, so that the test's own output is where it would have been.
fn pass_on(output: &Output) {
    let printed = String::from_utf8_lossy(&output.stdout);
    print!("{}", printed.strip_prefix(HEADING).unwrap_or(&printed));
    print!("{}", String::from_utf8_lossy(&output.stderr));
}

/// The message of a test whose process ended without a verdict. A plan that it was playing is kept.
fn without_verdict(site: Site, status: ExitStatus, folder: &Folder) -> String {
    let name = site.name();
    let mut message = format!("{name}: the process ended without a verdict ({status})");
    for Running { what, first, last } in Crumb::left(&folder.crumb()).unwrap_or_default() {
        let finds = if let Some(command) = site.command() {
            command.isolated_line(&what, first, last)
        } else {
            let line = site.test_line(super::SEED, "$seed");
            format!("for seed in $(seq {first} {last}); do {line} || break; done")
        };
        let ran = format!(
            ", while it ran seeds {first} to {last} of {what}. If the node ended the process, this \
             line finds the run: {finds}"
        );
        message += &ran;
    }
    // While none is played, the file has none.
    if let Ok(plan) = folder.read(PLAN).parse::<Plan>() {
        let kept = fuzz::write(site, Path::new(&folder.read(PLACE)), &plan);
        message.extend([", while it played a plan\n", &kept]);
    }
    let report = folder.read(REPORT);
    if !report.is_empty() {
        message.extend(["\nbefore that, ", &report]);
    }
    message
}

/// The folder of a test's process. It is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Option<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("raftsim-test-{}-{number}", id()));
        fs::create_dir_all(&path).ok()?;
        Some(Self(path))
    }

    fn verdict(&self) -> PathBuf {
        self.0.join("verdict")
    }

    fn crumb(&self) -> PathBuf {
        self.0.join("crumb")
    }

    /// What the process left in a file; nothing if there is none.
    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.0.join(file)).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "an entry point reads its documented variables")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
