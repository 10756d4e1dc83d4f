//! The few operations of a wrong history that already contradict each other.
//!
//! The search of the object ends at a return that no order gets past. There are two ways to leave
//! out what was long before. At a quiet moment, when no operation was open, the past matters only
//! by the states that it may have led to. And where a read proves what the state was, all that
//! returned before its call can be left out, and what was open at the same time may come after it
//! or not.
//!
//! Of the operations that remain as many as possible are *let go*: such a read is left out, and
//! such a write may take effect anywhere after its call, or never. That only adds orders, so what
//! still has no order proves that the whole history has none.

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::history::{History, Moment, Operation};
use crate::model::Model;
use crate::report::{Contradiction, Line};
use crate::search::{End, Item, Progress, Search};

/// How the search sees an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// As it was.
    Whole,
    /// Pending: it may take effect at any moment after its call, or never.
    Free,
    /// Not at all.
    Out,
}

/// The smallest part of an object's history that was found to contradict itself.
struct Window<'a, M: Model> {
    model: &'a M,
    /// The read that proves the state in which it starts, if one does.
    first: Option<Item<'a, M>>,
    /// By their calls.
    items: Vec<Item<'a, M>>,
    holds: Vec<Hold>,
    starts: Vec<End<M::State>>,
    /// The operation whose return no order gets past, by its place in the history.
    last: usize,
    /// The states in which it does not.
    stuck: Vec<M::State>,
    steps: u64,
    budget: u64,
}

/// Of how many states before the window it is said which they are.
const STARTS: usize = 4;

/// How many reads are tried as the first operation.
const READS: usize = 64;

/// How many steps it may take to find out whether some operations can be let go.
const ATTEMPT: u64 = 1 << 14;

/// Makes few operations of an object that is not linearizable, as its `search` has found out, in so
/// many steps. The result is the contradiction and the steps that it took.
pub(crate) fn contradiction<'a, M: Model>(
    model: &'a M,
    history: &History<M::Input, M::Output>,
    (key, items): (&M::Key, &[Item<'a, M>]),
    search: &Search<'a, M>,
    budget: u64,
) -> (Contradiction, u64) {
    let (last, stuck) = search.stuck().expect("it is stuck at a return");
    let count = items.len();
    let mut items = items.to_vec();
    items.retain(|item| item.output.is_some() || !model.is_read(item.input, None));
    items.sort_by_key(|item| item.call);
    let end = last.returned.expect("it returned");
    items.retain(|item| item.call <= end);
    let mut quiet = Window {
        model,
        first: None,
        holds: vec![Hold::Whole; items.len()],
        items,
        starts: vec![(model.initial(key), None)],
        last: last.index,
        stuck: stuck.to_vec(),
        steps: 0,
        budget: budget / 2,
    };
    let mut read = quiet.clone();
    quiet.cut_at_quiet_moment();
    quiet.let_go(Hold::Free);
    quiet.let_go(Hold::Out);
    if read.cut_at_read() {
        read.let_go(Hold::Free);
        read.let_go(Hold::Out);
    }
    let steps = quiet.steps + read.steps;
    let is_smaller = read.first.is_some() && read.len() < quiet.len();
    let window = if is_smaller { read } else { quiet };
    (window.contradiction(history, key, count), steps)
}

impl<M: Model> Clone for Window<'_, M> {
    fn clone(&self) -> Self {
        Self {
            model: self.model,
            first: self.first.clone(),
            items: self.items.clone(),
            holds: self.holds.clone(),
            starts: self.starts.clone(),
            last: self.last,
            stuck: self.stuck.clone(),
            steps: self.steps,
            budget: self.budget,
        }
    }
}

impl<'a, M: Model> Window<'a, M> {
    /// The number of operations that it shows.
    fn len(&self) -> usize {
        let held = self.holds.iter().filter(|hold| **hold != Hold::Out).count();
        held + usize::from(self.first.is_some())
    }

