// Why: what led to the step at the cursor, what it sent, what repeats in the fold before, in full.

function fillWhy(app) {
  const box = byId('why');
  const hadFocus = box.contains(document.activeElement);
  box.scrollTop = 0;
  box.replaceChildren();
  if (app.run.count > 0) tellWhy(app, box);
  // The button that was pressed is gone.
  if (hadFocus) box.focus();
}

function tellWhy(app, box) {
  if (app.cursor === app.run.failure) {
    whyFailure(app, box);
    return;
  }
  whyTurns(app, box);
  whyLed(app, box);
  whySent(app, box);
  whyTimer(app, box);
  whyRepeats(app, box);
  whyFull(app, box);
}

function goes(app, step, ...children) {
  if (step < 0) return make('p', '', ...children);
  const button = make('button', 'goes', ...children);
  button.type = 'button';
  button.addEventListener('click', () => app.act.toStep(step));
  return button;
}

// The head of the page has the facts already; they stand here in full, after what they do not say.
function whyFailure(app, box) {
  const { run, marks } = app;
  whyRepeats(app, box);
  if (run.fates.length > 0) {
    box.append(make('h2', '', 'Fates that the plan names'));
    for (const fate of run.fates) box.append(make('p', '', fate));
  }
  if (run.plan.length > 0) {
    box.append(make('h2', '', 'The plan'));
    for (const { time, text } of run.plan) {
      const late = time > run.verdict.time ? ' (the run ended before)' : '';
      const when = make('span', 'muted', `${seconds(time, 3)} `);
      box.append(make('p', '', when, text, make('span', 'muted', late)));
    }
  }
  box.append(make('h2', '', 'In full'));
  for (const { letter, step, role = '', text, fact } of [...marks.facts, ...marks.turning]) {
    const name = make('b', '', step < 0 ? '' : `${letter} `);
    const said = make('span', 'muted', role === '' ? '' : `${role} `);
    box.append(goes(app, step, name, said, text ?? fact.text));
  }
}

function whyTurns(app, box) {
  for (const mark of app.marks.turning.filter(({ step }) => step === app.cursor)) {
    const letter = make('b', '', `${mark.letter} `);
    box.append(make('h2', '', 'Here the odds turn'), make('p', '', letter, mark.text));
  }
}

function whyLed(app, box) {
  const { run, cursor, causes } = app;
  box.append(make('h2', '', 'Led here by'));
  if (causes.chain.length === 0) box.append(make('p', '', originOf(run, cursor)));
  causes.chain.forEach(({ message, step }, at) => {
    const arrival = at === 0 ? cursor : causes.chain[at - 1].step;
    const way =
      step < 0
        ? ''
        : ` (${lengthInWords(run.steps.time[arrival] - run.steps.time[step])} on the way)`;
    const { from, to, term } = run.messages;
    const line = goes(
      app,
      step,
      make('span', 'muted', step < 0 ? 'earlier ' : `${seconds(run.steps.time[step])} `),
      make('b', '', `n${from[message]}`),
      ` sent n${to[message]} ${messageName(run, message)}${termSuffix(term[message])}`,
      make('span', 'muted', way),
    );
    const notes = step < 0 ? [] : notesOf(run, step);
    if (notes.length > 0) line.append(make('br', ''), make('span', 'muted', notesInWords(notes)));
    box.append(line);
  });
  const last = causes.chain[causes.chain.length - 1];
  if (last === undefined || last.step < 0) return;
  const rest =
    run.steps.by[last.step] >= 0
      ? 'and so on: the chain goes further back'
      : originOf(run, last.step);
  box.append(make('p', 'muted', rest));
}

function originOf(run, step) {
  const kind = run.steps.kind[step];
  const server = run.steps.on[step];
  if (kind === KIND.timeout) return `n${server}’s own timer`;
  if (kind === KIND.proposal) return `a client’s proposal to n${server}`;
  if (kind === KIND.boot) return `n${server} starts`;
  if (kind === KIND.check) return 'the scenario’s check';
  if (kind === KIND['goes on']) return `n${server} waited for its disk`;
  if (kind === KIND['call failed']) return 'a call that was not answered in time';
  if (kind === KIND.compaction) return 'the service’s snapshot';
  return 'a fault';
}

