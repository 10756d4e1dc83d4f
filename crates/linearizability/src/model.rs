//! What an object promises if its operations come one after the other.

use alloc::string::String;
use core::hash::Hash;

/// The sequential specification of an object, or of a set of independent ones.
///
/// A model is deterministic: an operation and its output lead from one state to at most one other.
/// An object that may choose has a set of states as its state.
///
/// ```
/// use raftsim_linearizability::{Budget, Clients, Model, Recorder, Verdict, check};
///
/// /// A counter. Its one operation adds 1 and returns the sum.
/// struct Counter;
///
/// impl Model for Counter {
///     type Input = ();
///     type Output = u64;
///     type State = u64;
///     type Key = ();
///
///     fn key(&self, (): &()) {}
///
///     fn initial(&self, (): &()) -> u64 {
///         0
///     }
///
///     fn step(&self, state: &u64, (): &(), output: Option<&u64>) -> Option<u64> {
///         let sum = state + 1;
///         output.is_none_or(|output| *output == sum).then_some(sum)
///     }
///
///     fn describe(&self, (): &(), output: Option<&u64>) -> String {
///         output.map_or("add".into(), |sum| format!("add returned {sum}"))
///     }
///
///     fn describe_key(&self, (): &()) -> String {
///         "the counter".into()
///     }
///
///     fn describe_state(&self, state: &u64) -> String {
///         format!("the counter is at {state}")
///     }
/// }
///
/// let mut recorder = Recorder::default();
/// let [first, second] = [recorder.call(1, ()), recorder.call(2, ())];
/// recorder.returned(first, 2)?;
/// recorder.returned(second, 1)?;
/// let history = recorder.finish(Clients::OneAtATime)?;
/// let report = check(&Counter, &history, Budget::default());
/// assert_eq!(report.verdict, Verdict::Linearizable(vec![1, 0]));
/// # Ok::<(), raftsim_linearizability::HistoryError>(())
/// ```
pub trait Model {
    /// What a client asks for.
    type Input: PartialEq;
    /// What it is answered.
    type Output;
    /// The state of one object. Equal states must allow the same future.
    type State: Clone + Eq + Hash;
    /// Names one object. Objects must be independent of each other: then a history is linearizable
    /// if and only if the operations of each object are (Herlihy and Wing's locality; Horn and
    /// Kroening call its use P-compositionality). A model of one object has the key `()`.
    type Key: Clone + Ord;

    /// The object that an operation concerns.
    fn key(&self, input: &Self::Input) -> Self::Key;

    /// The state of an object before its first operation.
    fn initial(&self, key: &Self::Key) -> Self::State;

    /// The state after the operation, or `None` if the object cannot answer `output` in `state`.
    ///
    /// Without an output the operation never returned, or its output is not known: whatever the
    /// object answers is right, and the result is the state that follows.
    fn step(
        &self,
        state: &Self::State,
        input: &Self::Input,
        output: Option<&Self::Output>,
    ) -> Option<Self::State>;

    /// Whether the operation leaves each state as it is in which its output is right.
    ///
    /// The search places such an operation as soon as it fits, and tries no other place. If this is
    /// false although the operation is one, the search takes more steps; if it is true although the
    /// operation is none, the verdict may be wrong.
    fn is_read(&self, _input: &Self::Input, _output: Option<&Self::Output>) -> bool {
        false
    }

    /// The state in which the operation found the object, and left it, if its output proves that.
    /// It makes contradictions smaller, and decides no verdict.
    fn observed(&self, _input: &Self::Input, _output: &Self::Output) -> Option<Self::State> {
        None
    }

    /// The operation in a few words, such as `get returned "x"`. Without an output it never
    /// returned.
    fn describe(&self, input: &Self::Input, output: Option<&Self::Output>) -> String;

    /// The object in a few words, such as `key "x"`.
    fn describe_key(&self, key: &Self::Key) -> String;

    /// The state as a short sentence without a stop, such as `the value is "x"`.
    fn describe_state(&self, state: &Self::State) -> String;

    /// Why the operation cannot have its output in `state`, as a short sentence without a stop.
    /// By default it describes the state.
    fn refusal(&self, state: &Self::State, _: &Self::Input, _: &Self::Output) -> String {
        self.describe_state(state)
    }
}
