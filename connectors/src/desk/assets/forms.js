// Sends the forms of a ticket without leaving the page, so that what is written in the others stays.
'use strict';

addEventListener('input', ({ target }) => {
  const form = target.closest('form.act');
  if (!form) { return; }
  if (!target.matches('.canned')) { form.dataset.unsaved = 'yes'; }
  form.querySelector('.preview')?.replaceChildren();
  countCharacters(form);
});

// How many characters are left, as the server counts them.
function countCharacters(form) {
  const [counter, field] = [form.querySelector('.counter'), form.querySelector('textarea')];
  if (!counter) { return; }
  const [length, most] = [[...field.value].length, Number(field.getAttribute('maxlength'))];
  counter.textContent = length ? `${length} of ${most} characters` : '';
  counter.classList.toggle('near-end', length > most * .9);
}

// A reply that is kept ready takes the place of what is written, but not of words of one's own.
addEventListener('change', ({ target }) => {
  if (!target.matches('.canned') || !target.value) { return; }
  const field = target.closest('form').querySelector('textarea');
  const text = target.selectedOptions[0].dataset.text;
  field.value = field.value.trim() ? field.value.trimEnd() + '\n' + text : text;
  target.value = '';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
});

addEventListener('click', ({ target }) => {
  if (target.matches('[data-preview]')) { preview(target); }
  if (target.matches('.use-pin')) {
    const field = document.querySelector('form.act [name=point]');
    if (!field) { return; }
    field.value = target.dataset.point;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    field.focus();
    preview(field.closest('form').querySelector('[data-preview]'));
  }
});

// Shows what the form would lead to, before it is sent.
async function preview(button) {
  const form = button.closest('form');
  const shown = form.querySelector('.preview');
  const body = new URLSearchParams(new FormData(form));
  try {
    const headers = { 'X-Desk-Part': 'yes' };
    const answer = await fetch(button.dataset.preview, { method: 'POST', headers, body });
    shown.replaceChildren(...(await said(answer)));
  } catch {
    shown.textContent = 'There is no connection.';
  }
}

addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('form.act') || !document.querySelector('main.ticket')) { return; }
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, button) {
  const seen = form.elements.revision.value;
  const notice = document.getElementById('notice');
  const sent = new URLSearchParams(new FormData(form));
  button.disabled = true;
  notice.textContent = '';
  try {
    const answer = await fetch(form.action, { method: 'POST', headers: { 'X-Desk-Part': 'yes' }, body: sent });
    notice.replaceChildren(...(await said(answer)));
    if (answer.ok) {
      form.reset();
      delete form.dataset.unsaved;
      form.querySelector('.preview')?.replaceChildren();
      countCharacters(form);
      button.blur();
    }
    know(form, answer, seen);
  } catch {
    notice.textContent = 'Not sent: there is no connection. What you wrote is kept; try again.';
  } finally {
    button.disabled = false;
  }
}

// What the server says: a notice, or why it understood nothing, which is a page of its own.
async function said(answer) {
  const template = document.createElement('template');
  template.innerHTML = await answer.text();
  const page = template.content.querySelector('main p');
  return page && !answer.ok ? [page] : template.content.childNodes;
}

// The person has now been told of everything up to this revision, so the form that was sent may refer to it.
// So may the forms that showed the same ticket, if nothing but this change came in between. Any other form is
// about a ticket that the person has seen before other changes: it keeps its revision, and is refused.
function know(sent, answer, seen) {
  const revision = answer.headers.get('x-desk-revision');
  if (revision === null) { return; }
  for (const { revision: field } of [...document.querySelectorAll('form.act')].map((form) => form.elements)) {
    if (field && (field.form === sent || (answer.ok && field.value === seen))) { field.value = revision; }
  }
  const { ticket } = document.querySelector('main.ticket').dataset;
  refresh({ ticket, version: answer.headers.get('x-desk-version') });
}

// Words that are not sent yet are not lost by a click beside them.
addEventListener('beforeunload', (event) => {
  const written = [...document.querySelectorAll('form[data-unsaved] textarea')].some((field) => field.value.trim());
  if (written) { event.preventDefault(); }
});
