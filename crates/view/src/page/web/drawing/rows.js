// The rows over the lanes: the ruler with its gaps, who can talk to whom, the plan, checks and
// folds.

function drawRuler(scene) {
  const { context, geometry, palette, layout } = scene;
  context.fillStyle = palette.ground;
  setFont(scene, scene.size - 0.5);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  let last = -Infinity;
  for (const { x, text } of layout.axis === 'clock' ? clockTicks(scene) : evenTicks(scene)) {
    const half = textWidth(scene, text) / 2;
    if (x - half < Math.max(GUTTER + 4, last + 22) || x + half > geometry.width) continue;
    context.fillStyle = palette.muted;
    context.fillText(text, x, 13);
    strokeLine(context, x, 22, x, 27);
    last = x + half;
  }
  rowName(scene, 'time, s', 13);
  drawGaps(scene);
}

// One time for each instant that has room.
function evenTicks(scene) {
  const { run, layout } = scene;
  const ticks = [];
  let at = scene.shownFirst;
  while (at <= scene.shownLast) {
    const step = layout.shown[at];
    const x = scene.toX(layout.base[step]);
    ticks.push({ x, text: seconds(run.steps.time[step], 4) });
    const next = countUpTo(layout.base, scene.toPlace(x + 76));
    at = Math.max(at + 1, countUpTo(layout.shown, next - 1));
  }
  return ticks;
}

function clockTicks(scene) {
  const { layout } = scene;
  if (!(layout.pixels > 0)) return [];
  const wanted = 90 / (layout.pixels * scene.view.zoom);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const gap =
    [1, 2, 5, 10].map((times) => times * power).find((size) => size >= wanted) ?? 10 * power;
  const digits = Math.max(0, Math.min(9, Math.ceil(9 - Math.log10(gap))));
  const timeAt = (place) => layout.start + place / layout.pixels;
  const ticks = [];
  for (
    let time = Math.ceil(timeAt(scene.left) / gap) * gap;
    time <= timeAt(scene.right);
    time += gap
  ) {
    if (time >= 0)
      ticks.push({
        x: scene.toX((time - layout.start) * layout.pixels),
        text: seconds(time, digits),
      });
  }
  return ticks;
}

// A narrower gap has no room for its length.
const GAP_SAYS = 6;

// On the even axis a long gap says how long it was; so does a fold.
function drawGaps(scene) {
  const { context, geometry, palette, layout } = scene;
  const said = scene.folds.map(({ fold, x1, x2 }) => ({
    x: (x1 + x2) / 2,
    room: 200,
    text: fold.until - fold.from < 1e3 ? '' : lengthInWords(fold.until - fold.from),
  }));
  if (layout.axis === 'even') {
    let at = countUpTo(layout.gapEnds, scene.left);
    for (; at < layout.gaps.length && layout.gaps[at].x0 < scene.right; at += 1) {
      const gap = layout.gaps[at];
      const [x1, x2] = [scene.toX(gap.x0), scene.toX(gap.x1)];
      if (x2 - x1 < GAP_SAYS) continue;
      said.push({ x: (x1 + x2) / 2, room: x2 - x1, text: lengthInWords(gap.time) });
    }
  }
  setFont(scene, scene.size - 1.5);
  context.textAlign = 'center';
  const taken = [];
  for (const { x, room, text } of said) {
    const half = textWidth(scene, text) / 2;
    if (text === '' || 2 * half > room + 18 || x - half < GUTTER || x + half > geometry.width)
      continue;
    if (taken.some((other) => Math.abs(other.x - x) < other.half + half + 6)) continue;
    if (isCrowded(scene, x, half)) continue;
    taken.push({ x, half });
    context.fillStyle = palette.muted;
    context.fillText(text, x, 33);
  }
}

// Whether two folds are so close that a number between them would seem to speak for both.
function isCrowded(scene, x, half) {
  return countUpTo(scene.foldCentres, x + half) - countUpTo(scene.foldCentres, x - half) > 1;
}

function rowName(scene, text, y) {
  setFont(scene, scene.size - 0.5);
  scene.context.textAlign = 'left';
  scene.context.textBaseline = 'middle';
  scene.context.fillStyle = scene.palette.muted;
  scene.context.fillText(text, 16, y);
}

