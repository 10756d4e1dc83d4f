// The list: a line a step around the cursor, at most ROWS of them; folds are one line each.

const ROWS = 80;

// The item before or after a step in the list: a step, or a fold as { fold }.
function itemBeside(app, step, way) {
  const { run, layout } = app;
  const { hidden, folds } = layout.folding;
  let at = step + way;
  while (at >= 0 && at < run.count && hidden[at] === IN_INSTANT) at += way;
  if (at < 0 || at >= run.count) return null;
  if (hidden[at] === SHOWN) return { step: at, first: at, last: at };
  const fold = folds[countUpTo(layout.foldLasts, at - 1)];
  return { fold, step: fold.first, first: fold.first, last: fold.last };
}

// ROWS items, if there are so many. Half of them come before this one, unless an end is near.
function itemsAround(app, item) {
  const items = [item];
  const extend = (way, most) => {
    while (items.length < most) {
      const edge = way < 0 ? items[0].first : items[items.length - 1].last;
      const next = itemBeside(app, edge, way);
      if (next === null) return;
      if (way < 0) items.unshift(next);
      else items.push(next);
    }
  };
  extend(-1, ROWS / 2 + 1);
  extend(1, ROWS);
  extend(-1, ROWS);
  return items;
}

// `stays`: what is in view stays where it is, as far as it can.
function fillList(app, stays = false) {
  const list = byId('list');
  if (app.run.count === 0) return;
  const { cursor } = app;
  const items = itemsAround(app, { step: cursor, first: cursor, last: cursor });
  const old = stays ? list.querySelector('[aria-selected="true"]') : null;
  const above = old === null ? 0 : old.offsetTop - list.scrollTop;
  showItems(app, items);
  const same = old === null ? null : byId(old.id);
  if (same !== null) list.scrollTop = same.offsetTop - above;
  else centreLine(list, byId(`step-${cursor}`));
  markLine(app);
}

// How much of the list is in the window as long as the page is not scrolled, in whole lines. If it
// is less than two, the page must be scrolled anyway.
function heightInView(list, line) {
  const [height, top] = [line.offsetHeight, list.getBoundingClientRect().top + window.scrollY];
  const lines = Math.floor((window.innerHeight - top) / height);
  return lines < 2 ? list.clientHeight : Math.min(list.clientHeight, lines * height);
}

// A third of the lines in view come after the line, if there are so many.
function centreLine(list, line) {
  const seen = heightInView(list, line);
  const below = Math.floor(seen / line.offsetHeight / 3);
  list.scrollTop = line.offsetTop - seen + (1 + below) * line.offsetHeight;
}

// Shows the first mark that the list has, with a line before it.
function listMarks(app) {
  const first = app.listItems.find((item) => !item.fold && app.marks.at.has(item.step));
  if (first === undefined) return;
  const line = byId(`step-${first.step}`);
  byId('list').scrollTop = line.offsetTop - line.offsetHeight;
}

function showItems(app, items) {
  app.listItems = items;
  byId('list').replaceChildren(
    ...items.map((item) => (item.fold ? foldLine(app, item.fold) : stepLine(app, item.step))),
  );
}

// The list shows whole lines; the cursor's too if it showed it before or has another size now. Below
// the last line is room, so that it can stand where the window shows it.
function fitList(app) {
  const list = byId('list');
  const line = byId(`step-${app.cursor}`);
  const top = line === null ? 0 : line.offsetTop - list.scrollTop;
  const shows = line !== null && top >= 0 && top < list.clientHeight;
  list.style.maxHeight = list.style.paddingBottom = '';
  if (app.printing || app.run.count === 0) return;
  const any = list.querySelector('.event');
  const height = any.offsetHeight;
  list.style.maxHeight = `${Math.max(1, Math.floor(list.clientHeight / height)) * height}px`;
  const seen = heightInView(list, any);
  const size = `${list.clientHeight} ${seen}`;
  list.style.paddingBottom = `${list.clientHeight - seen}px`;
  list.scrollTop = Math.round(list.scrollTop / height) * height;
  const anew = app.listSize !== '' && size !== app.listSize;
  app.listSize = size;
  if ((shows || anew) && !markLine(app)) fillList(app);
}

