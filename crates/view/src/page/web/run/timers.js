// What the servers' timers did: moved, fired, stopped; and what they did since the last leader. Pure.

// When a server's timer was due before a step, and after it.
function timerMove(run, step, server) {
  const due = (row) => (row < 0 ? NEVER : run.timer.due[row]);
  const index = run.timerOf[server];
  return { before: due(lastRow(index, step - 1)), after: due(lastRow(index, step)) };
}

// Whether a step stopped the timer of a server that runs and does not lead.
function stopsTimer(run, step) {
  const rows = run.timerAt.of(step);
  if (rows.length === 0 || run.timer.due[rows[rows.length - 1]] >= 0) return false;
  const { role } = statusAt(run, step, run.steps.on[step]);
  return role !== ROLE.down && role !== ROLE.leader;
}

// How often each timer was moved, and fired, from one step to another.
function countTimers(run, first, last) {
  const timers = Array.from({ length: run.servers + 1 }, (_, server) => ({
    server,
    moved: 0,
    fired: 0,
  }));
  const { starts } = run.timerAt;
  for (let step = first; step <= last; step += 1) {
    const timer = timers[run.steps.on[step]];
    if (run.steps.kind[step] === KIND.timeout) timer.fired += 1;
    else if (starts[step + 1] > starts[step]) timer.moved += 1;
  }
  return timers.slice(1);
}

// If nobody leads at the failure: the step at which the last leader ceased to lead, and what the
// timers did since then, in words.
function sinceLastLeader(run) {
  if (run.failure < 0) return null;
  let since = NEVER;
  for (const { rows } of run.statusOf) {
    let at = rows.length - 1;
    while (at >= 0 && run.status.role[rows[at]] !== ROLE.leader) at -= 1;
    if (at < 0) continue;
    if (at === rows.length - 1) return null;
    since = Math.max(since, run.status.step[rows[at + 1]]);
  }
  const groups = new Map();
  for (const timer of countTimers(run, since + 1, run.failure)) {
    const what = timerFate(run, timer);
    groups.set(what, [...(groups.get(what) ?? []), timer]);
  }
  const timers = TIMER_FATES.filter((what) => groups.has(what));
  return { since, timers: timers.map((what) => timersInWords(what, groups.get(what))) };
}

const TIMER_FATES = ['none', 'moved', 'fired', 'untouched', 'down'];

function timerFate(run, { server, moved, fired }) {
  if (statusAt(run, run.failure, server).role === ROLE.down) return 'down';
  if (timerMove(run, run.failure, server).after < 0) return 'none';
  if (fired > 0) return 'fired';
  return moved > 0 ? 'moved' : 'untouched';
}

function timersInWords(what, timers) {
  const numbers = timers.map((timer) => timer[what]);
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  const times = least === most ? grouped(most) : `${grouped(least)} to ${grouped(most)}`;
  const whose = serverNames(timers.map(({ server }) => server));
  const one = timers.length === 1;
  const theirs = `the ${one ? 'timer' : 'timers'} of ${whose}`;
  if (what === 'none') return `no timer runs at ${whose}`;
  if (what === 'down') return `${whose} ${one ? 'is' : 'are'} down`;
  if (what === 'fired') return `${theirs} fired ${timesInWords(times)}`;
  if (what === 'untouched') return `${theirs} neither moved nor fired`;
  return `${theirs} ${one ? 'was' : 'were'} moved ${timesInWords(times)} and never fired`;
}

function timesInWords(many) {
  return many === '1' ? 'once' : `${many} times`;
}