function drawLinksRow(scene) {
  const { context, geometry, palette, run } = scene;
  if (geometry.linksTop === null) return;
  const [top, height] = [geometry.linksTop, 20];
  rowName(scene, 'links', top + height / 2);
  setFont(scene, scene.size, 700);
  eachLinks(scene, ({ step, blocked, x1, x2 }) => {
    const left = Math.max(x1, GUTTER);
    const right = Math.min(x2, geometry.width);
    if (right <= left || (blocked.length === 0 && step <= run.links.step[0])) return;
    context.fillStyle = palette.panel;
    context.fillRect(left, top, right - left, height);
    context.fillStyle = palette.text;
    context.fillRect(left, top, 2, height);
    const room = right - left - 10;
    if (room < 8) return;
    const names =
      blocked.length === 0
        ? ['all links', 'all']
        : [linksInWords(run.servers, blocked), linksInWords(run.servers, blocked, '')];
    const name = names.find((text) => textWidth(scene, text) <= room) ?? '';
    context.fillText(name, left + 7, top + height / 2 + 0.5);
  });
}

function drawPlanRow(scene) {
  const { context, geometry, palette, run, app } = scene;
  if (geometry.planTop === null) return;
  const y = geometry.planTop + 9;
  rowName(scene, 'plan', y);
  setFont(scene, scene.size - 0.5);
  const rows = app.planRows;
  for (let at = 0; at < rows.length; at += 1) {
    const x = scene.toX(rows[at].place);
    const next = at + 1 < rows.length ? scene.toX(rows[at + 1].place) : geometry.width;
    if (x < GUTTER - 4 || x > geometry.width) continue;
    context.fillStyle = palette.edge;
    context.fillRect(x, y - 8, 1, 16);
    const text = fittingText(scene, rows[at].text, Math.min(next, geometry.width) - x - 8);
    context.fillStyle = palette.muted;
    context.fillText(text, x + 4, y + 0.5);
  }
}

// Where each line of the plan stands: at the step that it made, else at its time. Lines of one
// place are one text. Those that the window does not show are not drawn.
function placePlan(run, layout) {
  const rows = [];
  for (const { time, text } of run.plan) {
    if (time < run.about.from || time > run.end) continue;
    const step = countUpTo(run.steps.time, time - 1);
    const exact = step < run.count && run.steps.time[step] === time;
    const place = exact ? layout.base[step] : placeOfTime(run, layout, time);
    const last = rows[rows.length - 1];
    if (last !== undefined && last.place === place) last.text += `; ${text}`;
    else rows.push({ place, time, text, step: exact ? step : Math.max(0, step - 1) });
  }
  return rows;
}

function drawChecksRow(scene) {
  const { context, geometry, palette } = scene;
  const y = geometry.checksTop + 9;
  const checks = drawChecks(scene, y);
  setFont(scene, scene.size - 0.5);
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  let last = -Infinity;
  context.fillStyle = palette.muted;
  for (const { fold, x1, x2 } of scene.folds) {
    const text = `⋯ ${fold.steps}`;
    const half = textWidth(scene, text) / 2;
    // After a check that stands in its way, if there is room before the next one.
    const after = countUpTo(checks, (x1 + x2) / 2);
    const x = Math.max((x1 + x2) / 2, (checks[after - 1] ?? -Infinity) + half + CHECK_APART);
    if (
      x - half < Math.max(GUTTER, last + 4) ||
      x + half > Math.min(geometry.width, (checks[after] ?? Infinity) - CHECK_APART) ||
      isCrowded(scene, x, half + 4)
    )
      continue;
    context.fillText(text, x, y);
    scene.drawn.counts.push({ text, x1: x - half, x2: x + half });
    last = x + half;
  }
}

const CHECK_APART = 7;

// Draws the checks in view, and gives their places.
function drawChecks(scene, y) {
  const { context, palette, run, layout } = scene;
  const places = [];
  if (scene.many > CROWDED) return places;
  for (let at = scene.shownFirst; at <= scene.shownLast; at += 1) {
    const step = layout.shown[at];
    if (run.steps.kind[step] !== KIND.check) continue;
    const x = scene.toX(layout.x[step]);
    if (x < GUTTER - 4) continue;
    diamond(context, x, y, palette.text);
    scene.drawn.dots.push({ step, server: WORLD, x, y });
    places.push(x);
  }
  return places;
}
