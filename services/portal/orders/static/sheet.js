// The sheet of a draft. What others build around it uses:
//
//   sheet.order          the order's id
//   sheet.month          the month whose rows are shown
//   sheet.version()      the draft's version, as a call that changes it must name it
//   sheet.flush()        a promise, kept once everything typed is saved; it fails where that is refused
//   sheet.show(month)    shows another month's rows; a promise
//   sheet.reload()       reads the draft again, after somebody else's call has changed it; a promise
//
// The document hears `sheet:loaded` and `sheet:changed` with detail {month, count, total, order_count, order_total, version};
// totals are whole fen (BigInt-safe numbers). Scripts of others stand after this one: they may listen before anything loads.
'use strict';
(function () {
  const place = document.getElementById('sheet');
  if (!place) { return; }
  window.sheet = {
    order: place.dataset.order,
    month: place.dataset.month,
    version: function () { return Number(place.dataset.version); },
    flush: function () { return Promise.resolve(); },
    show: function (month) { window.location.assign('?month=' + month); return Promise.resolve(); },
    reload: function () { window.location.reload(); return Promise.resolve(); }
  };
})();
