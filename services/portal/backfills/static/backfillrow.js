// One row of 补录列表: what was typed, `told`: what the last try said, by field, and `uncertain`: what a spreadsheet has made of a
// cell; and how it is drawn, with what is wrong at its cell.
'use strict';
window.backfillRow = (function () {
  const FIELDS = { id_number: '证件号码', name: '姓名', month: '月份', amount: '金额', voucher: '凭证号', remark: '备注' };

  const rowOf = function (facts) {
    return Object.assign({
      employee_id: '', masked: '', id_number: '', name: '', month: '', amount: '', voucher: '', remark: '', from: 0,
      uncertain: {}, told: {}, advice: {}
    }, facts);
  };

  const made = function (name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  };

  const cell = function (field, label) {
    const element = made('td', field ? 'backfill-' + field : '');
    element.setAttribute('role', 'cell');
    if (label) { element.dataset.label = label; }
    if (field) { element.dataset.field = field; }
    return element;
  };

  // What is wrong with a cell, below it; a cell that was just typed in keeps the focus.
  const tell = function (element, row, at) {
    const field = element.dataset.field;
    const broken = row.uncertain[field] ? [row.uncertain[field]] : row.told[field] || [];
    const advice = broken.length ? [] : row.advice[field] || [];
    const input = element.querySelector('input');
    element.querySelectorAll('.backfill-told').forEach(function (each) { each.remove(); });
    broken.concat(advice).forEach(function (text, index) {
      const told = made('p', 'backfill-told' + (broken.length ? '' : ' is-advice'), text);
      told.id = 'told-' + at + '-' + field + '-' + index;
      element.append(told);
    });
    if (!input) { return; }
    input.classList.toggle('is-invalid', broken.length > 0);
    if (broken.length) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
    const ids = Array.from(element.querySelectorAll('.backfill-told'), function (each) { return each.id; });
    if (ids.length) { input.setAttribute('aria-describedby', ids.join(' ')); } else { input.removeAttribute('aria-describedby'); }
  };

  const editable = function (row, field, at, limits) {
    const input = made('input', 'form-control form-control-sm' + (/name|remark|voucher/.test(field) ? '' : ' num'));
    input.type = 'text';
    input.value = row[field];
    input.dataset.cell = field;
    input.maxLength = limits[field];
    input.autocomplete = 'off';
    input.spellcheck = false;
    if (field === 'amount') { input.inputMode = 'decimal'; }
    if (field === 'month') { input.placeholder = '2019-05'; }
    input.setAttribute('aria-label', '第 ' + (at + 1) + ' 行 ' + FIELDS[field]);
    return input;
  };

  // `limits`: how many characters each field takes.
  const drawn = function (row, at, limits) {
    const element = made('tr');
    element.setAttribute('role', 'row');
    element.dataset.at = at;
    const counted = cell('', '行');
    counted.className = 'num end';
    const shown = made('span', '', (at + 1).toLocaleString('zh-CN'));
    if (row.from) { shown.append(made('span', 'backfill-from', '文件第 ' + row.from + ' 行')); }
    counted.append(shown);
    element.append(counted);
    Object.keys(FIELDS).forEach(function (field) {
      const each = cell(field, FIELDS[field]);
      if (row.employee_id && field === 'id_number') {
        each.append(made('span', 'num', row.masked));
      } else if (row.employee_id && field === 'name') {
        each.append(made('span', '', row.name));
      } else {
        each.append(editable(row, field, at, limits));
      }
      tell(each, row, at);
      element.append(each);
    });
    const drop = made('button', 'btn btn-sm', '删除');
    drop.type = 'button';
    drop.dataset.backfillDrop = at;
    drop.setAttribute('aria-label', '删除第 ' + (at + 1) + ' 行 ' + row.name);
    const acts = cell('', '');
    acts.className = 'end';
    acts.append(drop);
    element.append(acts);
    return element;
  };

  return { of: rowOf, drawn: drawn, tell: tell, made: made };
})();
