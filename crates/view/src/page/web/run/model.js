// The run as the page reads it: columns become typed arrays, and rows are indexed by step and by
// server. Pure: it knows no document and no canvas.

const WORLD = 0;
const ROLE = Object.freeze({
  down: 0,
  follower: 1,
  preCandidate: 2,
  candidate: 3,
  leader: 4,
  other: 5,
});
const ROLE_WORDS = ['down', 'follower', 'pre-candidate', 'candidate', 'leader', 'in another role'];
const ROLE_LETTERS = ['–', 'F', 'P', 'C', 'L', '?'];
const KINDS = [
  'boot',
  'crash',
  'timeout',
  'arrival',
  'missed',
  'call failed',
  'proposal',
  'compaction',
  'pause',
  'resume',
  'goes on',
  'fault',
  'links',
  'check',
  'failure',
];
const KIND = Object.freeze(Object.fromEntries(KINDS.map((name, at) => [name, at])));
// As the terminal prints them.
const FATES = [
  'delivered',
  'lost',
  'link blocked',
  'addressee down',
  'call no longer waits',
  'duplicate',
];
const FATE = Object.freeze({
  delivered: 0,
  lost: 1,
  blocked: 2,
  down: 3,
  unasked: 4,
  duplicate: 5,
});
const NEVER = -1;

// What a node prints may hold characters that are no picture: they are shown by their numbers.
function harmless(text) {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => '\\u{' + character.codePointAt(0).toString(16) + '}',
  );
}

function decodeRun(data) {
  const text = data.text.map(harmless);
  const steps = decodeSteps(data);
  const run = {
    about: data.run,
    verdict: decodeVerdict(data.verdict),
    plan: data.plan.map(({ time, text: said }) => ({ time, text: harmless(said) })),
    fates: data.fates.map(harmless),
    text,
    topics: data.topics,
    servers: data.run.servers,
    end: endOf(data.run, steps),
    steps,
    count: steps.time.length,
    messages: decodeMessages(data.messages, data['fate names']),
    status: data.status,
    disk: data.disk,
    timer: data.timer,
    links: data.links,
    committed: data.committed,
    proposals: data.proposals,
    turning: (data.turning ?? []).map(({ step, letter, text: said }) => ({
      step,
      letter: harmless(letter),
      text: harmless(said),
    })),
    memory: decodeMemory(data),
  };
  run.failure = steps.failure;
  run.topic = Object.fromEntries(run.topics.map((name, at) => [name, at]));
  indexRun(run);
  measureLatency(run);
  findChanges(run);
  findWaits(run);
  run.stopped = Array.from(run.timer.step).some((step) => step >= 0 && stopsTimer(run, step));
  return run;
}

// When that ends which the page shows: the run, or the window if it leaves out later steps.
function endOf({ omittedAfter, end, from }, { time }) {
  if (omittedAfter === 0) return end;
  return time.length > 0 ? time[time.length - 1] : from;
}

function decodeVerdict(verdict) {
  if (verdict === null) return null;
  const facts = verdict.facts.map((fact) => ({ ...fact, text: harmless(fact.text) }));
  const [property, label] = [harmless(verdict.property), harmless(verdict.label)];
  return { ...verdict, property, label, facts };
}

// A failed run ends with a step of its own: the check that fails. No record says it.
function decodeSteps(data) {
  const { dt, on, kind, by, lines } = data.steps;
  const fails = data.verdict !== null && data.run.omittedAfter === 0;
  const count = dt.length + (fails ? 1 : 0);
  const steps = {
    time: new Float64Array(count),
    on: new Uint8Array(count),
    kind: new Uint8Array(count),
    by: new Int32Array(count).fill(NEVER),
    lines,
    failure: NEVER,
  };
  const kinds = data.kinds.map((name) => KIND[name] ?? KIND.fault);
  let now = 0;
  for (let step = 0; step < dt.length; step += 1) {
    now += dt[step];
    steps.time[step] = now;
    steps.on[step] = on[step];
    steps.kind[step] = kinds[kind[step]];
    steps.by[step] = by[step];
  }
  if (fails) {
    steps.failure = dt.length;
    steps.time[dt.length] = Math.max(now, data.verdict.time);
    steps.kind[dt.length] = KIND.failure;
  }
  return steps;
}

function decodeMessages(columns, names) {
  const fate = names.map((name) => FATES.indexOf(name));
  return {
    count: columns.from.length,
    from: Uint8Array.from(columns.from),
    to: Uint8Array.from(columns.to),
    n: columns.n,
    kind: Uint8Array.from(columns.kind),
    reply: Uint8Array.from(columns.reply),
    term: Int32Array.from(columns.term),
    label: Int32Array.from(columns.label),
    text: Int32Array.from(columns.text),
    fate: Uint8Array.from(columns.fate, (at) => fate[at]),
    given: Uint8Array.from(columns.given),
    words: Int32Array.from(columns.words),
    sent: Int32Array.from(columns.sent),
    arrived: columns.arrived,
    due: columns.due,
  };
}

// The servers' own memory after some of their steps, as printed over several lines.
function decodeMemory(data) {
  const { step, on, text } = data.inspect ?? { step: [], on: [], text: [] };
  const memory = new Map();
  step.forEach((at, row) => {
    const lines = data.text[text[row]].split('\n').map(harmless);
    memory.set(memoryKey(at, on[row]), lines.join('\n'));
  });
  return memory;
}

function memoryKey(step, server) {
  return step * 256 + server;
}

