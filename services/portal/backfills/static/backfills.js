// 补录列表: rows that were typed, made of chosen employees and months, or read from a file; the API judges them after every
// change, and what is wrong stands at its cell. Nothing is kept on the server before 立即提交.
'use strict';
document.addEventListener('DOMContentLoaded', function () {
  const ROWS_SHOWN = 50;
  const MANY = 500;
  const TRY_MS = 300;
  const TRY_MANY_MS = 1500;
  const CALLS = '/api/v1/backfills';
  const form = document.getElementById('backfill-form');
  const find = function (name) { return document.querySelector('[data-backfill-' + name + ']'); };
  const first = document.getElementById('backfill-first');
  const last = document.getElementById('backfill-last');
  const amount = document.getElementById('backfill-amount');
  const voucher = document.getElementById('backfill-voucher');
  const onlyBroken = find('broken');
  const place = find('rows');
  const picker = document.getElementById('picker-backfill');
  const most = Number(form.dataset.rowsMax);
  const limits = JSON.parse(place.dataset.limits);
  const made = window.backfillRow.made;
  const tell = window.backfillRow.tell;
  const rowOf = window.backfillRow.of;
  let rows = [];
  let totals = null;
  let page = 1;
  let tries = 0;
  let trying = 0;
  let attempt = { text: '', key: '' };

  const number = function (count) { return count.toLocaleString('zh-CN'); };
  // Only shown: the sum comes from the API, as yuan with two decimals.
  const grouped = function (yuan) { return yuan.replace(/\B(?=(\d{3})+(?=\.))/g, ','); };

  const sent = function () {
    return rows.map(function (row) {
      const typed = { name: row.name, month: row.month.trim(), amount: portal.money(row.amount) };
      if (row.voucher) { typed.voucher = row.voucher; }
      if (row.remark) { typed.remark = row.remark; }
      if (row.employee_id) { typed.employee_id = row.employee_id; } else { typed.id_number = row.id_number; }
      return typed;
    });
  };

  // The list --------------------------------------------------------------------------------------------------------------
  const isBroken = function (row) { return Object.keys(row.uncertain).length > 0 || Object.keys(row.told).length > 0; };

  const listed = function () {
    const places = rows.map(function (_, at) { return at; });
    return onlyBroken.checked ? places.filter(function (at) { return isBroken(rows[at]); }) : places;
  };

  const draw = function () {
    const places = listed();
    const pages = Math.max(1, Math.ceil(places.length / ROWS_SHOWN));
    page = Math.min(page, pages);
    find('empty').hidden = rows.length > 0;
    find('filled').hidden = rows.length === 0;
    place.replaceChildren(...places.slice((page - 1) * ROWS_SHOWN, page * ROWS_SHOWN).map(function (at) {
      return window.backfillRow.drawn(rows[at], at, limits);
    }));
    find('pager').hidden = pages === 1;
    find('place').textContent = '第 ' + page + ' / ' + pages + ' 页';
    document.querySelectorAll('[data-backfill-turn]').forEach(function (each) {
      const target = page + Number(each.dataset.backfillTurn);
      each.disabled = target < 1 || target > pages;
    });
    count();
  };

  // What a spreadsheet has made of a cell only this page knows; of very many broken rows the API tells but the first.
  const wrong = function () { return Math.max(totals ? totals.broken : 0, rows.filter(isBroken).length); };

  const counted = function () {
    const head = '共 ' + number(rows.length) + ' 行';
    if (!totals) { return head + '，正在核对…'; }
    const items = totals.itemised === '0.00' ? '' : '，其中期初明细 ' + grouped(totals.itemised) + ' 元不增加累计';
    return head + '，' + number(totals.people) + ' 人，合计 ' + grouped(totals.total) + ' 元' + items + '。' +
      (wrong() ? number(wrong()) + ' 行需要改正。' : '');
  };

  const count = function () { find('count').textContent = counted(); };

  // What the API says of it -----------------------------------------------------------------------------------------------
  const byField = function (told) {
    const found = {};
    told.forEach(function (each) { (found[each.field] = found[each.field] || []).push(each.zh); });
    return found;
  };

  const show = function (tried, answer) {
    tried.forEach(function (row) { row.told = {}; row.advice = {}; });
    answer.told.forEach(function (each) {
      tried[each.row - 1].told = byField(each.broken);
      tried[each.row - 1].advice = byField(each.advice);
    });
    totals = answer;
    const active = document.activeElement;
    if (onlyBroken.checked && !(active && place.contains(active))) { return draw(); }
    place.querySelectorAll('tr').forEach(function (each) {
      const at = Number(each.dataset.at);
      each.querySelectorAll('[data-field]').forEach(function (one) { tell(one, rows[at], at); });
    });
    return count();
  };

  const judge = function () {
    window.clearTimeout(trying);
    const mine = tries += 1;
    totals = null;
    if (!rows.length) { return; }
    trying = window.setTimeout(function () {
      const tried = rows.slice();
      portal.send('POST', CALLS + '/preview', { rows: sent() }).then(
        function (answer) { if (mine === tries) { show(tried, answer); } },
        function (xhr) { if (mine === tries) { portal.refuse(form, xhr); } }
      );
    }, rows.length > MANY ? TRY_MANY_MS : TRY_MS);
  };

  const changed = function () {
    draw();
    judge();
    portal.guard(form); // What was gathered is not left unasked.
  };

  const add = function (more) {
    if (rows.length + more.length > most) {
      portal.tell('一次最多 ' + number(most) + ' 行，加入后有 ' + number(rows.length + more.length) + ' 行：请分几次提交。');
      return false;
    }
    rows = rows.concat(more);
    page = Math.ceil(rows.length / ROWS_SHOWN);
    onlyBroken.checked = false;
    changed();
    return true;
  };

  // The rows that are made of employees and months -----------------------------------------------------------------------
  const indexOf = function (text) {
    const found = /^(\d{4})-(\d{2})$/.exec(text.trim());
    return found && Number(found[2]) >= 1 && Number(found[2]) <= 12 ? Number(found[1]) * 12 + Number(found[2]) - 1 : null;
  };

  // Gives no months where the range is none, and one empty month where nothing was said.
  const months = function () {
    const from = first.value || last.value;
    const to = last.value || first.value;
    if (!from) { return ['']; }
    const begin = indexOf(from);
    const end = indexOf(to);
    if (begin === null || end === null || begin > end) { return []; }
    return Array.from({ length: end - begin + 1 }, function (_, step) {
      const at = begin + step;
      return String(Math.floor(at / 12)).padStart(4, '0') + '-' + String(at % 12 + 1).padStart(2, '0');
    });
  };

  [first, last, amount, voucher].forEach(function (field) {
    field.addEventListener('input', function () { portal.guard(form); });
  });

  document.addEventListener('picker:picked', function (event) {
    const wanted = months();
    picker.dispatchEvent(new CustomEvent('picker:clear'));
    if (!wanted.length) {
      portal.tell('起始月份不能晚于终止月份，月份请按“2019-05”的样子填写：请改正后重新选择职工。');
      first.focus();
      return;
    }
    const more = event.detail.flatMap(function (person) {
      return wanted.map(function (month) {
        return rowOf({
          employee_id: person.id, masked: person.id_number_masked, name: person.name, month: month,
          amount: amount.value.trim(), voucher: voucher.value.trim()
        });
      });
    });
    if (add(more)) { portal.say('已加入 ' + number(more.length) + ' 行。'); }
  });

  find('add').addEventListener('click', function () {
    const wanted = months();
    if (!add([rowOf({ month: wanted.length === 1 ? wanted[0] : '', amount: amount.value.trim(), voucher: voucher.value.trim() })])) { return; }
    place.querySelector('[data-at="' + (rows.length - 1) + '"] input').focus();
  });

  // The rows of a file -----------------------------------------------------------------------------------------------------
  const uncertainOf = function (told) {
    const found = {};
    told.forEach(function (each) { found[each.field] = each.zh; });
    return found;
  };

  find('file').addEventListener('change', function (event) {
    const input = event.target;
    const chosen = input.files[0];
    if (!chosen) { return; }
    const bytes = Number(input.dataset.bytesMax);
    if (chosen.size > bytes) {
      input.value = '';
      portal.tell('文件超过 ' + bytes / 1048576 + ' MB：请删除图片和无关的工作表，或分成几个文件上传。');
      return;
    }
    const notes = find('findings');
    notes.replaceChildren(made('p', '', '正在读取 ' + chosen.name));
    input.disabled = true;
    const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
    headers['Content-Type'] = 'application/octet-stream';
    window.fetch(CALLS + '/file', { method: 'POST', headers: headers, body: chosen }).then(
      function (response) { return response.text().then(function (text) { return { status: response.status, responseText: text }; }); },
      function () { return { status: 0, responseText: '' }; }
    ).then(function (xhr) {
      input.disabled = false;
      input.value = ''; // The same file, corrected, may be chosen again.
      notes.replaceChildren();
      if (xhr.status !== 200) { return portal.refuse(null, xhr); }
      const answer = JSON.parse(xhr.responseText);
      const more = answer.rows.map(function (each) {
        return rowOf({
          id_number: each.id_number, name: each.name, month: each.month, amount: each.amount, voucher: each.voucher,
          remark: each.remark, from: each.row, uncertain: uncertainOf(each.uncertain)
        });
      });
      if (!add(more)) { return undefined; }
      notes.replaceChildren(made('p', '', '已读取 ' + chosen.name + '，加入 ' + number(more.length) + ' 行。'),
        ...answer.findings.map(function (each) { return made('p', '', each.zh); }));
      page = Math.floor((rows.length - more.length) / ROWS_SHOWN) + 1;
      return draw();
    });
  });

  // What people do in the list -----------------------------------------------------------------------------------------------
  form.addEventListener('input', function (event) {
    const field = event.target.dataset && event.target.dataset.cell;
    if (!field) { return; }
    const row = rows[Number(event.target.closest('tr').dataset.at)];
    row[field] = event.target.value;
    delete row.uncertain[field];
    judge();
    count();
  });

  form.addEventListener('click', function (event) {
    const turn = event.target.closest('[data-backfill-turn]');
    const drop = event.target.closest('[data-backfill-drop]');
    if (turn) {
      page += Number(turn.dataset.backfillTurn);
      draw();
    } else if (drop) {
      const shown = Array.from(place.querySelectorAll('[data-backfill-drop]'));
      const index = shown.indexOf(drop);
      rows.splice(Number(drop.dataset.backfillDrop), 1);
      changed();
      portal.say('已删除，还有 ' + number(rows.length) + ' 行。');
      const left = place.querySelectorAll('[data-backfill-drop]');
      (left[Math.min(index, left.length - 1)] || find('add')).focus();
    } else if (event.target.closest('[data-backfill-clear]')) {
      portal.ask('清空补录列表？' + number(rows.length) + ' 行都会删除，没有提交任何内容。', '清空').then(function (sure) {
        if (!sure) { return; }
        rows = [];
        changed();
        find('add').focus();
      });
    }
  });

  onlyBroken.addEventListener('change', function () {
    page = 1;
    draw();
  });

  // Whoever sends the same again after silence may have been heard the first time: the key tells the API.
  const keyOf = function (text) {
    if (attempt.text !== text) {
      const bytes = Array.from(window.crypto.getRandomValues(new Uint8Array(16)));
      attempt = { text: text, key: bytes.map(function (byte) { return byte.toString(16).padStart(2, '0'); }).join('') };
    }
    return attempt.key;
  };

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') { return; }
    if (!rows.length) {
      portal.tell('补录列表还没有内容：请先添加职工，或用模版上传。');
      return;
    }
    if (wrong()) {
      onlyBroken.checked = true;
      page = 1;
      draw();
      portal.tell(number(wrong()) + ' 行需要改正：改正或删除后再提交。');
      const input = place.querySelector('[aria-invalid]');
      if (input) { input.focus(); }
      return;
    }
    portal.ask(counted() + '确认无误，立即提交？', '提交').then(function (sure) {
      if (!sure) { return; }
      const id = form.dataset.id;
      const body = Object.assign({ rows: sent() }, { attachments: portal.json(form).attachments || [] });
      if (id) { body.version = Number(form.dataset.version); }
      form.setAttribute('aria-busy', 'true');
      portal.send(id ? 'PUT' : 'POST', CALLS + (id ? '/' + id : ''), body, id ? {} : { 'Idempotency-Key': keyOf(JSON.stringify(body)) }).then(
        function (answer) {
          portal.sayNext('已提交，请等待批复');
          window.location.assign(form.dataset.path + '/' + answer.id);
        },
        function (xhr) {
          form.removeAttribute('aria-busy');
          portal.refuse(form, xhr);
          judge();
        }
      );
    });
  });

  // One that came back begins with what was handed in.
  if (form.dataset.id) {
    portal.send('GET', CALLS + '/' + form.dataset.id + '/rows').then(function (answer) {
      rows = answer.items.map(function (each) {
        return rowOf({
          employee_id: each.employee_id, masked: each.id_number, name: each.name, month: each.month, amount: each.amount,
          voucher: each.voucher, remark: each.remark
        });
      });
      draw();
      judge();
    }, function (xhr) { portal.refuse(form, xhr); });
  }
});
