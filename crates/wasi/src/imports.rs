//! The imports of a program: WASI as far as programs without files need it. Files and sockets give
//! errors. Nothing here reaches the machine.

use wasmtime::error::Context as _;
use wasmtime::{Caller, Engine, ExternType, Linker, Module, Result, Trap, Val, bail};

use crate::world::World;

/// The name of WASI's functions.
pub(crate) const WASI: &str = "wasi_snapshot_preview1";

/// Results of WASI's functions.
pub(crate) mod errno {
    pub(crate) const SUCCESS: u32 = 0;
    pub(crate) const BADF: u32 = 8;
    pub(crate) const INVAL: u32 = 28;
    pub(crate) const NOENT: u32 = 44;
    pub(crate) const NOSYS: u32 = 52;
}

/// The state behind the imports of one instance.
pub trait Host: Send + 'static {
    /// What the instance sees of the world.
    fn world(&self) -> &World;

    /// The same, to change it.
    fn world_mut(&mut self) -> &mut World;

    /// The program wrote `bytes` to its standard output (`file` 1) or standard error (2).
    ///
    /// # Errors
    /// If that ends the program.
    fn wrote(&mut self, file: u32, bytes: &[u8]) -> Result<()>;

    /// The program waits until `file` can be read: at most for `span` nanoseconds, if given.
    /// Returns whether that file is one to wait for. The wait is over at once.
    fn rests(&mut self, file: u32, span: Option<u64>) -> bool;
}

/// The imports that `module` asks for, as far as they are WASI's.
///
/// # Errors
/// If the module's imports have types that WASI's functions do not have.
pub fn link<H: Host>(engine: &Engine, module: &Module) -> Result<Linker<H>> {
    let mut linker = Linker::new(engine);
    // A program may import one function twice.
    linker.allow_shadowing(true);
    // What is not defined below is not implemented, and says so to the program.
    for import in module.imports() {
        if let (WASI, ExternType::Func(of)) = (import.module(), import.ty()) {
            linker.func_new(WASI, import.name(), of, |_, _, results| {
                results.fill(Val::I32(errno::NOSYS.cast_signed()));
                Ok(())
            })?;
        }
    }
    arguments(&mut linker)?;
    time(&mut linker)?;
    files(&mut linker)?;
    Ok(linker)
}

/// The arguments, of which there is one, the environment, which is empty, and the end.
fn arguments<H: Host>(linker: &mut Linker<H>) -> Result<()> {
    const NAME: &[u8] = b"raft\0";
    linker.func_wrap(WASI, "args_sizes_get", |mut caller: Caller<'_, H>, count, size| {
        let mut memory = Memory::of(&mut caller)?;
        memory.put_u32(count, 1)?;
        memory.put_u32(size, 5)?;
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "args_get", |mut caller: Caller<'_, H>, list, text| {
        let mut memory = Memory::of(&mut caller)?;
        memory.put_u32(list, text)?;
        memory.at(text, 5)?.copy_from_slice(NAME);
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "environ_sizes_get", |mut caller: Caller<'_, H>, count, size| {
        let mut memory = Memory::of(&mut caller)?;
        memory.put_u32(count, 0)?;
        memory.put_u32(size, 0)?;
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "environ_get", |_list: u32, _text: u32| errno::SUCCESS)?;
    linker.func_wrap(
        WASI,
        "proc_exit",
        |mut caller: Caller<'_, H>, status: u32| -> Result<()> {
            caller.data_mut().world_mut().exit = Some(status);
            bail!("exit status {status}")
        },
    )?;
    Ok(())
}

