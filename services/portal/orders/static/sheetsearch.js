// 搜索员工: finds within the sheet, marks every hit and leads from one to the next; no tick is ever lost by it (F81, F82).
'use strict';
(function () {
  // `how`: data(), places() (the rows that are listed, in order), show(place, led) and found() when the hits are others.
  window.sheetSearch = function (how) {
    const field = document.getElementById('sheet-search');
    const told = document.getElementById('sheet-found');
    const before = document.getElementById('sheet-previous');
    const next = document.getElementById('sheet-next');
    let hits = []; // Places among the rows that are listed.
    let marked = new Set(); // The rows of the hits.
    let current = -1;

    const wantedOf = function (text) { return text.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' '); };
    // A number is known by its ends only; what is masked may be anything.
    const fitsNumber = function (number, digits) {
      if (digits.length > number.length) { return false; }
      for (let index = 0; index < digits.length; index += 1) {
        if (number[index] !== '*' && number[index] !== digits[index]) { return false; }
      }
      return true;
    };
    const isHit = function (data, row, text) {
      if (data.sought[row].includes(text)) { return true; }
      const digits = text.toUpperCase();
      return /^[0-9]{3,17}[0-9X]$/.test(digits) && (fitsNumber(data.numbers[row], digits) || data.numbers[row].endsWith(digits));
    };

    const tell = function (text) {
      before.disabled = next.disabled = hits.length === 0;
      if (!text) { told.textContent = ''; return; }
      told.textContent = hits.length ? '第 ' + (current + 1) + ' 个，共 ' + hits.length + ' 个' : '没有找到“' + field.value.trim() + '”';
      told.dataset.none = hits.length ? '' : 'none';
    };
    // Others are listed now: the hits are found anew, and nobody is led anywhere.
    const find = function () {
      const data = how.data();
      const text = wantedOf(field.value);
      hits = [];
      marked = new Set();
      if (text) {
        how.places().forEach(function (row, place) {
          if (isHit(data, row, text)) { hits.push(place); marked.add(row); }
        });
      }
      current = Math.min(Math.max(current, 0), hits.length - 1);
      how.found(text !== '' && !hits.length);
      tell(text);
    };
    const look = function () {
      current = 0;
      find();
      if (hits.length) { how.show(hits[0]); }
    };
    const step = function (by) {
      if (!hits.length) { return; }
      current = (current + by + hits.length) % hits.length;
      how.found(false);
      how.show(hits[current], true);
      tell(field.value);
    };

    field.addEventListener('input', look);
    field.addEventListener('keydown', function (event) {
      if (event.key === 'Enter' && !event.isComposing) { event.preventDefault(); step(event.shiftKey ? -1 : 1); }
    });
    before.addEventListener('click', function () { step(-1); });
    next.addEventListener('click', function () { step(1); });

    return {
      marks: function (row) { return marked.has(row); },
      isCurrent: function (place) { return current >= 0 && hits[current] === place; },
      again: find
    };
  };
})();
