//! A program that is asked a line at a time: it reads its standard input, and whenever nothing is
//! there to be read, it stops until the next line comes.
//!
//! Everything happens on the thread that calls [`Instance::exchange`]. The program runs on a stack
//! of its own (a fiber of wasmtime). When it reads and there is nothing, wasmtime leaves that stack
//! as it is and returns; with the next line it goes on there. So no other thread is needed, nothing
//! waits, and the program cannot find out that it was stopped.

use std::fmt;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use wasmtime::error::Context as _;
use wasmtime::{
    Caller, Engine, Error, FuncType, InstancePre, Linker, Module, Result, Store, Trap, TypedFunc,
    WasmBacktrace, bail,
};

use crate::engine::engine;
use crate::imports::{ENTRY_COST, Host, Memory, WASI, charge, errno, link, slice};
use crate::world::World;

/// A compiled program.
pub struct Command {
    ready: InstancePre<Side>,
}

/// How many WebAssembly instructions an event may take: some seconds' worth. An event that takes so
/// many is in a loop.
const FUEL: u64 = 5_000_000_000;

/// The most bytes that a program may print in an event.
const PRINTED: usize = 16 << 20;

/// How many of the last bytes on standard error are kept at least.
const ERRORS: usize = 8 << 10;

impl Command {
    /// The program with this code. What it is compiled to is kept in the folder `cache`.
    ///
    /// # Errors
    /// If the code is no program of WASI.
    pub fn load(code: &[u8], cache: &Path) -> Result<Self> {
        match code {
            [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => {}
            [0, b'a', b's', b'm', _, _, 1, 0, ..] => {
                bail!("it is a component; build a module of WASI preview 1 instead")
            }
            _ => bail!("it is no WebAssembly"),
        }
        let engine = engine(cache)?;
        let module = Module::new(&engine, code)?;
        let start = module.get_export("_start").context("it has no function `_start`")?;
        let is_start = |of: &FuncType| of.params().len() == 0 && of.results().len() == 0;
        if !start.func().is_some_and(is_start) {
            bail!("its `_start` is no function without parameters and results");
        }
        let memory = module.get_export("memory").context("it has no memory")?;
        if !memory.memory().is_some_and(|of| !of.is_64() && !of.is_shared()) {
            bail!("its `memory` is no memory of one thread with addresses of 32 bits");
        }
        Ok(Self { ready: linker(&engine, &module)?.instantiate_pre(&module)? })
    }

    /// The program of one life, which begins with the first line.
    pub fn start(&self, seed: u64, now: u64) -> Instance {
        let shared = Arc::new(Mutex::new(Shared::default()));
        let side = Side { world: World::new(seed, now), shared: shared.clone() };
        Instance { shared, life: Box::pin(live(self.ready.clone(), side)) }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Command").finish_non_exhaustive()
    }
}

/// A program in one life.
pub struct Instance {
    shared: Arc<Mutex<Shared>>,
    /// It owns the program's memory and stack.
    life: Pin<Box<dyn Future<Output = Stop> + Send>>,
}

/// How a program stopped for good.
#[derive(Debug, PartialEq, Eq)]
pub enum Stop {
    /// It ended, with this status.
    Ended(u32),
    /// It did not rest, and was in the function of this name.
    Loops(String),
    /// It did something that cannot be done.
    Broken(String),
}

impl Instance {
    /// Hands the program a line at the time `now`, in nanoseconds, and lets it run until it reads the
    /// next one. Puts what it printed meanwhile into `printed`.
    ///
    /// # Errors
    /// How the program stopped. It must not be asked again.
    pub fn exchange(&mut self, line: &[u8], now: u64, printed: &mut Vec<u8>) -> Result<(), Stop> {
        self.shared().begin(line, now);
        let polled = self.life.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let mut shared = self.shared();
        printed.clear();
        printed.append(&mut shared.output);
        match polled {
            Poll::Pending => Ok(()),
            Poll::Ready(stop) => Err(stop),
        }
    }

    /// The end of what it printed on its standard error.
    pub fn errors(&self) -> Vec<u8> {
        self.shared().errors.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        locked(&self.shared)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Instance").finish_non_exhaustive()
    }
}

/// What lies between a program and its owner. Both are on one thread, so the lock is always free.
#[derive(Debug, Default)]
struct Shared {
    /// The line, and how much of it is read.
    input: Vec<u8>,
    read: usize,
    now: u64,
    /// Whether the program has not noticed yet that an event has begun.
    is_new: bool,
    output: Vec<u8>,
    errors: Vec<u8>,
}

impl Shared {
    fn begin(&mut self, line: &[u8], now: u64) {
        let rest = self.input.split_off(self.read);
        self.input = rest;
        self.input.extend_from_slice(line);
        (self.read, self.now, self.is_new) = (0, now, true);
    }
}

/// The state behind the imports of one instance.
struct Side {
    world: World,
    shared: Arc<Mutex<Shared>>,
}

impl Host for Side {
    fn world(&self) -> &World {
        &self.world
    }

