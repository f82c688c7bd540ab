// Very many rows of one height, of which only those in sight exist: twenty thousand are drawn like twenty.
//
// sheetRows(frame, body, {count, make, update}) draws row `place` (0 … count() - 1) by make(place) and update(row, place);
// what somebody has the focus in stays where it is, wherever the frame is scrolled to. One control of the grid is reached by
// Tab, the others by the arrow keys: whoever does not use a mouse is not led through twenty thousand rows.
'use strict';
(function () {
  const BEYOND = 6; // Rows drawn above and below those in sight.

  window.sheetRows = function (frame, body, how) {
    const drawn = new Map(); // By its place.
    let height = 1;
    let waiting = 0;
    let at = { place: 0, column: '' };

    const head = frame.querySelector('[data-sheet-head]');
    const headHeight = function () { return head.offsetHeight; };
    const inSight = function () { return Math.max(height, frame.clientHeight - headHeight()); };
    const first = function () { return Math.floor(frame.scrollTop / height); };
    const last = function () { return Math.ceil((frame.scrollTop + inSight()) / height) - 1; };

    const controls = function (row) {
      return Array.from(row.querySelectorAll('[data-column]')).filter(function (control) { return !control.disabled && control.offsetParent; });
    };
    const roving = function () {
      const row = drawn.get(at.place);
      const found = row ? controls(row) : [];
      const stop = found.find(function (control) { return control.dataset.column === at.column; }) || found[0];
      drawn.forEach(function (each) {
        each.querySelectorAll('[data-column]').forEach(function (control) { control.tabIndex = control === stop ? 0 : -1; });
      });
    };

    const draw = function () {
      waiting = 0;
      const count = how.count();
      body.style.height = count * height + 'px';
      const from = Math.max(0, first() - BEYOND);
      const to = Math.min(count - 1, last() + BEYOND);
      if (at.place >= count) { at.place = Math.max(0, count - 1); }
      if (!body.contains(document.activeElement) && (at.place < first() || at.place > last())) {
        at.place = Math.min(Math.max(0, first() + (frame.scrollTop % height ? 1 : 0)), Math.max(0, count - 1));
      }
      const wanted = function (place) { return (place >= from && place <= to) || (place === at.place && place < count); };
      drawn.forEach(function (row, place) {
        if (!wanted(place)) { row.remove(); drawn.delete(place); }
      });
      const places = [];
      for (let place = from; place <= to; place += 1) { places.push(place); }
      if (count && (at.place < from || at.place > to)) { places[at.place < from ? 'unshift' : 'push'](at.place); }
      let before = null;
      places.forEach(function (place) {
        let row = drawn.get(place);
        if (!row) {
          row = how.make(place);
          row.setAttribute('aria-rowindex', place + 2); // The heads are the first.
          row.style.transform = 'translateY(' + place * height + 'px)';
          drawn.set(place, row);
        }
        how.update(row, place);
        const after = before ? before.nextSibling : body.firstChild;
        if (row !== after) { body.insertBefore(row, after); } // In the order in which it is read.
        before = row;
      });
      roving();
    };
    const soon = function () { waiting = waiting || window.requestAnimationFrame(draw); };

    // Everything anew: other rows, another order, another height.
    const redraw = function () {
      drawn.forEach(function (row) { row.remove(); });
      drawn.clear();
      height = parseFloat(window.getComputedStyle(frame).getPropertyValue('--row')) || 48;
      draw();
    };

    const reveal = function (place) {
      const top = place * height;
      if (top < frame.scrollTop) { frame.scrollTop = top; }
      if (top + height > frame.scrollTop + inSight()) { frame.scrollTop = top + height - inSight(); }
      draw();
    };
    // Into the middle of what is in sight, unless it is in sight already; who is led there sees the row itself, too.
    const centre = function (place, led) {
      if (place < first() + 1 || place > last() - 1) { frame.scrollTop = Math.max(0, (place + 0.5) * height - inSight() / 2); }
      draw();
      if (led && drawn.has(place)) { drawn.get(place).scrollIntoView({ block: 'nearest' }); }
    };
    const focus = function (place, column) {
      at = { place: place, column: column };
      reveal(place);
      const found = controls(drawn.get(place));
      const control = found.find(function (each) { return each.dataset.column === column; }) || found[0];
      if (!control) { return false; }
      control.focus({ preventScroll: true });
      if (control.select && control.type === 'text') { control.select(); }
      return true;
    };
    const placeOf = function (element) {
      const row = element.closest('[aria-rowindex]');
      return row && body.contains(row) ? Number(row.getAttribute('aria-rowindex')) - 2 : -1;
    };

    const atEdge = function (field, key) {
      if (field.type !== 'text') { return true; }
      const whole = field.selectionStart === 0 && field.selectionEnd === field.value.length;
      const edge = key === 'ArrowLeft' ? 0 : field.value.length;
      return whole || (field.selectionStart === edge && field.selectionEnd === edge);
    };
    const target = function (event, place) {
      const page = Math.max(1, last() - first() - 1);
      const end = how.count() - 1;
      const down = event.key === 'Enter' && event.shiftKey ? -1 : { ArrowDown: 1, ArrowUp: -1, Enter: 1, PageDown: page, PageUp: -page }[event.key];
      if (down !== undefined) { return Math.min(end, Math.max(0, place + down)); }
      if (event.ctrlKey && event.key === 'Home') { return 0; }
      return event.ctrlKey && event.key === 'End' ? end : null;
    };
    body.addEventListener('keydown', function (event) {
      const control = event.target.closest('[data-column]');
      const place = control ? placeOf(control) : -1;
      if (place < 0 || event.isComposing || event.altKey || event.metaKey) { return; }
      if (event.key === 'Enter' && control.type !== 'text') { return; }
      if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
        if (event.ctrlKey || event.shiftKey || !atEdge(control, event.key)) { return; }
        const found = controls(drawn.get(place));
        const next = found[found.indexOf(control) + (event.key === 'ArrowLeft' ? -1 : 1)];
        if (next) { event.preventDefault(); focus(place, next.dataset.column); }
        return;
      }
      const to = target(event, place);
      if (to === null) { return; }
      event.preventDefault();
      focus(to, control.dataset.column);
    });
    body.addEventListener('focusin', function (event) {
      const control = event.target.closest('[data-column]');
      const place = control ? placeOf(control) : -1;
      if (place >= 0) { at = { place: place, column: control.dataset.column }; roving(); }
    });
    frame.addEventListener('scroll', soon, { passive: true });
    new ResizeObserver(function () {
      const now = parseFloat(window.getComputedStyle(frame).getPropertyValue('--row')) || 48;
      if (now !== height) { redraw(); } else { soon(); }
    }).observe(frame);

    return {
      draw: draw,
      redraw: redraw,
      centre: centre,
      focus: focus,
      placeOf: placeOf,
      // Those that can be seen whole, and at least one.
      seen: function () {
        const from = Math.ceil(frame.scrollTop / height);
        const to = Math.min(how.count() - 1, Math.max(from, Math.floor((frame.scrollTop + inSight()) / height) - 1));
        return [from, to];
      }
    };
  };
})();
