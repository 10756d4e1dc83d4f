// The view: sizes of the page, the window over the run, and what is redone when the cursor moves.

const CELLS = 14;
const LANE_LEAST = 40;
const LANE_WITH_CELLS = 42;
const LANE_ON_LOW_PAGE = 34;
const LANE_FOR_PROJECTOR = 96;
const LANES_AT_ONCE = 9;
const PAPER_WIDTH = 1300;
const STATE_WIDTH = 424;
const ZOOM_MOST = 6;
const OPENS_AT_LEAST = 0.4;
const LOW = 420;
const TALL = 620;

// Sizes of the diagram, from the room that the page leaves it.
function measure(app) {
  const { run, view } = app;
  const grow = view.projector ? 1.3 : 1;
  const rows = { rulerBottom: 42 };
  let top = 46;
  rows.linksTop = run.links.blocked.some((blocked) => blocked.length > 0) ? top : null;
  if (rows.linksTop !== null) top += 23;
  rows.planTop = run.plan.length > 0 ? top : null;
  if (rows.planTop !== null) top += 19;
  rows.checksTop = top;
  top += 26;
  // The digit of a last change stands under its lane.
  const under = app.marks.changes.length > 0 ? 12 : 3;
  const room = roomForLanes(app) - top - under + 3;
  const lanes = Math.min(LANES_AT_ONCE, run.servers);
  const laneHeight = Math.round(
    Math.max(leastLane(app), Math.min(104 * grow, room / Math.max(2, lanes))),
  );
  const lanesBottom = top + laneHeight * run.servers;
  const wide = app.printing ? PAPER_WIDTH - STATE_WIDTH : byId('diagram').clientWidth;
  app.geometry = {
    ...rows,
    width: Math.max(200, wide),
    lanesTop: top,
    laneHeight,
    lanesBottom,
    height: lanesBottom + under,
    cells: laneHeight >= LANE_WITH_CELLS || isNarrow(app) ? cellsThatFit(app) : 0,
  };
  const middle = byId('middle');
  const scrolls = run.servers > LANES_AT_ONCE && !app.printing;
  middle.style.maxHeight = scrolls ? `${top + LANES_AT_ONCE * laneHeight + 3}px` : '';
  middle.style.overflowY = scrolls ? 'auto' : '';
  growPage(app, top + lanes * laneHeight + under);
  byId('rows').style.height = isNarrow(app) ? '' : `${app.geometry.height}px`;
  const width = app.printing ? PAPER_WIDTH : byId('overview').clientWidth;
  if (width !== app.stripWidth) app.stripGround = null;
  app.stripWidth = width;
}

// Up to six servers show their logs, unless the page is low.
function leastLane(app) {
  if (app.view.projector) return LANE_FOR_PROJECTOR;
  if (app.run.servers > 6) return LANE_LEAST;
  return isLow(app) ? LANE_ON_LOW_PAGE : LANE_WITH_CELLS;
}

// A page that cannot show the lanes and a few lines of the list is higher than its window, which
// then scrolls.
function growPage(app, diagram) {
  const fixed = isNarrow(app) || app.printing || app.view.projector;
  const least = isLow(app) ? LOW : TALL;
  const needed = heightOfOthers() + diagram + leastList(app);
  byId('page').style.minHeight = fixed ? '' : `${Math.max(least, needed)}px`;
}

function isNarrow(app) {
  return !app.printing && window.matchMedia('(max-width: 899px)').matches;
}

// A page that is not tall, such as one of two frames, lacks the overview and the legend.
function isLow(app) {
  return !app.printing && window.matchMedia(`(max-height: ${TALL - 1}px)`).matches;
}

function cellsThatFit(app) {
  if (app.printing) return CELLS;
  const width = byId('state').clientWidth;
  const cell = window.matchMedia('(max-width: 1280px)').matches ? 18 : 22;
  return Math.max(4, Math.min(CELLS, Math.floor((width - 76) / cell)));
}

function leastList(app) {
  return isLow(app) ? 98 : 168;
}

// What stands over the lanes and between them and the list.
function heightOfOthers() {
  const head = document.querySelector('header').offsetHeight;
  return ['overview', 'toolbar', 'legend'].reduce((sum, id) => sum + byId(id).offsetHeight, head);
}

// The list keeps a fifth of the page, and its least height. Rounded lanes may take a few pixels.
function roomForLanes(app) {
  const page = app.printing ? 860 : Math.max(isLow(app) ? LOW : TALL, window.innerHeight);
  return page - heightOfOthers() - Math.max(leastList(app) + 7, page * 0.2);
}

function fitZoom(app) {
  const { layout, geometry } = app;
  return Math.min(1.4, (geometry.width - GUTTER - 56) / Math.max(1, layout.width));
}

function leastZoom(app) {
  return Math.min(OPENS_AT_LEAST, fitZoom(app));
}

function clampView(app) {
  const { view, layout, geometry } = app;
  view.zoom = Math.max(leastZoom(app), Math.min(ZOOM_MOST, view.zoom));
  const span = (geometry.width - GUTTER) / view.zoom;
  const most = Math.max(-8 / view.zoom, layout.width - span + 60 / view.zoom);
  view.left = Math.max(-12 / view.zoom, Math.min(most, view.left));
}

