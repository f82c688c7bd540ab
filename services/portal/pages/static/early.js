// What is done before the page's scripts are there waits for them: over a slow line a form is seen, filled in and sent before
// they have come. The browser alone would send it as no page of ours expects it, what was typed would not be saved by itself,
// and a button would do nothing.
'use strict';
(function () {
  let ready = false;
  const typed = { input: new Set(), change: new Set() };
  let pressed = null;
  let sent = null;

  const hold = function (event, keep) {
    if (ready) { return; }
    event.stopImmediatePropagation();
    keep();
  };
  Object.keys(typed).forEach(function (type) {
    window.addEventListener(type, function (event) { hold(event, function () { typed[type].add(event.target); }); }, true);
  });
  // Only a button of no other meaning: what links, boxes and folds do, they do without any script.
  window.addEventListener('click', function (event) {
    const button = event.target instanceof Element ? event.target.closest('button[type="button"]') : null;
    if (button) { hold(event, function () { pressed = button; }); }
  }, true);
  window.addEventListener('submit', function (event) {
    hold(event, function () {
      event.preventDefault();
      sent = { form: event.target, button: event.submitter };
    });
  }, true);

  // The others get ready at the same event, and some of them have asked for it later.
  document.addEventListener('DOMContentLoaded', function () {
    window.setTimeout(function () {
      ready = true;
      Object.keys(typed).forEach(function (type) {
        typed[type].forEach(function (field) { field.dispatchEvent(new Event(type, { bubbles: true })); });
      });
      if (pressed) { pressed.click(); }
      if (sent) { sent.form.requestSubmit(sent.button); }
    });
  });
})();
