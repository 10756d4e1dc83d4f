// Why a step happened: the message that led to it and what that answered; what can have influenced
// it; where the facts of the verdict are; what each server did last. Pure.

const CAUSES_AT_MOST = 12;

// From an arrival back to its sender, and so on, to a timer, a client or a fault.
function causesOf(run, step) {
  const chain = [];
  let at = step;
  while (chain.length < CAUSES_AT_MOST) {
    const message = run.steps.by[at];
    if (message < 0) break;
    const sender = run.messages.sent[message];
    chain.push({ message, step: sender });
    if (sender < 0) break;
    at = sender;
  }
  return chain;
}

// What can have influenced a step: earlier steps of its server, and whoever sent what arrived
// there. Steps of the world stay, as anybody may have felt them.
function causalPast(run, step) {
  const past = new Uint8Array(run.count);
  past[step] = 1;
  for (let at = step; at >= 0; at -= 1) {
    if (run.steps.on[at] === WORLD) past[at] = 1;
    if (past[at] === 0) continue;
    if (run.steps.on[at] === WORLD && at !== step) continue;
    if (run.before[at] >= 0) past[run.before[at]] = 1;
    const message = run.steps.by[at];
    if (message >= 0 && run.messages.sent[message] >= 0) past[run.messages.sent[message]] = 1;
  }
  if (run.steps.on[step] === WORLD) past.fill(1, 0, step + 1);
  return past;
}

// The step that a fact means: what the oracle saw, if it is that; else the server's step at that
// time. There is none if the window ends before.
function stepOfFact(run, fact) {
  if (fact.time === null) return NEVER;
  if (run.about.omittedAfter > 0 && fact.time > run.end) return NEVER;
  const row = fact.index === null ? undefined : run.committedAt.get(fact.index);
  if (row !== undefined && run.committed.by[row] === fact.node) {
    const step = run.committed.step[row];
    if (step >= 0 && run.steps.time[step] === fact.time) return step;
  }
  if (fact.node === null) return countUpTo(run.steps.time, fact.time) - 1;
  const own = run.stepsOf[fact.node];
  let at = own.length - 1;
  while (at >= 0 && run.steps.time[own[at]] > fact.time) at -= 1;
  if (at < 0) return NEVER;
  for (let early = at; early >= 0 && run.steps.time[own[early]] === fact.time; early -= 1) {
    if (run.turned[own[early]] === 1) return own[early];
  }
  return own[at];
}

// The last step of each server that changed its role or its term, in the order of time.
function lastChanges(run) {
  const rows = [];
  for (let server = 1; server <= run.servers; server += 1) {
    const own = run.stepsOf[server];
    let at = own.length - 1;
    while (at >= 0 && run.turned[own[at]] === 0) at -= 1;
    if (at >= 0) rows.push({ server, step: own[at] });
  }
  return rows.sort((a, b) => a.step - b.step);
}

// What the reader's eye is led to: facts with their steps, the last changes if the facts name none
// and the failure is shown, and where the odds of failing turn.
// The broken properties that were asked for, and not forbidden.
const ASKED = ['agreement once the faults stop', 'agreement while the faults stand'];

// Whether the first fact says what was expected. Elsewhere both facts were seen.
function asks({ kind, property }) {
  return kind !== 'broken' || ASKED.includes(property);
}

function findMarks(run) {
  const turning = run.turning.filter(({ step }) => step >= 0 && step < run.count);
  if (run.verdict === null)
    return { facts: [], changes: [], turning, at: lettersAt([], [], turning) };
  const facts = run.verdict.facts.map((fact, at) => {
    const step = stepOfFact(run, fact);
    const onLane = fact.node !== null && step >= 0;
    return {
      letter: 'AB'[at] ?? String(at + 1),
      role: asks(run.verdict) ? (['expected', 'found'][at] ?? '') : '',
      fact,
      step: step >= 0 ? step : at > 0 ? run.failure : NEVER,
      onLane,
    };
  });
  const named = facts.some((mark) => mark.onLane);
  const changes =
    named || run.failure < 0
      ? []
      : lastChanges(run).map((row, at) => ({ digit: String(at + 1), ...row }));
  return { facts, changes, turning, at: lettersAt(facts, changes, turning) };
}

// The letters and digits that stand at each step.
function lettersAt(facts, changes, turning) {
  const rows = [
    ...facts.map(({ step, letter }) => [step, letter]),
    ...turning.map(({ step, letter }) => [step, letter]),
    ...changes.map(({ step, digit }) => [step, digit]),
  ];
  const at = new Map();
  for (const [step, letter] of rows) if (step >= 0) at.set(step, [...(at.get(step) ?? []), letter]);
  return at;
}

// Where the page opens: at the time that the run names, else at the failure, else at the first
// election.
function opensAt(run) {
  const time = run.about.open ?? null;
  if (time !== null) return Math.max(0, countUpTo(run.steps.time, time) - 1);
  return run.failure >= 0 ? run.failure : firstElection(run);
}

function firstElection(run) {
  const { step, role } = run.status;
  for (let row = 0; row < step.length; row += 1)
    if (step[row] >= 0 && role[row] === ROLE.leader) return step[row];
  return Math.max(0, run.count - 1);
}