/// Clocks, random numbers and waiting.
fn time<H: Host>(linker: &mut Linker<H>) -> Result<()> {
    linker.func_wrap(WASI, "sched_yield", || errno::SUCCESS)?;
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut caller: Caller<'_, H>, clock: u32, _precision: u64, to: u32| {
            let shown = caller.data_mut().world_mut().look(clock == 0);
            Memory::of(&mut caller)?.put_u64(to, shown)?;
            Ok(errno::SUCCESS)
        },
    )?;
    linker.func_wrap(WASI, "random_get", |mut caller: Caller<'_, H>, to, size| {
        charge(&mut caller, u64::from(size))?;
        let Memory { bytes, host } = Memory::of(&mut caller)?;
        for part in slice(bytes, to, size)?.chunks_mut(8) {
            part.copy_from_slice(&host.world_mut().word().to_le_bytes()[..part.len()]);
        }
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "poll_oneoff", |mut caller: Caller<'_, H>, list, to, count, size| {
        charge(&mut caller, u64::from(count) * ENTRY_COST)?;
        poll(&mut Memory::of(&mut caller)?, list, to, count, size)
    })?;
    Ok(())
}

/// WASI's `poll_oneoff`: waits until one of `count` things in `list` happens, and writes which.
///
/// Go's scheduler calls it in three ways: to look what is ready (with a time of zero), to wait when
/// nothing can run, and to sleep in the middle of its own work.
fn poll<H: Host>(
    memory: &mut Memory<'_, H>,
    list: u32,
    to: u32,
    count: u32,
    size: u32,
) -> Result<u32> {
    const ENTRY: u32 = 48;
    const CLOCK: u8 = 0;
    const READ: u8 = 1;
    let (mut clock, mut files) = (None, vec![]);
    for place in 0..count {
        // An address that is too large is one that the program does not have.
        let entry = list.saturating_add(ENTRY.saturating_mul(place));
        let name = memory.u64(entry)?;
        let kind = memory.at(entry.saturating_add(8), 1)?[0];
        match kind {
            CLOCK => {
                let span = clock_span(memory, entry)?;
                if clock.is_none_or(|(_, least)| span < least) {
                    clock = Some((name, span));
                }
            }
            READ => files.push((name, memory.u32(entry.saturating_add(16))?)),
            _ => {}
        }
    }
    let span = clock.map(|(_, span)| span);
    let mut rests = |file| span != Some(0) && memory.host.rests(file, span);
    let rest = files.into_iter().find(|(_, file)| rests(*file));
    let (name, kind) = match (rest, clock) {
        (Some((name, _)), _) => (name, READ),
        (None, Some((name, span))) => {
            memory.host.world_mut().sleep(span);
            (name, CLOCK)
        }
        (None, None) => return Ok(errno::INVAL),
    };
    let event = memory.at(to, 32)?;
    event.fill(0);
    event[..8].copy_from_slice(&name.to_le_bytes());
    event[10] = kind;
    memory.put_u32(size, 1)?;
    Ok(errno::SUCCESS)
}

/// How long the clock of this entry asks to wait.
fn clock_span<H: Host>(memory: &mut Memory<'_, H>, entry: u32) -> Result<u64> {
    const IS_MOMENT: u8 = 1;
    let is_wall = memory.u32(entry.saturating_add(16))? == 0;
    let time = memory.u64(entry.saturating_add(24))?;
    let flags = memory.at(entry.saturating_add(40), 1)?[0];
    let shown = memory.host.world().shown(is_wall);
    Ok(if flags & IS_MOMENT == 0 { time } else { time.saturating_sub(shown) })
}

/// What one entry of a list costs, in the instructions of a program.
pub(crate) const ENTRY_COST: u64 = 16;

/// Takes the fuel of `instructions` instructions for the work of an import. Without that, a loop
/// that only calls imports would not run out of fuel.
pub(crate) fn charge<H: Host>(caller: &mut Caller<'_, H>, instructions: u64) -> Result<()> {
    match caller.get_fuel()?.checked_sub(instructions) {
        Some(rest) => caller.set_fuel(rest),
        None => Err(Trap::OutOfFuel.into()),
    }
}

