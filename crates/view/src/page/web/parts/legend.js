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
  const { fate, reply } = run.messages;
  const arrow = (kind) => (context) => sampleArrow(context, palette, kind);
  const gone = fate.includes(FATE.down) || fate.includes(FATE.unasked);
  return [
    ['request', reply.includes(0), arrow('full')],
    ['answer', reply.includes(1), arrow('open')],
    ['late', run.late.includes(1), arrow('late')],
    ['lost', fate.includes(FATE.lost), arrow('cross')],
    ['link cut', fate.includes(FATE.cut), arrow('bar')],
    ['addressee down', gone, arrow('ring')],
    ['twice, under way', run.messages.count > 0, arrow('dots')],
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
  return [
    ['links cut between neighbours', cut, wall],
    ['crash', kind.includes(KIND.crash), (context) => cross(context, 15, 7, 4.5, text, 2.4)],
    ['fault of a clock, timer or disk', clock, (context) => clockSign(context, 15, 7, text)],
    [
      'timer set',
      run.timer.due.some((due) => due >= 0),
      (context) => timerSign(context, 15, 2, muted),
    ],
    ['timer stopped', run.stopped, (context) => stopSign(context, 15, 2, text)],
    ['check', kind.includes(KIND.check), (context) => diamond(context, 15, 7, text)],
    ['proposal', accepts, (context) => place(context, text, true)],
    ['refused', run.refused.includes(1), (context) => place(context, muted, false)],
  ];
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
