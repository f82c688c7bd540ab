// Links that lead from the sheet to what is compared with it: what was typed is saved first, and they go to the month shown.
'use strict';
(function () {
  document.addEventListener('click', function (event) {
    const link = event.target.closest('a[data-after-flush]');
    if (!link || !window.sheet || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    const to = new URL(link.href);
    to.searchParams.set('month', window.sheet.month);
    window.sheet.flush().then(
      function () { window.location.assign(to); },
      function () { /* The sheet has told why it is not saved. */ }
    );
  });
})();
