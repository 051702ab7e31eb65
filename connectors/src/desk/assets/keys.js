// The keys of the queue and of a ticket. `?` shows all of them.
'use strict';

const ACTS = { a: 'assign', s: 'status', r: 'reply', n: 'note' };
const help = document.getElementById('keys');
const list = document.getElementById('queue');

function toForm(act) {
  const form = document.querySelector(`form[action$="/${act}"]`);
  const field = form?.querySelector('textarea, select, input:not([type=hidden])');
  field?.focus();
  return Boolean(field);
}

function current() { return [...list.rows].find((row) => row.contains(document.activeElement)); }

function move(step) {
  const rows = [...list.rows];
  const now = rows.indexOf(current());
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  next?.querySelector('.number a').focus();
  next?.scrollIntoView({ block: 'nearest' });
}

// In the queue an act opens the ticket at its form; `a` assigns the selected tickets if there are any.
function inQueue(key) {
  if (key === 'j' || key === 'k') { move(key === 'j' ? 1 : -1); return true; }
  const row = current();
  if (key === 'x') { row?.querySelector('.pick input')?.click(); return true; }
  const bulk = document.getElementById('bulk');
  if (key === 'a' && bulk && !bulk.hidden) { bulk.querySelector('select').focus(); return true; }
  if (!row || !ACTS[key]) { return false; }
  location.href = row.querySelector('.number a').href + '#' + ACTS[key];
  return true;
}

addEventListener('keydown', (event) => {
  const inField = event.target.closest('textarea, select, input:not([type=checkbox])');
  if (inField || help.open || event.ctrlKey || event.metaKey || event.altKey) { return; }
  let done = true;
  if (event.key === '/') { document.querySelector('input[type=search]')?.focus(); }
  else if (event.key === '?') { help.showModal(); }
  else if (event.key === 'q' && !list) { location.href = '/'; }
  else if (list) { done = inQueue(event.key); }
  else { done = Boolean(ACTS[event.key]) && toForm(ACTS[event.key]); }
  if (done) { event.preventDefault(); }
});

// `Escape` leaves a field, so that the keys work again.
addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !help.open) { document.activeElement?.blur(); }
});

if (!list && Object.values(ACTS).includes(location.hash.slice(1))) { toForm(location.hash.slice(1)); }
