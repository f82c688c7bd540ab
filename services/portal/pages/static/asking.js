// What the portal says (`portal.say`), and what it asks before it goes on (`portal.ask`, `data-yes` beside hx-confirm); dialogs
// that a button opens (`data-opens`) and closes (`data-closes`). What is to be said by the next page goes by `portal.sayNext`.
'use strict';
(function () {
  const SAID_MS = 5000;
  const SAID_NEXT = 'subsidy-said';
  let silence = 0;
  let serial = 0;

  const say = function (text) {
    const place = document.getElementById('said');
    if (!place) { return; }
    place.textContent = text;
    window.clearTimeout(silence);
    silence = window.setTimeout(function () { place.textContent = ''; }, SAID_MS);
  };

  // Gives a new element.
  const element = function (name, text, className) {
    const made = document.createElement(name);
    if (text) { made.textContent = text; }
    if (className) { made.className = className; }
    return made;
  };

  // Gives a promise of the answer: true, false, or 'other' where there is another way; Escape is a no.
  const ask = function (question, yes, other) {
    const dialog = element('dialog', '', 'dialog dialog-ask');
    const words = element('p', question);
    words.id = 'ask-' + (serial += 1);
    dialog.setAttribute('aria-labelledby', words.id);
    const buttons = element('form', '', 'dialog-acts');
    buttons.method = 'dialog';
    const no = element('button', '取消', 'btn');
    const sure = element('button', yes || '确定', 'btn btn-primary');
    no.value = '';
    sure.value = 'yes';
    buttons.append(no, sure);
    if (other) {
      const another = element('button', other, 'btn');
      another.value = 'other';
      sure.before(another);
    }
    dialog.append(words, buttons);
    document.body.append(dialog);
    return new Promise(function (resolve) {
      dialog.addEventListener('close', function () { dialog.remove(); resolve(dialog.returnValue === 'other' ? 'other' : dialog.returnValue === 'yes'); });
      dialog.showModal();
      sure.focus();
    });
  };
  document.addEventListener('htmx:confirm', function (event) {
    if (!event.detail.question) { return; }
    event.preventDefault();
    const asker = event.detail.elt;
    asker.dataset.asking = 'true'; // What is asked about stays until it is answered, whatever the news are (page.js).
    ask(event.detail.question, asker.dataset.yes).then(function (sure) {
      if (sure) { event.detail.issueRequest(true); }
      delete asker.dataset.asking;
      asker.dispatchEvent(new CustomEvent('portal:answered', { bubbles: true }));
    });
  });

  // What is said by the page that comes next.
  const sayNext = function (text) {
    try { window.sessionStorage.setItem(SAID_NEXT, text); } catch (error) { /* It goes unsaid. */ }
  };
  document.addEventListener('DOMContentLoaded', function () {
    try {
      const text = window.sessionStorage.getItem(SAID_NEXT);
      window.sessionStorage.removeItem(SAID_NEXT);
      if (text) { say(text); }
    } catch (error) { /* Nothing was kept. */ }
  });

  document.addEventListener('click', function (event) {
    const opener = event.target.closest('[data-opens]');
    if (opener) { document.getElementById(opener.dataset.opens).showModal(); }
    const closer = event.target.closest('[data-closes]');
    if (closer) { closer.closest('dialog').close(); }
  });

  // The notice at the foot takes room of its own: the page ends above it, and what was in sight moves out of its way.
  document.addEventListener('DOMContentLoaded', function () {
    const notice = document.querySelector('.problem');
    if (!notice) { return; }
    let room = 0;
    new ResizeObserver(function () {
      const more = notice.offsetHeight - room;
      room += more;
      document.documentElement.style.setProperty('--told-room', room + 'px');
      window.scrollBy(0, more);
    }).observe(notice);
  });

  window.portal = { say: say, sayNext: sayNext, ask: ask, element: element };
})();