    fn world_mut(&mut self) -> &mut World {
        &mut self.world
    }

    fn wrote(&mut self, file: u32, bytes: &[u8]) -> Result<()> {
        let mut shared = locked(&self.shared);
        if file == 1 {
            if shared.output.len() + bytes.len() > PRINTED {
                bail!("it printed more than {PRINTED} bytes in one event");
            }
            shared.output.extend_from_slice(bytes);
            return Ok(());
        }
        shared.errors.extend_from_slice(&bytes[bytes.len().saturating_sub(ERRORS)..]);
        if shared.errors.len() > 2 * ERRORS {
            let start = shared.errors.len() - ERRORS;
            shared.errors.drain(..start);
        }
        Ok(())
    }

    /// Standard input can always be read: reading it waits.
    fn rests(&mut self, file: u32, _span: Option<u64>) -> bool {
        file == 0
    }
}

fn locked(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a program from its start to its end.
async fn live(ready: InstancePre<Side>, side: Side) -> Stop {
    let mut store = Store::new(ready.module().engine(), side);
    match run(&ready, &mut store).await {
        Ok(()) => Stop::Ended(0),
        Err(error) => stop(&error, store.data().world.exit),
    }
}

async fn run(ready: &InstancePre<Side>, store: &mut Store<Side>) -> Result<()> {
    store.limiter(|side| &mut side.world.limits);
    store.set_fuel(FUEL)?;
    let instance = ready.instantiate_async(&mut *store).await?;
    let memory = instance.get_memory(&mut *store, "memory").context("it has no memory")?;
    store.data_mut().world.memory = Some(memory);
    let start: TypedFunc<(), ()> = instance.get_typed_func(&mut *store, "_start")?;
    start.call_async(&mut *store, ()).await
}

fn stop(error: &Error, exit: Option<u32>) -> Stop {
    if let Some(status) = exit {
        return Stop::Ended(status);
    }
    let trace = error.downcast_ref::<WasmBacktrace>();
    let names = trace.into_iter().flat_map(WasmBacktrace::frames).filter_map(|it| it.func_name());
    let names: Vec<&str> = names.take(3).collect();
    let place = (!names.is_empty()).then(|| names.join(", called by "));
    if error.downcast_ref::<Trap>() == Some(&Trap::OutOfFuel) {
        return Stop::Loops(place.unwrap_or_else(|| "some function".to_owned()));
    }
    let why = error.root_cause().to_string();
    Stop::Broken(place.map_or_else(|| why.clone(), |place| format!("{why}, in {place}")))
}

/// The imports of such a program.
fn linker(engine: &Engine, module: &Module) -> Result<Linker<Side>> {
    let mut linker = link::<Side>(engine, module)?;
    linker.func_wrap_async(
        WASI,
        "fd_read",
        |mut caller: Caller<'_, Side>, (file, list, count, to): (u32, u32, u32, u32)| {
            Box::new(async move {
                if file != 0 {
                    return Ok(errno::BADF);
                }
                let shared = caller.data().shared.clone();
                let is_new = poll_fn(|_| {
                    let mut shared = locked(&shared);
                    let is_there = shared.read < shared.input.len();
                    if is_there {
                        Poll::Ready(std::mem::take(&mut shared.is_new))
                    } else {
                        Poll::Pending
                    }
                })
                .await;
                if is_new {
                    caller.set_fuel(FUEL)?;
                    let now = locked(&shared).now;
                    caller.data_mut().world.begin(now);
                }
                charge(&mut caller, u64::from(count) * ENTRY_COST)?;
                read(&mut Memory::of(&mut caller)?, list, count, to)
            })
        },
    )?;
    Ok(linker)
}

/// Copies what there is into the `count` parts of memory in `list`, and writes how much it was.
fn read(memory: &mut Memory<'_, Side>, list: u32, count: u32, to: u32) -> Result<u32> {
    let shared = memory.host.shared.clone();
    let mut shared = locked(&shared);
    let mut sum = 0;
    for place in 0..count {
        let part = list.saturating_add(place.saturating_mul(8));
        let (at, room) = (memory.u32(part)?, memory.u32(part.saturating_add(4))?);
        let rest = &shared.input[shared.read..];
        let size = rest.len().min(room as usize);
        slice(memory.bytes, at, room)?[..size].copy_from_slice(&rest[..size]);
        shared.read += size;
        sum += u32::try_from(size)?;
        if size < room as usize {
            break;
        }
    }
    memory.put_u32(to, sum)?;
    Ok(errno::SUCCESS)
}