// Paper says how many steps come before the first line, and after the last.
function sayBeyond(app) {
  const list = byId('list');
  const { listItems: items, run } = app;
  for (const old of list.querySelectorAll('.beyond')) old.remove();
  if (!app.printing || items.length === 0) return;
  const say = (many, where) =>
    many > 0
      ? [make('p', 'beyond muted', `… ${grouped(many)} ${where} ${many === 1 ? 'step' : 'steps'}`)]
      : [];
  const after = run.count - 1 - items[items.length - 1].last + run.about.omittedAfter;
  list.prepend(...say(items[0].first + run.about.omitted, 'earlier'));
  list.append(...say(after, 'later'));
}

function stepLine(app, step) {
  const { run } = app;
  const words = stepInWords(run, step);
  const marks = (app.marks.at.get(step) ?? []).map((letter) => make('span', 'ring', letter));
  const what = make('span', 'what', ...marks, words.head);
  if (words.change !== '') what.append(' · ', make('b', '', words.change));
  if (words.rest.length > 0) what.append(` · ${words.rest.join(', ')}`);
  if (words.notes.length > 0) what.append(make('span', 'note', ` ${notesInWords(words.notes)}`));
  const server = run.steps.on[step];
  const line = make(
    'div',
    words.failure ? 'event fails' : 'event',
    make('time', '', seconds(run.steps.time[step])),
    make('b', '', server === WORLD ? '' : `n${server}`),
    what,
  );
  line.setAttribute('role', 'option');
  line.id = `step-${step}`;
  line.dataset.step = String(step);
  return line;
}

function foldLine(app, fold) {
  const text = `… ${foldInWords(fold)}`;
  const line = make(
    'div',
    'event folded',
    make('time', ''),
    make('b', ''),
    make('span', 'what', text),
  );
  line.setAttribute('role', 'option');
  line.dataset.fold = String(fold.first);
  return line;
}

function markLine(app) {
  const list = byId('list');
  for (const old of list.querySelectorAll('[aria-selected="true"]'))
    old.removeAttribute('aria-selected');
  const line = byId(`step-${app.cursor}`);
  if (line === null) return false;
  line.setAttribute('aria-selected', 'true');
  list.setAttribute('aria-activedescendant', line.id);
  const [top, height, seen] = [line.offsetTop, line.offsetHeight, heightInView(list, line)];
  if (top < list.scrollTop + height) list.scrollTop = top - height;
  else if (top + 2 * height > list.scrollTop + seen) list.scrollTop = top + 2 * height - seen;
  return true;
}

// Near an end of the rows the list takes the next ones, and what is in view stays where it is.
function extendList(app) {
  const list = byId('list');
  const items = app.listItems;
  const atTop = list.scrollTop < 20 && itemBeside(app, items[0].first, -1) !== null;
  const atEnd =
    list.scrollTop + list.clientHeight > list.scrollHeight - 20 &&
    itemBeside(app, items[items.length - 1].last, 1) !== null;
  if (!atTop && !atEnd) return;
  const anchor = atTop ? items[0] : items[items.length - 1];
  const find = (item) =>
    list.querySelector(item.fold ? `[data-fold="${item.first}"]` : `#step-${item.first}`);
  const before = find(anchor).offsetTop - list.scrollTop;
  showItems(app, itemsAround(app, anchor));
  const line = byId(`step-${app.cursor}`);
  line?.setAttribute('aria-selected', 'true');
  // The line at the cursor may not be among the rows.
  if (line === null) list.removeAttribute('aria-activedescendant');
  else list.setAttribute('aria-activedescendant', line.id);
  list.scrollTop = find(anchor).offsetTop - before;
}

function listenToList(app) {
  const list = byId('list');
  list.addEventListener('click', (event) => {
    const line = event.target.closest('.event');
    if (line === null) return;
    if (line.dataset.fold !== undefined) app.act.unfold(Number(line.dataset.fold), event.shiftKey);
    else app.act.toStep(Number(line.dataset.step));
  });
  list.addEventListener('scroll', () => extendList(app), { passive: true });
}
