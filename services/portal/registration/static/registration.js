// The form of a registration is saved while it is typed, so that neither a reload nor a lost answer loses anything.
//
// What was typed is kept in this window until the portal has said that it is saved. A save that is still under way when the
// page is left may arrive after the next page was made, which then names an old version; so the cards that were sent and never
// answered are kept as well: a conflict with one of them is no other person's work, and is got over without a word.
'use strict';
(function () {
  const SAVE_AFTER_MS = 800;
  const form = document.getElementById('registration');
  if (!form) { return; }
  const PATH = form.dataset.draft;
  const KEPT = 'registration ' + PATH;
  let waiting = 0;
  let saving = null;
  let unsaved = false;
  let unanswered = [];
  let over = false; // After a refusal nothing is saved from this window any more.

  const tell = function (text) { document.getElementById('saved').textContent = text; };
  const typed = function () { return portal.json(form).card; };
  const same = function (card, other) {
    return Object.keys(card).every(function (name) { return card[name] === other[name]; });
  };

  const keep = function () {
    try {
      window.sessionStorage.setItem(KEPT, JSON.stringify({ card: typed(), unanswered: unanswered }));
    } catch (error) { /* It stays on the page. */ }
  };
  const forget = function () {
    try { window.sessionStorage.removeItem(KEPT); } catch (error) { /* Nothing was kept. */ }
  };

  const saved = function (answer) {
    form.elements.version.value = answer.version;
    unanswered = [];
    if (!unsaved) { forget(); }
    tell('已自动保存');
  };

  const refused = function (xhr, card) {
    unanswered.pop();
    if (xhr.status !== 409 || !unanswered.length) { return give_up(xhr); }
    return portal.send('GET', PATH).then(function (current) {
      if (!unanswered.some(function (sent) { return same(sent, current.card); })) { return give_up(xhr); }
      form.elements.version.value = current.version;
      unanswered = [];
      return put(card);
    });
  };

  // Another window has gone on, or the session has ended: what was saved is there, and the rest is kept here.
  const give_up = function (xhr) {
    over = true;
    if (xhr.status === 401) { keep(); } else { forget(); }
    portal.refuse(form, xhr);
  };

  const put = function (card) {
    unanswered.push(card);
    keep();
    return portal.send('PUT', PATH, { version: Number(form.elements.version.value), card: card }).then(saved, function (xhr) {
      if (xhr.status >= 400 && xhr.status < 500) { return refused(xhr, card); }
      throw xhr;
    });
  };

  const save = function () {
    window.clearTimeout(waiting);
    if (saving) { return saving.then(save); }
    if (!unsaved || over) { return Promise.resolve(); }
    unsaved = false;
    saving = put(typed()).catch(function () {
      unsaved = true;
      tell('暂时没有保存上，会自动重试');
      waiting = window.setTimeout(save, 10 * SAVE_AFTER_MS);
    }).finally(function () { saving = null; });
    return saving;
  };

  form.addEventListener('input', function () {
    unsaved = true;
    keep();
    window.clearTimeout(waiting);
    waiting = window.setTimeout(save, SAVE_AFTER_MS);
  });
  // Whoever leaves within the second has it saved all the same.
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState === 'hidden' && !saving) { save(); }
  });

  // What the page before this one has not heard to be saved is typed anew.
  const bring = function () {
    let kept = null;
    try { kept = JSON.parse(window.sessionStorage.getItem(KEPT)); } catch (error) { return; }
    if (!kept) { return; }
    Object.keys(kept.card).forEach(function (name) {
      const field = form.elements['card.' + name];
      if (field) { field.value = kept.card[name]; }
    });
    unanswered = kept.unanswered;
    unsaved = true;
    save();
  };
  bring();

  // What is submitted names the version that was saved last.
  document.addEventListener('htmx:confirm', function (event) {
    if (event.detail.elt !== form || (!unsaved && !saving)) { return; }
    event.preventDefault();
    form.setAttribute('aria-busy', 'true'); // A second click meanwhile submits nothing.
    save().then(function () {
      form.removeAttribute('aria-busy');
      event.detail.issueRequest(true);
    });
  });
})();