    /// Begins at the latest read that proves a state from which there is no order, if there is one.
    fn cut_at_read(&mut self) -> bool {
        let last = self.items.iter().find(|item| item.index == self.last);
        let called = last.expect("it is one of them").call;
        let is_before = |item: &&Item<'a, M>| item.returned.is_some_and(|at| at < called);
        let mut reads: Vec<_> = self.items.iter().filter(is_before).cloned().collect();
        reads.sort_by_key(|item| (item.returned, item.call));
        for read in reads.into_iter().rev().take(READS) {
            let (Some(output), Some(returned)) = (read.output, read.returned) else { continue };
            let Some(state) = self.model.observed(read.input, output) else { continue };
            let mut window = self.clone();
            window.items.retain(|item| {
                item.index != read.index && item.returned.is_none_or(|at| at >= read.call)
            });
            window.holds = window.items.iter().map(|item| self.beside(item, returned)).collect();
            window.starts = vec![(state, None)];
            window.first = Some(read);
            let is_stuck = window.is_stuck();
            self.steps = window.steps;
            if is_stuck {
                *self = window;
                return true;
            }
        }
        false
    }

    /// How an operation is seen after a read that returned at this moment.
    fn beside(&self, item: &Item<'a, M>, returned: Moment) -> Hold {
        if item.call > returned {
            Hold::Whole
        } else if self.model.is_read(item.input, item.output) {
            Hold::Out
        } else {
            Hold::Free
        }
    }

    /// Leaves out what came before the last quiet moment at which the object is in one of a few
    /// states.
    fn cut_at_quiet_moment(&mut self) {
        let segments = self.segments();
        let [passed @ .., _] = &segments[..] else { return };
        let (mut starts, mut from) = (self.starts.clone(), 0);
        let mut cut = 0;
        for segment in passed {
            let states = starts.iter().map(|(state, _)| state.clone()).collect();
            let search = Search::new(self.model, self.items[from..*segment].to_vec(), states);
            let (ends, steps) = search.ends(self.budget.saturating_sub(self.steps));
            self.steps += steps;
            let Some(ends) = ends else { break };
            let before = starts;
            let led_to = |(state, by): End<M::State>| {
                let earlier = || before.iter().find(|(known, _)| *known == state)?.1;
                let by = by.or_else(earlier);
                (state, by)
            };
            starts = ends.into_iter().map(led_to).collect();
            assert!(!starts.is_empty(), "the last operation is in the last segment");
            from = *segment;
            if starts.len() <= STARTS {
                self.starts.clone_from(&starts);
                cut = from;
            }
        }
        self.items.drain(..cut);
        self.holds.drain(..cut);
    }

    /// Divides the operations at quiet moments: where each segment ends.
    fn segments(&self) -> Vec<usize> {
        let mut ends = Vec::new();
        let mut until = Moment::MIN;
        for (place, item) in self.items.iter().enumerate() {
            if place > 0 && until < item.call {
                ends.push(place);
            }
            // A pending operation is open for good.
            until = until.max(item.returned.unwrap_or(Moment::MAX));
        }
        ends.push(self.items.len());
        ends
    }

    /// Lets go as many operations as possible: first half of them at a time, then less.
    fn let_go(&mut self, to: Hold) {
        let mut size = self.items.len().div_ceil(2);
        while size > 0 {
            for chunk in (0..self.items.len()).step_by(size) {
                if self.steps >= self.budget {
                    return;
                }
                let before = self.holds.clone();
                for place in chunk..self.items.len().min(chunk + size) {
                    self.let_one_go(place, to);
                }
                if self.holds != before && !self.is_stuck() {
                    self.holds = before;
                }
            }
            size = if size == 1 { 0 } else { size.div_ceil(2) };
        }
    }

    fn let_one_go(&mut self, place: usize, to: Hold) {
        let item = &self.items[place];
        let now = self.holds[place];
        let is_read = self.model.is_read(item.input, item.output);
        let is_last = item.index == self.last;
        self.holds[place] = match (now, to) {
            (Hold::Whole, Hold::Free) if is_last => Hold::Whole,
            (Hold::Whole, Hold::Free) if is_read => Hold::Out,
            (Hold::Whole, Hold::Free) => Hold::Free,
            (Hold::Free, Hold::Out) => Hold::Out,
            (now, _) => now,
        };
    }

