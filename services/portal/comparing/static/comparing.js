// Links that lead from the sheet to what is compared with it: what was typed is saved first, and they go to the month shown.
// `data-looks-for` names a field: who is looked for there is looked for on the other page, too.
'use strict';
(function () {
  document.addEventListener('click', function (event) {
    const link = event.target.closest('a[data-after-flush]');
    if (!link || !window.sheet || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    const to = new URL(link.href);
    to.searchParams.set('month', window.sheet.month);
    const field = document.getElementById(link.dataset.looksFor || '');
    if (field && field.value.trim()) { to.searchParams.set('q', field.value.trim()); }
    window.sheet.flush().then(
      function () { window.location.assign(to); },
      function () { /* The sheet has told why it is not saved. */ }
    );
  });
})();
