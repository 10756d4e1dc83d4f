// The head of the page: verdict, the two facts, the last change of each server, and the legend.

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
  byId('property').textContent = failed ? harmless(verdict.property) : 'no property was broken';
  byId('kind').textContent = failed
    ? `${harmless(verdict.label)} at ${seconds(verdict.time)} s`
    : '';
  const shrunk = about.shrunk ? `, shrunk to ${about.shrunk}` : '';
  byId('about').textContent = harmless(
    `${about.title.split('/').pop()}, seed ${about.seed}, node ${about.node}${shrunk}`,
  );
  byId('about').title = harmless(about.command);
  byId('events').textContent = `${grouped(about.events)} events`;
  byId('command').textContent = `${about.command}   digest ${about.digest}`;
  const result = failed ? `✗ ${harmless(verdict.property)}` : '✓ pass';
  document.title = `${result} · ${harmless(about.title.split('/').pop())} seed ${about.seed}`;
  byId('failure').hidden = run.failure < 0;
  fillNotice(app);
  fillFacts(app);
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
    const card = make(
      'button',
      at > 0 ? 'card against' : 'card',
      make('span', 'ring', mark.letter),
    );
    card.type = 'button';
    const text = harmless(mark.fact.text);
    const words = make('span', 'words');
    const time = mark.fact.time ?? (mark.step === run.failure && at > 0 ? run.verdict.time : null);
    if (time !== null && !text.includes(seconds(time)))
      words.append(make('span', 'muted', `${seconds(time)} s `));
    words.append(text);
    card.append(words);
    card.title = text;
    card.addEventListener('click', () => app.act.toFact(mark.letter));
    box.append(card);
  });
  for (const mark of marks.turning) box.append(turningCard(app, mark));
}

function turningCard(app, mark) {
  const time = make('span', 'muted', `${seconds(app.run.steps.time[mark.step])} s `);
  const words = make('span', 'words', time, mark.text);
  const card = make('button', 'card', make('span', 'ring', mark.letter), words);
  card.type = 'button';
  card.title = mark.text;
  card.addEventListener('click', () => app.act.toStep(mark.step));
  return card;
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
      make('span', 'muted', `${seconds(run.steps.time[mark.step])} s `),
      make('b', '', `n${mark.server} `),
      changeNote(run, mark.step),
    );
    const card = make('button', 'card', make('span', 'ring', mark.digit), words);
    card.type = 'button';
    card.title = words.textContent;
    card.addEventListener('click', () => app.act.toChange(mark.digit));
    box.append(card);
  }
}

// The notes of a step; without notes, what changed.
function changeNote(run, step) {
  const notes = notesOf(run, step);
  if (notes.length > 0) return notes.join('; ');
  const words = stepInWords(run, step);
  return words.change === '' ? words.head : words.change;
}

function fillLegend(app) {
  const { palette } = app;
  const rows = [
    ['leader', (context) => drawSample(app, context, ROLE.leader)],
    ['candidate', (context) => drawSample(app, context, ROLE.candidate)],
    ['follower', (context) => drawSample(app, context, ROLE.follower)],
    ['down', (context) => drawSample(app, context, ROLE.down)],
    ['request', (context) => sampleArrow(context, palette, 'full')],
    ['answer', (context) => sampleArrow(context, palette, 'open')],
    ['late', (context) => sampleArrow(context, palette, 'late')],
    ['lost', (context) => sampleArrow(context, palette, 'cross')],
    ['link cut', (context) => sampleArrow(context, palette, 'bar')],
    ['addressee down', (context) => sampleArrow(context, palette, 'ring')],
    ['twice, under way', (context) => sampleArrow(context, palette, 'dots')],
    [
      'proposal',
      (context) => {
        triangle(context, 15, 7, 4);
        context.fillStyle = palette.text;
        context.fill();
      },
    ],
  ];
  byId('legend').replaceChildren(
    ...rows.map(([name, draw]) => {
      const canvas = make('canvas', '');
      const context = openCanvas(canvas, 30, 14, palette);
      context.fillStyle = palette.ground;
      draw(context);
      return make('li', '', canvas, name);
    }),
    make('li', '', 'colour: term'),
  );
}

function drawSample(app, context, role) {
  const scene = { context, palette: app.palette, view: { projector: false }, toX: () => 0 };
  drawBand(scene, { role, term: 1 }, 2, 28, 7);
}

function sampleArrow(context, palette, kind) {
  const colour = palette.muted;
  context.strokeStyle = colour;
  context.lineWidth = 1.3;
  if (kind === 'late') context.setLineDash([5, 3]);
  if (kind === 'dots') context.setLineDash([1.5, 3]);
  const end = { cross: 20, bar: 20, ring: 24 }[kind] ?? 27;
  strokeLine(context, 2, 7, end, 7);
  context.setLineDash([]);
  if (kind === 'cross') cross(context, 22, 7, 3.6, palette.failure, 1.6);
  else if (kind === 'bar') {
    context.strokeStyle = palette.text;
    context.lineWidth = 1.8;
    strokeLine(context, 20, 2, 20, 12);
  } else if (kind === 'ring') circle(context, 25, 7, 2.8, palette.ground, colour, 1.3);
  else if (kind !== 'dots')
    arrowHead(
      context,
      { x1: 2, y1: 7 },
      28,
      7,
      colour,
      kind === 'open' ? palette.ground : colour,
      1,
    );
}
