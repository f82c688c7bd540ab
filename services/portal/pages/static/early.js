// What is submitted before the page's scripts are there waits for them: over a slow line a form is seen, filled in and sent
// before they have come, and the browser alone would send it as no page of ours expects it.
'use strict';
(function () {
  let ready = false;
  let waiting = null;
  window.addEventListener('submit', function (event) {
    if (ready) { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = { form: event.target, button: event.submitter };
  }, true);
  // The others get ready at the same event, and some of them have asked for it later.
  document.addEventListener('DOMContentLoaded', function () {
    window.setTimeout(function () {
      ready = true;
      if (waiting) { waiting.form.requestSubmit(waiting.button); }
    });
  });
})();
