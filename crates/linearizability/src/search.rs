//! The search for an order of the operations of one object.

use alloc::vec;
use alloc::vec::Vec;

use crate::bits::Bits;
use crate::cache::Cache;
use crate::history::Moment;
use crate::model::Model;

/// An operation as the search sees it.
pub(crate) struct Item<'a, M: Model> {
    /// Its place in the history.
    pub(crate) index: usize,
    pub(crate) input: &'a M::Input,
    /// Without an output it is pending.
    pub(crate) output: Option<&'a M::Output>,
    pub(crate) call: Moment,
    pub(crate) returned: Option<Moment>,
}

impl<M: Model> Clone for Item<'_, M> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

/// What a search found out so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There is an order.
    Found,
    /// There is none.
    Exhausted,
    /// Its steps were used up.
    Paused,
}

/// A call or a return in the list of events that are not placed yet.
#[derive(Clone, Copy)]
struct Event {
    operation: usize,
    is_call: bool,
    previous: usize,
    next: usize,
}

/// An operation that was placed, and the state before it. A read has no state here: no other place
/// of it is tried.
struct Placed<S> {
    operation: usize,
    before: Option<S>,
}

/// A state that an object may be in, and the operation that led to it, by its place in the history.
pub(crate) type End<S> = (S, Option<usize>);

/// The algorithm of Wing and Gong, with Lowe's cache of configurations: it places the operations
/// one after the other, each one that was called before the first return among those not yet
/// placed. If none of them fits, it takes back the last one. Three rules spare it work and lose no
/// order:
///
/// - A read is placed as soon as it fits. In any order it can be moved forward to there.
/// - A pending operation that changes nothing is not placed. It may as well be placed later, or not
///   at all.
/// - Of two equal pending operations the one that was called first is placed first.
pub(crate) struct Search<'a, M: Model> {
    model: &'a M,
    items: Vec<Item<'a, M>>,
    /// The first is the head of the list. An operation's call is at `calls`, and its return, if it
    /// has one, at `returns`.
    events: Vec<Event>,
    calls: Vec<usize>,
    returns: Vec<Option<usize>>,
    is_read: Vec<bool>,
    /// For a pending operation an equal one before it.
    twins: Vec<Option<usize>>,
    /// The number of an operation in `returned`, or `pending`.
    numbers: Vec<usize>,
    returned: Bits,
    pending: Bits,
    /// How many operations that returned are not placed.
    left: usize,
    stack: Vec<Placed<M::State>>,
    cache: Cache<M::State>,
    starts: Vec<M::State>,
    state: Option<M::State>,
    /// The event that is looked at next, or the head.
    cursor: usize,
    steps: u64,
    /// The latest return that the search could not get past.
    furthest: usize,
    /// The states in which it did not get past that.
    stuck: Vec<M::State>,
    ends: Option<Vec<End<M::State>>>,
}

/// How many different states are remembered in which a search is stuck.
const STUCK: usize = 8;

/// How many states are found in which the object may be after all operations.
const ENDS: usize = 64;

/// Among how many pending operations an equal one is looked for.
const TWINS: usize = 64;

impl<'a, M: Model> Search<'a, M> {
    /// A search through operations of one object, which is in one of the states `starts`.
    pub(crate) fn new(model: &'a M, mut items: Vec<Item<'a, M>>, starts: Vec<M::State>) -> Self {
        items.retain(|item| item.output.is_some() || !model.is_read(item.input, None));
        items.sort_by_key(|item| item.call);
        let is_read = items.iter().map(|item| model.is_read(item.input, item.output)).collect();
        let (mut numbers, mut counts) = (Vec::new(), [0; 2]);
        for item in &items {
            let count = &mut counts[usize::from(item.output.is_none())];
            numbers.push(*count);
            *count += 1;
        }
        let twins = Self::twins(&items);
        let mut search = Self {
            model,
            events: Vec::new(),
            calls: vec![0; items.len()],
            returns: vec![None; items.len()],
            is_read,
            twins,
            numbers,
            returned: Bits::new(counts[0]),
            pending: Bits::new(counts[1]),
            left: counts[0],
            items,
            stack: Vec::new(),
            cache: Cache::new(),
            starts,
            state: None,
            cursor: 0,
            steps: 0,
            furthest: 0,
            stuck: Vec::new(),
            ends: None,
        };
        search.link();
        search
    }

