// Lanes: a band for each server, by role and term; walls where neighbours are cut off; folds.

// Where each server's role or term changes, for a binary search.
function makeSegments(run) {
  return run.statusOf.map(({ rows }) => {
    const segments = { steps: [], role: [], term: [] };
    for (const row of rows) {
      const last = segments.steps.length - 1;
      const [step, role, term] = [run.status.step[row], run.status.role[row], run.status.term[row]];
      if (last >= 0 && segments.steps[last] === step)
        segments.steps.length = segments.role.length = segments.term.length = last;
      const before = segments.steps.length - 1;
      if (before >= 0 && segments.role[before] === role && segments.term[before] === term) continue;
      segments.steps.push(step);
      segments.role.push(role);
      segments.term.push(term);
    }
    return segments;
  });
}

function eachSegment(scene, server, draw) {
  const { run, layout, app } = scene;
  const segments = app.segments[server];
  let at = Math.max(0, countUpTo(segments.steps, scene.first) - 1);
  for (; at < segments.steps.length; at += 1) {
    const step = segments.steps[at];
    if (step > scene.last) break;
    const next = segments.steps[at + 1];
    const from = step < 0 ? (layout.x[0] ?? 0) : layout.x[step];
    const to =
      next === undefined
        ? Math.max(layout.width, layout.x[run.count - 1] ?? 0) + 18 / scene.view.zoom
        : layout.x[next];
    draw({
      step,
      next,
      role: segments.role[at],
      term: segments.term[at],
      x1: scene.toX(from),
      x2: scene.toX(to),
    });
  }
}

function drawBands(scene) {
  const { run, geometry, app } = scene;
  for (let server = 1; server <= run.servers; server += 1) {
    const y = laneY(geometry, server);
    const faint = app.view.focus !== null && !app.talksTo.has(server);
    let drawnTo = -Infinity;
    eachSegment(scene, server, (segment) => {
      const x1 = Math.max(segment.x1, GUTTER - 10);
      const x2 = Math.min(segment.x2, geometry.width + 10);
      if (x2 <= drawnTo + 0.3 && segment.next !== undefined) return;
      drawnTo = x2;
      scene.context.globalAlpha = faint ? 0.2 : strengthOf(scene, segment.step);
      drawBand(scene, segment, x1, x2, y);
      scene.drawn.bands += 1;
    });
    scene.context.globalAlpha = 1;
  }
}

function drawBand(scene, { role, term }, x1, x2, y) {
  const { context, palette } = scene;
  const colour = termColour(palette, term);
  const half = HALF[role] * (scene.view.projector ? 1.4 : 1);
  const width = Math.max(0.6, x2 - x1);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  context.setLineDash([]);
  if (role === ROLE.leader) context.fillRect(x1, y - half, width, 2 * half);
  else if (role === ROLE.candidate || role === ROLE.preCandidate || role === ROLE.other) {
    context.fillStyle = palette.ground;
    context.fillRect(x1, y - half, width, 2 * half);
    if (width > 3 && role === ROLE.candidate)
      hatch(context, x1, y - half, width, 2 * half, colour, 4, scene.toX(0));
    context.lineWidth = 1.3;
    if (role !== ROLE.candidate) context.setLineDash([2, 3]);
    context.strokeRect(x1 + 0.5, y - half + 0.5, Math.max(0.5, width - 1), 2 * half - 1);
  } else if (role === ROLE.follower) context.fillRect(x1, y - half, width, 2 * half);
  else {
    context.strokeStyle = palette.edge;
    context.lineWidth = 1.2;
    context.setLineDash([1.5, 3.5]);
    strokeLine(context, x1, y, x2, y);
  }
  context.setLineDash([]);
}

function drawSeparators(scene) {
  const { context, geometry, palette, run } = scene;
  context.strokeStyle = palette.line;
  context.lineWidth = 1;
  for (let server = 1; server <= run.servers + 1; server += 1) {
    const y = Math.round(laneY(geometry, server) - geometry.laneHeight / 2) + 0.5;
    if (y >= geometry.lanesTop - 1) strokeLine(context, GUTTER - 4, y, geometry.width, y);
  }
}

// Link states in view: each with the places between which it holds.
function eachLinks(scene, draw) {
  const { run, layout } = scene;
  let at = Math.max(0, countUpTo(run.links.step, scene.first) - 1);
  for (; at < run.links.step.length; at += 1) {
    const step = run.links.step[at];
    if (step > scene.last) break;
    const next = run.links.step[at + 1];
    const from = step < 0 ? (layout.x[0] ?? 0) : layout.x[step];
    const to = next === undefined ? layout.width + 18 / scene.view.zoom : layout.x[next];
    draw({ step, blocked: run.links.blocked[at], x1: scene.toX(from), x2: scene.toX(to) });
  }
}

