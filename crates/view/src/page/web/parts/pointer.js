// The pointer: wheel, drag, hover and click on the diagram and on the overview. All of it has a
// key.

const NEAR = 9;

function listenToPointer(app) {
  const { canvas } = app;
  canvas.addEventListener(
    'wheel',
    (event) => {
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      // For a projector the page is higher than its window, and the wheel scrolls it.
      if (app.view.projector && !sideways && !event.ctrlKey) return;
      event.preventDefault();
      if (sideways) {
        app.view.left += (event.deltaX || event.deltaY) / app.view.zoom;
        clampView(app);
        drawSoon(app);
      } else zoomAt(app, Math.exp(-event.deltaY * 0.0016), event.offsetX);
    },
    { passive: false },
  );
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    app.drag = { x: event.offsetX, left: app.view.left, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => pointerMoves(app, event));
  canvas.addEventListener('pointerup', (event) => {
    const { drag } = app;
    app.drag = null;
    if (drag !== null && !drag.moved) clickDiagram(app, event);
  });
  canvas.addEventListener('pointerleave', () => showHover(app, null));
  // A browser that takes the pointer over sends no `pointerup`.
  canvas.addEventListener('lostpointercapture', () => {
    app.drag = null;
  });
  listenToStrip(app);
}

function pointerMoves(app, event) {
  const { drag, view } = app;
  if (drag === null) {
    showHover(app, thingAt(app, event.offsetX, event.offsetY), event);
    return;
  }
  if (Math.abs(event.offsetX - drag.x) > 3) drag.moved = true;
  if (!drag.moved) return;
  view.left = drag.left - (event.offsetX - drag.x) / view.zoom;
  clampView(app);
  showHover(app, null);
  drawSoon(app);
}

// The dot, message or fold under the pointer, by what the last draw drew.
function thingAt(app, x, y) {
  const { drawn } = app;
  let best = { distance: NEAR, thing: null };
  for (const { step, x: left, y: top } of drawn.dots) {
    const distance = Math.hypot(x - left, y - top);
    if (distance < best.distance) best = { distance, thing: { step } };
  }
  if (best.thing !== null) return best.thing;
  best.distance = NEAR - 3;
  for (const arrow of drawn.arrows) {
    const distance = distanceToLine(x, y, arrow);
    if (distance < best.distance)
      best = { distance, thing: { message: arrow.m, step: arrow.step } };
  }
  if (best.thing !== null) return best.thing;
  const fold = drawn.folds.find(
    ({ x1, x2, top, bottom }) => x >= x1 && x <= x2 && y >= top && y <= bottom,
  );
  if (fold !== undefined) return { fold: fold.first };
  const planned = planAt(app, x, y);
  return planned === null ? null : { planned };
}

function distanceToLine(x, y, { x1, y1, x2, y2 }) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const part = Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1)));
  return Math.hypot(x - x1 - part * dx, y - y1 - part * dy);
}

function planAt(app, x, y) {
  const { geometry, planRows, view } = app;
  if (geometry.planTop === null || y < geometry.planTop || y > geometry.planTop + 18) return null;
  let found = null;
  for (const row of planRows) if (screenAt(view, row.place) <= x + 3) found = row;
  return found;
}

function hoverText(app, thing) {
  const { run } = app;
  if (thing.planned)
    return `plan: ${seconds(thing.planned.time, 3)} s ${planInWords(thing.planned.text)}`;
  if (thing.fold !== undefined) {
    const fold = app.layout.folding.folds.find((row) => row.first === thing.fold);
    return `${foldInWords(fold)}\nclick: unfold; ⇧ click: the last twenty`;
  }
  if (thing.message !== undefined) {
    const m = thing.message;
    const fate = fateInWords(run, m);
    const name = `${messageId(run, m)} ${messageName(run, m)}${termSuffix(run.messages.term[m])}`;
    return `${name}${fate === '' ? '' : `: ${fate}`}\n${run.text[run.messages.text[m]]}`;
  }
  const words = stepInWords(run, thing.step);
  const server = run.steps.on[thing.step] === WORLD ? '' : ` n${run.steps.on[thing.step]}`;
  const said = [words.change, ...words.rest, ...words.notes].filter((text) => text !== '');
  return [`${seconds(run.steps.time[thing.step])} s${server} ${words.head}`, ...said].join('\n');
}

function showHover(app, thing, event) {
  const box = byId('hover');
  app.canvas.style.cursor = thing === null ? 'grab' : 'pointer';
  box.hidden = thing === null;
  if (thing === null) return;
  box.textContent = hoverText(app, thing);
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  box.style.left = `${Math.max(4, Math.min(event.offsetX + 14, app.geometry.width - width - 4))}px`;
  const below = event.offsetY + 18;
  const fits = below + height <= app.geometry.height;
  box.style.top = `${fits ? below : Math.max(2, event.offsetY - height - 12)}px`;
}

// A click on a message selects its arrival, or its sender if it did not arrive.
function clickDiagram(app, event) {
  const thing = thingAt(app, event.offsetX, event.offsetY);
  if (thing === null) {
    const place = placeAt(app.view, event.offsetX);
    const server =
      Math.floor((event.offsetY - app.geometry.lanesTop) / app.geometry.laneHeight) + 1;
    const inLane = server >= 1 && server <= app.run.servers;
    if (inLane && event.offsetX <= GUTTER) {
      app.act.toServer(server);
      return;
    }
    const step = inLane ? nearestShown(app.run, app.layout, place, server) : NEVER;
    if (step >= 0 && Math.abs(screenX(app, step) - event.offsetX) < 40) app.act.toStep(step);
    return;
  }
  if (thing.fold !== undefined) app.act.unfold(thing.fold, event.shiftKey);
  else if (thing.message !== undefined)
    app.act.toStep(thing.step >= 0 ? thing.step : app.run.messages.sent[thing.message]);
  else app.act.toStep(thing.planned?.step ?? thing.step);
}

function listenToStrip(app) {
  const { stripCanvas } = app;
  const move = (event) => {
    const step = Math.max(0, countUpTo(app.run.steps.time, stripTime(app, event.offsetX)) - 1);
    app.view.left = app.layout.x[step] - (app.geometry.width - GUTTER) / 2 / app.view.zoom;
    clampView(app);
    drawSoon(app);
  };
  stripCanvas.addEventListener('pointerdown', (event) => {
    if (app.run.count === 0) return;
    stripCanvas.setPointerCapture(event.pointerId);
    app.stripDrag = true;
    move(event);
  });
  stripCanvas.addEventListener('pointermove', (event) => {
    if (app.stripDrag) move(event);
  });
  for (const ends of ['pointerup', 'lostpointercapture'])
    stripCanvas.addEventListener(ends, () => {
      app.stripDrag = false;
    });
}
