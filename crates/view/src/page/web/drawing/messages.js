// Messages: each shows its fate. A line from its sender to where it arrived, a stub where it went
// no further, a dotted end where it is still under way.

const BLOCK = 64;
// How strongly a message is drawn that changed nothing, and one that did.
const QUIET = 0.8;
const LOUD = 0.95;

// The last step that each block of messages reaches, so that a draw skips blocks that ended before.
function makeReaches(run) {
  const { messages } = run;
  const reaches = new Int32Array(Math.ceil(messages.count / BLOCK)).fill(NEVER);
  const quiet = new Uint8Array(messages.count);
  for (let m = 0; m < messages.count; m += 1) {
    const block = Math.floor(m / BLOCK);
    const sent = messages.sent[m];
    const arrived = messages.arrived[m];
    const underWay = arrived.length < messages.due[m].length;
    reaches[block] = Math.max(reaches[block], sent, underWay ? sent : NEVER, ...arrived);
    const matters = (step) => step >= 0 && run.changed[step] === 1;
    quiet[m] = messages.given[m] === 1 || matters(sent) || arrived.some(matters) ? 0 : 1;
  }
  return { reaches, quiet };
}

function eachMessageInView(scene, draw) {
  const { messages } = scene.run;
  const { reaches } = scene.app.reaches;
  const end = countUpTo(messages.sent, scene.last);
  for (let block = 0; block * BLOCK < end; block += 1) {
    if (reaches[block] < scene.first) continue;
    const last = Math.min(end, (block + 1) * BLOCK);
    for (let m = block * BLOCK; m < last; m += 1) {
      const arrived = messages.arrived[m];
      const far = arrived.length > 0 ? arrived[arrived.length - 1] : messages.sent[m];
      if (far >= scene.first || messages.sent[m] >= scene.first) draw(m);
    }
  }
}

function isDrawn(scene, m) {
  const { app, run, view } = scene;
  const { sent, arrived, kind, from, to } = run.messages;
  if (app.causes.messages.has(m)) return true;
  if (view.hiddenKinds.has(kind[m])) return false;
  if (view.focus !== null && from[m] !== view.focus && to[m] !== view.focus) return false;
  if (scene.many > CROWDED) return false;
  if (run.messages.given[m] !== 1 && scene.many > DENSE && app.reaches.quiet[m] === 1) return false;
  const { hidden } = scene.layout.folding;
  const shows = (step) => step >= 0 && hidden[step] === SHOWN;
  return shows(sent[m]) || arrived[m].some(shows);
}

function drawMessages(scene) {
  scene.labelled = [];
  const bold = [];
  const draw = (m, strong) => {
    for (const path of pathsOf(scene, m)) {
      if (
        Math.max(path.x1, path.x2) < GUTTER - 10 ||
        Math.min(path.x1, path.x2) > scene.geometry.width + 10
      )
        continue;
      drawPath(scene, m, path, strong);
      scene.labelled.push({ m, path, strong });
      scene.drawn.arrows.push({ m, ...path });
    }
  };
  if (scene.many > CROWDED) bold.push(...scene.app.causes.messages);
  else {
    eachMessageInView(scene, (m) => {
      if (!isDrawn(scene, m)) return;
      if (isStrong(scene, m)) bold.push(m);
      else draw(m, false);
    });
  }
  for (const m of bold) draw(m, true);
}

function isStrong(scene, m) {
  return scene.app.causes.messages.has(m);
}

// From where to where a message is drawn: one path for each copy that went the whole way, else a
// stub.
function pathsOf(scene, m) {
  const { run, layout, geometry } = scene;
  const { sent, arrived, due, from, to, fate } = run.messages;
  const down = to[m] > from[m] ? 1 : -1;
  const y1 = laneY(geometry, from[m]);
  const y2 = laneY(geometry, to[m]);
  const x1 = sent[m] >= 0 ? scene.toX(layout.x[sent[m]]) : scene.toX(layout.x[arrived[m][0]]) - 40;
  const paths = arrived[m].map((step, copy) => ({
    x1,
    y1,
    x2: scene.toX(layout.x[step]),
    y2,
    step,
    copy,
    end: run.steps.kind[step] === KIND.missed ? 'ring' : 'head',
  }));
  const stub = (end, part, slope) => ({
    x1,
    y1,
    step: NEVER,
    copy: 0,
    end,
    x2: x1 + slope * Math.max(0.5, Math.min(1, scene.view.zoom)),
    y2: y1 + down * geometry.laneHeight * part,
  });
  const short = Math.min(0.46, Math.max(0.3, 27 / geometry.laneHeight));
  const apart = Math.abs(to[m] - from[m]);
  if (fate[m] === FATE.lost) paths.push(stub('cross', 0.44, 9 + 5 * apart));
  else if (fate[m] === FATE.blocked) paths.push(stub('bar', short, 1 + 3 * apart));
  else if (fate[m] === FATE.down || fate[m] === FATE.unasked)
    paths.push(stub('small', short, 1 + 3 * apart));
  else if (arrived[m].length < due[m].length)
    paths.push({ ...stub('fade', 0.55, 16 + 6 * apart), copy: arrived[m].length });
  return paths;
}

function drawPath(scene, m, path, strong) {
  const { context, run, app, palette } = scene;
  const { messages } = run;
  const colour = messages.term[m] < 0 ? palette.muted : termColour(palette, messages.term[m]);
  const quiet = app.reaches.quiet[m] === 1;
  const given = messages.given[m] === 1;
  const end = path.step >= 0 ? path.step : messages.sent[m];
  context.globalAlpha = strengthOf(scene, end) * (strong || given ? 1 : quiet ? QUIET : LOUD);
  context.strokeStyle = colour;
  context.lineWidth = (strong ? 2.6 : given ? 2.4 : 1.15) * (scene.view.projector ? 1.4 : 1);
  if (path.end === 'fade' || path.copy > 0) context.setLineDash([1.5, 3]);
  else if (run.late[m] === 1 && path.step >= 0) context.setLineDash([6, 4]);
  const [x2, y2] = tipOf(scene, m, path);
  strokeLine(context, path.x1, path.y1, x2, y2);
  context.setLineDash([]);
  drawEnd(scene, m, path, x2, y2, colour);
  context.globalAlpha = 1;
}

