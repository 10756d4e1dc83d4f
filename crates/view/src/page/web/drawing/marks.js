// Marks: a dot for each step, crashes, proposals, clocks and disks; rings for facts and last
// changes; the cursor and the failure.

function drawDots(scene) {
  const { run, layout, geometry, app } = scene;
  const grow = scene.view.projector ? 1.4 : 1;
  const radius = (scene.many > DENSE ? 1.9 : scene.view.zoom < 0.5 ? 2.6 : 3.1) * grow;
  const crowded = scene.many > CROWDED;
  for (let at = scene.shownFirst; at <= scene.shownLast; at += 1) {
    const step = layout.shown[at];
    const server = run.steps.on[step];
    if (server === WORLD) continue;
    const kind = run.steps.kind[step];
    const stands = kind === KIND.crash || kind === KIND.pause || kind === KIND.resume;
    if (crowded && !stands && step !== app.cursor && !app.causes.steps.has(step)) continue;
    const x = scene.toX(layout.x[step]);
    const y = laneY(geometry, server);
    scene.drawn.dots.push({ step, server, x, y });
    scene.context.globalAlpha =
      strengthOf(scene, step) * (app.view.focus !== null && !app.talksTo.has(server) ? 0.2 : 1);
    drawDot(scene, step, kind, x, y, radius);
    scene.context.globalAlpha = 1;
  }
}

function drawDot(scene, step, kind, x, y, radius) {
  const { context, palette, run, app } = scene;
  if (kind === KIND.crash) cross(context, x, y, radius + 2.4, palette.text, 2.6);
  else if (kind === KIND.pause || kind === KIND.resume) drawPause(scene, kind, x, y);
  else if (run.refused[step] === 1) hollowMark(scene, x, y);
  else circle(context, x, y, radius, palette.dot, palette.ink, 1.3);
  if (step === app.cursor) circle(context, x, y, radius + 3, null, palette.cursor, 2.6);
}

function drawPause(scene, kind, x, y) {
  const { context, palette } = scene;
  circle(context, x, y, 6.5, palette.ground, palette.text, 1.3);
  context.fillStyle = palette.text;
  if (kind === KIND.pause) {
    context.fillRect(x - 2.6, y - 3, 1.8, 6);
    context.fillRect(x + 0.8, y - 3, 1.8, 6);
    return;
  }
  context.beginPath();
  context.moveTo(x - 2, y - 3.2);
  context.lineTo(x + 3.4, y);
  context.lineTo(x - 2, y + 3.2);
  context.fill();
}

function triangle(context, x, y, half) {
  context.beginPath();
  context.moveTo(x - half, y - half);
  context.lineTo(x + half, y - half);
  context.lineTo(x, y + half * 0.8);
  context.closePath();
}

function hollowMark(scene, x, y) {
  const { context, palette } = scene;
  triangle(context, x, y - 15, 3.6);
  context.strokeStyle = palette.muted;
  context.lineWidth = 1.2;
  context.stroke();
}

// A proposal stands over the lane: full, with its place in the log, if accepted. All marks are set
// before the first label, and over the role's name if that is in the way.
function drawProposals(scene) {
  const { run, layout, geometry, palette, context } = scene;
  if (scene.many > CROWDED) return;
  setFont(scene, scene.size - 0.5, 700);
  const rows = run.proposals;
  const marks = [];
  for (
    let row = countUpTo(rows.step, scene.first - 1);
    row < rows.step.length && rows.step[row] <= scene.last;
    row += 1
  ) {
    const step = rows.step[row];
    if (step < 0 || layout.folding.hidden[step] !== SHOWN || rows.index[row] < 0) continue;
    const x = scene.toX(layout.x[step]);
    const over = laneY(geometry, rows.on[row]) - (scene.view.projector ? 19 : 15);
    const y = takePlace(scene, x - 5, over - 5, 10, 10) ? over : over - 14;
    if (y !== over) takePlace(scene, x - 5, y - 5, 10, 10);
    context.globalAlpha = strengthOf(scene, step);
    triangle(context, x, y, 4);
    context.fillStyle = palette.text;
    context.fill();
    context.globalAlpha = 1;
    marks.push({ row, step, x, y });
  }
  for (const { row, step, x, y } of marks) {
    plateText(scene, `${rows.index[row]}@${rows.term[row]}`, x + 8, y, palette.text, {
      align: 'left',
      alpha: strengthOf(scene, step),
      plate: false,
      what: 'proposal',
    });
  }
}