function whySent(app, box) {
  const { run, cursor } = app;
  const sent = run.sentBy.of(cursor);
  if (sent.length === 0) return;
  box.append(make('h2', '', 'It sent'));
  for (const m of sent) {
    const fate = fateInWords(run, m);
    const { to, term, arrived } = run.messages;
    const step = arrived[m][0] ?? NEVER;
    const took = step >= 0 ? lengthInWords(run.steps.time[step] - run.steps.time[cursor]) : '';
    const line = goes(
      app,
      step,
      'to ',
      make('b', '', `n${to[m]}`),
      ` ${messageName(run, m)}${termSuffix(term[m])} `,
    );
    if (fate !== '') line.append(make('b', '', step >= 0 ? `${fate}: ${took}` : fate));
    else line.append(make('span', 'muted', took));
    box.append(line);
  }
}

// A timer that this step set, moved or stopped.
function whyTimer(app, box) {
  const { run, cursor } = app;
  const rows = run.timerAt.of(cursor);
  if (rows.length === 0 || run.steps.on[cursor] === WORLD) return;
  const due = run.timer.due[rows[rows.length - 1]];
  if (run.steps.kind[cursor] === KIND.crash) return;
  const text =
    due < 0
      ? 'No timer runs after this step.'
      : `Due at ${seconds(due)} s, in ${lengthInWords(Math.max(0, due - run.steps.time[cursor]))}.`;
  box.append(make('h2', '', 'Its timer'), make('p', '', due < 0 ? make('b', '', text) : text));
}

const REPEATS = 8;

function whyRepeats(app, box) {
  const { run, layout, cursor } = app;
  const fold = foldBefore(layout, cursor);
  if (fold === null) return;
  const { rows, timers } = repeatsOf(app, fold);
  const length = fold.until > fold.from ? ` (${lengthInWords(fold.until - fold.from)})` : '';
  box.append(make('h2', '', `What repeats in the fold before${length}`));
  const lines = mergeRepeats(rows);
  for (const { times, senders, rest } of lines.slice(0, REPEATS)) {
    box.append(make('p', '', make('b', '', grouped(times)), ` × ${serverNames(senders)} ${rest}`));
  }
  if (lines.length > REPEATS)
    box.append(make('p', 'muted', `and ${grouped(lines.length - REPEATS)} more`));
  for (const { servers, text } of mergeTimers(timers)) {
    const whose = servers.length > 1 ? 'timers' : 'timer';
    box.append(make('p', '', `${whose} of ${serverNames(servers)}: ${text}`));
  }
  const open = make('button', 'goes unfold', `unfold ${grouped(fold.steps)} steps `, make('kbd', '', 'o'));
  open.type = 'button';
  open.addEventListener('click', (event) => app.act.unfold(fold.first, event.shiftKey));
  box.append(open);
}

// Servers that did the same equally often share a line.
function mergeRepeats(rows) {
  const lines = new Map();
  for (const row of rows) {
    const fate = row.fate === '' ? '' : ` (${row.fate})`;
    const rest = `→ ${serverNames(row.to)} ${row.name}${fate}`;
    const line = lines.get(`${row.times} ${rest}`) ?? { times: row.times, rest, senders: [] };
    line.senders.push(row.from);
    lines.set(`${row.times} ${rest}`, line);
  }
  return [...lines.values()];
}

function mergeTimers(timers) {
  const times = (many) => timesInWords(grouped(many));
  const lines = new Map();
  for (const { server, moved, fired } of timers) {
    const text = [
      moved > 0 ? `moved ${times(moved)}` : 'never moved',
      fired > 0 ? `fired ${times(fired)}` : 'never fired',
    ].join(', ');
    const line = lines.get(text) ?? { text, servers: [] };
    line.servers.push(server);
    lines.set(text, line);
  }
  return [...lines.values()];
}

// Counting a fold of many thousand steps once is enough.
function repeatsOf(app, fold) {
  const key = `${fold.first}-${fold.last}`;
  if (app.repeats.key !== key) app.repeats = { key, value: repeatsIn(app.run, fold) };
  return app.repeats.value;
}

function whyFull(app, box) {
  const { run, cursor } = app;
  const lines = (run.steps.lines[cursor] ?? []).map((line) => traceLine(run, cursor, line));
  if (lines.length === 0) return;
  box.append(make('h2', '', 'In full'), make('p', 'full', lines.join('\n')));
}
