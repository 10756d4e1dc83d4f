// What all drawings share: colours of the theme, the canvas, places on it, and small shapes.

const FONT = 'system-ui, "DejaVu Sans", sans-serif';
const GUTTER = 58;
const DENSE = 260;
const CROWDED = 700;
const HALF = [0, 2, 6, 6, 8, 4];

function readPalette() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = [
    'ground',
    'panel',
    'line',
    'edge',
    'text',
    'muted',
    'failure',
    'on-failure',
    'cursor',
    'chosen',
    'hatch',
    'dot',
    'ink',
    'calm',
    'on-term',
  ];
  const palette = Object.fromEntries(names.map((name) => [name, colour(name)]));
  palette.terms = [0, 1, 2, 3, 4, 5].map((term) => colour(`term-${term}`));
  return palette;
}

function termColour(palette, term) {
  return term > 0 ? palette.terms[(term - 1) % 6] : palette.calm;
}

// Sizes a canvas to its box, in device pixels, and clears it.
function openCanvas(canvas, width, height, palette) {
  const scale = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext('2d', { alpha: false });
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.globalAlpha = 1;
  context.setLineDash([]);
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, width, height);
  return context;
}

// From a place of the layout to the screen, and back.
function screenAt(view, place) {
  return GUTTER + 8 + (place - view.left) * view.zoom;
}

function placeAt(view, x) {
  return (x - GUTTER - 8) / view.zoom + view.left;
}

// Moves the window so that a place stands there on the screen.
function putAt(view, place, x) {
  view.left = place - (x - GUTTER - 8) / view.zoom;
}

// One draw of the diagram: what it reads, where things are, and what it has drawn.
function makeScene(app) {
  const { layout, view, geometry } = app;
  const palette = app.palette;
  const context = openCanvas(app.canvas, geometry.width, geometry.height, palette);
  const toX = (place) => screenAt(view, place);
  const toPlace = (x) => placeAt(view, x);
  const left = toPlace(GUTTER - 8);
  const right = toPlace(geometry.width + 8);
  const { first, last } = stepsBetween(layout, left, right);
  const shownFirst = countUpTo(layout.shown, first - 1);
  const shownLast = countUpTo(layout.shown, last) - 1;
  const many = shownLast - shownFirst + 1;
  const drawn = {
    first,
    last,
    many,
    dots: [],
    arrows: [],
    labels: [],
    rings: [],
    walls: 0,
    bands: 0,
    folds: [],
    counts: [],
    timers: [],
  };
  return {
    app,
    run: app.run,
    layout,
    view,
    geometry,
    palette,
    context,
    toX,
    toPlace,
    left,
    right,
    first,
    last,
    shownFirst,
    shownLast,
    many,
    drawn,
    taken: [],
    size: view.projector ? 15 : 12,
    faint: document.documentElement.dataset.theme === 'dark' ? 0.33 : 0.2,
    widths: app.widths,
  };
}

function laneY(geometry, server) {
  return geometry.lanesTop + (server - 0.5) * geometry.laneHeight;
}

function drawDiagram(app) {
  const start = performance.now();
  const scene = makeScene(app);
  clipLanes(scene);
  drawFolds(scene);
  drawSeparators(scene);
  drawWalls(scene);
  drawBands(scene);
  drawSigns(scene);
  drawMessages(scene);
  drawDots(scene);
  placeRings(scene);
  drawTimerSigns(scene);
  drawRoleLabels(scene);
  drawRings(scene);
  drawProposals(scene);
  placeMessageLabels(scene);
  scene.context.restore();
  drawRuler(scene);
  drawLinksRow(scene);
  drawPlanRow(scene);
  drawChecksRow(scene);
  drawNames(scene);
  drawFailureLine(scene);
  drawCursorLine(scene);
  scene.drawn.milliseconds = performance.now() - start;
  app.drawn = scene.drawn;
}

function clipLanes(scene) {
  const { context, geometry } = scene;
  context.save();
  context.beginPath();
  context.rect(GUTTER - 4, 0, geometry.width - GUTTER + 4, geometry.height);
  context.clip();
}

function strokeLine(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

function circle(context, x, y, radius, fill, stroke, width = 1.4) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  if (fill) {
    context.fillStyle = fill;
    context.fill();
  }
  if (stroke) {
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.stroke();
  }
}

function cross(context, x, y, radius, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  strokeLine(context, x - radius, y - radius, x + radius, y + radius);
  strokeLine(context, x - radius, y + radius, x + radius, y - radius);
}

// Slanted lines in a rectangle, fixed to the run, so that they do not swim when it is moved.
function hatch(context, x, y, width, height, colour, gap, shift) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  const start = x - height - ((x - height - shift) % gap) - gap;
  for (let at = start; at < x + width + gap; at += gap) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}

function setFont(scene, size, weight = 400) {
  const font = `${weight} ${size}px ${FONT}`;
  scene.context.font = font;
  scene.font = font;
}

function textWidth(scene, text) {
  const key = `${scene.font}|${text}`;
  let width = scene.widths.get(key);
  if (width === undefined) {
    width = scene.context.measureText(text).width;
    if (scene.widths.size > 20000) scene.widths.clear();
    scene.widths.set(key, width);
  }
  return width;
}

// Text that fits, else with an ellipsis, else nothing.
function fittingText(scene, text, width) {
  if (textWidth(scene, text) <= width) return text;
  let many = Math.floor((text.length * width) / Math.max(1, textWidth(scene, text)));
  while (many > 2 && textWidth(scene, `${text.slice(0, many)}…`) > width) many -= 1;
  return many > 2 ? `${text.slice(0, many)}…` : '';
}

// Whether a rectangle is free, and then takes it. What is placed first wins.
function takePlace(scene, x, y, width, height) {
  for (const [left, top, right, bottom] of scene.taken) {
    if (x < right && x + width > left && y < bottom && y + height > top) return false;
  }
  scene.taken.push([x, y, x + width, y + height]);
  return true;
}

// Text on a plate of the ground, so that a line behind it does not cross it out.
function plateText(scene, text, x, y, colour, options = {}) {
  const { context, palette, size } = scene;
  const width = textWidth(scene, text);
  const left = options.align === 'left' ? x : x - width / 2;
  const apart = options.apart ?? 2;
  if (!takePlace(scene, left - apart, y - size / 2 - 1, width + 2 * apart, size + 2)) return false;
  if (options.plate !== false) {
    context.fillStyle = palette.ground;
    context.globalAlpha = 0.85 * (options.alpha ?? 1);
    context.fillRect(left - 2, y - size / 2, width + 4, size + 1);
  }
  context.globalAlpha = options.alpha ?? 1;
  context.fillStyle = colour;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, left, y + 0.5);
  context.globalAlpha = 1;
  scene.drawn.labels.push({
    text,
    x: left,
    y: y - size / 2,
    width,
    height: size,
    what: options.what ?? 'label',
  });
  return true;
}

// How strongly a step shows: what cannot have influenced the cursor fades to a fifth; in the dark,
// where faint lines vanish sooner, to a third.
function strengthOf(scene, step) {
  const { app } = scene;
  if (app.past !== null && step >= 0 && app.past[step] === 0) return scene.faint;
  return 1;
}
