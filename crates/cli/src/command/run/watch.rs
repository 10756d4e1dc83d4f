//! `--watch`: compiles a Go package and runs it, and does so again whenever a file is saved.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use sim_scenarios::terminal::complain;

use crate::command::Exit;
use crate::command::args::RunArgs;
use crate::command::bad::Bad;
use crate::command::find::GO;
use crate::command::go::Sources;
use crate::command::once;
use crate::command::stop::Stop;

/// How often to look whether a file was saved.
const LOOK: Duration = Duration::from_millis(250);

/// The Go package that is watched.
pub(super) struct Package<'a> {
    /// The name of its node.
    pub(super) name: &'a str,
    folder: &'a str,
}

impl<'a> Package<'a> {
    /// The package that the arguments name.
    pub(super) fn of(args: &'a RunArgs) -> Result<Self, Bad> {
        let name = args.node.as_deref().unwrap_or_default();
        let Some(folder) = name.strip_prefix(GO) else {
            let why = "--watch needs a Go package, which it can compile again: --node go:FOLDER";
            return Err(Bad::Usage(why.to_owned()));
        };
        Ok(Self { name, folder })
    }

    /// Calls `once` again and again, until a signal stops it.
    pub(super) fn again_and_again(
        &self,
        once: impl Fn(&Stop) -> Result<Exit, Bad>,
    ) -> Result<Exit, Bad> {
        let Self { name, folder } = self;
        let sources = &Sources::of(name, folder)?;
        let signals = &Stop::on_signals();
        loop {
            let built = settled(sources);
            let stop = &signals.or_anew();
            let done = unless_saved(sources, built, stop, || once(stop));
            match done {
                // The package does not compile, at the moment.
                Err(Bad::Unknown(error)) => complain(format_args!("error: {error}")),
                Err(bad) => return Err(bad),
                Ok(_) => {}
            }
            if !signals.is_asked() && !stop.begins_anew() {
                complain(format_args!("watching {folder}: it runs again when a file is saved"));
            }
            while sources.stamp() == built && !signals.is_asked() {
                thread::park_timeout(LOOK);
            }
            if signals.is_asked() {
                return Ok(Exit::Interrupted);
            }
            once::forget(name);
        }
    }
}

/// The stamp of the files, once nobody is saving them: editors write a file in several steps.
fn settled(sources: &Sources) -> u64 {
    let mut stamp = sources.stamp();
    loop {
        thread::park_timeout(LOOK / 2);
        let now = sources.stamp();
        if now == stamp {
            return stamp;
        }
        stamp = now;
    }
}

/// What `work` returns. Stops it when a file is saved.
fn unless_saved<T>(sources: &Sources, built: u64, stop: &Stop, work: impl FnOnce() -> T) -> T {
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        let looks = || {
            while !is_done.load(Ordering::Relaxed) {
                if sources.stamp() != built {
                    stop.begin_anew();
                    return;
                }
                thread::park_timeout(LOOK);
            }
        };
        // Without a thread the work comes to its end first.
        let looks = thread::Builder::new().name("watch".to_owned()).spawn_scoped(scope, looks);
        let done = work();
        is_done.store(true, Ordering::Relaxed);
        if let Ok(looks) = looks {
            looks.thread().unpark();
        }
        done
    })
}
