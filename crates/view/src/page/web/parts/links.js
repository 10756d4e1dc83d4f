// Where the reader is, as a link: `#t=2.011576&step=65&z=0.8&fold=0`. And the search.

function placeInLink(app) {
  const { run, view, cursor } = app;
  const parts = [
    `t=${seconds(run.steps.time[cursor] ?? 0)}`,
    `step=${cursor + 1}`,
    `z=${Number(view.zoom.toPrecision(3))}`,
  ];
  if (!view.fold) parts.push('fold=0');
  if (view.axis === 'clock') parts.push('axis=clock');
  return parts.join('&');
}

// A page in a frame has no address that could be opened elsewhere.
function isFramed() {
  return window.parent !== window;
}

// The browser may refuse too many rewrites, so they wait until the reader rests.
function rememberPlace(app) {
  if (isFramed()) return;
  clearTimeout(app.remembering);
  app.remembering = setTimeout(() => writePlace(app), 150);
}

function writePlace(app) {
  app.place = `#${placeInLink(app)}`;
  try {
    if (location.hash !== app.place) history.replaceState(null, '', app.place);
  } catch {
    // Some browsers refuse it for a file. The page works without.
  }
}

// `step` wins over `t`, as many steps share an instant.
function readPlace(app) {
  const { run, view } = app;
  const parts = new URLSearchParams(location.hash.slice(1));
  const number = (name) =>
    parts.has(name) && Number.isFinite(Number(parts.get(name))) ? Number(parts.get(name)) : null;
  if (run.count === 0 || (number('step') === null && number('t') === null)) return false;
  view.fold = parts.get('fold') !== '0';
  view.axis = parts.get('axis') === 'clock' ? 'clock' : 'even';
  byId('fold').setAttribute('aria-pressed', String(view.fold));
  byId('clock').setAttribute('aria-pressed', String(view.axis === 'clock'));
  const at =
    number('step') !== null
      ? number('step') - 1
      : countUpTo(run.steps.time, number('t') * 1e9 + 999) - 1;
  app.cursor = Math.max(0, Math.min(run.count - 1, Math.round(at)));
  findCauses(app);
  arrangeAnew(app);
  if (number('z') !== null && number('z') > 0) view.zoom = number('z');
  view.left = app.layout.x[app.cursor] - (0.6 * (app.geometry.width - GUTTER)) / view.zoom;
  clampView(app);
  return true;
}

function listenToLinks(app) {
  window.addEventListener('hashchange', () => {
    if (location.hash === app.place) return;
    if (readPlace(app)) moveCursor(app, app.cursor, { list: true });
  });
}

// A time, such as `2.0115` or `3s`, or text.
function searchOn(app, way) {
  const query = byId('search').value.trim();
  byId('search').classList.remove('nothing');
  byId('found').hidden = true;
  if (query === '') return;
  if (/^\d+(\.\d+)?\s*s$|^\d+\.\d+$/.test(query)) {
    app.act.toTime(parseFloat(query) * 1e9 + 999);
    return;
  }
  const hits = hitsOf(app, query.toLowerCase());
  if (hits.length === 0) {
    byId('search').classList.add('nothing');
    byId('live').textContent = `No step has “${query}”.`;
    return;
  }
  byId('found').hidden = false;
  const at = hitAfter(hits, app.cursor, way);
  byId('found').textContent = `${grouped(at + 1)} of ${grouped(hits.length)}`;
  moveCursor(app, hits[at], { list: true });
}

// The next hit, or the one before; from the last one on to the first.
function hitAfter(hits, cursor, way) {
  const at = way > 0 ? countUpTo(hits, cursor) : countUpTo(hits, cursor - 1) - 1;
  return (at + hits.length) % hits.length;
}

// Searching a long run takes a while; going from one hit to the next does not.
function hitsOf(app, query) {
  if (app.found.query !== query) app.found = { query, hits: findText(app.run, query) };
  return app.found.hits;
}

// First each distinct text once, then the steps that have one, or that the page describes so.
function findText(run, query) {
  const has = run.text.map((text) => text.toLowerCase().includes(query));
  const { messages, steps } = run;
  const remembered = (step) =>
    run.memory.get(memoryKey(step, steps.on[step]))?.toLowerCase().includes(query) ?? false;
  const said = (step) =>
    (steps.lines[step] ?? []).some(([, text, m]) =>
      text >= 0 ? has[text] : has[messages.text[m]] || has[messages.label[m]],
    );
  const hit = (step) => said(step) || remembered(step) || wordsOf(run, step).includes(query);
  return Array.from({ length: run.count }, (_, step) => step).filter(hit);
}

function wordsOf(run, step) {
  const words = stepInWords(run, step);
  return [`n${run.steps.on[step]}`, words.head, words.change, ...words.rest, ...words.notes]
    .join(' ')
    .toLowerCase();
}
