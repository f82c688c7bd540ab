// The sheet of a draft. What others build around it uses:
//
//   sheet.order          the order's id
//   sheet.month          the month whose rows are shown
//   sheet.version()      the draft's version, as a call that changes it must name it
//   sheet.flush()        a promise, kept once everything typed is saved; it fails where that is refused
//   sheet.show(month)    saves, then shows another month's rows; a promise
//   sheet.reload()       reads the draft again, after somebody else's call has changed it; a promise
//   sheet.columns        further columns: {key, title, make(row) → element, update(element, row)}, pushed before the sheet is
//                        loaded; `row` is {id, name, on, amount, set(text)}, amounts in fen. A control in it that is reached
//                        by arrow keys has data-column. A column whose lacks(row) is a text, once somebody wants to submit,
//                        keeps the row from it; `lacking` says so for all of them.
//   sheet.draw()         draws the rows anew, after what a column shows has changed
//
// The document hears `sheet:loaded` and `sheet:changed` with detail {month, count, total, order_count, order_total, version};
// totals are whole fen. Scripts of others stand after this one: they may listen before anything is loaded.
'use strict';
(function () {
  const root = document.getElementById('sheet');
  if (!root) { return; }
  const { Sheet, shown, FEN_MAX } = window.sheetData;
  const REASONS_MAX = 20;
  const KIND = root.dataset.kind;
  const by = function (id) { return document.getElementById(id); };
  const frame = by('sheet-frame');
  const body = by('sheet-body');
  const columns = [];
  const refused = new Map(); // By the employee's id: why the portal did not take what was typed.
  let data = null;
  let places = []; // The rows that are listed.
  let month = root.dataset.month;
  let loading = null;
  let told = 0;
  let closed = false; // Submitted or thrown away elsewhere.
  let strict = false; // Somebody wants to submit.

  const facts = function (index) {
    return {
      id: data.ids[index],
      name: data.names[index],
      on: data.on[index],
      amount: data.on[index] ? data.amount(index) : null,
      set: function (text) { type(index, text); changed(); }
    };
  };
  const lacks = function (column, index) { return strict && column.lacks ? column.lacks(facts(index)) : ''; };
  const whyNot = function (index) {
    const reasons = data.broken.get(data.ids[index]);
    if (reasons) { return reasons.map(function (each) { return each.zh; }).join('\n'); }
    if (data.wrong.has(index)) { return '金额应大于 0，最多两位小数，如 612.50。'; }
    return refused.get(data.ids[index]) || columns.map(function (column) { return lacks(column, index); }).find(Boolean) || '';
  };
  const row = window.sheetRow({
    data: function () { return data; },
    indexAt: function (place) { return places[place]; },
    search: function () { return search; },
    kind: KIND,
    typed: root.dataset.typed,
    columns: columns,
    facts: facts,
    whyNot: whyNot,
    closed: function () { return closed; }
  });
  const rows = window.sheetRows(frame, body, { count: function () { return places.length; }, make: row.make, update: row.update });

  // What is listed -------------------------------------------------------------------------------------------------------
  const filter = by('sheet-filter');
  const FILTERS = {
    all: function () { return true; },
    on: function (index) { return data.on[index]; },
    off: function (index) { return !data.on[index]; },
    typed: function (index) { return data.typed[index] !== null || data.wrong.has(index); },
    lacking: function (index) { return data.payable(index) && data.amount(index) === null; },
    wrong: function (index) { return whyNot(index) !== ''; }
  };
  const list = function () {
    places = [];
    const fits = FILTERS[filter.value];
    for (let index = 0; index < data.count; index += 1) { if (fits(index)) { places.push(index); } }
    frame.setAttribute('aria-rowcount', places.length + 1);
    by('sheet-none').hidden = places.length > 0;
    by('sheet-none').textContent = data.count ? '没有符合“' + filter.selectedOptions[0].textContent + '”的人。' : data.month + ' 没有可以缴款的职工' + (data.missing ? '：本单位有 ' + number(data.missing) + ' 人不能缴这个月，请看“为什么没有这个人”。' : '：本单位还没有职工。');
    search.again();
    rows.redraw();
  };
  filter.addEventListener('change', list);

  const search = window.sheetSearch({
    data: function () { return data; },
    places: function () { return places; },
    show: function (place, led) { rows.centre(place, led); },
    found: function (none) { by('sheet-absent').hidden = !none; rows.draw(); }
  });

  // Sums and what is said ------------------------------------------------------------------------------------------------
  const detail = function () {
    return {
      month: data.month,
      count: data.chosen,
      total: data.total,
      order_count: data.otherCount + data.chosen,
      order_total: data.otherTotal + data.total,
      version: data.order.version
    };
  };
  const number = function (count) { return count.toLocaleString('zh-CN'); };
  const sums = function () {
    const now = detail();
    by('sheet-count').textContent = number(now.count);
    by('sheet-total').textContent = now.order_total > FEN_MAX ? '超出上限' : shown(now.total);
    if (by('sheet-order-total')) {
      by('sheet-order-count').textContent = number(now.order_count);
      by('sheet-order-total').textContent = shown(now.order_total);
    }
    window.clearTimeout(told);
    told = window.setTimeout(function () { by('sheet-sum').textContent = '已选 ' + number(now.count) + ' 人，合计 ' + shown(now.total) + ' 元'; }, 600);
    const tickAll = by('sheet-tick-all');
    tickAll.checked = now.count > 0 && now.count === data.count;
    tickAll.indeterminate = now.count > 0 && now.count < data.count;
  };
  const say = function (name) { document.dispatchEvent(new CustomEvent(name, { detail: detail() })); };
  const said = function (state, text) {
    const place = by('sheet-saved');
    place.dataset.state = state;
    place.textContent = text || { pending: '正在保存…', saved: '已自动保存' }[state];
  };

  const made = function (name, text) {
    const element = document.createElement(name);
    element.textContent = text;
    return element;
  };
  // What the draft needs a look at: who cannot be paid, whose proposal is another one now, who lacks an amount.
  const panel = function (id, count, text) {
    const place = by(id);
    place.hidden = count === 0;
    if (count) { place.querySelector('[data-text]').textContent = text; }
    return place;
  };
  const conflicting = function () {
    return Array.from(data.broken.keys(), function (id) { return data.rowOf.get(id); }).filter(function (row) { return data.on[row]; });
  };
  const review = function () {
    const conflicts = conflicting();
    const place = panel('sheet-conflicts', conflicts.length, '有 ' + number(conflicts.length) + ' 人不能缴这个月，移出后才能提交：');
    const reasons = place.querySelector('ul');
    reasons.replaceChildren(...conflicts.slice(0, REASONS_MAX).flatMap(function (row) {
      return data.broken.get(data.ids[row]).map(function (each) { return made('li', each.zh); });
    }));
    if (conflicts.length > REASONS_MAX) { reasons.append(made('li', '……共 ' + number(conflicts.length) + ' 人')); }
    by('sheet-take-out').textContent = '移出这 ' + number(conflicts.length) + ' 人';
    const old = data.outdated();
    panel('sheet-outdated', old.length, '有 ' + number(old.length) + ' 人的默认金额在草稿保存以后变了，草稿中仍是原来的金额。');
    let lacking = 0;
    for (let row = 0; row < data.count; row += 1) { if (FILTERS.lacking(row)) { lacking += 1; } }
    const proposed = KIND === 'regular' || KIND === 'monthly';
    panel('sheet-lacking', proposed ? lacking : 0, '有 ' + number(lacking) + ' 人没有默认金额，填写' + root.dataset.typed + '后才会选中。');
  };

  // Changes --------------------------------------------------------------------------------------------------------------
  const saving = window.sheetSaving(root.dataset.order, {
    data: function () { return data; },
    renew: function () { return renew(); },
    said: said,
    changed: function () { sums(); say('sheet:changed'); },
    ended: function () { window.sheet.look(); },
    refused: function (row, text) {
      refused.set(data.ids[row], text);
      const resume = held();
      if (tall()) { rows.redraw(); } else { rows.draw(); }
      resume();
    }
  });
  const changed = function () {
    rows.draw();
    sums();
    saving.noted();
    say('sheet:changed');
  };
  const type = function (index, text) {
    refused.delete(data.ids[index]);
    data.type(index, text);
    saving.note(index);
  };
  const tick = function (index, on) {
    const done = data.tick(index, on);
    if (done) { saving.note(index); }
    return done;
  };
  const indexOf = function (element) { return places[rows.placeOf(element)]; };

  body.addEventListener('change', function (event) {
    const control = event.target;
    const index = indexOf(control);
    if (control.dataset.column === 'tick') {
      if (!tick(index, control.checked)) {
        control.checked = false;
        rows.focus(rows.placeOf(control), 'typed');
        window.portal.say('请先填写' + data.names[index] + '的' + root.dataset.typed + '。');
      }
    } else if (control.dataset.column === 'only') {
      data.only[index] = control.checked;
      saving.note(index);
    } else if (control.dataset.column !== 'typed') {
      return;
    }
    changed();
    review();
  });
  body.addEventListener('input', function (event) {
    if (event.target.dataset.column !== 'typed') { return; }
    type(indexOf(event.target), event.target.value);
    changed();
  });
  body.addEventListener('keydown', function (event) {
    if (event.target.dataset.column !== 'typed' || event.key !== 'Escape') { return; }
    const index = indexOf(event.target);
    type(index, data.saved[index] === null || data.held[index] !== null ? '' : window.sheetData.yuan(data.saved[index]));
    event.target.value = data.typed[index] === null ? '' : window.sheetData.yuan(data.typed[index]);
    changed();
  });
  // A column that was copied from a spreadsheet goes down the rows.
  body.addEventListener('paste', function (event) {
    const lines = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n');
    if (event.target.dataset.column !== 'typed' || lines.length < 2) { return; }
    event.preventDefault();
    const start = rows.placeOf(event.target);
    event.target.blur();
    lines.slice(0, places.length - start).forEach(function (text, down) { type(places[start + down], text.split('\t')[0]); });
    changed();
    review();
    window.portal.say('已粘贴 ' + number(Math.min(lines.length, places.length - start)) + ' 个金额');
  });

  // 全选, 反选, 本页: of those that are listed.
  const many = function (chosen, wanted) {
    let lacking = 0;
    chosen.forEach(function (index) { if (!data.tick(index, wanted(index)) && data.payable(index)) { lacking += 1; } });
    saving.all();
    changed();
    review();
    window.portal.say('已选 ' + number(data.chosen) + ' 人' + (lacking ? '，' + number(lacking) + ' 人没有金额，没有选中' : ''));
  };
  const act = function (id, run) {
    if (by(id)) { by(id).addEventListener('click', run); }
  };
  const everybody = function () {
    const on = places.some(function (index) { return !data.on[index] && data.payable(index) && data.amount(index) !== null; });
    many(places, function () { return on; });
  };
  act('sheet-all', function () { many(places, function () { return true; }); });
  act('sheet-invert', function () { many(places, function (index) { return !data.on[index]; }); });
  act('sheet-seen', function () {
    const [from, to] = rows.seen();
    const seen = places.slice(from, to + 1);
    const on = seen.some(function (index) { return !data.on[index] && data.payable(index); });
    many(seen, function () { return on; });
  });
  by('sheet-tick-all').addEventListener('change', everybody);
  act('sheet-take-out', function () {
    conflicting().forEach(function (row) { tick(row, false); });
    changed();
    review();
    window.portal.say('已移出');
  });
  act('sheet-refresh', function () {
    data.outdated().forEach(function (row) {
      tick(row, false);
      tick(row, true);
    });
    changed();
    review();
  });
  act('sheet-show-lacking', function () { filter.value = 'lacking'; list(); });

  // Loading --------------------------------------------------------------------------------------------------------------
  const read = function (wanted) {
    return window.portal.send('GET', '/api/v1/orders/' + root.dataset.order + '/sheet?month=' + encodeURIComponent(wanted)).then(function (view) { return new Sheet(view); });
  };
  // Whoever is typing goes on typing, though the rows are others.
  const held = function () {
    const field = document.activeElement;
    if (!data || !body.contains(field) || !field.dataset.column) { return function () { /* Nobody is. */ }; }
    const { value, selectionStart, selectionEnd } = field;
    const id = data.ids[indexOf(field)];
    return function () {
      const place = places.indexOf(data.rowOf.get(id));
      if (place < 0 || !rows.focus(place, field.dataset.column)) { return; }
      const again = document.activeElement;
      if (again.type !== 'text') { return; }
      again.value = value;
      again.setSelectionRange(selectionStart, selectionEnd);
    };
  };
  // What the rules have against somebody takes more room than what is wrong with an amount.
  const tall = function () {
    const needed = data.broken.size + refused.size > 0;
    const turned = needed !== ('tall' in root.dataset);
    if (needed) { root.dataset.tall = ''; } else { delete root.dataset.tall; }
    return turned;
  };
  const put = function (fresh) {
    const resume = held();
    data = fresh;
    month = window.sheet.month = fresh.month;
    root.dataset.month = month;
    if (by('sheet-month')) { by('sheet-month').textContent = month; }
    frame.removeAttribute('aria-busy');
    by('sheet-loading').hidden = true;
    tall();
    list();
    resume();
    sums();
    review();
    say('sheet:loaded');
  };
  // Somebody else, or another window, has changed the draft: what is not saved here is done on top of that.
  const renew = function () {
    return read(month).then(function (fresh) {
      const others = data.adopt(fresh);
      put(fresh);
      if (others) { window.portal.tell('这份草稿在别处有改动（' + number(others) + ' 人），已合并显示，合计已更新：请核对后再提交。'); }
      return others;
    });
  };
  const load = function (wanted) {
    frame.setAttribute('aria-busy', 'true');
    loading = read(wanted).then(function (fresh) {
      refused.clear();
      put(fresh);
      said('saved', '');
      saving.bring();
      rows.draw();
      sums();
    }, function (xhr) {
      by('sheet-loading').textContent = '没有读到名单：请检查网络后刷新本页。';
      window.portal.refuse(null, xhr);
      throw xhr;
    });
    return loading;
  };

  // Submitted or thrown away in another window, or by a colleague: it is looked at, and no more.
  const close = function () {
    closed = true;
    saving.forget();
    said('failed', '不能再修改');
    document.querySelectorAll('#sheet-submit, #sheet-throw-away, #sheet-tick-all, [data-pages-apply], .sheet-buttons button, .sheet-panel button').forEach(function (control) { control.disabled = true; });
    rows.redraw();
  };
  const state = by('sheet-state');
  document.addEventListener('htmx:afterSwap', function (event) {
    if (event.detail.target === state && state.querySelector('[data-closed]') && !closed) { close(); }
  });
  // While it is being submitted or thrown away here, news of that are none.
  document.addEventListener('htmx:beforeSwap', function (event) {
    if (event.detail.target === state && window.sheet.going) { event.detail.shouldSwap = false; delete state.dataset.tag; }
  });

  window.sheet = {
    order: root.dataset.order,
    month: month,
    columns: columns,
    version: function () { return data.order.version; },
    flush: function () { return saving.flush(); },
    reload: function () { return read(month).then(put); },
    draw: function () { rows.draw(); },
    show: function (wanted) { return saving.flush().then(function () { return load(wanted); }); },
    // For what belongs to the sheet itself.
    data: function () { return data; },
    going: false, // It is being submitted or thrown away by this window.
    look: function () { window.htmx.trigger(state, 'refresh'); },
    renew: function () { return renew(); },
    problems: function () { return data.wrong.size + refused.size; },
    lacking: function () {
      strict = true;
      const lacked = columns.find(function (column) {
        return data.ids.some(function (id, index) { return data.on[index] && lacks(column, index); });
      });
      if (lacked) { filter.value = 'wrong'; list(); rows.focus(0, lacked.key); }
      return lacked ? lacked.lacking : '';
    },
    conflicts: function () { return conflicting().length; },
    listProblems: function () { filter.value = 'wrong'; list(); rows.focus(0, 'typed'); },
    stop: function () { saving.forget(); }
  };
  document.addEventListener('DOMContentLoaded', function () {
    const heads = by('sheet-heads');
    columns.forEach(function (column) {
      const head = made('div', column.title);
      head.className = 'sheet-cell sheet-more';
      head.setAttribute('role', 'columnheader');
      heads.insertBefore(head, heads.querySelector('.sheet-amount'));
    });
    root.dataset.columns = columns.length;
    load(month).catch(function () { /* It has been told. */ });
  });
})();
