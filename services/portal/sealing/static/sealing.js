// 待变更列表: who is to be sealed or unsealed, with the state that was shown and the one it becomes.
'use strict';
document.addEventListener('DOMContentLoaded', function () {
  const STATES = { active: '正常', sealed: '封存' };
  const TARGETS = { active: 'sealed', sealed: 'active' };
  const ROWS_SHOWN = 50;
  const TRY_MS = 300;
  const form = document.getElementById('seal-form');
  const picker = document.getElementById('picker-seals');
  const find = function (name) { return form.querySelector('[data-seal-' + name + ']'); };
  const effective = document.getElementById('seal-effective');
  const reason = document.getElementById('seal-reason');
  // By the person's id, in the order in which they came: the person, and what was filled in for this row alone.
  const list = new Map();
  const told = new Map(); // By the person's id: what the last try said.
  let page = 1;
  let tries = 0;
  let trying = 0;

  const number = function (count) { return count.toLocaleString('zh-CN'); };

  const body = function () {
    return {
      effective: effective.value,
      reason: reason.value.trim(),
      rows: Array.from(list.values(), function (row) {
        const wanted = { employee_id: row.person.id, expected: row.person.state };
        if (row.effective) { wanted.effective = row.effective; }
        if (row.reason) { wanted.reason = row.reason; }
        return wanted;
      })
    };
  };

  // The list --------------------------------------------------------------------------------------------------------------
  const made = function (name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  };

  const cell = function (label, ...contents) {
    const element = made('td');
    element.setAttribute('role', 'cell');
    element.dataset.label = label;
    element.append(...contents);
    return element;
  };

  const field = function (row, name, type, label) {
    const input = made('input', 'form-control form-control-sm');
    input.type = type;
    input.dataset.sealField = name;
    input.setAttribute('aria-label', row.person.name + ' ' + label);
    if (type === 'month') { input.max = form.dataset.latest; } else { input.maxLength = reason.maxLength; }
    fill(input, row);
    return input;
  };

  const fill = function (input, row) {
    const isMonth = input.dataset.sealField === 'effective';
    input.value = row[input.dataset.sealField] || (isMonth ? effective.value : '');
    if (!isMonth) { input.placeholder = reason.value.trim() || '与上面的原因相同'; }
  };

  const notes = function (id) {
    const said = told.get(id);
    return said ? said.broken.map(function (each) { return made('span', 'seal-note is-broken', each.zh); }).concat(
      said.advice.map(function (each) { return made('span', 'seal-note is-advice', each.zh); })) : [];
  };

  const line = function (row) {
    const person = row.person;
    const element = made('tr');
    element.setAttribute('role', 'row');
    element.dataset.id = person.id;
    const change = made('span', 'seal-change', STATES[person.state] + ' → ');
    change.append(made('strong', '', STATES[TARGETS[person.state]]));
    const who = made('span', '', person.name);
    const drop = made('button', 'btn btn-sm', '移出');
    drop.type = 'button';
    drop.dataset.sealDrop = person.id;
    drop.setAttribute('aria-label', '移出 ' + person.name + ' ' + person.id_number_masked);
    const last = cell('操作', drop);
    last.removeAttribute('data-label');
    last.className = 'end';
    const name = cell('姓名', who);
    const state = cell('状态', change);
    const notePlace = made('span', 'seal-notes');
    notePlace.append(...notes(person.id));
    state.append(notePlace);
    const masked = cell('身份证号码', made('span', 'num', person.id_number_masked));
    element.append(name, masked, state, cell('生效月份', field(row, 'effective', 'month', '的生效月份')),
      cell('原因', field(row, 'reason', 'text', '的原因')), last);
    return element;
  };

  const pages = function () { return Math.max(1, Math.ceil(list.size / ROWS_SHOWN)); };

  const draw = function () {
    find('empty').hidden = list.size > 0;
    find('filled').hidden = list.size === 0;
    page = Math.min(page, pages());
    const shown = Array.from(list.values()).slice((page - 1) * ROWS_SHOWN, page * ROWS_SHOWN);
    find('rows').replaceChildren(...shown.map(line));
    find('pager').hidden = pages() === 1;
    find('place').textContent = '第 ' + page + ' / ' + pages() + ' 页';
    form.querySelectorAll('[data-seal-turn]').forEach(function (each) {
      const target = page + Number(each.dataset.sealTurn);
      each.disabled = target < 1 || target > pages();
    });
    count();
  };

  const count = function () {
    let sealed = 0;
    list.forEach(function (row) { if (row.person.state === 'active') { sealed += 1; } });
    find('count').textContent = '共 ' + number(list.size) + ' 人：封存 ' + number(sealed) + ' 人，启封 ' + number(list.size - sealed) + ' 人。';
  };

  // What the API says of it -----------------------------------------------------------------------------------------------
  const group = function (className, head, rows, kind) {
    const box = made('div', className);
    box.append(made('p', '', head));
    const items = made('ul');
    items.tabIndex = 0;
    rows.forEach(function (row) {
      row[kind].forEach(function (each) { items.append(made('li', '', each.zh)); });
    });
    box.append(items);
    return box;
  };

  const show = function (answer) {
    told.clear();
    answer.rows.forEach(function (row) { told.set(row.employee_id, row); });
    const place = find('told');
    place.replaceChildren();
    const broken = answer.rows.filter(function (row) { return row.broken.length; });
    const advised = answer.rows.filter(function (row) { return row.advice.length; });
    if (broken.length) {
      place.append(group('seal-broken', number(answer.broken) + ' 行不能办理，请改正或移出后再提交：', broken, 'broken'));
    }
    if (advised.length) {
      place.append(group('seal-advice', number(answer.advised) + ' 人请留意（不影响提交）：', advised, 'advice'));
    }
    place.hidden = !place.children.length;
    find('rows').querySelectorAll('tr').forEach(function (each) {
      each.querySelector('.seal-notes').replaceChildren(...notes(each.dataset.id));
    });
  };

  // The API is asked after every change, and judges again when the list is handed in.
  const attempt = function () {
    window.clearTimeout(trying);
    const mine = tries += 1;
    if (!list.size) { return; }
    trying = window.setTimeout(function () {
      portal.send('POST', '/api/v1/seals/preview', body()).then(
        function (answer) { if (mine === tries && list.size) { show(answer); } },
        function (xhr) { if (mine === tries) { portal.refuse(form, xhr); } }
      );
    }, TRY_MS);
  };

  const changed = function () {
    draw();
    attempt();
  };

  // What people do --------------------------------------------------------------------------------------------------------
  document.addEventListener('picker:picked', function (event) {
    const picked = new Map(event.detail.map(function (person) { return [person.id, person]; }));
    list.forEach(function (row, id) { if (!picked.has(id)) { list.delete(id); } });
    picked.forEach(function (person, id) {
      const known = list.get(id);
      if (!known) { list.set(id, { person: person, effective: '', reason: '' }); }
    });
    changed();
    effective.dispatchEvent(new Event('input', { bubbles: true })); // What was gathered is not left unasked.
    portal.say('待变更列表现有 ' + number(list.size) + ' 人。');
  });

  form.addEventListener('click', function (event) {
    const turn = event.target.closest('[data-seal-turn]');
    const drop = event.target.closest('[data-seal-drop]');
    if (turn) {
      page += Number(turn.dataset.sealTurn);
      draw();
    } else if (drop) {
      const id = drop.dataset.sealDrop;
      const row = drop.closest('tr');
      const next = (row.nextElementSibling || row.previousElementSibling);
      const after = next && next.dataset.id;
      const name = list.get(id).person.name;
      list.delete(id);
      told.delete(id);
      picker.dispatchEvent(new CustomEvent('picker:drop', { detail: [id] }));
      changed();
      portal.say('已移出 ' + name + '。');
      const button = after && find('rows').querySelector('[data-seal-drop="' + after + '"]');
      (button || picker.querySelector('[data-picker-open]')).focus();
    } else if (event.target.closest('[data-seal-clear]')) {
      portal.ask('清空待变更列表？已选的 ' + number(list.size) + ' 人都会移出，没有办理任何变更。', '清空').then(function (sure) {
        if (!sure) { return; }
        list.clear();
        told.clear();
        form.reset();
        picker.dispatchEvent(new CustomEvent('picker:clear'));
        changed();
        picker.querySelector('[data-picker-open]').focus();
      });
    }
  });

  form.addEventListener('input', function (event) {
    const name = event.target.dataset.sealField;
    if (name) {
      const text = event.target.value.trim();
      list.get(event.target.closest('tr').dataset.id)[name] = name === 'effective' && text === effective.value ? '' : text;
    }
    if (name !== 'reason' && event.target !== reason) { attempt(); }
  });
  // What the rows without words of their own have is shown in them; in place, for a click may be under way.
  form.addEventListener('change', function (event) {
    if (event.target !== effective && event.target !== reason) { return; }
    find('rows').querySelectorAll('[data-seal-field]').forEach(function (each) {
      fill(each, list.get(each.closest('tr').dataset.id));
    });
  });

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true' || !list.size) { return; }
    portal.ask(find('count').textContent + '确认名单无误，立即提交？', '提交').then(function (sure) {
      if (!sure) { return; }
      form.setAttribute('aria-busy', 'true');
      portal.send('POST', '/api/v1/seals', body()).then(function () {
        portal.sayNext('已提交：' + find('count').textContent);
        window.location.assign('/employer/seals');
      }, function (xhr) {
        form.removeAttribute('aria-busy');
        portal.refuse(form, xhr);
        attempt();
      });
    });
  });
});
