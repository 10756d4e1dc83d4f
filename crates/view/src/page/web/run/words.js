// What the page says of a step, a message or a state, in words. Pure.

// Cut, not rounded, as in the text trace.
function seconds(nanoseconds, digits = 6) {
  const unit = 10 ** (9 - digits);
  return ((Math.floor(nanoseconds / unit) * unit) / 1e9).toFixed(digits);
}

// A length of time with three figures: 538 ms, 1.80 s.
function lengthInWords(nanoseconds) {
  const units = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [1, 'ns'],
  ];
  const [unit, name] = units.find(([size]) => nanoseconds >= size * 0.9995) ?? units[3];
  const value = nanoseconds / unit;
  const digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number.isInteger(value) ? value : value.toFixed(digits)} ${name}`;
}

function foldInWords({ steps, from, until }) {
  const length = until > from ? lengthInWords(until - from) : 'at one instant';
  return `${grouped(steps)} routine steps, ${length}`;
}

function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

function serverNames(servers) {
  return servers.map((server) => `n${server}`).join(' ');
}

function messageId(run, m) {
  return `n${run.messages.from[m]}>n${run.messages.to[m]}#${run.messages.n[m]}`;
}

// `vote?`, `vote yes`, `append refused`, `append 3..5@2`, `heartbeat`.
function messageName(run, m) {
  const topic = run.topics[run.messages.kind[m]];
  const label = run.text[run.messages.label[m]] ?? '';
  const bare = run.messages.reply[m] === 1 || /^\d/.test(label);
  return bare && topic !== 'message' && !label.startsWith(topic) ? `${topic} ${label}` : label;
}

const MISSED_WORDS = 'its life or its call has ended';
const FATE_WORDS = [
  '',
  ...FATES.slice(FATE.lost, FATE.duplicate),
  'twice',
  'under way',
  MISSED_WORDS,
  'late',
];
const UNDER_WAY = 6;
const MISSED = 7;
const LATE = 8;
const GIVEN = 16;

// What became of a message, as a number: an index into FATE_WORDS, or from GIVEN on the plan's
// words.
function fateCode(run, m) {
  const { fate, arrived, due, words, given } = run.messages;
  if (given[m] === 1) return GIVEN + words[m];
  if (fate[m] !== FATE.delivered && fate[m] !== FATE.duplicate) return fate[m];
  if (arrived[m].length === 0 && due[m].length > 0) return UNDER_WAY;
  if (arrived[m].some((step) => run.steps.kind[step] === KIND.missed)) return MISSED;
  if (fate[m] === FATE.duplicate) return FATE.duplicate;
  return run.late[m] === 1 ? LATE : FATE.delivered;
}

// The same in words; '' if it came in time.
function fateInWords(run, m) {
  const code = fateCode(run, m);
  return code < GIVEN ? FATE_WORDS[code] : `plan: ${run.text[code - GIVEN] ?? ''}`;
}

