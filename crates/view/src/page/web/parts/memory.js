// A server's own memory, as its node prints it, in a box beside the diagram. It stays open while one
// steps, so that one can see what a step changed.

// The memory of a server after its latest step up to this one, if that step has it; else null.
function memoryAt(run, step, server) {
  const own = run.stepsOf[server];
  const many = countUpTo(own, step);
  return run.memory.get(memoryKey(many === 0 ? NEVER : own[many - 1], server)) ?? null;
}

function memoryButton(app, server) {
  const button = make('button', 'memory', 'memory');
  button.type = 'button';
  button.setAttribute('aria-label', `memory of n${server}`);
  button.addEventListener('click', (event) => {
    event.stopPropagation();
    openMemory(app, server);
  });
  return button;
}

// Of the server at the cursor, if it has one; else of the first that has.
function openMemory(app, server = app.run.steps.on[app.cursor]) {
  const { run, cursor } = app;
  const has = (other) => memoryAt(run, cursor, other) !== null;
  const all = Array.from({ length: run.servers }, (_, at) => at + 1);
  const chosen = server !== WORLD && has(server) ? server : all.find(has);
  if (chosen === undefined) {
    byId('live').textContent = 'No server’s memory was kept at this step.';
    return;
  }
  app.memoryOf = chosen;
  fillMemory(app);
}

function fillMemory(app) {
  const { run, cursor, memoryOf } = app;
  byId('memory').hidden = memoryOf === null;
  if (memoryOf === null) return;
  const text = memoryAt(run, cursor, memoryOf);
  byId('memory-of').textContent = `n${memoryOf}’s memory at ${seconds(run.steps.time[cursor])} s`;
  byId('memory-text').textContent = text ?? 'It was not kept at this step.';
}

function closeMemory(app) {
  if (byId('memory').contains(document.activeElement)) byId('lanes').focus();
  app.memoryOf = null;
  fillMemory(app);
}
