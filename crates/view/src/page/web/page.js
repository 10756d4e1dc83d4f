// The page: it unpacks the run, puts the parts together, and offers what it knows to tests.

// The data is base64 of raw deflate: the browser itself can read both.
async function unpack(text) {
  const characters = atob(text.trim());
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at += 1) bytes[at] = characters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return JSON.parse(await new Response(stream).text());
}

function makeApp(run) {
  const marks = findMarks(run);
  const app = {
    run,
    marks,
    history: makeHistory(run),
    segments: makeSegments(run),
    reaches: makeReaches(run),
    named: neverFolded(run, marks),
    opened: new Uint8Array(run.count),
    kept: [],
    folded: null,
    view: {
      zoom: 0.8,
      left: 0,
      fold: true,
      axis: 'even',
      past: false,
      focus: null,
      hiddenKinds: new Set(),
      projector: false,
    },
    cursor: 0,
    layout: null,
    geometry: null,
    palette: null,
    causes: null,
    past: null,
    planRows: [],
    drawn: null,
    memoryOf: null,
    listItems: [],
    listSize: '',
    repeats: { key: '', value: null },
    found: { query: '', hits: [] },
    widths: new Map(),
    talksTo: new Set([null]),
    canvas: byId('lanes'),
    stripCanvas: byId('strip'),
    stripGround: null,
    stripWidth: 0,
    drag: null,
    stripDrag: false,
    drawing: false,
    playing: null,
    waiting: false,
    printing: false,
    screen: null,
    place: '',
    copied: null,
    focusBefore: null,
    stepMilliseconds: 0,
    loadMilliseconds: 0,
  };
  app.act = makeActions(app);
  return app;
}

function listenToButtons(app) {
  const buttons = {
    copy: 'copy',
    'copy-plan': 'copyPlan',
    home: 'home',
    play: 'play',
    failure: 'toFailure',
    fold: 'fold',
    clock: 'axis',
    past: 'past',
    fit: 'fit',
    help: 'openKeys',
    'memory-close': 'closeMemory',
  };
  for (const [id, name] of Object.entries(buttons))
    byId(id).addEventListener('click', () => app.act[name]());
  byId('without').addEventListener('click', () => app.act.showAllKinds());
  byId('only').addEventListener('click', () => app.act.focus(null));
  byId('back').addEventListener('click', () => app.act.step(-1));
  byId('next').addEventListener('click', () => app.act.step(1));
  byId('smaller').addEventListener('click', () => app.act.zoom(0.8));
  byId('larger').addEventListener('click', () => app.act.zoom(1.25));
  // After a click the space bar plays, and does not press the button again.
  byId('toolbar').addEventListener('click', (event) => {
    if (event.detail > 0 && event.target.closest('button') !== null) app.canvas.focus();
  });
  byId('search').addEventListener('focus', (event) => {
    if (event.relatedTarget !== null) app.focusBefore = event.relatedTarget;
  });
}

function listenToWindow(app) {
  new ResizeObserver(() => {
    if (app.printing) return;
    refresh(app);
  }).observe(byId('page'));
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  dark.addEventListener('change', () => setTheme(app, dark.matches ? 'dark' : 'light'));
  window.addEventListener('beforeprint', () => setPrinting(app, true));
  window.addEventListener('afterprint', () => setPrinting(app, false));
}

// Paper shows what the window shows, in its own width and in light colours.
function setPrinting(app, on) {
  const { view } = app;
  if (on)
    app.screen = {
      theme: document.documentElement.dataset.theme,
      zoom: view.zoom,
      left: view.left,
    };
  const wide = app.geometry.width;
  app.printing = on;
  setTheme(app, on ? 'light' : app.screen.theme);
  view.zoom = on ? (view.zoom * (app.geometry.width - GUTTER)) / (wide - GUTTER) : app.screen.zoom;
  view.left = app.screen.left;
  refresh(app);
  sayBeyond(app);
}

async function start() {
  const began = performance.now();
  const cannot = byId('cannot');
  if (typeof DecompressionStream === 'undefined') {
    cannot.textContent =
      'This browser cannot unpack the run. ' +
      'Chrome and Edge from 103, Safari from 16.4 and Firefox from 113 can.';
    return;
  }
  let run;
  try {
    run = decodeRun(await unpack(byId('data').textContent));
  } catch (error) {
    cannot.textContent = `The run in this page cannot be read: ${error.message}`;
    throw error;
  }
  cannot.hidden = true;
  byId('page').hidden = false;
  const app = makeApp(run);
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  setTheme(app, dark ? 'dark' : 'light');
  fillHeader(app);
  findCauses(app);
  arrangeAnew(app);
  measure(app);
  const given = readPlace(app);
  if (!given) openView(app);
  moveCursor(app, app.cursor, { list: true, reveal: false });
  refresh(app);
  if (!given && app.cursor === run.failure) listMarks(app);
  app.canvas.setAttribute(
    'aria-label',
    `Space-time diagram of ${run.servers} servers. Arrow keys step; ? lists the keys.`,
  );
  for (const listen of [
    listenToButtons,
    listenToKeys,
    listenToPointer,
    listenToList,
    listenToLinks,
    listenToWindow,
  ])
    listen(app);
  app.loadMilliseconds = performance.now() - began;
  offer(app);
}

start();
