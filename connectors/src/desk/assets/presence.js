// Tells the desk that this ticket is open and whether words are being written, and shows who else is there.
'use strict';

const others = document.getElementById('others');
// The server forgets a browser that says nothing for 50 s.
const EVERY = 20_000;
const WRITING = 30_000;

if (others) {
  const { number, ticket } = document.querySelector('main.ticket').dataset;
  const own = document.body.dataset.login;
  let written = -WRITING;
  let told = null;
  let gone = null;

  const say = (doing) => {
    told = doing;
    const body = new URLSearchParams({ token: others.dataset.token, doing });
    return fetch(`/tickets/${number}/presence`, { method: 'POST', body, keepalive: true }).catch(() => {});
  };
  const doing = () => (performance.now() - written < WRITING ? 'writing' : 'reading');

  addEventListener('input', ({ target }) => {
    if (!target.closest('form.act')) { return; }
    written = performance.now();
    if (told !== 'writing') { say('writing'); }
  });
  setInterval(() => { if (!document.hidden) { say(doing()); } }, EVERY);
  addEventListener('pagehide', () => say('gone'));
  addEventListener('desk-presence', ({ detail }) => {
    if (detail.ticket !== ticket) { return; }
    const there = detail.people.filter((person) => person.login !== own);
    const one = (person) => person.name + (person.writes ? ' (writing)' : '');
    others.textContent = there.length ? 'Also here: ' + there.map(one).join(', ') : '';
    clearTimeout(gone);
    gone = setTimeout(() => { others.textContent = ''; }, 3 * EVERY);
  });
  // The stream has to be open first, or this page would not hear who is there.
  addEventListener('desk-connected', () => say(doing()));
}