// Which rows belong to a step: `rows[starts[step]] .. rows[starts[step + 1]]`.
function rowsOfSteps(column, count) {
  const starts = new Int32Array(count + 1);
  for (const step of column) if (step >= 0) starts[step + 1] += 1;
  for (let step = 0; step < count; step += 1) starts[step + 1] += starts[step];
  const rows = new Int32Array(starts[count]);
  const next = starts.slice(0, count);
  column.forEach((step, row) => {
    if (step >= 0) {
      rows[next[step]] = row;
      next[step] += 1;
    }
  });
  return { starts, rows, of: (step) => rows.subarray(starts[step], starts[step + 1]) };
}

// Rows of each server in order, with their steps, for a binary search.
function rowsOfServers(table, servers) {
  const lists = Array.from({ length: servers + 1 }, () => []);
  table.on.forEach((server, row) => lists[server].push(row));
  return lists.map((rows) => ({
    rows: Int32Array.from(rows),
    steps: Int32Array.from(rows, (row) => table.step[row]),
  }));
}

// How many of the sorted numbers are at most `most`.
function countUpTo(sorted, most) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

function indexRun(run) {
  const { steps, count, messages, servers } = run;
  run.sentBy = rowsOfSteps(messages.sent, count);
  run.statusOf = rowsOfServers(run.status, servers);
  run.diskOf = rowsOfServers(run.disk, servers);
  run.timerOf = rowsOfServers(run.timer, servers);
  run.statusAt = rowsOfSteps(run.status.step, count);
  run.timerAt = rowsOfSteps(run.timer.step, count);
  run.proposalAt = rowsOfSteps(run.proposals.step, count);
  run.committedAt = new Map(run.committed.index.map((index, row) => [index, row]));
  const lists = Array.from({ length: servers + 1 }, () => []);
  run.before = new Int32Array(count).fill(NEVER);
  for (let step = 0; step < count; step += 1) {
    const list = lists[steps.on[step]];
    if (list.length > 0) run.before[step] = list[list.length - 1];
    list.push(step);
  }
  run.stepsOf = lists.map((list) => Int32Array.from(list));
}

function median(numbers) {
  if (numbers.length === 0) return null;
  const sorted = Float64Array.from(numbers).sort();
  return sorted[sorted.length >> 1];
}

// A message is late if one that was sent after it on the same link came before it, or if it took
// ten times the median.
function measureLatency(run) {
  const { messages, steps } = run;
  run.latency = median(messages.due.flat()) ?? 1e6;
  run.late = new Uint8Array(messages.count);
  const earliest = new Map();
  for (let m = messages.count - 1; m >= 0; m -= 1) {
    const delay = messages.due[m][0];
    if (delay === undefined || messages.sent[m] < 0) continue;
    const due = steps.time[messages.sent[m]] + delay;
    const link = messages.from[m] * 256 + messages.to[m];
    const next = earliest.get(link) ?? Infinity;
    if (due > next || delay > 10 * run.latency) run.late[m] = 1;
    earliest.set(link, Math.min(next, due));
  }
}

// Which steps changed something that lasts: a status, a disk, a client, the world. A timer that
// moves is no change, or no heartbeat would be routine.
function findChanges(run) {
  const { steps, count, topic } = run;
  run.changed = new Uint8Array(count);
  run.refused = new Uint8Array(count);
  const alone = new Set([
    KIND.boot,
    KIND.crash,
    KIND.compaction,
    KIND.pause,
    KIND.resume,
    KIND.fault,
    KIND.links,
    KIND.check,
    KIND.failure,
  ]);
  const lasting = new Set([topic.apply, topic.client, topic.fault]);
  run.proposals.step.forEach((step, row) => {
    if (step >= 0 && run.proposals.index[row] < 0) run.refused[step] = 1;
  });
  for (let step = 0; step < count; step += 1) {
    const refused = run.refused[step] === 1;
    const lines = steps.lines[step] ?? [];
    if (alone.has(steps.kind[step]) || (!refused && lines.some(([about]) => lasting.has(about)))) {
      run.changed[step] = 1;
    }
  }
  for (const step of run.disk.step) if (step >= 0) run.changed[step] = 1;
  markStatusChanges(run);
  run.routine = new Uint8Array(count);
  for (let step = 0; step < count; step += 1) run.routine[step] = 1 - run.changed[step];
  run.messages.arrived.forEach((arrived, m) => {
    const sent = run.messages.sent[m];
    if (sent >= 0 && arrived.some((step) => run.changed[step] === 1)) run.routine[sent] = 0;
  });
}

// `turned`: the role or the term changed, so that a reader who follows the election needs the step.
function markStatusChanges(run) {
  const { status } = run;
  run.turned = new Uint8Array(run.count);
  for (const { rows } of run.statusOf) {
    rows.forEach((row, at) => {
      const step = status.step[row];
      if (step < 0) return;
      const old = at > 0 ? rows[at - 1] : NEVER;
      const moved = (name) => old < 0 || status[name][row] !== status[name][old];
      if (moved('role') || moved('term')) run.turned[step] = 1;
      if (moved('role') || moved('term') || moved('leader') || moved('commit'))
        run.changed[step] = 1;
    });
  }
}

// A list that goes on had waited for the disk since the server's step before; a pause lasts until
// it is resumed, or until the server crashes.
function findWaits(run) {
  const { kind, on } = run.steps;
  run.waits = [];
  run.pauses = [];
  const open = new Map();
  for (let step = 0; step < run.count; step += 1) {
    const [what, server, before] = [kind[step], on[step], run.before[step]];
    if (what === KIND['goes on'] && before >= 0 && kind[before] !== KIND.resume)
      run.waits.push({ server, from: before, until: step });
    if (what === KIND.pause && !open.has(server)) open.set(server, step);
    if ((what === KIND.resume || what === KIND.crash) && open.has(server)) {
      run.pauses.push({ server, from: open.get(server), until: step });
      open.delete(server);
    }
  }
  for (const [server, from] of open) run.pauses.push({ server, from, until: run.count - 1 });
}
