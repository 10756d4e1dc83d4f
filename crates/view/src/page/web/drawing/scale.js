// Where a step stands from left to right, at zoom 1. The even axis keeps the order and makes gaps
// by the logarithm of their length; the clock axis is linear. Pure.

const STEP_GAP = 11;
const OWN_GAP = 13;
const GAP_MOST = 46;
const FOLD_WIDTH = 34;
const GAP_SAID = 8e6;

function gapOf(run, time) {
  return STEP_GAP + Math.min(GAP_MOST, 7 * Math.log2(1 + time / (run.latency / 2)));
}

// x: each step's place; base and reach: the least and the greatest place of its instant so far.
// Both only grow, so what is in view is found by binary search.
function arrange(run, folding, axis) {
  const layout = {
    axis,
    folding,
    x: new Float64Array(run.count),
    base: new Float64Array(run.count),
    reach: new Float64Array(run.count),
    gaps: [],
    width: 0,
  };
  const width = placeEvenly(run, folding, layout);
  layout.width = width;
  if (axis === 'clock') placeByClock(run, folding, layout);
  layout.shown = shownSteps(folding.hidden);
  layout.foldLasts = Int32Array.from(folding.folds, (fold) => fold.last);
  layout.gapEnds = Float64Array.from(layout.gaps, (gap) => gap.x1);
  return layout;
}

function shownSteps(hidden) {
  const shown = new Int32Array(hidden.length);
  let many = 0;
  for (let step = 0; step < hidden.length; step += 1) {
    if (hidden[step] === SHOWN) {
      shown[many] = step;
      many += 1;
    }
  }
  return shown.slice(0, many);
}

function placeEvenly(run, folding, layout) {
  const { time, on, by } = run.steps;
  const { x, base, reach } = layout;
  const own = new Float64Array(run.servers + 1);
  const seen = new Float64Array(run.servers + 1).fill(NEVER);
  const at = { base: 0, far: 0, time: NEVER };
  let fold = 0;
  for (let step = 0; step < run.count; step += 1) {
    if (folding.folds[fold]?.first === step) {
      placeFold(run, folding, folding.folds[fold], layout, at);
      step = folding.folds[fold].last;
      fold += 1;
      continue;
    }
    if ((time[step] !== at.time || at.folded) && folding.hidden[step] === SHOWN)
      startInstant(run, time[step], layout, at);
    let place = at.base;
    const server = on[step];
    if (folding.hidden[step] === SHOWN) {
      if (seen[server] === time[step]) place = Math.max(place, own[server] + OWN_GAP);
      const sender = by[step] < 0 ? NEVER : run.messages.sent[by[step]];
      if (sender >= 0 && time[sender] === time[step]) place = Math.max(place, x[sender] + OWN_GAP);
      if (step === run.failure) place = at.far;
      own[server] = place;
      seen[server] = time[step];
      at.far = Math.max(at.far, place);
    }
    x[step] = place;
    base[step] = at.base;
    reach[step] = at.far;
  }
  settleInstants(run, folding, layout);
  return at.far;
}

function startInstant(run, time, layout, at) {
  const old = at.far;
  if (at.time !== NEVER) at.base = at.far + (at.folded ? 16 : gapOf(run, time - at.time));
  if (at.time !== NEVER && !at.folded && time - at.time > GAP_SAID) {
    layout.gaps.push({ x0: old, x1: at.base, time: time - at.time });
  }
  at.far = at.base;
  at.time = time;
  at.folded = false;
}

// Steps of a fold share its width, so that a message into the fold has an end. Steps that hide in
// another's instant lie between and are placed with it.
function placeFold(run, folding, fold, layout, at) {
  fold.x0 = at.far + STEP_GAP;
  fold.x1 = fold.x0 + FOLD_WIDTH;
  const many = fold.last - fold.first + 1;
  for (let step = fold.first; step <= fold.last; step += 1) {
    const place = fold.x0 + (FOLD_WIDTH * (step - fold.first + 0.5)) / many;
    layout.x[step] = place;
    layout.base[step] = place;
    layout.reach[step] = place;
  }
  at.far = fold.x1;
  at.time = fold.until;
  at.folded = true;
}

// A step that hides in the instant of a later one stands where that one stands.
function settleInstants(run, folding, layout) {
  const { time } = run.steps;
  for (let step = run.count - 2; step >= 0; step -= 1) {
    if (folding.hidden[step] !== IN_INSTANT || time[step + 1] !== time[step]) continue;
    if (layout.base[step + 1] <= layout.base[step]) continue;
    layout.x[step] = layout.base[step + 1];
    layout.base[step] = layout.base[step + 1];
    layout.reach[step] = layout.base[step + 1];
  }
}

function placeByClock(run, folding, layout) {
  const { time } = run.steps;
  const start = run.count > 0 ? time[0] : 0;
  const length = run.count > 0 ? time[run.count - 1] - start : 0;
  layout.start = start;
  layout.pixels = length > 0 ? layout.width / length : 0;
  layout.gaps = [];
  for (let step = 0; step < run.count; step += 1) {
    layout.x[step] = (time[step] - start) * layout.pixels;
    layout.base[step] = layout.x[step];
    layout.reach[step] = layout.x[step];
  }
  for (const fold of folding.folds) {
    fold.x0 = layout.x[fold.first];
    fold.x1 = layout.x[fold.last];
  }
}

// The place of a time between steps, for deadlines and for a time that is searched.
function placeOfTime(run, layout, time) {
  const { time: times } = run.steps;
  const after = countUpTo(times, time);
  if (after === 0) return layout.x[0] ?? 0;
  if (after >= run.count) return layout.width;
  const span = times[after] - times[after - 1];
  const part = span > 0 ? (time - times[after - 1]) / span : 0;
  return layout.reach[after - 1] + part * Math.max(0, layout.base[after] - layout.reach[after - 1]);
}

// The steps between two places: all whose instants reach into them.
function stepsBetween(layout, left, right) {
  return { first: countUpTo(layout.reach, left - 1e-6), last: countUpTo(layout.base, right) - 1 };
}

// The shown step nearest to a place, of any server or of one.
function nearestShown(run, layout, place, server = null) {
  const shown = (step) =>
    layout.folding.hidden[step] === SHOWN && (server === null || run.steps.on[step] === server);
  const start = countUpTo(layout.base, place) - 1;
  let best = NEVER;
  const consider = (step) => {
    if (!shown(step)) return false;
    if (best < 0 || Math.abs(layout.x[step] - place) < Math.abs(layout.x[best] - place))
      best = step;
    return Math.abs(layout.base[step] - place) > Math.abs(layout.x[best] - place) + 4 * OWN_GAP;
  };
  for (let step = start; step >= 0; step -= 1) if (consider(step)) break;
  for (let step = start + 1; step < run.count; step += 1) if (consider(step)) break;
  return best;
}