// Numbers as bytes end with zeros that say nothing: `"\x02\x00\x00\x00"` reads `"\x02…"`.
function withoutZeros(text) {
  return text.replace(/(?:\\x00){3,}(?=")/g, '…');
}

// What a step sent, one row for all that differ in nothing but the addressee.
function sendsOf(run, step) {
  const groups = new Map();
  for (const m of run.sentBy.of(step)) {
    const name = messageName(run, m);
    const fate = fateInWords(run, m);
    const key = `${name}|${run.messages.term[m]}|${fate}`;
    if (!groups.has(key))
      groups.set(key, { name, fate, term: run.messages.term[m], to: [], messages: [] });
    groups.get(key).to.push(run.messages.to[m]);
    groups.get(key).messages.push(m);
  }
  return [...groups.values()];
}

function termSuffix(term) {
  return term >= 0 ? ` t${term}` : '';
}

function sendInWords(group) {
  const fate = group.fate === '' ? '' : ` (${group.fate})`;
  return `→ ${serverNames(group.to)} ${group.name}${termSuffix(group.term)}${fate}`;
}

function linesOf(run, step, topic) {
  const about = run.topic[topic];
  return (run.steps.lines[step] ?? [])
    .filter(([kind, text]) => kind === about && text >= 0)
    .map(([, text]) => run.text[text].replace(/^(#|==) /, ''));
}

function notesOf(run, step) {
  return linesOf(run, step, 'note');
}

// Notes are the node's own words, and look as in the text trace.
function notesInWords(notes) {
  return `# ${notes.join('; ')}`;
}

// What moved in a server's status: never the whole status where only the commit index moved.
function changeInWords(run, step) {
  const server = run.steps.on[step];
  if (server === WORLD || run.statusAt.of(step).length === 0) return '';
  const now = statusAt(run, step, server);
  const old = statusAt(run, step - 1, server);
  const said = [];
  if (now.role === ROLE.down) return '';
  if (now.role !== old.role || now.term !== old.term)
    said.push(`${ROLE_WORDS[now.role]} in term ${now.term}`);
  if (now.leader !== old.leader && now.leader > 0 && now.leader !== server)
    said.push(`n${now.leader} leads`);
  if (now.commit !== old.commit && now.commit > Math.max(0, old.commit))
    said.push(`commit ${now.commit}`);
  return said.join(', ');
}

function proposalInWords(run, step) {
  const rows = run.proposalAt.of(step);
  return Array.from(rows, (row) => {
    const { id, index, term } = run.proposals;
    return index[row] < 0
      ? `proposal ${id[row]} refused`
      : `proposal ${id[row]} accepted as ${index[row]}@${term[row]}`;
  }).join(', ');
}

function headInWords(run, step) {
  const kind = run.steps.kind[step];
  const by = run.steps.by[step];
  if (kind === KIND.failure) {
    const [first, second] = run.verdict.facts.map((fact) => withoutZeros(fact.text));
    return `the check fails: ${first}${second === undefined ? '' : `, but ${second}`}`;
  }
  if (by >= 0) {
    const { from, term } = run.messages;
    const what = `← n${from[by]} ${messageName(run, by)}${termSuffix(term[by])}`;
    return kind === KIND.missed ? `${what} missed: ${MISSED_WORDS}` : what;
  }
  if (kind === KIND.proposal) return proposalInWords(run, step);
  if (kind === KIND.check) return linesOf(run, step, 'check').join('; ');
  const faults = linesOf(run, step, 'fault');
  if (faults.length > 0) return faults.join('; ');
  if (kind === KIND.compaction) return linesOf(run, step, 'snapshot')[0] ?? 'compaction';
  return KINDS[kind];
}

// A step as a line of the list: its head, what changed, what was applied, what it sent, its notes.
function stepInWords(run, step) {
  const kind = run.steps.kind[step];
  const more = kind === KIND.compaction ? [] : linesOf(run, step, 'snapshot');
  const applied = linesOf(run, step, 'apply').map((text) => text.split(' ', 2).join(' '));
  return {
    head: headInWords(run, step),
    change: changeInWords(run, step),
    rest: [...more, ...foldList(applied), ...sendsOf(run, step).map(sendInWords)],
    notes: notesOf(run, step),
    failure: kind === KIND.failure,
  };
}

// `apply 3@1, 4@1` instead of many lines.
function foldList(applied) {
  if (applied.length === 0) return [];
  const places = applied.map((text) => text.replace(/^apply /, ''));
  return [
    places.length > 2
      ? `apply ${places[0]} … ${places[places.length - 1]}`
      : `apply ${places.join(', ')}`,
  ];
}

// A line of the trace, as the terminal prints it. Lines about a message are made from the message.
function traceLine(run, step, [topic, text, m]) {
  if (text >= 0)
    return run.topics[topic] === 'note' ? `# ${run.text[text].replace(/^# /, '')}` : run.text[text];
  const { messages } = run;
  const body = `${run.text[messages.text[m]]} #${messages.n[m]}`;
  if (messages.sent[m] !== step) {
    if (run.steps.kind[step] === KIND.missed)
      return `x< n${messages.from[m]} #${messages.n[m]} (${MISSED_WORDS})`;
    return `<- n${messages.from[m]} ${body}`;
  }
  const gone = messages.fate[m] !== FATE.delivered && messages.fate[m] !== FATE.duplicate;
  if (gone) return `x> n${messages.to[m]} ${body} (${FATES[messages.fate[m]]})`;
  const delays = messages.due[m].map((delay) => `+${seconds(delay)}s`).join(' and again ');
  return `-> n${messages.to[m]} ${body} ${delays}`;
}

const PLAN_WORDS = new Map([
  ['swizzle', 'links are cut one by one, then mended in another order'],
  ['disarm', 'a crash of it that is still to come is cancelled'],
  ['disk', 'its disk takes this long for a write'],
  ['clock', 'its clock runs at this rate'],
  ['jump', 'its clock jumps ahead by this much'],
  ['expire', 'its clock jumps to its deadline, so that its timer fires now'],
  ['campaign', 'it is ordered to stand for election'],
]);

// Lines of the plan that share a place, one below the other, with what their faults do.
function planInWords(text) {
  const lines = text.split('; ').map((line) => [line, PLAN_WORDS.get(line.split(' ')[0])]);
  return lines.map(([line, does]) => (does === undefined ? line : `${line}: ${does}`)).join('\n');
}

// When the timer is due; if the step moved it, also when it was due before.
function timerInWords(run, step, server) {
  if (server.role === ROLE.down) return '';
  if (server.timer < 0) return 'no timer runs';
  const { before, after } = timerMove(run, step, server.server);
  const moved = before >= 0 && before !== after ? `${seconds(before, 3)} → ` : '';
  return `timer ${moved}${seconds(after, 3)}`;
}

// A server that has no status yet was never up.
function isBooted(run, step, server) {
  return lastRow(run.statusOf[server], step) >= 0;
}

function downInWords(run, step, server) {
  return isBooted(run, step, server) ? 'down' : 'not booted';
}

// What the live region speaks for a step.
function spoken(run, history, step) {
  const server = run.steps.on[step];
  const time = `${seconds(run.steps.time[step])} s`;
  const words = stepInWords(run, step);
  if (server === WORLD) return `${time}, ${words.head}`;
  const state = history.server(step, server);
  const role =
    state.role === ROLE.down
      ? downInWords(run, step, server)
      : `${ROLE_WORDS[state.role]} in term ${state.term}`;
  const timer = state.role !== ROLE.down && state.timer < 0 ? ', no timer runs' : '';
  const notes = words.notes.length > 0 ? `, ${words.notes.join('; ')}` : '';
  return `${time}, n${server}, ${words.head}, ${role}${timer}${notes}`;
}
