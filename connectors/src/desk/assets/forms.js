// Sends the forms of a ticket without leaving the page, so that what is written in the others stays.
'use strict';

addEventListener('input', ({ target }) => {
  const form = target.closest('form.act');
  if (form) { form.dataset.unsaved = 'yes'; }
});

addEventListener('submit', (event) => {
  const form = event.target;
  if (!form.matches('form.act')) { return; }
  event.preventDefault();
  send(form, event.submitter);
});

async function send(form, button) {
  const notice = document.getElementById('notice');
  const sent = new URLSearchParams(new FormData(form));
  button.disabled = true;
  notice.textContent = '';
  try {
    const answer = await fetch(form.action, { method: 'POST', headers: { 'X-Desk-Part': 'yes' }, body: sent });
    notice.innerHTML = await answer.text();
    if (answer.ok) {
      form.reset();
      delete form.dataset.unsaved;
      button.blur();
    }
    know(answer.headers.get('x-desk-revision'), answer.headers.get('x-desk-version'));
  } catch {
    notice.textContent = 'Not sent: there is no connection. What you wrote is kept; try again.';
  } finally {
    button.disabled = false;
  }
}

// The person has now been told of everything up to this revision, so the forms may refer to it.
function know(revision, version) {
  if (revision === null) { return; }
  for (const field of document.querySelectorAll('form.act [name=revision]')) { field.value = revision; }
  const { ticket } = document.querySelector('main.ticket').dataset;
  refresh({ ticket, version });
}

// Words that are not sent yet are not lost by a click beside them.
addEventListener('beforeunload', (event) => {
  const written = [...document.querySelectorAll('form[data-unsaved] textarea')].some((field) => field.value.trim());
  if (written) { event.preventDefault(); }
});
