//! One life of one server: an instance of the program, and the events that it gets.

use wasmtime::error::Context as _;
use wasmtime::{Memory, Result, Store, TypedFunc};

use crate::failure::why;
use crate::host::Life;
use crate::program::Program;

/// A running instance.
pub(crate) struct Server {
    store: Store<Life>,
    memory: Memory,
    calls: Calls,
    /// Where what an event brings is written, and how much fits there.
    inbox: u32,
    room: usize,
}

/// Why Go did not start: the package's variables and `init` functions did not let it.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub(crate) struct Unstarted {
    why: String,
    /// What it printed.
    pub(crate) printed: String,
}

/// The functions of the shim.
struct Calls {
    inbox: TypedFunc<u32, u32>,
    boot: TypedFunc<(u32, u32, u32, u32), u64>,
    timeout: TypedFunc<(), u64>,
    request: TypedFunc<(u32, u64, u32, u32), u64>,
    reply: TypedFunc<(u64, u32), u64>,
    failed: TypedFunc<u64, u64>,
    propose: TypedFunc<(u64, u32), u64>,
    compact: TypedFunc<(u64, u32), u64>,
    stacks: TypedFunc<(), u64>,
    text: TypedFunc<(u32, u32, u32), u64>,
}

/// What a server waits for when an event has ended (`shim/waits.go`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest {
    /// How many goroutines it has.
    pub(crate) goroutines: u32,
    /// For how many calls' replies it waits.
    pub(crate) calls: u32,
    /// Whether `GetState` has been called and has not returned.
    pub(crate) is_asked: bool,
}

impl Rest {
    fn of(word: u64) -> Self {
        let half = |word: u64| u32::try_from(word & 0xFFFF_FFFF).expect("it has 32 bits");
        let (goroutines, low) = (half(word >> 32), half(word));
        Self { goroutines, calls: low >> 1, is_asked: low & 1 == 1 }
    }
}

/// How many WebAssembly instructions an event may take: some seconds' worth. An event that takes so
/// many is in a loop. Fewer would not do: to look through all the memory that a program may use,
/// which Go's collector does within one event, takes a good part of them.
const FUEL: u64 = 5_000_000_000;

/// The room that the shim has at first.
const ROOM: usize = 32 << 10;

impl Server {
    /// Starts Go, but no server yet.
    pub(crate) fn start(program: &Program, seed: u64, now: u64) -> Result<Self> {
        let mut store = Store::new(program.engine(), Life::new(seed, now));
        store.limiter(|host| &mut host.world.limits);
        store.set_fuel(FUEL)?;
        let instance = program.ready().instantiate(&mut store)?;
        let memory = instance.get_memory(&mut store, "memory").context("it has no memory")?;
        store.data_mut().world.memory = Some(memory);
        let initialize: TypedFunc<(), ()> = instance.get_typed_func(&mut store, "_initialize")?;
        if let Err(error) = initialize.call(&mut store, ()) {
            let host = store.data();
            let (why, printed) = (why(&error, host, program), host.printed());
            return Err(Unstarted { why, printed }.into());
        }
        let call = |name| format!("raftsim_{name}");
        let calls = Calls {
            inbox: instance.get_typed_func(&mut store, &call("inbox"))?,
            boot: instance.get_typed_func(&mut store, &call("boot"))?,
            timeout: instance.get_typed_func(&mut store, &call("timeout"))?,
            request: instance.get_typed_func(&mut store, &call("request"))?,
            reply: instance.get_typed_func(&mut store, &call("reply"))?,
            failed: instance.get_typed_func(&mut store, &call("failed"))?,
            propose: instance.get_typed_func(&mut store, &call("propose"))?,
            compact: instance.get_typed_func(&mut store, &call("compact"))?,
            stacks: instance.get_typed_func(&mut store, &call("stacks"))?,
            text: instance.get_typed_func(&mut store, &call("text"))?,
        };
        let inbox = calls.inbox.call(&mut store, 0)?;
        Ok(Self { store, memory, calls, inbox, room: ROOM })
    }

    /// What the program has done and wants.
    pub(crate) fn host(&self) -> &Life {
        self.store.data()
    }

    pub(crate) fn host_mut(&mut self) -> &mut Life {
        self.store.data_mut()
    }