/// The two standard outputs. There is no other file.
fn files<H: Host>(linker: &mut Linker<H>) -> Result<()> {
    linker.func_wrap(
        WASI,
        "fd_write",
        |mut caller: Caller<'_, H>, file: u32, list: u32, count: u32, written: u32| {
            if !matches!(file, 1 | 2) {
                return Ok(errno::BADF);
            }
            charge(&mut caller, u64::from(count) * ENTRY_COST)?;
            let mut memory = Memory::of(&mut caller)?;
            let mut sum: u32 = 0;
            for place in 0..count {
                let part = list.saturating_add(place.saturating_mul(8));
                let (at, size) = (memory.u32(part)?, memory.u32(part.saturating_add(4))?);
                memory.host.wrote(file, slice(memory.bytes, at, size)?)?;
                sum = size.saturating_add(sum);
            }
            memory.put_u32(written, sum)?;
            charge(&mut caller, u64::from(sum))?;
            Ok(errno::SUCCESS)
        },
    )?;
    linker.func_wrap(WASI, "fd_fdstat_get", |mut caller: Caller<'_, H>, file: u32, to: u32| {
        if file > 2 {
            return Ok(errno::BADF);
        }
        // A character device, on which everything is allowed.
        let mut memory = Memory::of(&mut caller)?;
        let stat = memory.at(to, 24)?;
        stat.fill(0);
        stat[0] = 2;
        stat[8..].fill(0xFF);
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "fd_fdstat_set_flags", |_file: u32, _flags: u32| errno::SUCCESS)?;
    linker.func_wrap(WASI, "fd_prestat_get", |_file: u32, _to: u32| errno::BADF)?;
    linker.func_wrap(
        WASI,
        "path_open",
        |_: u32, _: u32, _: u32, _: u32, _: u32, _: u64, _: u64, _: u32, _: u32| errno::NOENT,
    )?;
    Ok(())
}

/// A program's memory beside the state of its host.
#[derive(Debug)]
pub struct Memory<'a, H> {
    /// The memory.
    pub bytes: &'a mut [u8],
    /// The host.
    pub host: &'a mut H,
}

impl<'a, H: Host> Memory<'a, H> {
    /// The memory of the program that calls an import.
    ///
    /// # Errors
    /// If the program is not made yet, and calls the import to be made.
    pub fn of(caller: &'a mut Caller<'_, H>) -> Result<Self> {
        let memory = caller.data().world().memory;
        let memory = memory.context("the program runs before its memory is known")?;
        let (bytes, host) = memory.data_and_store_mut(caller);
        Ok(Self { bytes, host })
    }

    fn at(&mut self, at: u32, size: u32) -> Result<&mut [u8]> {
        slice(self.bytes, at, size)
    }

    /// The little-endian word at this address.
    pub fn u32(&mut self, at: u32) -> Result<u32> {
        let mut word = [0; 4];
        word.copy_from_slice(self.at(at, 4)?);
        Ok(u32::from_le_bytes(word))
    }

    fn u64(&mut self, at: u32) -> Result<u64> {
        let mut word = [0; 8];
        word.copy_from_slice(self.at(at, 8)?);
        Ok(u64::from_le_bytes(word))
    }

    /// Writes a little-endian word at this address.
    pub fn put_u32(&mut self, at: u32, word: u32) -> Result<()> {
        self.at(at, 4)?.copy_from_slice(&word.to_le_bytes());
        Ok(())
    }

    fn put_u64(&mut self, at: u32, word: u64) -> Result<()> {
        self.at(at, 8)?.copy_from_slice(&word.to_le_bytes());
        Ok(())
    }
}

/// Part of a program's memory: `size` bytes at the address `at`.
///
/// # Errors
/// If the program does not have that memory.
pub fn slice(memory: &mut [u8], at: u32, size: u32) -> Result<&mut [u8]> {
    let part = memory.get_mut(at as usize..).and_then(|rest| rest.get_mut(..size as usize));
    part.context("the program names memory that it does not have")
}