function styleWall(context, palette) {
  context.strokeStyle = palette.edge;
  context.lineWidth = 1.8;
  context.setLineDash([1.8, 4]);
}

function drawWalls(scene) {
  const { context, geometry, palette, run } = scene;
  styleWall(context, palette);
  eachLinks(scene, ({ blocked, x1, x2 }) => {
    if (blocked.length === 0 || x2 - x1 < 1) return;
    const cut = new Set(blocked);
    for (let server = 1; server < run.servers; server += 1) {
      if (!cut.has(server * 256 + server + 1) && !cut.has((server + 1) * 256 + server)) continue;
      const y = Math.round(laneY(geometry, server) + geometry.laneHeight / 2) + 0.5;
      strokeLine(context, Math.max(GUTTER, x1), y, Math.min(geometry.width, x2), y);
      scene.drawn.walls += 1;
    }
  });
  context.setLineDash([]);
}

// Folds in view, as their columns.
function foldsInView(scene) {
  const { folds } = scene.layout.folding;
  let at = countUpTo(scene.layout.foldLasts, scene.first - 1);
  const found = [];
  for (; at < folds.length && folds[at].first <= scene.last; at += 1) {
    const fold = folds[at];
    found.push({
      fold,
      x1: scene.toX(fold.x0),
      x2: Math.max(scene.toX(fold.x1), scene.toX(fold.x0) + 2),
    });
  }
  return found;
}

function drawFolds(scene) {
  const { context, geometry, palette } = scene;
  const top = geometry.checksTop;
  scene.folds = foldsInView(scene);
  scene.foldCentres = Float64Array.from(scene.folds, ({ x1, x2 }) => (x1 + x2) / 2);
  for (const { fold, x1, x2 } of scene.folds) {
    context.fillStyle = palette.panel;
    context.fillRect(x1, top, x2 - x1, geometry.lanesBottom - top);
    if (scene.folds.length < 200)
      hatch(context, x1, top, x2 - x1, geometry.lanesBottom - top, palette.hatch, 6, scene.toX(0));
    scene.drawn.folds.push({
      first: fold.first,
      last: fold.last,
      x1,
      x2,
      top,
      bottom: geometry.lanesBottom,
    });
  }
}

// The role's letter and term above the lane; in full where there is room. A band that began before
// the window is named at its left edge.
function drawRoleLabels(scene) {
  const { run, geometry, palette } = scene;
  const size = scene.size;
  for (let server = 1; server <= run.servers; server += 1) {
    const y = laneY(geometry, server) - (scene.view.projector ? 19 : 15);
    setFont(scene, size - 0.5, 700);
    eachSegment(scene, server, ({ role, term, x1, x2, step, next }) => {
      const start = Math.max(x1 + 3, GUTTER + 2);
      const room = x2 - start;
      if (room < 2 && next !== undefined) return;
      const names = roleNames(role, term, step);
      const fits = (name) => textWidth(scene, name) + 6 <= room;
      const short = names[names.length - 1];
      const name = names.find(fits) ?? short;
      if (name === '') return;
      const clamped = Math.min(start, geometry.width - textWidth(scene, name) - 4);
      const at = role === ROLE.down ? clamped + 10 : clamped;
      const colour = role === ROLE.down ? palette.muted : termColour(palette, term);
      plateText(
        scene,
        name,
        at,
        role === ROLE.down ? y + 6 : y,
        role !== ROLE.down && term === 0 ? palette.muted : colour,
        { align: 'left', alpha: strengthOf(scene, step), what: 'role', apart: 4 },
      );
    });
  }
}

function roleNames(role, term, step) {
  if (role === ROLE.down) return step < 0 ? [''] : ['down', ''];
  if (role === ROLE.leader) return [`leader ${term}`, `L${term}`];
  if (role === ROLE.candidate) return [`candidate ${term}`, `C${term}`];
  if (role === ROLE.preCandidate) return [`pre-candidate ${term}`, `P${term}`];
  return [`${ROLE_LETTERS[role]}${term}`];
}

function drawNames(scene) {
  const { context, geometry, palette, run, app } = scene;
  setFont(scene, scene.view.projector ? 19 : 14, 700);
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  for (let server = 1; server <= run.servers; server += 1) {
    const y = laneY(geometry, server);
    if (y < geometry.lanesTop || y > geometry.lanesBottom) continue;
    context.fillStyle =
      app.view.focus !== null && app.view.focus !== server ? palette.muted : palette.text;
    context.fillText(`n${server}`, 16, y);
  }
}
