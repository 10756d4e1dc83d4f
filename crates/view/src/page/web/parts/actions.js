// What a reader can do. Keys, buttons and the pointer call these.

function makeActions(app) {
  return { ...moves(app), ...jumps(app), ...switches(app), ...hands(app) };
}

// The shown step after, or before, a step that satisfies a condition.
function seek(app, way, wanted, from = app.cursor) {
  const { shown } = app.layout;
  let at = way > 0 ? countUpTo(shown, from) : countUpTo(shown, from - 1) - 1;
  for (; at >= 0 && at < shown.length; at += way) if (wanted(shown[at])) return shown[at];
  return NEVER;
}

function moves(app) {
  const { run } = app;
  const go = (step) => {
    if (step >= 0) moveCursor(app, step);
  };
  const sought = (way, wanted) => go(seek(app, way, wanted));
  const isFault = (step) =>
    [KIND.crash, KIND.fault, KIND.links, KIND.pause, KIND.resume].includes(run.steps.kind[step]) ||
    (run.steps.kind[step] === KIND.boot && run.before[step] >= 0);
  const nameOf = (step) => (run.steps.by[step] < 0 ? '' : messageName(run, run.steps.by[step]));
  const sameKind = (step) =>
    run.steps.kind[step] === run.steps.kind[app.cursor] && nameOf(step) === nameOf(app.cursor);
  return {
    toStep: go,
    step: (way) => sought(way, () => true),
    ownStep: (way) => sought(way, (step) => run.steps.on[step] === run.steps.on[app.cursor]),
    kindStep: (way) => sought(way, sameKind),
    turn: (way) => sought(way, (step) => run.turned[step] === 1),
    fault: (way) => sought(way, isFault),
    home: () => go(app.layout.shown[0] ?? NEVER),
    end: () => go(app.layout.shown[app.layout.shown.length - 1] ?? NEVER),
    back: () => go(app.causes.chain[0]?.step ?? NEVER),
    forward: () =>
      go(
        Array.from(run.sentBy.of(app.cursor), (m) => run.messages.arrived[m][0] ?? NEVER).find(
          (step) => step >= 0,
        ) ?? NEVER,
      ),
    lane: (way) => {
      const server = run.steps.on[app.cursor] + way;
      if (server >= 1 && server <= run.servers) app.act.toServer(server);
      else if (run.steps.on[app.cursor] === WORLD && way < 0) app.act.toServer(run.servers);
    },
    // The last shown step of a server at this moment, else its first.
    toServer: (server) => {
      const mine = (step) => run.steps.on[step] === server;
      const before = mine(app.cursor) ? app.cursor : seek(app, -1, mine);
      go(before >= 0 ? before : seek(app, 1, mine));
    },
  };
}

function jumps(app) {
  const { run, marks } = app;
  const go = (step) => {
    if (step >= 0) moveCursor(app, step, { list: true });
  };
  const toMark = (name, step = NEVER) => {
    if (step >= 0) go(step);
    else sayBesideTime(app, `No step is marked ${name}.`);
  };
  return {
    toFailure: () => go(run.failure),
    toFact: (letter) => toMark(letter, marks.facts.find((mark) => mark.letter === letter)?.step),
    toChange: (digit) => toMark(digit, marks.changes.find((mark) => mark.digit === digit)?.step),
    // The next turning point after the cursor, else the first.
    toTurning: () => {
      const after = marks.turning.find((mark) => mark.step > app.cursor);
      toMark('T', (after ?? marks.turning[0])?.step);
    },
    // The last step until then. The step at the cursor is never folded.
    toTime: (time) => go(Math.max(0, countUpTo(run.steps.time, time) - 1)),
    search: (way) => searchOn(app, way),
    unfold: (first, lastOnly) => {
      const fold = app.layout.folding.folds.find((row) => row.first === first);
      if (fold === undefined) return;
      app.opened.fill(
        1,
        lastOnly ? Math.max(fold.first, fold.last - 19) : fold.first,
        fold.last + 1,
      );
      app.folded = null;
      const x = screenX(app, first);
      arrangeAnew(app);
      putAt(app.view, app.layout.x[first], x);
      clampView(app);
      moveCursor(app, app.cursor, { list: true, reveal: false });
    },
    unfoldBefore: (lastOnly) => {
      const at = countUpTo(app.layout.foldLasts, app.cursor - 1) - 1;
      if (at >= 0) app.act.unfold(app.layout.folding.folds[at].first, lastOnly);
    },
  };
}

// What a key cannot do stands for a while where the step's number stands.
function sayBesideTime(app, words) {
  byId('live').textContent = words;
  byId('step').textContent = words;
  setTimeout(() => sayStep(app), 1500);
}

