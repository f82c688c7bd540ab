// Keeps a draft as it is ticked and typed: in parts, one after the other, each naming the version that the last one gave.
//
// A conflict of versions is got over: the draft is read anew, and what was done here and is not saved yet is done again on top
// of it. So a save that arrives after its page was left, a second window and a colleague lose nothing; what others have changed
// is told. Until the portal has answered, this window keeps what is not saved: a reload types it again.
'use strict';
(function () {
  const SAVED_AFTER_MS = 500;
  const TRIED_AGAIN_MS = 8000;
  const LINES_MAX = 400; // A page that is being left may send 64 KiB.
  const MANY = 1200; // Where it spares so many rows, all or nobody is ticked by one call first.
  const KEPT_MAX = 2000;
  const TRIES_MAX = 5;

  // `how`: data() gives the sheet; renew() reads it anew and adopts what is not saved here; said(state, text), changed(),
  // refused(row, text) and ended() tell what has become of it.
  window.sheetSaving = function (order, how) {
    const PATH = '/api/v1/orders/' + order;
    const KEPT = 'subsidy-sheet-' + order;
    let pending = new Set(); // Rows that are not saved as they are.
    let timer = 0;
    let under = null;
    let over = null; // What was refused so that nothing can be saved here any more.
    let tries = 0;

    const keep = function () {
      const data = how.data();
      try {
        if (!pending.size || pending.size > KEPT_MAX) { window.sessionStorage.removeItem(KEPT); return; }
        const rows = Array.from(pending, function (row) { return [data.ids[row], data.on[row], data.typed[row], data.only[row]]; });
        window.sessionStorage.setItem(KEPT, JSON.stringify({ month: data.month, rows: rows }));
      } catch (error) { /* It stays on the page. */ }
    };
    // What the page before this one has not heard to be saved.
    const bring = function () {
      const data = how.data();
      let kept = null;
      try { kept = JSON.parse(window.sessionStorage.getItem(KEPT)); } catch (error) { return; }
      if (!kept || kept.month !== data.month) { return; }
      kept.rows.forEach(function (each) {
        const row = data.rowOf.get(each[0]);
        if (row === undefined) { return; }
        data.tick(row, false);
        data.typed[row] = each[2];
        data.only[row] = each[3];
        data.tick(row, each[1]);
        note(row);
      });
    };

    const later = function (ms) {
      window.clearTimeout(timer);
      timer = window.setTimeout(quietly, ms);
    };
    const note = function (row) {
      if (how.data().differs(row)) { pending.add(row); } else { pending.delete(row); }
    };
    const noted = function () {
      keep();
      how.said(pending.size || under ? 'pending' : 'saved', '');
      if (pending.size && !over) { later(SAVED_AFTER_MS); }
    };
    const all = function () {
      const data = how.data();
      pending = new Set();
      for (let row = 0; row < data.count; row += 1) { if (data.differs(row)) { pending.add(row); } }
    };

    // All or nobody first, where that leaves fewer rows to tell one by one; so it comes to an end.
    const begin = function () {
      if (pending.size <= MANY) { return null; }
      const data = how.data();
      let full = 0;
      for (let row = 0; row < data.count; row += 1) {
        const filled = data.saved[row] === null && data.payable(row) ? data.proposals[row] : data.saved[row];
        if (filled !== (data.on[row] ? data.amount(row) : null)) { full += 1; }
      }
      if (Math.min(full, data.chosen) > pending.size - MANY) { return null; }
      return { path: '/fill', method: 'POST', rows: [], body: { month: data.month, chosen: full < data.chosen ? 'all' : 'none' } };
    };
    const part = function () {
      const data = how.data();
      const rows = Array.from(pending).slice(0, LINES_MAX);
      const lines = rows.filter(function (row) { return data.on[row]; });
      const gone = rows.filter(function (row) { return !data.on[row]; });
      const body = {
        lines: lines.map(function (row) { return data.line(row); }),
        remove: gone.map(function (row) { return { employee_id: data.ids[row], month: data.month }; })
      };
      return { path: '/lines', method: 'PUT', rows: rows, body: body };
    };

    const send = function () {
      const data = how.data();
      const sent = begin() || part();
      const was = sent.rows.map(function (row) { return [data.on[row], data.amount(row), data.only[row]]; });
      sent.body.version = data.order.version;
      return window.portal.send(sent.method, PATH + sent.path, sent.body).then(function (answer) {
        tries = 0;
        data.order = answer;
        sent.rows.forEach(function (row, index) {
          data.saved[row] = was[index][0] ? was[index][1] : null;
          data.savedOnly[row] = was[index][0] && was[index][2];
          note(row);
        });
        if (sent.path === '/fill') { filled(data, sent.body.chosen); }
        keep();
        how.changed();
        return pending.size ? send() : undefined;
      }, function (xhr) { return refused(xhr, sent); });
    };
    const filled = function (data, chosen) {
      for (let row = 0; row < data.count; row += 1) {
        if (chosen === 'none') {
          data.saved[row] = null;
          data.savedOnly[row] = false;
        } else if (data.saved[row] === null && data.proposals[row] !== null && data.payable(row)) {
          data.saved[row] = data.proposals[row];
          data.savedOnly[row] = false;
        }
      }
      all();
    };

    const codeOf = function (xhr) {
      try { return JSON.parse(xhr.responseText); } catch (error) { return {}; }
    };
    const refused = function (xhr, sent) {
      const problem = codeOf(xhr);
      if (problem.code === 'STALE_VERSION' && tries < TRIES_MAX) {
        tries += 1;
        return how.renew().then(function () {
          all();
          keep();
          how.changed();
          return pending.size ? send() : undefined;
        });
      }
      if (xhr.status === 422 && sent.path === '/lines') {
        // Each line that cannot be is told where it stands; the others go without it.
        const lines = sent.rows.filter(function (row) { return how.data().on[row]; });
        const wrong = (problem.violations || []).map(function (each) {
          const place = /^\/lines\/(\d+)/.exec(each.pointer || '');
          return place ? [lines[Number(place[1])], each.zh] : null;
        }).filter(Boolean);
        if (wrong.length) {
          wrong.forEach(function (each) { pending.delete(each[0]); how.refused(each[0], each[1]); });
          keep();
          return pending.size ? send() : undefined;
        }
      }
      if (xhr.status >= 400 && xhr.status < 500 && xhr.status !== 401 && xhr.status !== 429) {
        over = xhr;
        how.ended();
      }
      throw xhr;
    };

    // Gives a promise that is kept once everything is saved; it fails with what is refused, or where nothing answers.
    const flush = function () {
      window.clearTimeout(timer);
      if (under) { return under.then(function () { return pending.size ? flush() : undefined; }); }
      if (over) { return Promise.reject(over); }
      if (!pending.size) { return Promise.resolve(); }
      how.said('pending', '正在保存…');
      under = send().then(function () {
        how.said('saved', '');
      }, function (xhr) {
        how.said('failed', over ? '没有保存上' : '暂时没有保存上，会自动重试');
        if (!over) { later(TRIED_AGAIN_MS); }
        throw xhr;
      }).finally(function () { under = null; });
      return under;
    };
    const quietly = function () {
      return flush().catch(function (xhr) { if (over || xhr.status === 401) { window.portal.refuse(null, xhr); } });
    };

    document.addEventListener('visibilitychange', function () {
      if (document.visibilityState === 'hidden' && !over) { quietly(); }
    });
    window.addEventListener('beforeunload', function (event) {
      if (pending.size > LINES_MAX && !over) { event.preventDefault(); }
    });

    return {
      note: note,
      noted: noted,
      all: function () { all(); noted(); },
      flush: flush,
      bring: function () { bring(); if (pending.size) { noted(); } },
      forget: function () { pending = new Set(); keep(); }
    };
  };
})();