    /// Whether the operations still have no order, and their orders still get as far as before.
    fn is_stuck(&mut self) -> bool {
        let attempt = ATTEMPT.min(self.budget.saturating_sub(self.steps));
        // To look at all of them takes time too.
        self.steps += self.items.len() as u64;
        let held = self.items.iter().zip(&self.holds).filter_map(|(item, hold)| match hold {
            Hold::Whole => Some(item.clone()),
            Hold::Free => Some(Item { output: None, returned: None, ..item.clone() }),
            Hold::Out => None,
        });
        let states = self.starts.iter().map(|(state, _)| state.clone()).collect();
        let mut search = Search::new(self.model, held.collect(), states);
        let progress = search.run(attempt);
        self.steps += search.steps();
        let Some((last, stuck)) = search.stuck() else { return false };
        let is_stuck = progress == Progress::Exhausted && last.index == self.last;
        if is_stuck {
            self.stuck = stuck.to_vec();
        }
        is_stuck
    }

    /// The contradiction, of an object with so many operations.
    fn contradiction(
        &self,
        history: &History<M::Input, M::Output>,
        key: &M::Key,
        operations: usize,
    ) -> Contradiction {
        let held = self.items.iter().zip(&self.holds).filter(|(_, hold)| **hold != Hold::Out);
        let first = self.first.iter().map(|item| (item, &Hold::Whole));
        let mut held: Vec<_> = first.chain(held).collect();
        held.sort_by_key(|(item, _)| item.call);
        let lines: Vec<_> = held
            .into_iter()
            .map(|(item, hold)| line(self.model, history, item, *hold == Hold::Free))
            .collect();
        let before = match self.first {
            Some(_) => Vec::new(),
            None => self.starts.iter().map(|start| self.before(history, start)).collect(),
        };
        Contradiction {
            object: self.model.describe_key(key),
            before,
            others: operations - lines.len(),
            operations: lines,
            reasons: self.reasons(history),
        }
    }

    fn before(
        &self,
        history: &History<M::Input, M::Output>,
        (state, by): &End<M::State>,
    ) -> String {
        let state = self.model.describe_state(state);
        let orders = if self.starts.len() > 1 { "In some orders" } else { "In every order" };
        let Some(by) = by else { return format!("At first {state}.") };
        let operation = &history.operations()[*by];
        let does = self.model.describe(&operation.input, operation.output());
        let Operation { client, call, returned, .. } = operation;
        let returned = returned.as_ref().map_or(Moment::MAX, |(returned, _)| *returned);
        format!(
            "{orders} the last change before that is client {client}'s from {call} to {returned}, \
             {does}: {state}."
        )
    }

    /// Why the last operation cannot have been answered as it was.
    fn reasons(&self, history: &History<M::Input, M::Output>) -> Vec<String> {
        let Operation { client, input, call, returned } = &history.operations()[self.last];
        let Some((returned, output)) = returned else { unreachable!("only a return is stuck at") };
        let last = format!("client {client}'s operation from {call} to {returned}");
        let is_refused = |state: &&M::State| self.model.step(state, input, Some(output)).is_none();
        let refused = self.stuck.iter().filter(is_refused);
        let refusals: Vec<_> =
            refused.map(|state| self.model.refusal(state, input, output)).collect();
        match &refusals[..] {
            [] => vec![format!("No order allows what {last} returned.")],
            [refusal] => {
                vec![format!("No order allows what {last} returned: by then {refusal}.")]
            }
            [refusals @ .., last_one] => {
                let mut reasons = vec![format!("No order allows what {last} returned. By then")];
                reasons.extend(refusals.iter().map(|refusal| format!("  {refusal},")));
                reasons.push(format!("  or {last_one}."));
                reasons
            }
        }
    }
}

/// The line of an operation. Does the contradiction hold wherever it took effect?
pub(crate) fn line<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    item: &Item<'_, M>,
    anywhere: bool,
) -> Line {
    let client = history.operations()[item.index].client;
    let does = model.describe(item.input, item.output);
    let call = item.call;
    let text = match item.returned {
        None => format!("client {client}, from {call} on, without a return: {does}"),
        Some(_) if anywhere => {
            format!("client {client}, from {call} on, whenever it took effect: {does}")
        }
        Some(returned) => format!("client {client}, from {call} to {returned}: {does}"),
    };
    Line { operation: item.index, anywhere, text }
}