    /// For each pending operation an equal one before it, if one is found nearby.
    fn twins(items: &[Item<'a, M>]) -> Vec<Option<usize>> {
        let mut pending: Vec<usize> = Vec::new();
        let mut twins = vec![None; items.len()];
        for (place, item) in items.iter().enumerate().filter(|(_, item)| item.output.is_none()) {
            let mut near = pending.iter().rev().take(TWINS);
            twins[place] = near.find(|other| items[**other].input == item.input).copied();
            pending.push(place);
        }
        twins
    }

    /// The steps that it took so far.
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// The operations placed so far, by their places in the history. After [`Progress::Found`] they
    /// are an order.
    pub(crate) fn order(&self) -> Vec<usize> {
        self.stack.iter().map(|placed| self.items[placed.operation].index).collect()
    }

    /// The operation whose return is the latest that it could not get past, and the states in which
    /// it could not, up to a few.
    pub(crate) fn stuck(&self) -> Option<(&Item<'a, M>, &[M::State])> {
        let event = self.events[self.furthest];
        self.items.get(event.operation).map(|item| (item, &self.stuck[..]))
    }

    /// Finds each state in which the object may be after all operations, in at most `steps` steps.
    /// The result is `None` if these do not suffice, or if the states are many; and the steps taken.
    pub(crate) fn ends(mut self, steps: u64) -> (Option<Vec<End<M::State>>>, u64) {
        self.ends = Some(Vec::new());
        let progress = self.run(steps);
        (self.ends.filter(|_| progress == Progress::Exhausted), self.steps)
    }

    /// Makes the list of all events.
    fn link(&mut self) {
        let calls = self.items.iter().enumerate().map(|(place, item)| (item.call, false, place));
        let returns = self.items.iter().enumerate();
        let returns = returns.filter_map(|(place, item)| Some((item.returned?, true, place)));
        let mut events: Vec<_> = calls.chain(returns).collect();
        // At equal moments calls come before returns.
        events.sort_unstable();
        let last = events.len();
        let head = Event { operation: usize::MAX, is_call: true, previous: last, next: 0 };
        self.events.push(head);
        for (position, (_, is_return, operation)) in events.into_iter().enumerate() {
            let here = position + 1;
            if is_return {
                self.returns[operation] = Some(here);
            } else {
                self.calls[operation] = here;
            }
            let event = Event { operation, is_call: !is_return, previous: position, next: 0 };
            self.events.push(event);
            self.events[position].next = here;
        }
    }

    /// Goes on for about so many steps, each of which asks the model once.
    pub(crate) fn run(&mut self, steps: u64) -> Progress {
        let until = self.steps.saturating_add(steps);
        loop {
            if self.state.is_none() && !self.start() {
                return Progress::Exhausted;
            }
            if self.left == 0 {
                let Some(ends) = &mut self.ends else { return Progress::Found };
                let state = self.state.as_ref().expect("it has one while it runs");
                let last = self.stack.iter().rev().find(|placed| placed.before.is_some());
                if ends.iter().all(|(known, _)| known != state) {
                    ends.push((state.clone(), last.map(|last| self.items[last.operation].index)));
                }
                if ends.len() > ENDS {
                    return Progress::Paused;
                }
                self.take_back();
            } else if self.steps >= until {
                return Progress::Paused;
            } else {
                self.look();
            }
        }
    }

    /// Begins in the next of the states that the object may be in at first.
    fn start(&mut self) -> bool {
        let Some(state) = self.starts.pop() else { return false };
        self.state = Some(state);
        self.place_reads();
        self.cursor = self.events[0].next;
        true
    }

    /// Looks at the event under the cursor.
    fn look(&mut self) {
        let Event { operation, is_call, next, .. } = self.events[self.cursor];
        if !is_call {
            self.note_stuck();
            self.take_back();
            return;
        }
        let comes_later =
            self.twins[operation].is_some_and(|twin| !self.pending.contains(self.numbers[twin]));
        // A read that fits has been placed already.
        if self.is_read[operation] || comes_later {
            self.cursor = next;
            return;
        }
        let item = &self.items[operation];
        let state = self.state.as_ref().expect("it has one while it runs");
        self.steps += 1;
        let after = self.model.step(state, item.input, item.output);
        let after = after.filter(|after| item.output.is_some() || after != state);
        if let Some(after) = after {
            self.lift(operation);
            if self.cache.insert(&self.returned, &self.pending, &after) {
                let before = self.state.replace(after);
                self.stack.push(Placed { operation, before });
                self.place_reads();
                self.cursor = self.events[0].next;
                return;
            }
            self.unlift(operation);
        }
        self.cursor = next;
    }

    /// Places every read that fits.
    fn place_reads(&mut self) {
        let state = self.state.as_ref().expect("it has one while it runs");
        let mut here = self.events[0].next;
        while here != 0 && self.events[here].is_call {
            let Event { operation, previous, next, .. } = self.events[here];
            here = next;
            if !self.is_read[operation] {
                continue;
            }
            self.steps += 1;
            let item = &self.items[operation];
            if self.model.step(state, item.input, item.output).is_some() {
                self.stack.push(Placed { operation, before: None });
                Self::unlink(&mut self.events, self.calls[operation]);
                let returned = self.returns[operation].expect("a pending read is left out");
                Self::unlink(&mut self.events, returned);
                self.returned.insert(self.numbers[operation]);
                self.left -= 1;
                here = self.events[previous].next;
            }
        }
    }

    /// Takes back the last operation that has another place, and goes on after it. If there is
    /// none, this state was not the one that the object began with.
    fn take_back(&mut self) {
        while let Some(Placed { operation, before }) = self.stack.pop() {
            self.unlift(operation);
            if let Some(before) = before {
                self.state = Some(before);
                self.cursor = self.events[self.calls[operation]].next;
                return;
            }
        }
        self.state = None;
    }

    fn lift(&mut self, operation: usize) {
        Self::unlink(&mut self.events, self.calls[operation]);
        if let Some(returned) = self.returns[operation] {
            Self::unlink(&mut self.events, returned);
            self.returned.insert(self.numbers[operation]);
            self.left -= 1;
        } else {
            self.pending.insert(self.numbers[operation]);
        }
    }

    fn unlift(&mut self, operation: usize) {
        if let Some(returned) = self.returns[operation] {
            self.relink(returned);
            self.returned.remove(self.numbers[operation]);
            self.left += 1;
        } else {
            self.pending.remove(self.numbers[operation]);
        }
        self.relink(self.calls[operation]);
    }

    fn unlink(events: &mut [Event], event: usize) {
        let Event { previous, next, .. } = events[event];
        events[previous].next = next;
        events[next].previous = previous;
    }

    fn relink(&mut self, event: usize) {
        let Event { previous, next, .. } = self.events[event];
        self.events[previous].next = event;
        self.events[next].previous = event;
    }

    /// The search cannot get past the return under the cursor.
    fn note_stuck(&mut self) {
        if self.cursor < self.furthest {
            return;
        }
        if self.cursor > self.furthest {
            self.furthest = self.cursor;
            self.stuck.clear();
        }
        let state = self.state.as_ref().expect("it has one while it runs");
        if self.stuck.len() < STUCK && !self.stuck.contains(state) {
            self.stuck.push(state.clone());
        }
    }
}
