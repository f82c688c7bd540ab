// A table to work in as in a spreadsheet: cells are kept as they are typed, a moment after they are left; arrows and Enter
// move between them, and a block that was copied from a spreadsheet is pasted over as many.
'use strict';
(function () {
  const SAVED_AFTER_MS = 400;
  const ROWS_MAX = 200;
  const table = document.getElementById('initial-table');
  const state = document.getElementById('initial-state');
  const pending = new Map(); // Of an employee: the cells that are not kept yet.
  let timer = 0;
  let under = null; // What is being sent.

  const tell = function (name, text) {
    if (!state) { return; }
    state.dataset.state = name;
    state.textContent = text;
  };

  // Keeping what is typed ------------------------------------------------------------------------------------------------
  const inputs = function () { return table ? Array.from(table.querySelectorAll('[data-field]')) : []; };
  inputs().forEach(function (input) { input.dataset.kept = input.value; });

  const note = function (input) {
    if (input.value === input.dataset.kept) { return; }
    const person = input.closest('[data-person]').dataset.person;
    if (!pending.has(person)) { pending.set(person, {}); }
    pending.get(person)[input.dataset.field] = input.value;
    tell('pending', '正在保存…');
    window.clearTimeout(timer);
    timer = window.setTimeout(flush, SAVED_AFTER_MS);
  };

  const cell = function (person, field) { return document.getElementById('cell-' + person + '-' + field); };

  const show = function (input, problem) {
    const place = document.getElementById(input.id + '-problem');
    place.textContent = problem ? problem.zh : '';
    place.hidden = !problem;
    place.classList.toggle('is-advice', Boolean(problem && problem.is_advice));
    if (problem && !problem.is_advice) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
  };

  // What is wrong is told of the cells that somebody has been in; 校验 tells all of it.
  const judge = function (rows, problems) {
    const found = new Map(problems.map(function (each) { return [each.id + ' ' + each.field, each]; }));
    rows.forEach(function (row) {
      table.querySelectorAll('[data-person="' + row.id + '"] [data-field]').forEach(function (input) {
        const field = input.dataset.field;
        const told = input.hasAttribute('aria-invalid') || field in row;
        if (told || !found.has(row.id + ' ' + field)) { show(input, found.get(row.id + ' ' + field)); }
      });
    });
  };

  const send = function () {
    const rows = Array.from(pending).slice(0, ROWS_MAX).map(function (pair) { return Object.assign({ id: pair[0] }, pair[1]); });
    rows.forEach(function (row) { pending.delete(row.id); });
    return window.portal.send('PUT', '/api/v1/initialisation/rows', { rows: rows }).then(function (answer) {
      rows.forEach(function (row) {
        Object.keys(row).forEach(function (field) {
          if (field !== 'id' && cell(row.id, field)) { cell(row.id, field).dataset.kept = row[field]; }
        });
      });
      judge(rows, answer.problems);
      return pending.size ? send() : undefined;
    }, function (xhr) {
      // What was typed since then is newer.
      rows.forEach(function (row) {
        const cells = Object.assign({}, row, pending.get(row.id));
        delete cells.id;
        pending.set(row.id, cells);
      });
      throw xhr;
    });
  };

  // Gives a promise that is kept once everything is.
  const flush = function () {
    window.clearTimeout(timer);
    const focused = document.activeElement;
    if (focused && focused.dataset && focused.dataset.field) { note(focused); window.clearTimeout(timer); }
    if (under) { return under.then(flush); }
    if (!pending.size) { return Promise.resolve(); }
    under = send().then(function () {
      under = null;
      const now = new Date().toLocaleTimeString('sv-SE', { timeZone: 'Asia/Shanghai' }); // The bureau's, as on every page.
      tell('saved', '所有改动都已保存（' + now + '）。');
    }, function (xhr) {
      under = null;
      tell('failed', '有 ' + pending.size + ' 行没有保存成功：请检查网络，再点击“保存”。');
      window.portal.refuse(null, xhr);
      throw xhr;
    });
    return under;
  };
  const quietly = function () { return flush().catch(function () { /* It has been told. */ }); };

  if (table) {
    table.addEventListener('input', function (event) {
      if (event.target.dataset.field) { tell('pending', '正在输入…'); }
    });
    table.addEventListener('change', function (event) {
      if (event.target.dataset.field) { note(event.target); }
    });
  }
  window.addEventListener('beforeunload', function (event) {
    const focused = document.activeElement;
    const typing = focused && focused.dataset && focused.dataset.field && focused.value !== focused.dataset.kept;
    if (pending.size || under || typing) { event.preventDefault(); }
  });

  // Moving ---------------------------------------------------------------------------------------------------------------
  const neighbour = function (input, down, right) {
    const rows = Array.from(table.querySelectorAll('[data-person]'));
    const row = rows.indexOf(input.closest('[data-person]'));
    const cells = Array.from(rows[row].querySelectorAll('[data-field]'));
    const place = cells.indexOf(input) + right;
    const target = rows[row + down];
    return target ? target.querySelectorAll('[data-field]')[place] : undefined;
  };

  const go = function (input) {
    if (!input) { return false; }
    input.focus();
    input.select();
    return true;
  };

  const atEdge = function (input, key) {
    const whole = input.selectionStart === 0 && input.selectionEnd === input.value.length;
    const edge = key === 'ArrowLeft' ? 0 : input.value.length;
    return whole || (input.selectionStart === edge && input.selectionEnd === edge);
  };

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  if (table) {
    table.addEventListener('keydown', function (event) {
      const input = event.target;
      if (!input.dataset.field || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) { return; }
      if (event.key === 'Escape') {
        input.value = input.dataset.kept;
        return;
      }
      const move = MOVES[event.key];
      if (!move || (move[1] && !atEdge(input, event.key))) { return; }
      const down = event.key === 'Enter' && event.shiftKey ? -1 : move[0];
      if (go(neighbour(input, down, move[1]))) { event.preventDefault(); }
    });

    // A block of a spreadsheet: rows by line breaks, cells by tabs.
    table.addEventListener('paste', function (event) {
      const start = event.target;
      const text = event.clipboardData.getData('text/plain').replace(/\r\n?/g, '\n').replace(/\n$/, '');
      if (!start.dataset.field || !/[\t\n]/.test(text)) { return; }
      event.preventDefault();
      let first = start;
      let count = 0;
      text.split('\n').forEach(function (line) {
        let input = first;
        line.split('\t').forEach(function (value) {
          if (!input) { return; }
          input.value = value.trim();
          note(input);
          count += 1;
          input = neighbour(input, 0, 1);
        });
        first = first && neighbour(first, 1, 0);
      });
      window.portal.say('已粘贴 ' + count + ' 个单元格');
    });
  }

  // The buttons ------------------------------------------------------------------------------------------------------------
  const on = function (id, act) {
    const button = document.getElementById(id);
    if (button) { button.addEventListener('click', function () { act(button); }); }
  };
  const checked = function () {
    const query = new URLSearchParams(window.location.search);
    query.set('check', '1');
    window.location.assign(window.location.pathname + '?' + query.toString());
  };

  on('initial-save', function () { quietly().then(function () { if (!pending.size) { window.portal.say('已保存'); } }); });
  on('initial-check', function () { flush().then(checked, function () { /* It has been told. */ }); });
  on('initial-submit', function (button) {
    flush().then(function () {
      const people = Number(button.dataset.people);
      return window.portal.ask('确认提交 ' + people + ' 名职工的初始化信息？提交后本页关闭，以后的变更请办理“职工信息变更”。', '立即提交');
    }).then(function (sure) {
      if (!sure) { return undefined; }
      button.disabled = true;
      return window.portal.send('POST', '/api/v1/initialisation/submit', { people: Number(button.dataset.people) }).then(function () {
        window.location.assign('/employer/');
      });
    }).catch(function (xhr) {
      button.disabled = false;
      if (xhr && xhr.status === 422) { return checked(); }
      return xhr && xhr.status !== undefined ? window.portal.refuse(null, xhr) : undefined;
    });
  });

  const file = document.getElementById('initial-file');
  if (file) {
    file.addEventListener('change', function () {
      const chosen = file.files[0];
      if (!chosen) { return; }
      const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
      headers['Content-Type'] = 'application/octet-stream';
      tell('pending', '正在导入 ' + chosen.name + '…');
      flush().then(function () {
        return fetch('/api/v1/initialisation/file', { method: 'POST', headers: headers, body: chosen });
      }).then(function (response) {
        return response.text().then(function (text) {
          if (!response.ok) { throw { status: response.status, responseText: text }; }
          return JSON.parse(text);
        });
      }).then(function (taken) {
        const text = taken.changed_cells
          ? '已导入：' + taken.changed_people + ' 名职工的 ' + taken.changed_cells + ' 个单元格有改动。'
          : '文件与现有内容相同，没有改动。';
        window.portal.sayNext(text);
        checked();
      }).catch(function (xhr) {
        tell('failed', '没有导入，现有内容不变。');
        window.portal.refuse(null, xhr && xhr.status !== undefined ? xhr : { status: 0, responseText: '' });
      }).finally(function () { file.value = ''; });
    });
  }
  document.addEventListener('click', function (event) {
    const link = event.target.closest('[data-flush]');
    if (!link || !(pending.size || under)) { return; }
    event.preventDefault();
    flush().then(function () { link.click(); }, function () { /* It has been told. */ });
  });

  // A jump to a cell that is on this page needs no other one.
  const arrive = function (id) {
    const input = document.getElementById(id);
    if (!input || !input.dataset.field) { return false; }
    input.scrollIntoView({ block: 'center' });
    return go(input);
  };
  document.addEventListener('click', function (event) {
    const link = event.target.closest('[data-jump]');
    if (link && arrive(link.dataset.jump)) { event.preventDefault(); }
  });
  if (!arrive(window.location.hash.slice(1))) {
    const report = document.getElementById('initial-report');
    if (report && !report.hidden && !window.location.hash) { report.focus(); }
  }
})();
