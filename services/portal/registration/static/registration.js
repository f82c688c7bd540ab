// The form of a registration is saved while it is typed, so that a reload loses nothing.
'use strict';
(function () {
  const SAVE_AFTER_MS = 800;
  const form = document.getElementById('registration');
  if (!form) { return; }
  let waiting = 0;
  let saving = null;
  let unsaved = false;
  let over = 0; // The status of the refusal after which nothing is saved from this window any more.

  const KEPT = 'registration ' + form.dataset.draft;

  const tell = function (text) { document.getElementById('saved').textContent = text; };
  const draft = function () {
    const typed = portal.json(form);
    return { version: typed.version, card: typed.card };
  };

  // What was typed after the session's end waits in this window for the next one.
  const keep = function () {
    try { window.sessionStorage.setItem(KEPT, JSON.stringify(draft().card)); } catch (error) { /* It stays on the page. */ }
  };
  const bring = function () {
    let kept = null;
    try {
      kept = JSON.parse(window.sessionStorage.getItem(KEPT));
      window.sessionStorage.removeItem(KEPT);
    } catch (error) { return; }
    if (!kept) { return; }
    Object.keys(kept).forEach(function (name) {
      const field = form.elements['card.' + name];
      if (field) { field.value = kept[name]; }
    });
    unsaved = true;
    save();
  };

  const save = function () {
    window.clearTimeout(waiting);
    if (saving) { return saving.then(save); }
    if (!unsaved || over) { return Promise.resolve(); }
    unsaved = false;
    saving = portal.send('PUT', form.dataset.draft, draft()).then(function (answer) {
      form.elements.version.value = answer.version;
      tell('已自动保存');
    }, function (xhr) {
      if (xhr.status >= 400 && xhr.status < 500) {
        over = xhr.status; // Another window has gone on, or the session has ended: what was saved is there, and the rest kept here.
        if (over === 401) { keep(); }
        portal.refuse(form, xhr);
        return;
      }
      unsaved = true;
      tell('暂时没有保存上，会自动重试');
      waiting = window.setTimeout(save, 10 * SAVE_AFTER_MS);
    }).finally(function () { saving = null; });
    return saving;
  };

  form.addEventListener('input', function () {
    unsaved = true;
    if (over === 401) { keep(); }
    window.clearTimeout(waiting);
    waiting = window.setTimeout(save, SAVE_AFTER_MS);
  });
  // Whoever leaves within the second has it saved all the same.
  document.addEventListener('visibilitychange', function () {
    if (document.visibilityState !== 'hidden' || !unsaved || over || saving) { return; }
    unsaved = false;
    const headers = Object.assign({ 'Content-Type': 'application/json' }, JSON.parse(document.body.getAttribute('hx-headers')));
    saving = window.fetch(form.dataset.draft, { method: 'PUT', keepalive: true, headers: headers, body: JSON.stringify(draft()) })
      .then(function (answer) { return answer.ok ? answer.json() : Promise.reject(answer); })
      .then(function (answer) { form.elements.version.value = answer.version; }, function () { unsaved = true; })
      .finally(function () { saving = null; });
  });
  bring();
  // What is submitted names the version that was saved last.
  document.addEventListener('htmx:confirm', function (event) {
    if (event.detail.elt !== form || (!unsaved && !saving)) { return; }
    event.preventDefault();
    save().then(function () { event.detail.issueRequest(true); });
  });
})();
