// The window 选择员工: what is ticked is kept here by id, so that neither paging nor searching loses it.
'use strict';
(function () {
  const STATES = { active: '正常', sealed: '封存', pending: '待开户', transferring: '转移中', ended: '已销户' };
  // Twenty thousand people are kept, but not all of them drawn.
  const WAITING_SHOWN = 100;
  const TYPING_MS = 120;
  const SIZE_KEY = 'picker-size';

  const csrf = function () {
    const given = document.body.getAttribute('hx-headers');
    return given ? JSON.parse(given) : {};
  };

  // What the API says; problems are told in its own words.
  const ask = function (path, options) {
    const headers = Object.assign({ Accept: 'application/json' }, csrf(), options && options.headers);
    return window.fetch('/api/v1' + path, Object.assign({ credentials: 'same-origin' }, options, { headers: headers })).then(
      function (response) {
        if (response.status === 401) { window.location.assign('/'); }
        return response.json().then(function (answer) {
          if (response.ok) { return answer; }
          throw new Error(answer.violations.map(function (each) { return each.zh; }).join(' '));
        });
      },
      function () { throw new Error('网络不通：请检查网络后重试。'); }
    );
  };

  const Picker = function (element) {
    const find = function (name) { return element.querySelector('[data-picker-' + name + ']'); };
    const dialog = element.querySelector('dialog');
    const many = element.dataset.many === 'true';
    const rows = find('rows');
    const place = find('place');
    const search = find('search');
    const state = find('state');
    const size = find('size');
    const said = find('said');
    const chosen = new Map();
    let page = 1;
    let total = 0;
    let waitingShown = WAITING_SHOWN;
    let typing = 0;
    let asked = 0;

    const say = function (text) { said.textContent = text; };

    // The page of those who match ------------------------------------------------------------------------------------------
    const criteria = function () {
      return { search: search.value.trim(), states: state && state.value || element.dataset.states };
    };

    const load = function (wanted) {
      const mine = asked += 1;
      const query = new URLSearchParams({
        search: search.value.trim(), state: state ? state.value : '', states: element.dataset.states,
        page: String(wanted), size: size.value, many: String(many)
      });
      rows.setAttribute('aria-busy', 'true');
      return window.fetch('/employer/picker?' + query, {
        credentials: 'same-origin', headers: { 'HX-Request': 'true' }
      }).then(function (response) {
        if (response.status === 401) { window.location.assign('/'); }
        if (!response.ok) { throw new Error('系统出错（' + response.status + '）：请稍后重试。'); }
        return response.text();
      }).then(function (html) {
        if (mine !== asked) { return; } // Somebody has typed on meanwhile.
        rows.innerHTML = html;
        rows.removeAttribute('aria-busy');
        const shown = rows.querySelector('.picker-page');
        page = Number(shown.dataset.page);
        total = Number(shown.dataset.total);
        const pages = Number(shown.dataset.pages);
        place.textContent = '第 ' + page + ' / ' + pages + ' 页，共 ' + total.toLocaleString('zh-CN') + ' 人';
        element.querySelectorAll('[data-picker-turn]').forEach(function (each) {
          const target = page + Number(each.dataset.pickerTurn);
          each.disabled = target < 1 || target > pages;
        });
        const everybody = find('everybody');
        if (everybody) {
          everybody.disabled = total === 0;
          everybody.textContent = '全选所有符合条件的 ' + total.toLocaleString('zh-CN') + ' 人';
        }
        tick();
        say('找到 ' + total.toLocaleString('zh-CN') + ' 人。' + (many ? '已选 ' + chosen.size.toLocaleString('zh-CN') + ' 人。' : ''));
      }).catch(function (error) {
        if (mine !== asked) { return; }
        rows.removeAttribute('aria-busy');
        say(error instanceof TypeError ? '网络不通：请检查网络后重试。' : error.message);
      });
    };

    // Show on the page who is chosen.
    const tick = function () {
      let on = 0;
      const lines = rows.querySelectorAll('tr[data-pick]');
      lines.forEach(function (line) {
        const box = line.querySelector('input');
        const ticked = Boolean(box) && chosen.has(box.value);
        if (box) { box.checked = ticked; }
        line.toggleAttribute('data-ticked', ticked);
        if (ticked) { on += 1; }
      });
      const whole = rows.querySelector('[data-pick-page]');
      if (whole) {
        whole.checked = on > 0 && on === lines.length;
        whole.indeterminate = on > 0 && on < lines.length;
      }
    };

    const picked = function (line) { return JSON.parse(line.dataset.pick); };

    // The box of those who wait ---------------------------------------------------------------------------------------------
    const draw = function () {
      if (!many) { return; }
      find('count').textContent = chosen.size.toLocaleString('zh-CN');
      find('nobody').hidden = chosen.size > 0;
      find('clear').disabled = chosen.size === 0;
      find('done').disabled = chosen.size === 0;
      const list = find('waiting');
      const items = [];
      for (const person of chosen.values()) {
        if (items.length === waitingShown) { break; }
        const item = document.createElement('li');
        const who = document.createElement('span');
        who.textContent = person.name;
        const number = document.createElement('span');
        number.className = 'num';
        number.textContent = person.id_number_masked + ' ' + (STATES[person.state] || '');
        who.append(number);
        const drop = document.createElement('button');
        drop.type = 'button';
        drop.className = 'btn btn-sm picker-drop';
        drop.dataset.drop = person.id;
        drop.setAttribute('aria-label', '移出 ' + person.name + ' ' + person.id_number_masked);
        drop.textContent = '移出';
        item.append(who, drop);
        items.push(item);
      }
      list.replaceChildren(...items);
      list.hidden = chosen.size === 0;
      const more = find('more');
      more.hidden = chosen.size <= waitingShown;
      more.textContent = '显示更多（还有 ' + (chosen.size - items.length).toLocaleString('zh-CN') + ' 人）';
    };

    const changed = function (text) {
      tick();
      draw();
      say(text + '已选 ' + chosen.size.toLocaleString('zh-CN') + ' 人。');
    };

    // Give how many of them were not chosen before.
    const add = function (people) {
      const before = chosen.size;
      people.forEach(function (person) { chosen.set(person.id, person); });
      return chosen.size - before;
    };

    const everybody = function (button) {
      button.disabled = true;
      say('正在全选……');
      ask('/employees/matching?' + new URLSearchParams(criteria())).then(function (answer) {
        changed('加入 ' + add(answer.items).toLocaleString('zh-CN') + ' 人。');
      }).catch(function (error) { say(error.message); }).finally(function () { button.disabled = total === 0; });
    };

    // Lists -----------------------------------------------------------------------------------------------------------------
    const listed = function (button) {
      const lines = find('lines').value.split(/\r\n|\r|\n/);
      if (!lines.some(function (line) { return line.trim(); })) {
        say('名单是空的：请先粘贴身份证号码，或上传名单。');
        find('lines').focus();
        return;
      }
      button.disabled = true;
      say('正在核对名单……');
      ask('/employees/listed', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ lines: lines, states: element.dataset.states.split(',') })
      }).then(function (answer) {
        const fresh = add(answer.items);
        const again = answer.items.length - fresh + answer.repeated;
        complain(answer);
        changed('名单中加入 ' + fresh.toLocaleString('zh-CN') + ' 人' + (again ? '，' + again.toLocaleString('zh-CN') + ' 人重复，只算一次' : '')
          + (answer.refused_total ? '，' + answer.refused_total.toLocaleString('zh-CN') + ' 行没有加入，原因见名单下方' : '') + '。');
      }).catch(function (error) { say(error.message); }).finally(function () { button.disabled = false; });
    };

    const complain = function (answer) {
      const place = find('refused');
      place.hidden = answer.refused_total === 0;
      const head = document.createElement('p');
      head.textContent = answer.refused_total.toLocaleString('zh-CN') + ' 行没有加入：';
      const list = document.createElement('ul');
      list.tabIndex = 0;
      list.append(...answer.refused.map(function (each) {
        const item = document.createElement('li');
        item.textContent = each.zh;
        return item;
      }));
      if (answer.refused_total > answer.refused.length) {
        const item = document.createElement('li');
        item.textContent = '还有 ' + (answer.refused_total - answer.refused.length).toLocaleString('zh-CN') + ' 行没有列出：请先改正以上各行。';
        list.append(item);
      }
      place.replaceChildren(head, list);
    };

    const upload = function (file) {
      const field = find('file');
      say('正在读取 ' + file.name + '……');
      linesOf(file).then(function (text) {
        find('lines').value = text;
        listed(find('listed'));
      }).catch(function (error) { say(error.message); }).finally(function () { field.value = ''; });
    };

    const linesOf = function (file) {
      if (/\.xlsx?$/i.test(file.name)) {
        return ask('/employees/list-file', {
          method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file
        }).then(function (answer) { return answer.lines.join('\n'); });
      }
      return file.arrayBuffer().then(function (bytes) {
        try {
          return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
        } catch (error) {
          return new TextDecoder('gb18030').decode(bytes); // As spreadsheets write CSV here.
        }
      });
    };

    // Opening and closing ---------------------------------------------------------------------------------------------------
    const open = function () {
      dialog.showModal();
      draw();
      search.focus();
      load(page);
    };

    const finish = function (people) {
      if (!many) {
        const field = element.querySelector('input[type="hidden"]');
        field.value = people[0].id;
        element.querySelector('[data-picked]').textContent = people[0].name + ' ' + people[0].id_number_masked;
        field.dispatchEvent(new Event('change', { bubbles: true }));
      }
      dialog.close();
      element.dispatchEvent(new CustomEvent('picker:picked', { bubbles: true, detail: people }));
    };

    element.addEventListener('click', function (event) {
      const on = function (name) { return event.target.closest('[data-' + name + ']'); };
      if (on('picker-open')) { open(); }
      else if (on('picker-close')) { dialog.close(); }
      else if (on('picker-turn')) { load(page + Number(on('picker-turn').dataset.pickerTurn)); }
      else if (on('picker-everybody')) { everybody(on('picker-everybody')); }
      else if (on('picker-listed')) { listed(on('picker-listed')); }
      else if (on('picker-clear')) { chosen.clear(); changed('已清空。'); search.focus(); }
      else if (on('picker-more')) { waitingShown += WAITING_SHOWN; draw(); }
      else if (on('picker-done')) { finish(Array.from(chosen.values())); }
      else if (on('pick-one')) { finish([picked(event.target.closest('tr'))]); }
      else if (on('drop')) {
        const person = chosen.get(on('drop').dataset.drop);
        chosen.delete(person.id);
        changed('移出 ' + person.name + '。');
        find('waiting').focus();
      } else if (many && event.target.closest('tbody tr') && !event.target.closest('input')) {
        event.target.closest('tr').querySelector('input').click(); // The whole row is one large box to tick.
      }
    });

    element.addEventListener('change', function (event) {
      const box = event.target;
      if (box === size) {
        try { window.localStorage.setItem(SIZE_KEY, size.value); } catch (error) { /* Only this time, then. */ }
        load(1);
      } else if (box === state) { load(1); }
      else if (box === find('file')) { if (box.files.length) { upload(box.files[0]); } }
      else if (box.matches('[data-pick-page]')) {
        const lines = Array.from(rows.querySelectorAll('tr[data-pick]'), picked);
        if (box.checked) { add(lines); } else { lines.forEach(function (each) { chosen.delete(each.id); }); }
        changed(box.checked ? '本页全选。' : '本页不选。');
      } else if (box.matches('tr[data-pick] input')) {
        const person = picked(box.closest('tr'));
        if (box.checked) { chosen.set(person.id, person); } else { chosen.delete(person.id); }
        changed(box.checked ? '选择 ' + person.name + '。' : '不选 ' + person.name + '。');
      }
    });

    search.addEventListener('input', function () {
      window.clearTimeout(typing);
      typing = window.setTimeout(function () { load(1); }, TYPING_MS);
    });
    search.addEventListener('keydown', function (event) {
      if (event.key !== 'Enter') { return; }
      event.preventDefault(); // The form around, if there is one, is not to be sent.
      window.clearTimeout(typing);
      load(1);
    });

    element.addEventListener('picker:drop', function (event) {
      event.detail.forEach(function (id) { chosen.delete(id); });
    });
    element.addEventListener('picker:clear', function () { chosen.clear(); });

    try {
      const kept = window.localStorage.getItem(SIZE_KEY);
      if (kept && size.querySelector('option[value="' + Number(kept) + '"]')) { size.value = kept; }
    } catch (error) { /* The usual size, then. */ }
  };

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('[data-picker]').forEach(Picker);
  });
})();
