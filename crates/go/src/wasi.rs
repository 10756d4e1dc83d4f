//! The imports of a program: WASI as far as Go uses it, answered by the server's own clock, random
//! numbers and list of actions, and the functions of the shim (`shim/host.go`). Files and sockets
//! give errors. Nothing here reaches the machine.

use raftsim_node::Bytes;
use wasmtime::error::Context as _;
use wasmtime::{Caller, Engine, ExternType, Linker, Module, Result, Val, bail};

use crate::host::{Act, Host};

/// The name of WASI's functions.
const WASI: &str = "wasi_snapshot_preview1";

/// The name of the shim's functions.
const SHIM: &str = "raftsim";

/// The descriptor for which the shim waits until nothing else can run (`shim/rest.go`).
const REST_FILE: u32 = 99;

/// Results of WASI's functions.
mod errno {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const BADF: u32 = 8;
    pub(super) const INVAL: u32 = 28;
    pub(super) const NOENT: u32 = 44;
    pub(super) const NOSYS: u32 = 52;
}

/// The imports that `module` asks for.
pub(crate) fn imports(engine: &Engine, module: &Module) -> Result<Linker<Host>> {
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
    actions(&mut linker)?;
    answers(&mut linker)?;
    Ok(linker)
}

/// The arguments, of which there is one, the environment, which is empty, and the end.
fn arguments(linker: &mut Linker<Host>) -> Result<()> {
    const NAME: &[u8] = b"raft\0";
    linker.func_wrap(WASI, "args_sizes_get", |mut caller: Caller<'_, Host>, count, size| {
        let mut memory = Memory::of(&mut caller);
        memory.put_u32(count, 1)?;
        memory.put_u32(size, 5)?;
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "args_get", |mut caller: Caller<'_, Host>, list, text| {
        let mut memory = Memory::of(&mut caller);
        memory.put_u32(list, text)?;
        memory.at(text, 5)?.copy_from_slice(NAME);
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "environ_sizes_get", |mut caller: Caller<'_, Host>, count, size| {
        let mut memory = Memory::of(&mut caller);
        memory.put_u32(count, 0)?;
        memory.put_u32(size, 0)?;
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(WASI, "environ_get", |_list: u32, _text: u32| errno::SUCCESS)?;
    linker.func_wrap(
        WASI,
        "proc_exit",
        |mut caller: Caller<'_, Host>, status: u32| -> Result<()> {
            caller.data_mut().exit = Some(status);
            bail!("exit status {status}")
        },
    )?;
    Ok(())
}

/// Clocks, random numbers and waiting.
fn time(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(WASI, "sched_yield", || errno::SUCCESS)?;
    linker.func_wrap(
        WASI,
        "clock_time_get",
        |mut caller: Caller<'_, Host>, clock: u32, _precision: u64, to: u32| {
            let shown = caller.data_mut().look(clock == 0);
            Memory::of(&mut caller).put_u64(to, shown)?;
            Ok(errno::SUCCESS)
        },
    )?;
    linker.func_wrap(WASI, "random_get", |mut caller: Caller<'_, Host>, to, size| {
        let Memory { bytes, host } = Memory::of(&mut caller);
        for part in slice(bytes, to, size)?.chunks_mut(8) {
            part.copy_from_slice(&host.word().to_le_bytes()[..part.len()]);
        }
        Ok(errno::SUCCESS)
    })?;
    linker.func_wrap(
        WASI,
        "poll_oneoff",
        |mut caller: Caller<'_, Host>, list, to, count, size| {
            poll(&mut Memory::of(&mut caller), list, to, count, size)
        },
    )?;
    Ok(())
}

/// WASI's `poll_oneoff`: waits until one of `count` things in `list` happens, and writes which.
///
/// Go's scheduler calls it in three ways: to look what is ready (with a time of zero), to wait when
/// nothing can run, and to sleep in the middle of its own work.
fn poll(memory: &mut Memory<'_>, list: u32, to: u32, count: u32, size: u32) -> Result<u32> {
    const ENTRY: u32 = 48;
    const CLOCK: u8 = 0;
    const READ: u8 = 1;
    let (mut clock, mut rest) = (None, None);
    for place in 0..count {
        let entry = list + ENTRY * place;
        let name = memory.u64(entry)?;
        let kind = memory.at(entry + 8, 1)?[0];
        match kind {
            CLOCK => clock = Some((name, memory.u64(entry + 24)?)),
            READ if memory.u32(entry + 16)? == REST_FILE => rest = Some(name),
            _ => {}
        }
    }
    let (name, kind) = match (clock, rest) {
        (Some((name, 0)), _) => (name, CLOCK),
        (clock, Some(name)) => {
            memory.host.rest(clock.map(|(_, span)| span));
            (name, READ)
        }
        (Some((name, span)), None) => {
            memory.host.sleep(span);
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

/// The two standard outputs. There is no other file.
fn files(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        WASI,
        "fd_write",
        |mut caller: Caller<'_, Host>, file: u32, list: u32, count: u32, written: u32| {
            if !matches!(file, 1 | 2) {
                return Ok(errno::BADF);
            }
            let mut memory = Memory::of(&mut caller);
            let mut sum = 0;
            for place in 0..count {
                let (at, size) = (memory.u32(list + 8 * place)?, memory.u32(list + 8 * place + 4)?);
                memory.host.print(slice(memory.bytes, at, size)?);
                sum += size;
            }
            memory.put_u32(written, sum)?;
            Ok(errno::SUCCESS)
        },
    )?;
    linker.func_wrap(
        WASI,
        "fd_fdstat_get",
        |mut caller: Caller<'_, Host>, file: u32, to: u32| {
            if file > 2 {
                return Ok(errno::BADF);
            }
            // A character device, on which everything is allowed.
            let mut memory = Memory::of(&mut caller);
            let stat = memory.at(to, 24)?;
            stat.fill(0);
            stat[0] = 2;
            stat[8..].fill(0xFF);
            Ok(errno::SUCCESS)
        },
    )?;
    linker.func_wrap(WASI, "fd_fdstat_set_flags", |_file: u32, _flags: u32| errno::SUCCESS)?;
    linker.func_wrap(WASI, "fd_prestat_get", |_file: u32, _to: u32| errno::BADF)?;
    linker.func_wrap(
        WASI,
        "path_open",
        |_: u32, _: u32, _: u32, _: u32, _: u32, _: u64, _: u64, _: u32, _: u32| errno::NOENT,
    )?;
    Ok(())
}