function switches(app) {
  const { view } = app;
  const press = (id, on) => byId(id).setAttribute('aria-pressed', String(on));
  const anew = () => {
    arrangeAnew(app);
    moveCursor(app, app.cursor, { list: true });
  };
  return {
    fold: () => {
      view.fold = !view.fold;
      app.opened.fill(0);
      app.folded = null;
      press('fold', view.fold);
      anew();
    },
    axis: () => {
      view.axis = view.axis === 'even' ? 'clock' : 'even';
      press('clock', view.axis === 'clock');
      anew();
    },
    past: () => {
      view.past = !view.past;
      press('past', view.past);
      moveCursor(app, app.cursor, { reveal: false });
    },
    zoom: (factor) => {
      const x = screenX(app, app.cursor);
      zoomAt(app, factor, x > GUTTER && x < app.geometry.width ? x : app.geometry.width / 2);
    },
    fit: () => {
      view.zoom = fitZoom(app);
      view.left = -8;
      clampView(app);
      drawSoon(app);
    },
    pan: (part) => {
      view.left += (part * (app.geometry.width - GUTTER)) / view.zoom;
      clampView(app);
      drawSoon(app);
    },
    focus: (server) => {
      view.focus = server === null || server < 1 || server > app.run.servers ? null : server;
      app.talksTo = talksTo(app.run, view.focus);
      byId('only').hidden = view.focus === null;
      byId('only').textContent = `only n${view.focus} and its messages ✕`;
      drawSoon(app);
    },
    showKind: (kind, on) => {
      if (on) view.hiddenKinds.delete(kind);
      else view.hiddenKinds.add(kind);
      sayHiddenKinds(app);
      drawSoon(app);
    },
    showAllKinds: () => {
      view.hiddenKinds.clear();
      sayHiddenKinds(app);
      drawSoon(app);
    },
    projector: () => {
      view.projector = !view.projector;
      document.documentElement.toggleAttribute('data-projector', view.projector);
      fillLegend(app);
      refresh(app);
      reveal(app, app.cursor);
      drawSoon(app);
    },
    theme: () =>
      setTheme(app, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'),
    play: () => setPlaying(app, app.playing === null),
  };
}

function sayHiddenKinds({ run, view }) {
  const names = [...view.hiddenKinds].sort((a, b) => a - b).map((kind) => run.topics[kind]);
  byId('without').hidden = names.length === 0;
  byId('without').textContent = `without ${names.join(', ')} ✕`;
}

// A server and whoever it sends to or hears from.
function talksTo(run, server) {
  const others = new Set([server]);
  if (server === null) return others;
  const { from, to, count } = run.messages;
  for (let m = 0; m < count; m += 1) {
    if (from[m] === server) others.add(to[m]);
    if (to[m] === server) others.add(from[m]);
  }
  return others;
}

function setTheme(app, theme) {
  document.documentElement.dataset.theme = theme;
  app.palette = readPalette();
  app.stripGround = null;
  fillLegend(app);
  if (app.geometry !== null) refresh(app);
}

// A step each 0.7 s, until the end. This is the only thing on the page that moves by itself.
function setPlaying(app, on) {
  if (app.playing !== null) clearInterval(app.playing);
  app.playing = null;
  if (on) {
    app.playing = setInterval(() => {
      const before = app.cursor;
      app.act.step(1);
      if (app.cursor === before) setPlaying(app, false);
    }, 700);
  }
  byId('play').textContent = on ? 'pause' : 'play';
  byId('play').setAttribute('aria-pressed', String(on));
}

function hands(app) {
  return {
    copy: () => copyText(app, app.run.about.command, 'Replay line copied.'),
    // The text of a file that `replay` plays.
    copyPlan: () => copyText(app, app.run.about.plan, 'Plan copied.'),
    copyLink: () => {
      if (isFramed()) byId('live').textContent = 'A page in a frame has no link of its own.';
      else copyText(app, `${location.href.split('#')[0]}#${placeInLink(app)}`, 'Link copied.');
    },
    openKeys: () => openKeys(app),
    openKinds: () => openKinds(app),
    openMemory: () => openMemory(app),
    closeMemory: () => closeMemory(app),
    openSearch: () => {
      app.focusBefore = document.activeElement;
      byId('search').focus();
      byId('search').select();
    },
    escape: () => {
      setPlaying(app, false);
      closeMemory(app);
      byId('found').hidden = true;
      if (app.view.focus !== null) app.act.focus(null);
      if (document.activeElement === byId('search')) leaveSearch(app);
    },
  };
}

// The focus goes back to where it was; if that is gone or takes none, to the diagram.
function leaveSearch(app) {
  app.focusBefore?.focus();
  if (document.activeElement === byId('search')) byId('lanes').focus();
}

async function copyText(app, text, said) {
  const done = await writeClipboard(text);
  if (done) app.copied = text;
  const words = done ? said : 'The browser allows no copying.';
  byId('live').textContent = words;
  byId('copy').firstChild.textContent = `${words} `;
  setTimeout(() => {
    byId('copy').firstChild.textContent = 'Copy replay line ';
  }, 1500);
}

async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelection(text);
  }
}

// The old way, where a browser forbids the new one, as it does in a frame.
function copySelection(text) {
  const before = document.activeElement;
  const area = make('textarea', 'unseen', text);
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  before?.focus();
  return done;
}