function screenX(app, step) {
  return screenAt(app.view, app.layout.x[step]);
}

// The window moves only as far as it must for a step to be in view.
function reveal(app, step) {
  const { geometry, view } = app;
  const x = screenX(app, step);
  const [low, high] = [GUTTER + 30, geometry.width - 50];
  if (x >= low && x <= high) return;
  const far = x < low - geometry.width / 2 || x > high + geometry.width / 2;
  const want = far
    ? geometry.width * 0.62
    : x < low
      ? low + geometry.width * 0.12
      : high - geometry.width * 0.12;
  view.left += (x - want) / view.zoom;
  clampView(app);
}

function zoomAt(app, factor, x) {
  const { view } = app;
  const place = placeAt(view, x);
  view.zoom *= factor;
  view.zoom = Math.max(leastZoom(app), Math.min(ZOOM_MOST, view.zoom));
  putAt(view, place, x);
  clampView(app);
  drawSoon(app);
}

// Folds and places are made anew. The cursor stays where it was on the screen.
function arrangeAnew(app) {
  const { run, view } = app;
  const old = app.layout;
  const x = old === null ? null : screenX(app, app.cursor);
  app.folded ??= foldSteps(run, view.fold, [app.named, app.opened]);
  app.layout = arrange(run, foldAround(run, app.folded, app.kept), view.axis);
  app.planRows = placePlan(run, app.layout);
  if (x !== null) {
    putAt(view, app.layout.x[app.cursor], x);
    if (app.geometry !== null) clampView(app);
  }
  const many = view.fold ? `(${grouped(run.count - app.layout.shown.length)}) ` : '';
  byId('fold').replaceChildren(`fold routine ${many}`, make('kbd', '', 'h'));
}

// The causes of the step at the cursor are bold, and never folded.
function findCauses(app) {
  const { run, cursor } = app;
  const chain = run.count === 0 ? [] : causesOf(run, cursor);
  app.causes = {
    chain,
    messages: new Set(chain.map((row) => row.message)),
    steps: new Set(chain.map((row) => row.step)),
  };
  app.past = app.view.past && run.count > 0 ? causalPast(run, cursor) : null;
  const kept = [cursor, ...app.causes.steps]
    .filter((step) => step >= 0 && run.routine[step] === 1)
    .sort((a, b) => a - b);
  const same = kept.length === app.kept.length && kept.every((step, at) => step === app.kept[at]);
  if (same) return false;
  app.kept = kept;
  return true;
}

function moveCursor(app, step, options = {}) {
  const { run } = app;
  if (run.count === 0) return;
  const start = performance.now();
  byId('hover').hidden = true;
  app.cursor = Math.max(0, Math.min(run.count - 1, step));
  const moved = findCauses(app);
  if (moved && app.view.fold) arrangeAnew(app);
  if (options.reveal !== false) reveal(app, app.cursor);
  byId('time').textContent = `${seconds(run.steps.time[app.cursor])} s`;
  sayStep(app);
  fillState(app);
  if (options.list === true || !markLine(app)) fillList(app);
  else if (moved) fillList(app, true);
  fillWhy(app);
  fillMemory(app);
  byId('live').textContent = spoken(run, app.history, app.cursor);
  drawDiagram(app);
  drawStrip(app);
  app.stepMilliseconds = performance.now() - start;
  rememberPlace(app);
}

function sayStep({ run, cursor }) {
  byId('step').textContent = run.count > 0 ? `step ${cursor + 1} of ${run.count}` : '';
}

// Everything that depends on sizes, folds or colours.
function refresh(app) {
  measure(app);
  clampView(app);
  fillState(app);
  drawDiagram(app);
  drawStrip(app);
  fitList(app);
}

function drawSoon(app) {
  if (app.drawing) return;
  app.drawing = true;
  requestAnimationFrame(() => {
    app.drawing = false;
    drawDiagram(app);
    drawStrip(app);
    rememberPlace(app);
  });
}

// A page that opens at the failure has its facts, or the last changes, in view. It never opens on
// an empty tail.
function openView(app) {
  const { run, view, marks, geometry } = app;
  if (run.count === 0) return;
  app.cursor = opensAt(run);
  findCauses(app);
  arrangeAnew(app);
  const { layout } = app;
  const room = geometry.width - GUTTER - 70;
  const fit = fitZoom(app);
  view.zoom = 0.8;
  if (fit >= OPENS_AT_LEAST) {
    view.zoom = Math.min(1.2, fit);
    view.left = 0;
  } else if (app.cursor === run.failure) {
    const steps = [
      ...marks.facts.map((mark) => mark.step),
      ...marks.changes.map((mark) => mark.step),
      ...marks.turning.map((mark) => mark.step),
      run.failure,
    ].filter((step) => step >= 0);
    const places = steps.map((step) => layout.x[step]);
    const span = Math.max(...places) - Math.min(...places);
    view.zoom = Math.max(OPENS_AT_LEAST, Math.min(0.8, room / (span + 120)));
    const shown = places.filter((place) => place > Math.max(...places) - room / view.zoom + 60);
    view.left = Math.min(Math.min(...shown) - 60 / view.zoom, layout.width - room / view.zoom);
  } else view.left = layout.x[app.cursor] - (0.4 * room) / view.zoom;
  clampView(app);
}
