// Keeps the board as it is now, and prints it.
'use strict';

// At most this often the numbers are asked for again.
const PAUSE = 10_000;
let asking = null;

async function renewBoard() {
  asking = null;
  const shown = document.getElementById('board');
  // What is being read with the keyboard or the pointer does not move.
  if (shown.matches(':hover') || shown.contains(document.activeElement)) { renewSoon(); return; }
  const part = { headers: { 'X-Desk-Part': 'yes', 'X-Desk-By-Itself': 'yes' } };
  const answer = await fetch('/board' + location.search, part).catch(() => null);
  if (!answer?.ok || answer.redirected) { return; }
  const template = document.createElement('template');
  template.innerHTML = await answer.text();
  shown.replaceWith(template.content.getElementById('board'));
}

function renewSoon() { asking ??= setTimeout(renewBoard, PAUSE); }

if (document.getElementById('board')) {
  addEventListener('desk-news', renewSoon);
  document.getElementById('print').addEventListener('click', () => print());
}