/// What the server does: the shim's functions that return nothing.
fn actions(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        SHIM,
        "send",
        |mut caller: Caller<'_, Host>,
         to: u32,
         call: u64,
         is_reply: u32,
         term: u64,
         name: u32,
         name_size: u32,
         body: u32,
         size: u32| {
            let memory = Memory::of(&mut caller);
            let name = slice(memory.bytes, name, name_size)?.to_vec();
            let body = Bytes::from(&*slice(memory.bytes, body, size)?);
            let (is_reply, term) = (is_reply == 1, known(term));
            memory.host.acts.push(Act::Send { to, call, is_reply, term, name, body });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "persist",
        |mut caller: Caller<'_, Host>, state, state_size, has_snapshot: u32, snapshot, size| {
            let memory = Memory::of(&mut caller);
            let state = Bytes::from(&*slice(memory.bytes, state, state_size)?);
            let snapshot = Bytes::from(&*slice(memory.bytes, snapshot, size)?);
            let snapshot = (has_snapshot == 1).then_some(snapshot);
            memory.host.acts.push(Act::Persist { state, snapshot });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "apply",
        |mut caller: Caller<'_, Host>, index: u64, _term: u64, has_command: u32, at, size| {
            let memory = Memory::of(&mut caller);
            let command = Bytes::from(&*slice(memory.bytes, at, size)?);
            let command = (has_command == 1).then_some(command);
            memory.host.acts.push(Act::Apply { index, command });
            Ok(())
        },
    )?;
    linker.func_wrap(
        SHIM,
        "restore",
        |mut caller: Caller<'_, Host>, index: u64, _term: u64, at, size| {
            let memory = Memory::of(&mut caller);
            let snapshot = slice(memory.bytes, at, size)?.to_vec();
            memory.host.acts.push(Act::Restore { index, snapshot });
            Ok(())
        },
    )?;
    Ok(())
}

/// What the server answers: the shim's functions that take no bytes.
fn answers(linker: &mut Linker<Host>) -> Result<()> {
    linker.func_wrap(
        SHIM,
        "accept",
        |mut caller: Caller<'_, Host>, proposal: u64, index: u64, term: u64| {
            caller.data_mut().acts.push(Act::Accept { proposal, index, term });
        },
    )?;
    linker.func_wrap(SHIM, "reject", |mut caller: Caller<'_, Host>, proposal: u64| {
        caller.data_mut().acts.push(Act::Reject { proposal });
    })?;
    linker.func_wrap(SHIM, "status", |mut caller: Caller<'_, Host>, term: u64, leads: u32| {
        caller.data_mut().state = Some((known(term).unwrap_or(0), leads == 1));
    })?;
    linker.func_wrap(SHIM, "again", |mut caller: Caller<'_, Host>| caller.data_mut().again())?;
    Ok(())
}

/// A term that may be -1, which means that the program does not say it.
fn known(term: u64) -> Option<u64> {
    (term <= i64::MAX.cast_unsigned()).then_some(term)
}

/// The program's memory beside the state of its host.
struct Memory<'a> {
    bytes: &'a mut [u8],
    host: &'a mut Host,
}

impl<'a> Memory<'a> {
    fn of(caller: &'a mut Caller<'_, Host>) -> Self {
        let memory = caller.data().memory.expect("the memory is known before the program runs");
        let (bytes, host) = memory.data_and_store_mut(caller);
        Self { bytes, host }
    }

    fn at(&mut self, at: u32, size: u32) -> Result<&mut [u8]> {
        slice(self.bytes, at, size)
    }

    fn u32(&mut self, at: u32) -> Result<u32> {
        let mut word = [0; 4];
        word.copy_from_slice(self.at(at, 4)?);
        Ok(u32::from_le_bytes(word))
    }

    fn u64(&mut self, at: u32) -> Result<u64> {
        let mut word = [0; 8];
        word.copy_from_slice(self.at(at, 8)?);
        Ok(u64::from_le_bytes(word))
    }

    fn put_u32(&mut self, at: u32, word: u32) -> Result<()> {
        self.at(at, 4)?.copy_from_slice(&word.to_le_bytes());
        Ok(())
    }

    fn put_u64(&mut self, at: u32, word: u64) -> Result<()> {
        self.at(at, 8)?.copy_from_slice(&word.to_le_bytes());
        Ok(())
    }
}

/// Part of the program's memory.
fn slice(memory: &mut [u8], at: u32, size: u32) -> Result<&mut [u8]> {
    let part = memory.get_mut(at as usize..).and_then(|rest| rest.get_mut(..size as usize));
    part.context("the program names memory that it does not have")
}
