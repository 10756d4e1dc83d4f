// The overview: the run, as far as the page has it, by the clock: a thin band a server, cuts,
// crashes, the failure, the window and the cursor. What does not move is drawn once.

const STRIP_HEIGHT = 52;

function stripX(app, time) {
  const { run } = app;
  const start = run.about.from;
  const length = Math.max(1, run.end - start);
  return 64 + ((app.stripWidth - 88) * (time - start)) / length;
}

function stripTime(app, x) {
  const { run } = app;
  const part = (x - 64) / Math.max(1, app.stripWidth - 88);
  return run.about.from + Math.max(0, Math.min(1, part)) * (run.end - run.about.from);
}

function drawStripGround(app) {
  const canvas = document.createElement('canvas');
  const context = openCanvas(canvas, app.stripWidth, STRIP_HEIGHT, { ground: app.palette.panel });
  const { run, palette } = app;
  const gap = 38 / Math.max(run.servers, 3);
  for (let server = 1; server <= run.servers; server += 1) {
    const y = 4 + gap * (server - 0.5);
    stripBand(app, context, server, y, gap);
  }
  context.fillStyle = palette.edge;
  run.links.step.forEach((step, at) => {
    if (run.links.blocked[at].length === 0) return;
    const next = run.links.step[at + 1];
    const [x1, x2] = [
      stripX(app, timeOf(run, step)),
      stripX(app, next === undefined ? run.end : timeOf(run, next)),
    ];
    context.fillRect(x1, 45, Math.max(1, x2 - x1), 3);
  });
  context.fillStyle = palette.text;
  for (let step = 0; step < run.count; step += 1) {
    if (run.steps.kind[step] === KIND.crash)
      context.fillRect(stripX(app, run.steps.time[step]) - 0.75, 42, 1.5, 8);
  }
  context.font = `11px ${FONT}`;
  context.fillStyle = palette.muted;
  context.textBaseline = 'middle';
  context.fillText('run', 16, 23);
  context.fillText('cuts', 16, 46);
  app.stripGround = canvas;
}

function timeOf(run, step) {
  return step < 0 ? run.about.from : run.steps.time[step];
}

function stripBand(app, context, server, y, gap) {
  const { run, palette } = app;
  const segments = app.segments[server];
  let drawnTo = -Infinity;
  segments.steps.forEach((step, at) => {
    const next = segments.steps[at + 1];
    const x1 = stripX(app, timeOf(run, step));
    const x2 = stripX(app, next === undefined ? run.end : timeOf(run, next));
    const role = segments.role[at];
    if (role === ROLE.down || (x2 <= drawnTo + 0.3 && role !== ROLE.leader)) return;
    drawnTo = Math.max(drawnTo, x2);
    const tall =
      role === ROLE.leader
        ? Math.min(6, gap * 0.72)
        : role === ROLE.follower
          ? 1.4
          : Math.min(3.4, gap * 0.5);
    context.fillStyle = termColour(palette, segments.term[at]);
    context.fillRect(x1, y - tall / 2, Math.max(0.7, x2 - x1), tall);
  });
}

function drawStrip(app) {
  const { run, palette } = app;
  if (app.stripWidth < 10) return;
  if (app.stripGround === null) drawStripGround(app);
  const context = openCanvas(app.stripCanvas, app.stripWidth, STRIP_HEIGHT, {
    ground: palette.panel,
  });
  context.drawImage(app.stripGround, 0, 0, app.stripWidth, STRIP_HEIGHT);
  const [from, until] = windowTimes(app);
  const [x1, x2] = [stripX(app, from), stripX(app, until)];
  context.strokeStyle = palette.text;
  context.lineWidth = 1;
  context.strokeRect(Math.round(x1) + 0.5, 1.5, Math.max(3, Math.round(x2 - x1)), STRIP_HEIGHT - 3);
  context.lineWidth = 2;
  if (run.failure >= 0) {
    context.strokeStyle = palette.failure;
    const x = stripX(app, run.steps.time[run.failure]);
    strokeLine(context, x, 0, x, STRIP_HEIGHT);
  }
  if (app.cursor !== run.failure) {
    context.strokeStyle = palette.cursor;
    const x = stripX(app, timeOf(run, app.cursor));
    strokeLine(context, x, 0, x, STRIP_HEIGHT);
  }
}

// The times at the window's edges.
function windowTimes(app) {
  const { run, layout, view, geometry } = app;
  const [left, right] = [placeAt(view, GUTTER), placeAt(view, geometry.width)];
  const { first, last } = stepsBetween(layout, left, right);
  if (run.count === 0) return [0, 0];
  return [
    run.steps.time[Math.max(0, Math.min(first, run.count - 1))],
    run.steps.time[Math.max(0, Math.min(last, run.count - 1))],
  ];
}