const PAUSE_GAP = 5;

function styleWait(context, palette) {
  context.strokeStyle = palette.edge;
  context.lineWidth = 3;
}

// Under the lane, and under the messages: faults of a server's clock and disk, with their words if
// no plan names them; a bar from a write to when it was durable; and hatching for as long as a server
// is paused.
function drawSigns(scene) {
  const { run, layout, geometry, palette, context } = scene;
  for (const { server, from, until } of run.pauses) {
    if (until < scene.first || from > scene.last) continue;
    const [x1, x2] = [scene.toX(layout.x[from]), scene.toX(layout.x[until])];
    const top = laneY(geometry, server) - 10;
    hatch(context, x1, top, x2 - x1, 20, palette.muted, PAUSE_GAP, scene.toX(0));
  }
  if (scene.many > DENSE) return;
  for (const { server, from, until } of run.waits) {
    if (until < scene.first || from > scene.last) continue;
    const y = laneY(geometry, server) + 12;
    styleWait(context, palette);
    strokeLine(
      context,
      scene.toX(layout.x[from]),
      y,
      Math.max(scene.toX(layout.x[until]), scene.toX(layout.x[from]) + 3),
      y,
    );
  }
  setFont(scene, scene.size - 2);
  for (let at = scene.shownFirst; at <= scene.shownLast; at += 1) {
    const step = layout.shown[at];
    if (run.steps.on[step] === WORLD) continue;
    const [x, y] = [scene.toX(layout.x[step]), laneY(geometry, run.steps.on[step]) + 17];
    if (run.steps.kind[step] !== KIND.fault) continue;
    context.globalAlpha = strengthOf(scene, step);
    clockSign(context, x, y, palette.text);
    context.globalAlpha = 1;
    if (run.plan.length > 0) continue;
    plateText(scene, linesOf(run, step, 'fault')[0] ?? '', x + 9, y, palette.muted, {
      align: 'left',
      plate: false,
      what: 'sign',
    });
  }
}

// Under a server that does not lead: where its timer was set, or stopped. On top of the messages, and
// clear of the step's ring.
function drawTimerSigns(scene) {
  const { run, layout, geometry } = scene;
  if (scene.many > DENSE) return;
  const ringed = new Map(scene.rings.map(({ step, radius }) => [step, radius]));
  for (let at = scene.shownFirst; at <= scene.shownLast; at += 1) {
    const step = layout.shown[at];
    if (run.steps.on[step] === WORLD) continue;
    const x = Math.round(scene.toX(layout.x[step]));
    const y = laneY(geometry, run.steps.on[step]) + (ringed.get(step) ?? TIMER_OVER) + 2;
    drawTimerSign(scene, step, x, y);
  }
}

const TIMER_OVER = 6;
const TIMER_HEIGHT = 8;

function drawTimerSign(scene, step, x, y) {
  const { run, context, palette } = scene;
  const rows = run.timerAt.of(step);
  if (rows.length === 0) return;
  const { role } = statusAt(run, step, run.steps.on[step]);
  if (role === ROLE.down || role === ROLE.leader) return;
  const due = run.timer.due[rows[rows.length - 1]];
  context.globalAlpha = strengthOf(scene, step);
  if (due >= 0) timerSign(context, x, y, palette.muted);
  else stopSign(context, x, y, palette.text);
  scene.drawn.timers.push({ step, due, x, y });
  context.globalAlpha = 1;
}

function timerSign(context, x, y, colour) {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  strokeLine(context, x, y, x, y + TIMER_HEIGHT);
}

function stopSign(context, x, y, colour) {
  timerSign(context, x, y, colour);
  strokeLine(context, x - 5, y + TIMER_HEIGHT, x + 5, y + TIMER_HEIGHT);
}