    /// Calls `Make`, for server number `me` of `count`, with what is on its disk.
    pub(crate) fn boot(&mut self, me: u32, count: u32, state: &[u8], snap: &[u8]) -> Result<Rest> {
        let (state_size, snap_size) = self.write(state, snap)?;
        let arguments = (me, count, state_size, snap_size);
        let word = self.calls.boot.call(&mut self.store, arguments)?;
        Ok(Rest::of(word))
    }

    /// Lets time pass.
    pub(crate) fn timeout(&mut self, now: u64) -> Result<Rest> {
        self.begin(now)?;
        let word = self.calls.timeout.call(&mut self.store, ())?;
        Ok(Rest::of(word))
    }

    /// Delivers a request.
    pub(crate) fn request(
        &mut self,
        now: u64,
        from: u32,
        call: u64,
        name: &[u8],
        body: &[u8],
    ) -> Result<Rest> {
        self.begin(now)?;
        let (name, size) = self.write(name, body)?;
        let word = self.calls.request.call(&mut self.store, (from, call, name, size))?;
        Ok(Rest::of(word))
    }

    /// Delivers the reply to a call.
    pub(crate) fn reply(&mut self, now: u64, call: u64, body: &[u8]) -> Result<Rest> {
        self.begin(now)?;
        let (size, _) = self.write(body, &[])?;
        let word = self.calls.reply.call(&mut self.store, (call, size))?;
        Ok(Rest::of(word))
    }

    /// Lets a call fail.
    pub(crate) fn failed(&mut self, now: u64, call: u64) -> Result<Rest> {
        self.begin(now)?;
        let word = self.calls.failed.call(&mut self.store, call)?;
        Ok(Rest::of(word))
    }

    /// Calls `Start`.
    pub(crate) fn propose(&mut self, now: u64, proposal: u64, command: &[u8]) -> Result<Rest> {
        self.begin(now)?;
        let (size, _) = self.write(command, &[])?;
        let word = self.calls.propose.call(&mut self.store, (proposal, size))?;
        Ok(Rest::of(word))
    }

    /// Calls `Snapshot`.
    pub(crate) fn compact(
        &mut self,
        now: u64,
        through: u64,
        head: &[u8],
        snapshot: &[u8],
    ) -> Result<Rest> {
        self.begin(now)?;
        let (head, rest) = self.write(head, snapshot)?;
        let word = self.calls.compact.call(&mut self.store, (through, head + rest))?;
        Ok(Rest::of(word))
    }

    /// What a message holds, for people.
    pub(crate) fn text(&mut self, is_reply: bool, name: &[u8], body: &[u8]) -> Result<String> {
        self.begin(0)?;
        let (name, size) = self.write(name, body)?;
        let found = self.calls.text.call(&mut self.store, (u32::from(is_reply), name, size))?;
        let text = self.found(found)?;
        // What the package's own code printed meanwhile is nobody's.
        self.store.data_mut().acts.clear();
        Ok(text)
    }

    /// Go's report on all goroutines.
    pub(crate) fn stacks(&mut self) -> Result<String> {
        self.store.set_fuel(FUEL)?;
        let found = self.calls.stacks.call(&mut self.store, ())?;
        self.found(found)
    }

    /// The text that stands at a place of a size.
    fn found(&self, found: u64) -> Result<String> {
        let (at, size) = (usize::try_from(found >> 32)?, usize::try_from(found & 0xFFFF_FFFF)?);
        let memory = self.memory.data(&self.store);
        let text = memory.get(at..).and_then(|rest| rest.get(..size));
        Ok(String::from_utf8_lossy(text.context("the text is nowhere")?).into_owned())
    }

    fn begin(&mut self, now: u64) -> Result<()> {
        self.store.data_mut().begin(now);
        self.store.set_fuel(FUEL)
    }

    /// Writes what an event brings, and returns the two sizes.
    fn write(&mut self, first: &[u8], second: &[u8]) -> Result<(u32, u32)> {
        let (first_size, second_size) = (u32::try_from(first.len())?, u32::try_from(second.len())?);
        let size = first.len() + second.len();
        if size > self.room {
            self.inbox = self.calls.inbox.call(&mut self.store, first_size + second_size)?;
            self.room = size;
        }
        let memory = self.memory.data_mut(&mut self.store);
        let inbox = memory.get_mut(self.inbox as usize..).and_then(|rest| rest.get_mut(..size));
        let (at, rest) = inbox.context("the inbox is nowhere")?.split_at_mut(first.len());
        at.copy_from_slice(first);
        rest.copy_from_slice(second);
        Ok((first_size, second_size))
    }
}
