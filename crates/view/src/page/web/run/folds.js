// Which steps fold away, and what repeats in a fold. The rule knows no type of message: a step is
// routine if it changed nothing that lasts and nothing that it sent changed anything. Pure.

const FOLD_FROM = 4;
const SHOWN = 0;
const IN_FOLD = 1;
const IN_INSTANT = 2;

// What is never folded, wherever the cursor is: what the plan names, and the marks of the verdict.
function neverFolded(run, marks) {
  const named = new Uint8Array(run.count);
  const keep = (step) => {
    if (step !== undefined && step >= 0) named[step] = 1;
  };
  run.messages.given.forEach((given, m) => {
    if (given !== 1) return;
    keep(run.messages.sent[m]);
    run.messages.arrived[m].forEach(keep);
  });
  marks.facts.forEach((mark) => keep(mark.step));
  marks.changes.forEach((mark) => keep(mark.step));
  marks.turning.forEach((mark) => keep(mark.step));
  return named;
}

// A refused proposal or a failed call is no dot of its own beside another step of its instant. A
// failed call never is: the message that was lost is drawn.
function isMinor(run, step) {
  return run.refused[step] === 1 || run.steps.kind[step] === KIND['call failed'];
}

// What folds wherever the cursor is: `free` are the routine steps but those that are named or were
// opened.
function foldSteps(run, on, [named, opened]) {
  const folding = { hidden: new Uint8Array(run.count), folds: [], free: new Uint8Array(run.count) };
  if (!on) return folding;
  for (let step = 0; step < run.count; step += 1)
    if (run.routine[step] === 1 && named[step] === 0 && opened[step] === 0) folding.free[step] = 1;
  foldBetween(run, 0, run.count, [], folding);
  return folding;
}

// The same, but the steps in `kept`, which are in order, are shown. Only the stretches of routine
// steps around them are folded anew: a step through a long run takes no longer than in a short one.
function foldAround(run, folded, kept) {
  const { free } = folded;
  const folding = { hidden: folded.hidden.slice(), folds: folded.folds, free };
  let end = 0;
  for (const step of kept) {
    if (free[step] === 0 || step < end) continue;
    let first = step;
    while (first > 0 && free[first - 1] === 1) first -= 1;
    end = step + 1;
    while (end < run.count && free[end] === 1) end += 1;
    folding.hidden.fill(SHOWN, first, end);
    const [before, after] = [[], []];
    for (const fold of folding.folds) {
      if (fold.last < first) before.push(fold);
      else if (fold.first >= end) after.push(fold);
    }
    folding.folds = before;
    foldBetween(run, first, end, kept, folding);
    folding.folds = before.concat(after);
  }
  return folding;
}

function foldBetween(run, begin, end, kept, { hidden, folds, free }) {
  const isFree = (step) => free[step] === 1 && !kept.includes(step);
  let step = begin;
  while (step < end) {
    if (!isFree(step)) {
      step += 1;
      continue;
    }
    const first = step;
    while (step < end && isFree(step)) step += 1;
    foldRange(run, first, step - 1, hidden, folds);
  }
}

function foldRange(run, first, last, hidden, folds) {
  const { time } = run.steps;
  const before = first > 0 ? time[first - 1] : NEVER;
  const after = last + 1 < run.count ? time[last + 1] : NEVER;
  const rest = [];
  for (let step = first; step <= last; step += 1) {
    const beside =
      time[step] === before || time[step] === after || run.steps.kind[step] === KIND['call failed'];
    if (isMinor(run, step) && beside) hidden[step] = IN_INSTANT;
    else rest.push(step);
  }
  if (rest.length >= FOLD_FROM) {
    const [from, until] = [rest[0], rest[rest.length - 1]];
    hidden.fill(IN_FOLD, from, until + 1);
    folds.push({
      first: from,
      last: until,
      steps: until - from + 1,
      from: time[from],
      until: time[until],
      x0: 0,
      x1: 0,
    });
    return;
  }
  const busy = new Set(rest.filter((step) => !isMinor(run, step)).map((step) => time[step]));
  for (const step of rest)
    if (isMinor(run, step) && busy.has(time[step])) hidden[step] = IN_INSTANT;
}

// What a fold hides, counted: who sent what to whom, and how often each timer moved and fired. A
// fold may have many thousand steps, so words are made only for the rows that come of it.
function repeatsIn(run, fold) {
  const counts = new Map();
  for (let step = fold.first; step <= fold.last; step += 1) countSends(run, step, counts);
  const rows = [...counts.values()].flatMap((byPeers) => [...byPeers.values()]);
  rows.sort((a, b) => b.times - a.times || a.example - b.example);
  return {
    rows: rows.map((row) => repeatInWords(run, row)),
    timers: countTimers(run, fold.first, fold.last).filter((row) => row.moved + row.fired > 0),
  };
}

// Adds what a step sent. Requests count by all their addressees together, answers by their kind.
function countSends(run, step, counts) {
  const { starts, rows } = run.sentBy;
  const groups = [];
  for (let at = starts[step]; at < starts[step + 1]; at += 1) {
    const m = rows[at];
    const code = sendCode(run, m);
    let group = groups.find((other) => other.code === code);
    if (group === undefined) groups.push((group = { code, peers: 0, example: m }));
    // Several equal messages to one server count once.
    const peer = 2 ** run.messages.to[m];
    if (Math.floor(group.peers / peer) % 2 === 0) group.peers += peer;
  }
  for (const { code, peers, example } of groups) {
    const key = run.messages.reply[example] === 1 ? 0 : peers;
    if (!counts.has(code)) counts.set(code, new Map());
    const byPeers = counts.get(code);
    const row = byPeers.get(key) ?? { times: 0, example, to: new Set() };
    byPeers.set(key, row);
    row.times += 1;
    if (row.times === 1 || key === 0) addPeers(row.to, peers);
  }
}

// Sender, kind, label and fate as one number.
function sendCode(run, m) {
  const { from, kind, reply, label } = run.messages;
  const what = (label[m] * 32 + kind[m]) * 2 + reply[m];
  return (what * 64 + from[m]) * 2 ** 14 + Math.min(2 ** 14 - 1, fateCode(run, m));
}

function addPeers(to, peers) {
  for (
    let server = 1, rest = Math.floor(peers / 2);
    rest > 0;
    server += 1, rest = Math.floor(rest / 2)
  ) {
    if (rest % 2 === 1) to.add(server);
  }
}

function repeatInWords(run, { times, example, to }) {
  return {
    times,
    from: run.messages.from[example],
    to: [...to].sort((a, b) => a - b),
    name: messageName(run, example),
    fate: fateInWords(run, example),
  };
}

// The first fold that ends before a step, if nothing is shown between.
function foldBefore(layout, step) {
  const { folding } = layout;
  const at = countUpTo(layout.foldLasts, step - 1) - 1;
  if (at < 0) return null;
  const fold = folding.folds[at];
  for (let between = fold.last + 1; between < step; between += 1)
    if (folding.hidden[between] === SHOWN) return null;
  return fold;
}
