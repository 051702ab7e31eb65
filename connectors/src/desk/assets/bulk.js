// Selects many tickets and assigns them: one command each, a few at a time, with progress. What is refused
// stays selected and says why.
'use strict';

const AT_ONCE = 4;
const bulk = document.getElementById('bulk');
const tickets = document.getElementById('queue');
const all = document.getElementById('pick-all');

const boxes = () => [...tickets.querySelectorAll('.pick input')];
const picked = () => boxes().filter((box) => box.checked).map((box) => box.closest('tr'));

function countPicked() {
  const number = picked().length;
  document.getElementById('picked').textContent = number + ' selected';
  bulk.hidden = number === 0 && !document.getElementById('bulk-result').textContent;
  all.checked = number > 0 && number === boxes().length;
  all.indeterminate = number > 0 && !all.checked;
}

function pickAll(isPicked) {
  for (const box of boxes()) { box.checked = isPicked; }
  document.getElementById('bulk-result').textContent = '';
  countPicked();
}

// Returns why it is refused, or nothing.
async function assign(row, fields) {
  const number = row.querySelector('.number').textContent.trim();
  const body = new URLSearchParams({ ...fields, revision: row.dataset.revision });
  try {
    const headers = { 'X-Desk-Part': 'yes' };
    const answer = await fetch(`/tickets/${number}/assign`, { method: 'POST', headers, body });
    if (answer.ok) { return null; }
    const said = document.createElement('template');
    said.innerHTML = await answer.text();
    const notice = said.content.querySelector('.notice') ?? said.content.querySelector('main p');
    return number + ': ' + (notice?.textContent.trim() ?? 'not assigned');
  } catch {
    return number + ': not sent, there is no connection.';
  }
}

async function assignAll() {
  const fields = Object.fromEntries(new FormData(bulk));
  const waiting = picked();
  const progress = document.getElementById('bulk-progress');
  const total = waiting.length;
  const refused = [];
  let done = 0;
  Object.assign(progress, { max: total, value: 0, hidden: false });
  const work = async () => {
    for (let row = waiting.shift(); row; row = waiting.shift()) {
      const id = row.id;
      const why = await assign(row, fields);
      if (why) { refused.push(why); }
      const box = document.getElementById(id)?.querySelector('.pick input');
      if (box) { box.checked = Boolean(why); }
      done += 1;
      progress.value = done;
      document.getElementById('picked').textContent = `${done} of ${total}`;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  progress.hidden = true;
  tell(total - refused.length, refused);
}

function tell(done, refused) {
  const result = document.getElementById('bulk-result');
  const sentence = document.createElement('p');
  sentence.textContent = `${done} assigned` + (refused.length ? `, ${refused.length} refused:` : '.');
  const reasons = document.createElement('ul');
  for (const why of refused.slice(0, 20)) {
    reasons.append(Object.assign(document.createElement('li'), { textContent: why }));
  }
  result.replaceChildren(sentence, ...(refused.length ? [reasons] : []));
  countPicked();
}

if (bulk) {
  tickets.addEventListener('change', () => {
    document.getElementById('bulk-result').textContent = '';
    countPicked();
  });
  all.addEventListener('change', () => pickAll(all.checked));
  document.getElementById('pick-none').addEventListener('click', () => pickAll(false));
  bulk.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = event.submitter;
    button.disabled = true;
    try { await assignAll(); } finally { button.disabled = false; }
  });
}
