// The state of every server after any step. Status, timers and links are found by binary search; a
// log is kept whole every CHECKPOINT writes of its disk, and rebuilt from there. Pure.

const CHECKPOINT = 256;

function makeHistory(run) {
  const kept = run.diskOf.map(() => []);
  run.diskOf.forEach(({ rows }, server) => keepLogs(run, rows, kept[server]));
  const stopped = run.stepsOf.map((list) => pauses(run, list));
  return {
    state: (step) => stateAt(run, kept, stopped, step),
    server: (step, server) => serverAt(run, kept, stopped, step, server),
  };
}

function keepLogs(run, rows, kept) {
  const log = { first: 1, terms: [] };
  rows.forEach((row, at) => {
    if (at % CHECKPOINT === 0) kept.push({ first: log.first, terms: log.terms.slice() });
    writeLog(run.disk, row, log);
  });
}

// A write replaces the log from an entry on. A snapshot moves its first entry.
function writeLog(disk, row, log) {
  const first = disk.first[row];
  const from = Math.max(disk.from[row], first);
  if (first > log.first) log.terms.splice(0, first - log.first);
  if (first < log.first) log.terms.length = 0;
  log.first = first;
  log.terms.length = Math.min(log.terms.length, from - first);
  while (log.terms.length < from - first) log.terms.push(NEVER);
  for (const term of disk.terms[row].slice(from - disk.from[row])) log.terms.push(term);
}

function pauses(run, list) {
  const rows = list.filter(
    (step) =>
      run.steps.kind[step] === KIND.pause ||
      run.steps.kind[step] === KIND.resume ||
      run.steps.kind[step] === KIND.crash,
  );
  return { steps: rows, paused: Array.from(rows, (step) => run.steps.kind[step] === KIND.pause) };
}

function lastRow(index, step) {
  const at = countUpTo(index.steps, step);
  return at === 0 ? NEVER : index.rows[at - 1];
}

function statusAt(run, step, server) {
  const row = lastRow(run.statusOf[server], step);
  if (row < 0) return { role: ROLE.down, term: 0, leader: NEVER, commit: NEVER };
  const { role, term, leader, commit } = run.status;
  return { role: role[row], term: term[row], leader: leader[row], commit: commit[row] };
}

function diskAt(run, kept, step, server) {
  const { rows, steps } = run.diskOf[server];
  const many = countUpTo(steps, step);
  if (many === 0) return { term: 0, vote: 0, first: 1, terms: [] };
  const point = kept[server][Math.floor((many - 1) / CHECKPOINT)];
  const log = { first: point.first, terms: point.terms.slice() };
  for (let at = Math.floor((many - 1) / CHECKPOINT) * CHECKPOINT; at < many; at += 1)
    writeLog(run.disk, rows[at], log);
  const last = rows[many - 1];
  return {
    term: run.disk.term[last],
    vote: run.disk.vote[last],
    first: log.first,
    terms: log.terms,
  };
}

function serverAt(run, kept, stopped, step, server) {
  const status = statusAt(run, step, server);
  const timer = lastRow(run.timerOf[server], step);
  const halt = countUpTo(stopped[server].steps, step);
  return {
    server,
    ...status,
    disk: diskAt(run, kept, step, server),
    timer: timer < 0 || status.role === ROLE.down ? NEVER : run.timer.due[timer],
    paused: halt > 0 && stopped[server].paused[halt - 1],
  };
}

function blockedAt(run, step) {
  const at = countUpTo(run.links.step, step);
  return at === 0 ? [] : run.links.blocked[at - 1];
}

function stateAt(run, kept, stopped, step) {
  const servers = [];
  for (let server = 1; server <= run.servers; server += 1)
    servers.push(serverAt(run, kept, stopped, step, server));
  return {
    step,
    time: step < 0 ? run.about.from : run.steps.time[step],
    servers,
    blocked: blockedAt(run, step),
  };
}

// Who can talk to whom, as groups if that is an equivalence: [[1, 2], [3]]. Else null.
function groupsOf(servers, blocked) {
  const cut = new Set(blocked);
  const talks = (a, b) => a === b || (!cut.has(a * 256 + b) && !cut.has(b * 256 + a));
  const groups = [];
  for (let server = 1; server <= servers; server += 1) {
    const group = groups.find((members) => talks(members[0], server));
    if (group) group.push(server);
    else groups.push([server]);
  }
  const home = new Map(groups.flatMap((members, at) => members.map((member) => [member, at])));
  for (let a = 1; a <= servers; a += 1) {
    for (let b = 1; b <= servers; b += 1) {
      if (a !== b && cut.has(a * 256 + b) === (home.get(a) === home.get(b))) return null;
    }
  }
  return groups;
}

function linksInWords(servers, blocked, between = ' ') {
  if (blocked.length === 0) return '';
  const groups = groupsOf(servers, blocked);
  if (groups === null) return `${blocked.length} ${blocked.length === 1 ? 'link' : 'links'} cut`;
  return groups
    .map((group) => group.map((server) => (between === ' ' ? `n${server}` : server)).join(between))
    .join(between === ' ' ? ' | ' : '|');
}

// The first index at which two logs hold different terms, or NEVER.
function firstDifference(logs) {
  const start = Math.max(1, Math.min(...logs.map((log) => log.first)));
  const end = Math.max(...logs.map((log) => log.first + log.terms.length));
  for (let index = start; index < end; index += 1) {
    let seen = NEVER;
    for (const log of logs) {
      const term = log.terms[index - log.first];
      if (term === undefined || term < 0) continue;
      if (seen >= 0 && seen !== term) return index;
      seen = term;
    }
  }
  return NEVER;
}

// Which indices the state shows: from one before the first difference, else up to the longest log.
function logWindow(logs, cells) {
  const last = Math.max(...logs.map((log) => log.first + log.terms.length - 1));
  if (last < 1) return null;
  const differs = firstDifference(logs);
  const from = differs > 0 ? differs - 1 : last - cells + 1;
  const first = Math.max(1, Math.min(from, Math.max(1, last - 1)));
  return { first, last: Math.min(last, first + cells - 1) };
}

// Whether a leader's log lacks, or contradicts, an entry that an earlier term has committed: what
// Leader Completeness forbids. A leader of an earlier term may well lack it. If the committed
// entry's term is unknown, any entry at its index may be it.
function contradicts(run, state, server, index) {
  const row = run.committedAt.get(index);
  if (row === undefined || server.role !== ROLE.leader) return false;
  const [shown, term] = [run.committed.step[row], run.committed.term[row]];
  if (shown > state.step) return false;
  const inTerm = shown < 0 ? term : statusAt(run, shown, run.committed.by[row]).term;
  if (inTerm < 0 || server.term <= inTerm || index < server.disk.first) return false;
  const held = server.disk.terms[index - server.disk.first];
  return held === undefined || (term >= 0 && held !== term);
}
