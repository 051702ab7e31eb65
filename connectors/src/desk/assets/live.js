// Keeps a page as it is now: the connection's state, the rows of the queue, the live part of a ticket.
'use strict';

const body = document.body;
let heardOnce = false;
let isOld = false;
let renewing = null;
const OLD = ['off', '○ Live, but older changes are missing: this page may be out of date'];
// How often and when this tab has loaded itself, and after which time that no longer counts.
const RELOADS = 'desk-reloads';
const FORGOTTEN = 900_000;
const connection = document.getElementById('connection');
const queue = document.getElementById('queue');
const ticket = document.querySelector('main.ticket');

// ---- the connection -------------------------------------------------------------------------------------

function show(state, text) {
  connection.className = 'connection ' + state;
  connection.textContent = text;
}

const clock = () => new Date().toLocaleTimeString('en-ZA', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

function hear({ name, data }) {
  if (name === 'row' || name === 'gone') { dispatchEvent(new Event('desk-news')); }
  switch (name) {
    case 'connected': show('on', '● Live'); break;
    case 'presence': dispatchEvent(new CustomEvent('desk-presence', { detail: data })); break;
    case 'heartbeat':
      show(...(data.lacks || isOld ? OLD : ['on', '● Live, as of ' + clock()]));
      if (!heardOnce) { heardOnce = true; dispatchEvent(new Event('desk-connected')); }
      break;
    case 'lost': show('off', '○ Not connected; as of ' + clock()); break;
    case 'signed-out': show('off', '○ Signed out'); break;
    case 'reload': renew(); break;
    case 'row': if (queue) { take(data); } break;
    case 'gone': if (queue) { drop(data); } else { refresh(data); } break;
    case 'event': if (ticket) { refresh(data); } break;
  }
}

// This page was away for longer than the server remembers, and another one would show more. Unsaved words are
// worth more than a fresh page. If it has been loaded for this before, and soon, it waits: longer each time.
function renew() {
  isOld = true;
  show(...OLD);
  const [times, last] = (sessionStorage.getItem(RELOADS) ?? '0 0').split(' ').map(Number);
  const counted = Date.now() - last < FORGOTTEN ? times : 0;
  const pause = counted && Math.min(15_000 * 2 ** (counted - 1), 300_000);
  renewing ??= setTimeout(() => {
    renewing = null;
    if (document.querySelector('form[data-unsaved]')) { return; }
    sessionStorage.setItem(RELOADS, `${counted + 1} ${Date.now()}`);
    // It is not the person who asks, so it does not keep the session.
    document.cookie = 'desk-by-itself=yes; path=/; max-age=10; samesite=lax';
    // Asked for again, and not sent again if it is the answer to a form.
    location.replace(location.pathname + location.search);
  }, Math.max(0, last + pause - Date.now()));
}

if (window.SharedWorker) {
  const worker = new SharedWorker(body.dataset.stream);
  worker.port.onmessage = ({ data }) => hear(data);
  worker.port.start();
  worker.port.postMessage({ since: body.dataset.since });
  addEventListener('pagehide', () => worker.port.postMessage({ leave: true }));
  addEventListener('pageshow', (event) => { if (event.persisted) { location.reload(); } });
  addEventListener('online', () => worker.port.postMessage({ retry: true }));
} else {
  const script = document.createElement('script');
  script.src = body.dataset.stream;
  script.onload = () => follow(hear).from(body.dataset.since);
  document.head.append(script);
}

// ---- the queue ------------------------------------------------------------------------------------------

const wanted = new URLSearchParams(location.search);
const held = new Map();
const arrived = document.getElementById('arrived');

// Whether a row fits the filters in the address of the page: those of queue_filter.rs. What the search field
// finds beside numbers only the server knows: a row that is shown stays, another one does not come.
function fits(row, isShown) {
  const due = Number(row.dataset.due);
  const left = due - Date.now();
  const same = ['municipality', 'team', 'category', 'severity', 'ward', 'queue', 'person'].every(
    (name) => !wanted.get(name) || wanted.get(name) === (row.dataset[name] ?? '-'));
  const status = wanted.get('status') || 'open ones';
  const known = { 'open ones': row.dataset.status !== 'closed', any: true };
  const inStatus = known[status] ?? row.dataset.status === status;
  const isHeld = 'held' in row.dataset;
  const isNear = left > 0 && left < 4 * 3600e3;
  const near = { overdue: left <= 0, near: isNear, waiting: due > 1e15 && !isHeld, held: isHeld };
  const inTime = near[wanted.get('due')] ?? true;
  return same && inStatus && inTime && isFound(row, isShown);
}

function isFound(row, isShown) {
  const typed = (wanted.get('q') ?? '').trim();
  const number = typed.toUpperCase().replace(/[^A-Z0-9]/g, '');
  const ofFigure = ['on', 'promise', 'age', 'breach'].some((name) => wanted.get(name));
  if (isShown || ofFigure) { return isShown; }
  return !typed || (number !== '' && row.querySelector('.number').textContent.startsWith(number));
}

// The place of a row in the order of the page, as queue_filter.rs orders it.
function placeOf({ dataset }) {
  const due = Math.min(Number(dataset.due), 1e14 - 1);
  switch (wanted.get('sort')) {
    case 'severity': return ['critical', 'high', 'medium', 'low'].indexOf(dataset.severity) * 1e14 + due;
    case 'newest': return -Number(dataset.created);
    case 'oldest': return Number(dataset.created);
    case 'changed': return -Number(dataset.changed);
    default: return Number(dataset.due);
  }
}

function take({ ticket: id, version, html }) {
  const template = document.createElement('template');
  template.innerHTML = html;
  const row = template.content.firstElementChild;
  const old = document.getElementById('t-' + id);
  if (old && Number(old.dataset.version) >= version) { return; }
  const stays = old && fits(row, true) && placeOf(old) === placeOf(row);
  keepPicked(old, row);
  if (stays) {
    old.replaceWith(row);
    mark(row);
  } else if (queue.matches(':hover')) {
    // Nothing moves under the pointer.
    held.set(id, row);
    arrived.hidden = false;
    arrived.textContent = held.size === 1 ? '1 change' : held.size + ' changes';
  } else {
    place(row, old);
  }
  recount();
}

// A row that was selected, or had the focus, still is after it has changed.
function keepPicked(old, row) {
  const [was, is] = [old?.querySelector('.pick input'), row.querySelector('.pick input')];
  if (was?.checked && is) { is.checked = true; }
  if (old?.contains(document.activeElement)) {
    setTimeout(() => row.querySelector('.number a').focus({ preventScroll: true }));
  }
}

function drop({ ticket: id, version }) {
  held.delete(id);
  const old = document.getElementById('t-' + id);
  if (old && Number(old.dataset.version) <= version) { old.remove(); }
  recount();
}

function place(row, old) {
  old?.remove();
  if (!fits(row, Boolean(old))) { return; }
  const after = [...queue.rows].find((other) => before(row, other));
  // Beyond the end of a page there are further tickets, and another page has them.
  const elsewhere = (wanted.has('after') && !old) || (!after && queue.dataset.more);
  if (elsewhere) { return; }
  queue.insertBefore(row, after ?? null);
  document.querySelector('.empty')?.remove();
  mark(row);
}

function before(one, other) {
  const [a, b] = [placeOf(one), placeOf(other)];
  return a < b || (a === b && one.id < other.id);
}

function mark(row) {
  row.classList.add('fresh');
  setTimeout(() => row.classList.remove('fresh'), 4000);
  tick();
}

function release() {
  for (const [id, row] of held) { place(row, document.getElementById('t-' + id)); }
  held.clear();
  arrived.hidden = true;
}

let counting = null;
function recount() {
  counting ??= setTimeout(async () => {
    counting = null;
    const answer = await fetch('/count' + location.search).catch(() => null);
    if (answer?.ok && !answer.redirected) { document.getElementById('count').innerHTML = await answer.text(); }
  }, 1000);
}

if (queue) {
  queue.addEventListener('mouseleave', release);
  arrived.addEventListener('click', release);
}

// ---- a ticket -------------------------------------------------------------------------------------------

let refreshing = Promise.resolve();

// Asks for the live part when the ticket has changed. Forms with words or the focus stay as they are.
function refresh({ ticket: id, version }) {
  if (id !== ticket?.dataset.ticket) { return; }
  refreshing = refreshing.then(() => renewTicket(version)).catch(() => {});
}

async function renewTicket(version) {
  const answer = await fetch(`/tickets/${ticket.dataset.number}/live?version=${version}`);
  if (answer.status === 404) {
    show('off', '○ This ticket is no longer yours to see');
    return;
  }
  if (!answer.ok || answer.redirected) { return; }
  const template = document.createElement('template');
  template.innerHTML = await answer.text();
  const live = template.content.getElementById('live');
  document.getElementById('live').replaceWith(live);
  live.querySelector('.head').classList.add('fresh');
  renewForms(template.content.getElementById('forms'));
  tick();
}

function renewForms(fresh) {
  const all = document.getElementById('forms');
  const kept = new Map();
  for (const form of all.querySelectorAll('form')) {
    if (form.dataset.unsaved || form.contains(document.activeElement)) { kept.set(form.getAttribute('action'), form); }
  }
  // A form that is kept is not moved in the document, which would take its focus away.
  for (const form of [...all.children]) { if (!kept.has(form.getAttribute('action'))) { form.remove(); } }
  let last = null;
  for (const form of [...fresh.children]) {
    const own = kept.get(form.getAttribute('action'));
    if (own) { last = own; continue; }
    if (last) { last.after(form); } else { all.prepend(form); }
    last = form;
  }
}

// ---- time -----------------------------------------------------------------------------------------------

// The same words as labels.rs.
function timeLeft(due) {
  const left = Math.floor((due - Date.now()) / 1000);
  const size = Math.abs(left);
  const [unit, name] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([seconds]) => size >= seconds) ?? [1, 's'];
  const urgency = left <= 0 ? 'overdue' : left < 4 * 3600 ? 'near' : 'calm';
  return [`${Math.floor(size / unit)} ${name} ${left <= 0 ? 'overdue' : 'left'}`, urgency];
}

const SHAPES = { overdue: '▲', near: '◆', calm: '●' };

function tick() {
  for (const one of document.querySelectorAll('[data-deadline]')) {
    const [words, urgency] = timeLeft(Number(one.dataset.deadline));
    const left = one.querySelector('.left');
    if (left.textContent === words) { continue; }
    left.textContent = words;
    one.querySelector('.shape').textContent = SHAPES[urgency];
    one.className = 'deadline ' + urgency;
  }
}
setInterval(tick, 10_000);
