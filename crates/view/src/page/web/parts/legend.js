// The legend under the diagram: only what the run has.

function fillLegend(app) {
  const { run, palette } = app;
  const samples = [...roleSamples(app), ...messageSamples(app), ...markSamples(app)]
    .filter(([, has]) => has)
    .map(([name, , draw]) => {
      const canvas = make('canvas', '');
      const context = openCanvas(canvas, 30, 14, palette);
      context.fillStyle = palette.ground;
      draw(context);
      return make('li', '', canvas, name);
    });
  const texts = [
    ['colour: term, six colours in turn', run.status.step.length > 0],
    ['2@1: entry 2 of term 1', run.proposals.step.length > 0],
  ];
  byId('legend').replaceChildren(
    ...samples,
    ...texts.filter(([, has]) => has).map(([text]) => make('li', 'words', text)),
  );
}

function roleSamples(app) {
  const has = new Set(app.run.status.role);
  const shape = (role) => (context) => {
    const scene = { context, palette: app.palette, view: { projector: false }, toX: () => 0 };
    drawBand(scene, { role, term: 1 }, 2, 28, 7);
  };
  return [ROLE.leader, ROLE.candidate, ROLE.preCandidate, ROLE.follower, ROLE.down].map((role) => [
    ROLE_WORDS[role],
    has.has(role),
    shape(role),
  ]);
}

function messageSamples(app) {
  const { run, palette } = app;
  const { fate, reply, given, arrived, due } = run.messages;
  const arrow = (kind) => (context) => sampleArrow(context, palette, kind);
  const underWay = arrived.some((steps, m) => steps.length < due[m].length);
  return [
    ['request', reply.includes(0), arrow('full')],
    ['answer', reply.includes(1), arrow('open')],
    ['late', run.late.includes(1), arrow('late')],
    ['twice', fate.includes(FATE.duplicate), arrow('twice')],
    ['named by the plan', given.includes(1), arrow('wide')],
    ['lost', fate.includes(FATE.lost), arrow('cross')],
    ['link blocked', fate.includes(FATE.blocked), arrow('bar')],
    ['addressee down', fate.includes(FATE.down), arrow('stub')],
    ['call no longer waits', fate.includes(FATE.unasked), arrow('stub')],
    ['missed', run.steps.kind.includes(KIND.missed), arrow('ring')],
    ['under way at the end', underWay, arrow('dots')],
  ];
}

function markSamples(app) {
  const { run, palette } = app;
  const { kind, on } = run.steps;
  const { text, muted } = palette;
  const accepts = run.proposals.index.some((index) => index >= 0);
  const clock = kind.some((what, step) => what === KIND.fault && on[step] !== WORLD);
  const cut = run.links.blocked.some((blocked) => blocked.length > 0);
  const wall = (context) => {
    styleWall(context, palette);
    strokeLine(context, 2, 7, 28, 7);
  };
  const place = (context, colour, fill) => {
    triangle(context, 15, 7, 4);
    context.fillStyle = context.strokeStyle = colour;
    if (fill) context.fill();
    else context.stroke();
  };
  const bar = (context) => {
    styleWait(context, palette);
    strokeLine(context, 2, 7, 28, 7);
  };
  const column = (context) => {
    context.fillStyle = palette.panel;
    context.fillRect(8, 0, 14, 14);
    hatch(context, 8, 0, 14, 14, palette.hatch, 6, 0);
  };
  const sign = (what) => (context) => drawPause({ context, palette }, what, 15, 7);
  return [
    ['routine steps, folded', hasFolds(app), column],
    ['links cut between neighbours', cut, wall],
    ['crash', kind.includes(KIND.crash), (context) => cross(context, 15, 7, 4.5, text, 2.4)],
    ['pause', kind.includes(KIND.pause), sign(KIND.pause)],
    ['resume', kind.includes(KIND.resume), sign(KIND.resume)],
    [
      'paused',
      run.pauses.length > 0,
      (context) => hatch(context, 2, 0, 26, 14, muted, PAUSE_GAP, 0),
    ],
    ['write to the disk', run.waits.length > 0, bar],
    ['fault of a clock, timer or disk', clock, (context) => clockSign(context, 15, 7, text)],
    [
      'timer set',
      run.timer.due.some((due) => due >= 0),
      (context) => timerSign(context, 15, 2, muted),
    ],
    ['timer stopped', run.stopped, (context) => stopSign(context, 15, 2, text)],
    ['log entry, filled once its server committed it', hasEntries(run), sampleCells(palette)],
    ['check', kind.includes(KIND.check), (context) => diamond(context, 15, 7, text)],
    ['proposal', accepts, (context) => place(context, text, true)],
    ['refused', run.refused.includes(1), (context) => place(context, muted, false)],
  ];
}

// Whether something folds, wherever the cursor is.
function hasFolds({ run, named, opened, keep }) {
  return foldSteps(run, true, [named, opened, keep]).folds.length > 0;
}

function hasEntries(run) {
  return run.disk.terms.some((terms) => terms.length > 0);
}

// A cell of the logs beside the diagram that is filled, and one that is not.
function sampleCells(palette) {
  return (context) => {
    context.fillStyle = context.strokeStyle = termColour(palette, 1);
    context.lineWidth = 1.5;
    context.fillRect(2, 1, 12, 12);
    context.strokeRect(17.5, 1.75, 10.5, 10.5);
  };
}

function sampleArrow(context, palette, kind) {
  const colour = palette.muted;
  context.strokeStyle = colour;
  context.lineWidth = kind === 'wide' ? 2.4 : 1.3;
  if (kind === 'late') context.setLineDash([5, 3]);
  if (kind === 'dots' || kind === 'twice') context.setLineDash([1.5, 3]);
  const end = { cross: 20, bar: 20, ring: 24, stub: 12 }[kind] ?? 27;
  strokeLine(context, 2, 7, end, 7);
  context.setLineDash([]);
  if (kind === 'cross') cross(context, 22, 7, 3.6, palette.failure, 1.6);
  else if (kind === 'bar') {
    context.strokeStyle = palette.text;
    context.lineWidth = 1.8;
    strokeLine(context, 20, 2, 20, 12);
  } else if (kind === 'ring' || kind === 'stub')
    circle(context, end + 1, 7, 2.8, palette.ground, colour, 1.3);
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
