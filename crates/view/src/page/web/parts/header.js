// The head of the page: verdict, the two facts, and the last change of each server.

function byId(id) {
  return document.getElementById(id);
}

// An element with a class and children; strings become text, never markup.
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children.filter((child) => child !== null));
  return element;
}

function fillHeader(app) {
  const { run } = app;
  const { about, verdict } = run;
  const failed = verdict !== null;
  document.body.classList.toggle('failed', failed);
  const outcome = byId('outcome');
  outcome.textContent = failed ? '✗ FAIL' : '✓ PASS';
  outcome.classList.toggle('failed', failed);
  byId('property').textContent = failed ? verdict.property : 'no property was broken';
  byId('kind').textContent = failed ? `${verdict.label} at ${seconds(verdict.time)} s` : '';
  const shrunk = about.shrunk ? `, shrunk to ${about.shrunk}` : '';
  byId('about').textContent = harmless(
    `${about.title.split('/').pop()}, seed ${about.seed}, node ${about.node}${shrunk}`,
  );
  byId('about').title = harmless(about.command);
  byId('events').textContent = `${grouped(about.events)} events`;
  const digest = make('span', 'muted', `digest ${about.digest}`);
  byId('command').replaceChildren(harmless(about.command), make('br', ''), digest);
  byId('failure').hidden = run.failure < 0;
  fillNotice(app);
  fillFacts(app);
  fillTimers(app);
  fillChanges(app);
}

// What the page lacks is said at the top.
function fillNotice(app) {
  const { about } = app.run;
  const said = [];
  if (about.omitted > 0)
    said.push(
      `The page begins at ${seconds(about.from)} s: ` +
        `${grouped(about.omitted)} earlier steps are left out.`,
    );
  if (about.omittedAfter > 0) said.push(`${grouped(about.omittedAfter)} later steps are left out.`);
  if (about.missing > 0)
    said.push(`The recorder could not keep ${grouped(about.missing)} records.`);
  if (app.run.count === 0) said.push('Nothing happened in this run.');
  byId('notice').hidden = said.length === 0;
  byId('notice').textContent = said.join(' ');
}

function fillFacts(app) {
  const { run, marks } = app;
  const box = byId('facts');
  box.hidden = marks.facts.length === 0 && marks.turning.length === 0;
  box.replaceChildren();
  marks.facts.forEach((mark, at) => {
    if (at > 0) box.append(make('span', 'but', 'but'));
    const card = factCard(app, mark, at > 0 ? 'card against' : 'card');
    if (mark.role !== '') card.append(make('span', 'muted', mark.role));
    const { text } = mark.fact;
    const words = make('span', 'words');
    const time = mark.fact.time ?? (mark.step === run.failure && at > 0 ? run.verdict.time : null);
    if (time !== null && !text.includes(seconds(time)))
      words.append(make('span', 'muted', `${seconds(time)} s`), ' ');
    words.append(withoutZeros(text));
    card.append(words);
    card.title = text;
    box.append(card);
  });
  for (const mark of marks.turning) box.append(turningCard(app, mark));
}

// A fact that means no step is text; any other leads to its step.
function factCard(app, mark, look) {
  if (mark.step < 0) return make('div', look);
  const card = make('button', look, make('span', 'ring', mark.letter));
  card.type = 'button';
  card.addEventListener('click', () => app.act.toFact(mark.letter));
  return card;
}

function turningCard(app, mark) {
  const time = make('span', 'muted', `${seconds(app.run.steps.time[mark.step])} s`);
  const words = make('span', 'words', time, ' ', mark.text);
  const card = make('button', 'card', make('span', 'ring', mark.letter), words);
  card.type = 'button';
  card.title = mark.text;
  card.addEventListener('click', () => app.act.toStep(mark.step));
  return card;
}

// If neither fact names a step and nobody leads, what the timers did is often the answer.
function fillTimers({ run, marks }) {
  const box = byId('timers');
  const said = marks.changes.length > 0 ? sinceLastLeader(run) : null;
  box.hidden = said === null;
  if (said === null) return;
  const { since, timers } = said;
  const time = since < 0 ? '' : ` since ${seconds(run.steps.time[since])} s`;
  box.replaceChildren(
    make('b', '', `No server has led${time}. `),
    `${since < 0 ? '' : 'Since then: '}${timers.join('; ')}.`,
  );
}

// If neither fact names a step, what each server did last is often the answer.
function fillChanges(app) {
  const { run, marks } = app;
  const box = byId('changes');
  box.hidden = marks.changes.length === 0;
  box.replaceChildren(make('h2', '', 'Last change of each server'));
  for (const mark of marks.changes) {
    const words = make(
      'span',
      'words',
      make('span', 'muted', `${seconds(run.steps.time[mark.step])} s`),
      ' ',
      make('b', '', `n${mark.server}`),
      ' ',
      changeNote(run, mark.step),
    );
    const card = make('button', 'card', make('span', 'ring', mark.digit), words);
    card.type = 'button';
    card.title = words.textContent;
    card.addEventListener('click', () => app.act.toChange(mark.digit));
    box.append(card);
  }
}

// What changed at a step, with the node's own notes.
function changeNote(run, step) {
  const { change, head, notes } = stepInWords(run, step);
  return `${change === '' ? head : change}${notes.length > 0 ? ` ${notesInWords(notes)}` : ''}`;
}
