//! A program without std that runs a Raft and checks a history: it boots one of three servers, lets
//! its first election timer end, and exits with 0 if the server asks both others for their votes and
//! if a read of what nobody wrote is found to be wrong.
//!
//! If `raftsim-node`, `raftsim-raft`, `raftsim-linearizability` or a dependency of theirs used std,
//! this would not compile: there would be two panic handlers.

#![no_std]
#![no_main]

extern crate alloc;

use alloc::sync::Arc;
use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use raftsim_linearizability::models::register::{Input, Output, Register};
use raftsim_linearizability::{Budget, Clients, Recorder, Verdict, check};
use raftsim_node::{Action, Boot, Event, Node, NodeId, Time};
use raftsim_raft::{Config, Disk, Message, Raft};

// The C library starts the program, by calling `main`. Nothing else of it is used but `abort`.
#[link(name = "c")]
unsafe extern "C" {
    safe fn abort() -> !;
}

#[unsafe(no_mangle)]
extern "C" fn main() -> i32 {
    let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
    let boot = Boot::new(NodeId::new(1), voters, 42);
    let mut server = Raft::boot(&Config::default(), &boot, &Disk::default(), Time::ZERO);
    let Some(due) = server.deadline() else { return 1 };
    let actions = server.step(Event::Timeout, due);
    let asked = actions
        .iter()
        .filter(|action| matches!(action, Action::Send { message: Message::RequestVote(_), .. }));
    i32::from(asked.count() != 2 || !finds_a_wrong_read())
}

fn finds_a_wrong_read() -> bool {
    let mut recorder = Recorder::default();
    let read = recorder.call(1, Input::Read);
    let answer = recorder.returned(read, Output::Value(Some(5)));
    let Ok(history) = recorder.finish(Clients::OneAtATime) else { return false };
    let report = check(&Register, &history, Budget::default());
    answer.is_ok() && matches!(report.verdict, Verdict::Illegal(_))
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    abort()
}

/// The compiled `alloc` was built to unwind and refers to this function, as to the next one. Here
/// nothing unwinds, so nothing calls them.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Referred to by `alloc::fmt::format`, which notes use.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    abort()
}

/// Memory is handed out from the front of one static block, and never taken back.
struct Block {
    memory: core::cell::UnsafeCell<[u8; SIZE]>,
    used: AtomicUsize,
}

const SIZE: usize = 1 << 16;

#[global_allocator]
static BLOCK: Block =
    Block { memory: core::cell::UnsafeCell::new([0; SIZE]), used: AtomicUsize::new(0) };

// SAFETY: `alloc` never hands out the same bytes twice, and nothing else touches `memory`.
unsafe impl Sync for Block {}

// SAFETY: each allocation lies inside `memory`, is aligned, and overlaps no other, because `used`
// only grows.
unsafe impl GlobalAlloc for Block {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = self.memory.get().cast::<u8>();
        // Room for the size and for whatever the alignment skips.
        let reserved = layout.size() + layout.align();
        let offset = self.used.fetch_add(reserved, Ordering::Relaxed);
        if offset + reserved > SIZE {
            return null_mut();
        }
        // SAFETY: `offset + reserved` is at most `SIZE`, so both additions stay inside `memory`.
        unsafe {
            let free = start.add(offset);
            free.add(free.align_offset(layout.align()))
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
