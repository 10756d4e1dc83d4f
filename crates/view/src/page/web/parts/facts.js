// What the page knows, as the read-only object `raftsim`: tests ask for facts, not for pixels.

function stepFact(app, step) {
  const { run } = app;
  return {
    step,
    time: run.steps.time[step],
    on: run.steps.on[step],
    kind: KINDS[run.steps.kind[step]],
    by: run.steps.by[step],
    x: app.layout.x[step],
    changed: run.changed[step] === 1,
    routine: run.routine[step] === 1,
  };
}

function messageFact(run, m) {
  const { messages } = run;
  return {
    name: messageId(run, m),
    from: messages.from[m],
    to: messages.to[m],
    fate: FATES[messages.fate[m]],
    words: fateInWords(run, m),
    given: messages.given[m] === 1,
    reply: messages.reply[m] === 1,
    term: messages.term[m],
    sent: messages.sent[m],
    arrived: [...messages.arrived[m]],
  };
}

// What is asked with a step.
function answers(app) {
  const { run } = app;
  return {
    state: (step) => app.history.state(step),
    lines: (step) => (run.steps.lines[step] ?? []).map((line) => traceLine(run, step, line)),
    inWords: (step) => stepInWords(run, step),
    causes: (step) => causesOf(run, step),
    contradicted: (step) => {
      const state = app.history.state(step);
      const indices = [...run.committedAt.keys()];
      return state.servers.flatMap((server) =>
        indices
          .filter((index) => contradicts(run, state, server, index))
          .map((index) => ({ server: server.server, index })),
      );
    },
  };
}

// What is read as it is now.
function readings(app) {
  const { run, marks } = app;
  const all = (many, row) => Array.from({ length: many }, (_, at) => row(at));
  return {
    count: () => run.count,
    servers: () => run.servers,
    cursor: () => app.cursor,
    span: () => [run.about.from, run.end],
    planned: () => app.planRows.map(({ time, text }) => ({ time, text })),
    failure: () => run.failure,
    steps: () => all(run.count, (step) => stepFact(app, step)),
    messages: () => all(run.messages.count, (m) => messageFact(run, m)),
    hidden: () =>
      all(run.count, (step) => step).filter((step) => app.layout.folding.hidden[step] !== SHOWN),
    shown: () => [...app.layout.shown],
    folds: () => app.layout.folding.folds.map((fold) => ({ ...fold })),
    marks: () => ({
      facts: marks.facts.map(({ letter, step, onLane }) => ({ letter, step, onLane })),
      changes: marks.changes.map((mark) => ({ ...mark })),
      turning: marks.turning.map((mark) => ({ ...mark })),
    }),
    drawn: () => structuredClone(app.drawn),
    geometry: () => ({ ...app.geometry }),
    view: () => ({
      ...app.view,
      hiddenKinds: [...app.view.hiddenKinds],
      playing: app.playing !== null,
    }),
    faded: () => (app.past === null ? 0 : app.past.reduce((many, kept) => many + 1 - kept, 0)),
    copied: () => app.copied,
    place: () => placeInLink(app),
    milliseconds: () => ({
      load: app.loadMilliseconds,
      draw: app.drawn.milliseconds,
      step: app.stepMilliseconds,
    }),
  };
}

function offer(app) {
  const offered = answers(app);
  for (const [name, get] of Object.entries(readings(app))) {
    Object.defineProperty(offered, name, { get, enumerable: true });
  }
  Object.defineProperty(window, 'raftsim', { value: Object.freeze(offered) });
}
