// One row of the sheet: its cells, and what they show of the data.
'use strict';
(function () {
  const { shown, yuan } = window.sheetData;
  const SOURCES = { file: '档案', carried: '沿用上次' };

  const made = function (name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text) { element.textContent = text; }
    return element;
  };
  const cell = function (row, key, label, ...contents) {
    const element = made('div', 'sheet-cell sheet-' + key);
    element.setAttribute('role', key === 'name' ? 'rowheader' : 'gridcell');
    if (label) { element.dataset.label = label; }
    element.append(...contents);
    row.append(element);
    return element;
  };
  const box = function (column, label) {
    const element = made('input', 'form-check-input');
    element.type = 'checkbox';
    element.dataset.column = column;
    element.setAttribute('aria-label', label);
    return element;
  };
  const find = function (row, key, selector) { return row.querySelector('.sheet-' + key + ' ' + selector); };

  // `how`: data(), indexAt(place), search(), kind, typed (the name of the column that is typed in), columns, facts(index) for
  // the columns of others, whyNot(index): what is wrong with the row, and closed(): nothing can be changed any more.
  window.sheetRow = function (how) {
    const proposes = how.kind === 'regular' || how.kind === 'monthly';

    const make = function (place) {
      const data = how.data();
      const index = how.indexAt(place);
      const name = data.names[index];
      const row = made('div', 'sheet-row');
      row.setAttribute('role', 'row');
      cell(row, 'tick', '', box('tick', '选择 ' + name));
      const title = made('span', 'sheet-person', name);
      title.title = name;
      cell(row, 'name', '', made('span', 'sheet-mark'), title, made('span', 'sheet-why'));
      cell(row, 'number', '身份证号码', made('span', 'num', data.numbers[index]));
      cell(row, 'file', '每月缴费金额（元）', made('span', 'num', data.files[index] === null ? '—' : shown(data.files[index])));
      const typed = made('input', 'form-control num end');
      typed.type = 'text';
      typed.inputMode = 'decimal';
      typed.maxLength = 20;
      typed.autocomplete = 'off';
      typed.dataset.column = 'typed';
      typed.setAttribute('aria-label', name + ' 的' + how.typed);
      cell(row, 'typed', how.typed + '（元）', typed);
      if (how.kind === 'regular') { cell(row, 'only', '仅本月', box('only', name + ' 的金额仅本月使用')); }
      how.columns.forEach(function (column) {
        cell(row, 'more', column.title, column.make(how.facts(index))).dataset.more = column.key;
      });
      cell(row, 'amount', '本次金额（元）', made('span', 'num'), made('span', 'sheet-source'));
      return row;
    };

    const tell = function (row, index) {
      const data = how.data();
      const why = how.whyNot(index);
      const place = row.querySelector('.sheet-why');
      const lacks = data.amount(index) === null && data.payable(index);
      place.textContent = why ? (data.payable(index) ? why : '不能缴款：' + why) : lacks && proposes ? '没有默认金额，请填写' : '';
      place.title = why;
      row.classList.toggle('is-wrong', why !== '');
      const typed = find(row, 'typed', 'input');
      if (why && data.payable(index)) { typed.setAttribute('aria-invalid', 'true'); } else { typed.removeAttribute('aria-invalid'); }
    };
    const mark = function (row, index, place) {
      const search = how.search();
      const hit = search.marks(index);
      const current = search.isCurrent(place);
      row.classList.toggle('is-hit', hit);
      row.classList.toggle('is-current', current);
      row.querySelector('.sheet-mark').textContent = hit ? (current ? '▶ 当前结果' : '◆ 搜索结果') : '';
    };
    const sourceOf = function (data, index) {
      if (!proposes) { return ''; }
      if (data.typed[index] !== null) { return '指定'; }
      return data.amount(index) === null ? '' : SOURCES[data.sources[index]] || '';
    };

    const update = function (row, place) {
      const data = how.data();
      const index = how.indexAt(place);
      const on = data.on[index];
      const payable = data.payable(index);
      const amount = data.amount(index);
      row.classList.toggle('is-off', !on && amount !== null);
      mark(row, index, place);
      tell(row, index);
      const tick = find(row, 'tick', 'input');
      tick.checked = on;
      tick.disabled = how.closed() || (!payable && !on);
      const typed = find(row, 'typed', 'input');
      typed.disabled = how.closed() || !payable;
      if (document.activeElement !== typed) {
        typed.value = data.wrong.has(index) ? data.wrong.get(index) : data.typed[index] === null ? '' : yuan(data.typed[index]);
      }
      const only = find(row, 'only', 'input');
      if (only) {
        only.checked = data.only[index];
        only.disabled = how.closed() || !on || data.typed[index] === null;
      }
      how.columns.forEach(function (column) {
        if (column.update) { column.update(row.querySelector('[data-more="' + column.key + '"]').firstElementChild, how.facts(index)); }
      });
      find(row, 'amount', '.num').textContent = amount === null ? '—' : shown(amount);
      row.querySelector('.sheet-source').textContent = sourceOf(data, index);
    };
    return { make: make, update: update };
  };
})();