function diamond(context, x, y, colour) {
  context.save();
  context.translate(x, y);
  context.rotate(Math.PI / 4);
  context.fillStyle = colour;
  context.fillRect(-3.4, -3.4, 6.8, 6.8);
  context.restore();
}

function clockSign(context, x, y, colour) {
  circle(context, x, y, 5, null, colour, 1.2);
  strokeLine(context, x, y - 3, x, y);
  strokeLine(context, x, y, x + 2.4, y + 1);
}

// Rings with a letter for the facts and for where the odds turn (on its left), with a digit for the
// last changes. A step of the world has its letter over the lanes. Their places are taken
// before any label is set; a role's name may stand within a ring, no other label may.
function placeRings(scene) {
  const { layout, geometry, app } = scene;
  const grow = scene.view.projector ? 1.4 : 1;
  scene.rings = ringsOf(app).map((mark) => {
    const world = mark.server === WORLD;
    const x = scene.toX(layout.x[mark.step]);
    const y = world ? geometry.checksTop + 12 : laneY(geometry, mark.server);
    const [right, down] = world ? [0, 0] : mark.aside;
    const badge = { x: x + right * grow, y: y + down * grow, radius: 8.5 * grow };
    return { ...mark, x, y, badge, radius: world ? 0 : 13 * grow };
  });
  scene.rings = scene.rings.filter(({ x }) => x > GUTTER - 20 && x < geometry.width + 20);
  for (const { badge } of scene.rings)
    scene.taken.push(squareAround(badge.x, badge.y, badge.radius + 1));
}

// The rings of the run; `aside` is where the letter stands, from the middle of its ring.
function ringsOf({ run, marks }) {
  const facts = marks.facts.filter((mark) => mark.onLane);
  return [
    ...facts.map(({ letter, step, fact }) => ({
      name: letter,
      step,
      server: fact.node,
      aside: [15, -15],
      against: letter !== 'A',
    })),
    ...marks.turning.map(({ letter, step }) => ({
      name: letter,
      step,
      server: run.steps.on[step],
      aside: [-15, -15],
      against: false,
    })),
    ...marks.changes.map(({ digit, step, server }) => ({
      name: digit,
      step,
      server,
      aside: [15, 17],
      against: false,
    })),
  ];
}

function squareAround(x, y, half) {
  return [x - half, y - half, x + half, y + half];
}

function drawRings(scene) {
  const { palette, context } = scene;
  for (const { name, step, server, x, y, radius, badge, against } of scene.rings) {
    const colour = against ? palette.failure : palette.text;
    if (server !== WORLD) circle(context, x, y, radius, null, colour, 2);
    circle(context, badge.x, badge.y, badge.radius, against ? colour : palette.ground, colour, 1.6);
    setFont(scene, badge.radius * 1.3, 700);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = against ? palette['on-failure'] : palette.text;
    context.fillText(name, badge.x, badge.y + 0.5);
    scene.taken.push(squareAround(x, y, radius + 1));
    scene.drawn.rings.push({ name, step, server, x, y });
  }
}

function verticalLine(scene, x, colour, width) {
  const { context, geometry } = scene;
  if (x < GUTTER - 4 || x > geometry.width) return;
  context.strokeStyle = colour;
  context.lineWidth = width;
  strokeLine(context, x, geometry.rulerBottom, x, geometry.lanesBottom);
}

function drawFailureLine(scene) {
  const { run, layout, palette, context, geometry } = scene;
  if (run.failure < 0) return;
  const x = scene.toX(layout.x[run.failure]);
  verticalLine(scene, x, palette.failure, 2);
  if (x < GUTTER - 4 || x > geometry.width) return;
  circle(context, x, geometry.rulerBottom, 7, palette.failure, null);
  cross(context, x, geometry.rulerBottom, 2.6, palette['on-failure'], 1.6);
  scene.drawn.failure = x;
}

function drawCursorLine(scene) {
  const { app, layout, palette, run } = scene;
  if (app.cursor === run.failure) return;
  const x = scene.toX(layout.x[app.cursor]);
  scene.context.globalAlpha = 0.85;
  verticalLine(scene, x, palette.cursor, 1.6);
  scene.context.globalAlpha = 1;
  scene.drawn.cursor = x;
}
