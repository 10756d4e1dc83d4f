//! A program's server as a node.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;

use raftsim_node::{Action, ActionOf, Boot, Claims, Event, Node, Status, Stopped, Time};

use crate::action::Read;
use crate::disk::Cells;
use crate::json::Number;
use crate::message::Packet;
use crate::peer::Peer;
use crate::program::{NoLife, Program};
use crate::protocol::{self, Answer, BootAnswer, Turned};
use crate::trouble::Trouble;

/// A server that is a program. Its settings are the program; without one it cannot start.
pub struct PipeNode {
    /// The program, and this life of it; None only once it has done something wrong.
    life: Option<(Arc<Program>, Talk)>,
    /// Whether notes are wanted.
    notes: bool,
    status: Status,
    deadline: Option<Time>,
    /// What the program printed at its boot, which brings no actions.
    out: Option<String>,
}

/// A program, asked and answering in turn.
#[derive(Debug)]
pub(crate) struct Talk {
    peer: Peer,
    /// The number of the last event: the boot has 0.
    turn: u64,
    /// The names of the last event and of the one before.
    event: &'static str,
    before: &'static str,
    /// Whether the program may be asked to boot again.
    again: bool,
    ask: Vec<u8>,
    line: Vec<u8>,
}

impl Talk {
    /// Asks a program to boot.
    pub(crate) fn boot(
        peer: Peer,
        boot: &Boot,
        disk: &Cells,
        now: Time,
    ) -> Result<(Self, BootAnswer), Box<(Self, Trouble)>> {
        let (event, before) = ("boot", "boot");
        let (ask, line) = (vec![], vec![]);
        let mut talk = Self { peer, turn: 0, event, before, again: false, ask, line };
        protocol::write_boot(boot, disk, now, &mut talk.ask);
        match talk.exchange::<BootAnswer>(now) {
            Ok(answer) => {
                talk.again = answer.again;
                Ok((talk, answer))
            }
            Err(trouble) => Err(Box::new((talk, trouble))),
        }
    }

    /// Sends the line that is written, and reads the answer.
    fn exchange<'a, A>(&'a mut self, now: Time) -> Result<A, Trouble>
    where
        A: serde::Deserialize<'a> + Turned,
    {
        let Self { peer, turn, ask, line, .. } = self;
        peer.exchange(ask, now.as_nanos(), line)?;
        protocol::read(*turn, line)
    }

    /// Ends a program that did something wrong at the last event.
    pub(crate) fn end(self, trouble: Trouble) -> Stopped {
        let Self { peer, turn, event, before, .. } = self;
        let (trouble, aside) = peer.end(trouble);
        let is_late = matches!(trouble, Trouble::TooMuchLater(_));
        let (turn, event) = if is_late { (turn.saturating_sub(1), before) } else { (turn, event) };
        Stopped { why: format!("at turn {turn} ({event}) the program {trouble}"), aside }
    }

    /// The program, and whether it may be asked to boot again.
    pub(crate) fn into_peer(self) -> (Peer, bool) {
        (self.peer, self.again)
    }
}

#[doc(hidden)]
impl Node for PipeNode {
    type Config = Option<Arc<Program>>;
    type Message = Packet;
    type Disk = Cells;

    fn claims(program: &Self::Config) -> Claims {
        program.as_ref().map_or_else(Claims::default, |program| program.claims())
    }

    fn boot(program: &Self::Config, boot: &Boot, disk: &Cells, now: Time) -> Self {
        let program = program.clone().expect("the node has a program");
        match program.boot(boot, disk, now) {
            Ok((talk, answer)) => Self {
                life: Some((program, talk)),
                notes: boot.notes,
                status: answer.status,
                deadline: answer.deadline.map(|Number(time)| Time::from_nanos(time)),
                out: answer.out,
            },
            Err(NoLife::Stopped(stopped)) => fail(stopped),
            Err(NoLife::Unable(unable)) => resume_unwind(Box::new(unable)),
        }
    }

    fn step(&mut self, event: Event<Packet>, now: Time) -> Vec<ActionOf<Self>> {
        let mut actions = vec![];
        self.step_into(event, now, &mut actions);
        actions
    }

    fn step_into(&mut self, event: Event<Packet>, now: Time, actions: &mut Vec<ActionOf<Self>>) {
        let life = self.life.as_mut();
        let (_, talk) = life.expect("a server that has stopped gets no event");
        let written = protocol::write_event(talk.turn + 1, now, &event, &mut talk.ask);
        // It is no event that a program knows.
        let Some(name) = written else { return };
        talk.turn += 1;
        (talk.before, talk.event) = (talk.event, name);
        actions.extend(self.out.take().map(|text| Action::Output(text.into())));
        let notes = self.notes;
        match talk.exchange::<Answer>(now) {
            Ok(answer) => {
                actions.extend(answer.out.map(|text| Action::Output(text.into())));
                let wanted = |action: &ActionOf<Self>| notes || !matches!(action, Action::Note(_));
                actions.extend(answer.actions.into_iter().map(|Read(it)| it).filter(wanted));
                self.deadline = answer.deadline.map(|Number(time)| Time::from_nanos(time));
                self.status = answer.status;
            }
            Err(trouble) => {
                // The program ends first: a node that panics is never dropped.
                let (_, talk) = self.life.take().expect("it has just been asked");
                fail(talk.end(trouble));
            }
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.deadline
    }

    fn status(&self) -> Status {
        self.status
    }
}

/// Ends the step. No place in this file means anything to the program's author.
fn fail(stopped: Stopped) -> ! {
    resume_unwind(Box::new(stopped))
}

impl Drop for PipeNode {
    /// A life ends between two events, so the program waits for the next one.
    fn drop(&mut self) {
        if let Some((program, talk)) = self.life.take() {
            program.put_back(talk);
        }
    }
}

impl fmt::Debug for PipeNode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, deadline, .. } = self;
        out.debug_struct("PipeNode")
            .field("status", status)
            .field("deadline", deadline)
            .finish_non_exhaustive()
    }
}
