//! Short ways to write down a history, and the exhaustive search that the checks are compared with.

use std::collections::BTreeMap;

use raftsim_linearizability::{
    Budget, ClientId, Clients, History, Model, Moment, Operation, Report, Verdict, check, verify,
};

/// An operation that returned.
pub(crate) fn done<I, O>(
    client: ClientId,
    (call, returned): (Moment, Moment),
    input: I,
    output: O,
) -> Operation<I, O> {
    Operation { client, input, call, returned: Some((returned, output)) }
}

/// An operation that did not.
pub(crate) fn pending<I, O>(client: ClientId, call: Moment, input: I) -> Operation<I, O> {
    Operation { client, input, call, returned: None }
}

/// A history of clients that call one operation at a time.
pub(crate) fn history<I, O>(operations: Vec<Operation<I, O>>) -> History<I, O> {
    History::new(operations, Clients::OneAtATime).expect("well-formed")
}

/// The report on a history. An order in it is checked.
pub(crate) fn judge<M: Model>(model: &M, history: &History<M::Input, M::Output>) -> Report {
    let report = check(model, history, Budget::default());
    verify_report(model, history, &report);
    report
}

/// Checks the order in a report, if there is one.
pub(crate) fn verify_report<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    report: &Report,
) {
    if let Verdict::Linearizable(order) = &report.verdict {
        assert_eq!(verify(model, history, order), Ok(()), "{order:?}");
    }
}

/// Whether it is linearizable. It must be known.
pub(crate) fn is_linearizable(report: &Report) -> bool {
    match report.verdict {
        Verdict::Linearizable(_) => true,
        Verdict::Illegal(_) => false,
        Verdict::Unknown => panic!("the verdict is unknown: {report}"),
    }
}

/// The history without its other operations than these: reads are left out, and what may change a
/// state may do so at any moment after its call, or never.
pub(crate) fn weaken<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    whole: &[usize],
) -> History<M::Input, M::Output>
where
    M::Input: Clone,
    M::Output: Clone,
{
    let mut operations = Vec::new();
    for (index, operation) in history.operations().iter().enumerate() {
        if whole.contains(&index) {
            operations.push(operation.clone());
        } else if !model.is_read(&operation.input, operation.output()) {
            operations.push(Operation { returned: None, ..operation.clone() });
        }
    }
    History::new(operations, Clients::Overlapping).expect("it was well-formed before")
}

/// Whether some order of the operations is right, by trying all of them.
pub(crate) fn has_order<M: Model>(model: &M, history: &History<M::Input, M::Output>) -> bool {
    continues(model, history, &mut Vec::new(), &BTreeMap::new())
}

fn continues<M: Model>(
    model: &M,
    history: &History<M::Input, M::Output>,
    placed: &mut Vec<usize>,
    states: &BTreeMap<M::Key, M::State>,
) -> bool {
    let operations = history.operations();
    let left: Vec<_> = (0..operations.len()).filter(|index| !placed.contains(index)).collect();
    if left.iter().all(|&index| operations[index].returned.is_none()) {
        return true;
    }
    left.iter().any(|&index| {
        let operation = &operations[index];
        let is_late = left.iter().any(|&other| {
            operations[other].returned_at().is_some_and(|returned| returned < operation.call)
        });
        if is_late {
            return false;
        }
        let key = model.key(&operation.input);
        let state = states.get(&key).cloned().unwrap_or_else(|| model.initial(&key));
        let Some(next) = model.step(&state, &operation.input, operation.output()) else {
            return false;
        };
        let mut states = states.clone();
        states.insert(key, next);
        placed.push(index);
        let has_order = continues(model, history, placed, &states);
        placed.pop();
        has_order
    })
}
