// Keys: one table, which the page obeys and the help shows.

const KEY_LINES = [
  { keys: ['ArrowLeft', 'ArrowRight'], says: 'step', runs: (act, at) => act.step([-1, 1][at]) },
  {
    keys: ['⇧ArrowLeft', '⇧ArrowRight'],
    says: 'step of the same server',
    runs: (act, at) => act.ownStep([-1, 1][at]),
  },
  {
    keys: ['ArrowUp', 'ArrowDown'],
    says: 'server above, below at this moment',
    runs: (act, at) => act.lane([-1, 1][at]),
  },
  {
    keys: ['n', 'N'],
    says: 'next, previous step of this kind',
    runs: (act, at) => act.kindStep([1, -1][at]),
  },
  {
    keys: ['r', 'R'],
    says: 'next, previous change of role or term',
    runs: (act, at) => act.turn([1, -1][at]),
  },
  { keys: ['x', 'X'], says: 'next, previous fault', runs: (act, at) => act.fault([1, -1][at]) },
  {
    keys: ['b'],
    says: 'go back to the sender of the message that arrived here',
    runs: (act) => act.back(),
  },
  {
    keys: ['g'],
    says: 'go forward to where its first message arrived',
    runs: (act) => act.forward(),
  },
  { keys: ['f'], says: 'go to the failure', runs: (act) => act.toFailure() },
  {
    keys: ['A', 'B'],
    says: 'go to a fact of the verdict',
    runs: (act, at) => act.toFact('AB'[at]),
  },
  { keys: ['T'], says: 'go to where the odds of failing turn', runs: (act) => act.toTurning() },
  {
    keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9'],
    shown: '1 – 9',
    says: 'go to the last change of a server',
    runs: (act, at) => act.toChange(String(at + 1)),
  },
  {
    keys: ['Home', 'End'],
    says: 'first, last step',
    runs: (act, at) => (at === 0 ? act.home() : act.end()),
  },
  { keys: [' '], shown: 'space', says: 'play: one step every 0.7 s', runs: (act) => act.play() },
  { keys: ['h'], says: 'fold or unfold routine steps', runs: (act) => act.fold() },
  {
    keys: ['o', 'O'],
    says: 'unfold the fold before this step; only its last twenty steps',
    runs: (act, at) => act.unfoldBefore(at === 1),
  },
  { keys: ['a'], says: 'even axis or clock axis', runs: (act) => act.axis() },
  { keys: ['c'], says: 'fade what cannot have influenced this step', runs: (act) => act.past() },
  {
    keys: ['+', '=', '-', '−'],
    shown: '+ −',
    says: 'zoom',
    runs: (act, at) => act.zoom(at < 2 ? 1.25 : 0.8),
  },
  { keys: ['0'], says: 'show the whole run', runs: (act) => act.fit() },
  { keys: ['[', ']'], says: 'move the window', runs: (act, at) => act.pan([-0.4, 0.4][at]) },
  {
    keys: ['/'],
    says: 'search for text, or go to a time; Enter: next match',
    runs: (act) => act.openSearch(),
  },
  {
    keys: ['s'],
    shown: 's, digit',
    says: 'show only what this server sends and hears; s s: all servers',
    runs: (act, at, app) => waitForServer(app),
  },
  {
    keys: ['i'],
    says: 'show the memory of the server at the cursor, if it was kept',
    runs: (act) => act.openMemory(),
  },
  { keys: ['m'], says: 'choose which messages are drawn', runs: (act) => act.openKinds() },
  {
    keys: ['p'],
    says: 'projector: larger, arrows labelled where there is room',
    runs: (act) => act.projector(),
  },
  { keys: ['t'], says: 'light or dark theme', runs: (act) => act.theme() },
  {
    keys: ['y', 'Y'],
    says: 'copy the replay line; copy a link to this step',
    runs: (act, at) => (at === 0 ? act.copy() : act.copyLink()),
  },
  { keys: ['?'], says: 'show these keys', runs: (act) => act.openKeys() },
  {
    keys: ['Escape'],
    shown: 'Esc',
    says: 'close what is open, stop playing, show all servers',
    runs: (act) => act.escape(),
  },
];

const KEY_SIGNS = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓' };

function keyName(event) {
  return event.shiftKey && event.key.startsWith('Arrow') ? `⇧${event.key}` : event.key;
}

function listenToKeys(app) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === 'Shift') return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (event.target === byId('search')) {
      keyInSearch(app, event);
      return;
    }
    const name = keyName(event);
    if (app.waiting && /^[0-9s]$/.test(name)) {
      app.waiting = false;
      app.act.focus(name === 's' ? null : Number(name));
      event.preventDefault();
      return;
    }
    app.waiting = false;
    const pressed = event.target.tagName === 'BUTTON' && (name === ' ' || name === 'Enter');
    const line = pressed ? undefined : KEY_LINES.find((row) => row.keys.includes(name));
    if (line === undefined) return;
    event.preventDefault();
    byId('hover').hidden = true;
    line.runs(app.act, line.keys.indexOf(name), app);
  });
}

// `s` waits for the server's digit.
function waitForServer(app) {
  app.waiting = true;
}

function keyInSearch(app, event) {
  if (event.key === 'Enter') app.act.search(event.shiftKey ? -1 : 1);
  else if (event.key === 'Escape') app.act.escape();
  else return;
  event.preventDefault();
}

// A dialog gives the focus back when it closes.
function openKeys() {
  const dialog = byId('keys');
  const table = make('div', 'table');
  for (const row of KEY_LINES) {
    const keys = make('span', '');
    const names = row.shown
      ? [row.shown]
      : row.keys.map((key) =>
          key.replace(/Arrow\w+/, (name) => KEY_SIGNS[name]).replace('Escape', 'Esc'),
        );
    names.forEach((name, at) => keys.append(at > 0 ? ' ' : '', make('kbd', '', name)));
    table.append(keys, make('span', '', row.says));
  }
  const pointer = make(
    'p',
    'muted',
    'Wheel: zoom at the pointer (for a projector: Ctrl wheel). Drag: move. ⇧ wheel: move. ' +
      'Click a dot, a message, a server or a fold; ⇧ click a fold: its last twenty steps.',
  );
  dialog.replaceChildren(make('h2', '', 'Keys'), table, pointer, closeButton(dialog));
  dialog.showModal();
}

function closeButton(dialog) {
  const button = make('button', '', 'close');
  button.type = 'button';
  button.addEventListener('click', () => dialog.close());
  return button;
}

function openKinds(app) {
  const dialog = byId('kinds');
  const kinds = [...new Set(app.run.messages.kind)].sort((a, b) => a - b);
  const boxes = kinds.map((kind) => {
    const box = make('input', '');
    box.type = 'checkbox';
    box.checked = !app.view.hiddenKinds.has(kind);
    box.addEventListener('change', () => {
      app.act.showKind(kind, box.checked);
    });
    return make('label', '', box, ` ${app.run.topics[kind]}`);
  });
  dialog.replaceChildren(make('h2', '', 'Messages that are drawn'), ...boxes, closeButton(dialog));
  dialog.showModal();
}