// Where the line ends for the eye: at the edge of the addressee's band or dot.
function tipOf(scene, m, path) {
  if (path.step < 0) return [path.x2, path.y2];
  const { run, app } = scene;
  const segments = app.segments[run.messages.to[m]];
  const at = countUpTo(segments.steps, path.step) - 1;
  const role = at < 0 ? ROLE.down : segments.role[at];
  const short = Math.max(4.5, HALF[role]) + 0.5;
  const height = Math.abs(path.y2 - path.y1);
  const part = height > short ? short / height : 0;
  return [path.x2 - (path.x2 - path.x1) * part, path.y2 - (path.y2 - path.y1) * part];
}

function drawEnd(scene, m, path, x, y, colour) {
  const { context, palette, run, view } = scene;
  const grow = view.projector ? 1.4 : 1;
  if (path.end === 'cross') cross(context, x, y, 3.6 * grow, palette.failure, 1.6);
  else if (path.end === 'bar') {
    context.strokeStyle = palette.text;
    context.lineWidth = 1.8;
    strokeLine(context, x - 5 * grow, y, x + 5 * grow, y);
  } else if (path.end === 'small' || path.end === 'ring') {
    circle(context, x, y, 2.8 * grow, palette.ground, colour, 1.3);
  } else if (path.end === 'head') {
    arrowHead(
      context,
      path,
      x,
      y,
      colour,
      run.messages.reply[m] === 1 ? palette.ground : colour,
      grow,
    );
  }
}

function arrowHead(context, path, x, y, colour, fill, grow) {
  const angle = Math.atan2(y - path.y1, x - path.x1);
  const [long, wide] = [7.5 * grow, 2.8 * grow];
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(
    x - long * Math.cos(angle) + wide * Math.sin(angle),
    y - long * Math.sin(angle) - wide * Math.cos(angle),
  );
  context.lineTo(
    x - long * Math.cos(angle) - wide * Math.sin(angle),
    y - long * Math.sin(angle) + wide * Math.cos(angle),
  );
  context.closePath();
  context.fillStyle = fill;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.stroke();
}

// Labels sit where a fan opens: a request's near its receiver, an answer's near its sender. In the
// middle of its line a label would land on a lane. What the plan names comes first, then entries,
// then what turned a role or a term, then answers. The cursor displaces none: what led to it is
// labelled last, where there is room.
function placeMessageLabels(scene) {
  const { view } = scene;
  if (scene.many > DENSE && !view.projector) return;
  const rows = scene.labelled
    .map((row) => ({ ...row, rank: labelRank(scene, row) }))
    .sort((a, b) => a.rank - b.rank);
  const all = view.projector ? Infinity : LAST_RANK;
  for (const row of rows) if (row.rank <= all) placeMessageLabel(scene, row);
  for (const row of rows)
    if (row.rank > all && isAtCursor(scene, row)) placeMessageLabel(scene, row);
}

const LAST_RANK = 4;

function labelRank({ app, run }, { m, path }) {
  if (run.messages.given[m] === 1) return 0;
  const isQuiet = app.reaches.quiet[m] === 1;
  if (path.step >= 0 && run.turned[path.step] === 1) return 2;
  if (path.copy > 0 && path.step >= 0) return 3;
  const hasEntries = /^\d/.test(run.text[run.messages.label[m]] ?? '');
  if (hasEntries) return isQuiet ? LAST_RANK + 1 : 1;
  return (run.messages.reply[m] === 1 ? 3 : 4) + (isQuiet ? LAST_RANK : 0);
}

function isAtCursor({ app, run }, { m, strong }) {
  const { sent, arrived } = run.messages;
  return strong || sent[m] === app.cursor || arrived[m].includes(app.cursor);
}

function placeMessageLabel(scene, { m, path, strong }) {
  const { run, palette, geometry } = scene;
  const text = labelText(scene, m, path);
  if (text === '') return;
  const reply = run.messages.reply[m] === 1;
  const [x, y] = labelPlace(path, reply, geometry.laneHeight);
  setFont(scene, scene.size - 0.5, strong ? 700 : 400);
  const half = textWidth(scene, text) / 2;
  if (x - half < GUTTER - 2 || x + half > geometry.width) return;
  const term = run.messages.term[m];
  plateText(scene, text, x, y, term < 0 ? palette.muted : termColour(palette, term), {
    alpha: strengthOf(scene, path.step >= 0 ? path.step : run.messages.sent[m]),
    what: 'message',
  });
}

function labelText({ run, view }, m, path) {
  const { given, label, words } = run.messages;
  const name = run.text[label[m]] ?? '';
  if (given[m] === 1) return `${name} ${run.text[words[m]] ?? ''}`.trim();
  if (path.copy > 0) return 'x2';
  return path.step < 0 && !view.projector ? '' : name;
}

function labelPlace(path, reply, laneHeight) {
  const height = path.y2 - path.y1;
  if (path.step < 0 || height === 0) return [path.x2 + 4, path.y2 + Math.sign(height) * 8];
  const from = (Math.sign(height) * laneHeight) / 2;
  const y = reply ? path.y1 + from : path.y2 - from;
  return [path.x1 + ((path.x2 - path.x1) * (y - path.y1)) / height, y];
}
