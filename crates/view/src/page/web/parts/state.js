// Every server at the cursor: its rows stand level with the lanes.

function fillState(app) {
  const { run, cursor, geometry } = app;
  const state = app.history.state(cursor);
  byId('state-time').textContent = `${seconds(state.time)} s`;
  const links = linksInWords(run.servers, state.blocked);
  byId('state-links').textContent = links === '' ? '' : `links ${links}`;
  byId('state-links').hidden = geometry.lanesTop < 72 || links === '';
  const logs = state.servers.map((server) => server.disk);
  const cells =
    geometry.cells > 0 && run.disk.step.length > 0 ? logWindow(logs, geometry.cells) : null;
  byId('state-log').textContent = cells === null ? '' : `log entries ${cells.first}–${cells.last}`;
  fillIndices(cells, geometry);
  showRows(state.servers.map((server) => stateRow(app, state, server, cells)));
}

// If the focus is on a row's button, it goes to the same one of the new rows, else to the diagram.
function showRows(rows) {
  const box = byId('rows');
  const server = document.activeElement?.closest('#rows [data-server]')?.dataset.server;
  box.replaceChildren(...rows);
  if (server === undefined) return;
  (box.querySelector(`[data-server="${server}"] button`) ?? byId('lanes')).focus();
}

function fillIndices(cells, geometry) {
  const box = byId('state-index');
  box.style.top = `${geometry.lanesTop - 22}px`;
  box.replaceChildren();
  if (cells === null) return;
  const every = Math.max(1, String(cells.last).length - 1);
  for (let index = cells.first; index <= cells.last; index += 1)
    box.append(make('span', 'index', index % every === 0 ? String(index) : ''));
  box.append(make('span', 'muted', ' index; the cells: terms'));
}

function stateRow(app, state, server, cells) {
  const { geometry, run, cursor } = app;
  const here = cursor >= 0 && run.steps.on[cursor] === server.server;
  const row = make('div', here ? 'row here' : 'row');
  if (!isNarrow(app)) {
    row.style.top = `${geometry.lanesTop + (server.server - 1) * geometry.laneHeight}px`;
    row.style.height = `${geometry.laneHeight}px`;
  }
  row.dataset.server = String(server.server);
  const timer = make(
    'span',
    server.timer < 0 && server.role !== ROLE.down ? 'timer none' : 'timer',
    timerInWords(run, cursor, server),
  );
  const line = make(
    'div',
    'line',
    make('b', '', `n${server.server}`),
    badge(app, server),
    make('span', 'more', isBooted(run, cursor, server.server) ? aboutServer(run, server) : ''),
    timer,
  );
  line.title = line.textContent;
  row.append(line);
  if (cells !== null) row.append(logCells(app, state, server, cells));
  if (memoryAt(run, cursor, server.server) !== null)
    row.lastChild.append(memoryButton(app, server.server));
  row.addEventListener('click', () => app.act.toServer(server.server));
  return row;
}

function badge(app, server) {
  const look =
    server.role === ROLE.leader
      ? 'solid'
      : server.role === ROLE.down
        ? 'down'
        : server.role === ROLE.follower
          ? 'hollow'
          : 'candidate';
  const element = make(
    'span',
    `badge ${look}`,
    server.role === ROLE.down
      ? downInWords(app.run, app.cursor, server.server)
      : `${ROLE_LETTERS[server.role]}${server.term}`,
  );
  element.style.setProperty(
    '--term',
    server.term > 0 ? `var(--term-${(server.term - 1) % 6})` : 'var(--muted)',
  );
  return element;
}

function aboutServer(run, server) {
  const readable = run.disk.step.length > 0;
  if (server.role === ROLE.down) {
    if (!readable) return '';
    const vote = server.disk.vote > 0 ? `, voted n${server.disk.vote}` : '';
    return `disk: term ${server.disk.term}${vote}`;
  }
  const said = [];
  if (server.paused) said.push('paused');
  if (server.commit >= 0) said.push(`commit ${server.commit}`);
  if (readable && server.disk.term === server.term)
    said.push(server.disk.vote > 0 ? `voted n${server.disk.vote}` : 'no vote');
  if (readable && server.disk.term !== server.term) said.push(`disk: term ${server.disk.term}`);
  if (server.leader > 0 && server.leader !== server.server) said.push(`leader n${server.leader}`);
  return said.join(' · ');
}

function logCells(app, state, server, cells) {
  const box = make('div', 'cells');
  const { first, terms } = server.disk;
  const end = first + terms.length - 1;
  for (let index = cells.first; index <= cells.last; index += 1)
    box.append(logCell(app, state, server, index));
  if (end > cells.last) box.append(make('span', 'ends', `to ${end}`));
  else if (end < cells.first) box.append(make('span', 'ends', `ends at ${Math.max(0, end)}`));
  return box;
}

function logCell(app, state, server, index) {
  const { first, terms } = server.disk;
  const term = terms[index - first];
  const against = contradicts(app.run, state, server, index);
  const ring = against ? ' against' : '';
  let cell;
  if (index < first) cell = make('span', `cell kept${ring}`, '·');
  else if (term === undefined) cell = make('span', `cell void${ring}`);
  else {
    const full = server.role !== ROLE.down && server.commit >= index;
    cell = make('span', `cell ${full ? 'full' : 'open'}${ring}`, term < 0 ? '?' : String(term));
    cell.style.setProperty('--term', term > 0 ? `var(--term-${(term - 1) % 6})` : 'var(--muted)');
  }
  cell.dataset.index = String(index);
  cell.title = against
    ? `${index}: contradicts what is committed`
    : index < first
      ? `${index}: in the snapshot`
      : `${index}@${term ?? 'none'}`;
  return cell;
}
