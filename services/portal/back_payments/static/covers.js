// 漏缴月份: a column of the sheet for lump sums of missed months, and the dialog in which a person's months are chosen.
'use strict';
(function () {
  const dialog = document.getElementById('covers');
  if (!dialog || !window.sheet) { return; }
  const NAMED_MAX = 2;
  const path = '/api/v1/orders/' + dialog.dataset.order;
  const find = function (name) { return dialog.querySelector('[data-covers-' + name + ']'); };
  const result = document.getElementById('covers-result');
  let person = null; // {id, name}
  let year = 0;
  let chosen = new Set();
  let asked = 0;

  const made = function (name, text) {
    const element = document.createElement(name);
    if (text) { element.textContent = text; }
    return element;
  };
  let covers = null; // By the employee's id: the months, once they are known.
  const monthsOf = function (id) { return (covers && covers.get(id)) || []; };
  const short = function (months) {
    if (!months.length) { return '选择月份'; }
    if (months.length <= NAMED_MAX) { return months.join('、'); }
    return months.length + ' 个月，' + months[0] + ' 至 ' + months[months.length - 1];
  };

  sheet.columns.push({
    key: 'covers',
    title: '漏缴月份',
    lacking: '有职工还没有选择漏缴月份，已列出：请选择后再提交。',
    lacks: function (row) { return covers && row.on && !monthsOf(row.id).length ? '还没有选择漏缴月份：请选择补的是哪些月份。' : ''; },
    make: function (row) {
      const button = made('button');
      button.type = 'button';
      button.className = 'btn btn-sm covers-open num';
      button.dataset.column = 'covers';
      button.dataset.id = row.id;
      button.dataset.name = row.name;
      button.setAttribute('aria-haspopup', 'dialog');
      return button;
    },
    update: function (button, row) {
      name(button);
      button.disabled = !row.on;
      button.title = row.on ? '' : '先填写补缴金额，再选择漏缴的月份';
    }
  });
  const name = function (button) {
    const months = monthsOf(button.dataset.id);
    const all = months.length ? months.join('、') : '还没有选择月份';
    const text = short(months);
    button.textContent = text;
    // What is heard holds what is seen.
    button.setAttribute('aria-label', button.dataset.name + ' 的漏缴月份：' + (all.includes(text) ? all : all + '（' + text + '）'));
  };
  const load = function () {
    return portal.send('GET', path + '/covers').then(function (answer) {
      covers = new Map(answer.employee_ids.map(function (id, place) { return [id, answer.months[place]]; }));
      sheet.draw();
    });
  };
  // Whoever is taken out of the draft loses the months, too.
  document.addEventListener('sheet:loaded', function () {
    load().catch(function (xhr) { portal.refuse(null, xhr); });
  });

  // The dialog ------------------------------------------------------------------------------------------------------------
  const count = function () {
    const months = Array.from(chosen).sort();
    find('chosen').textContent = months.length ? '已选 ' + months.length + ' 个月：' + months.join('、') : '还没有选择月份。';
    find('all').disabled = !months.length;
  };

  const problem = function (xhr) {
    let text = '网络不通，没有得到答复：请检查网络后再试一次。';
    if (xhr.status) {
      try {
        text = JSON.parse(xhr.responseText).violations.map(function (each) { return each.zh; }).join('\n');
      } catch (error) { text = '系统出错（' + xhr.status + '）：请稍后重试。'; }
    }
    find('problem').textContent = text;
    find('problem').hidden = false;
  };

  const tick = function (each) {
    const label = made('label');
    const box = made('input');
    box.type = 'checkbox';
    box.className = 'form-check-input';
    box.value = each.month;
    box.checked = chosen.has(each.month);
    // What was chosen and cannot be any more can still be taken away.
    box.disabled = !each.eligible && !box.checked;
    label.append(box, made('span', Number(each.month.slice(5)) + '月'));
    return label;
  };

  const draw = function (answer) {
    const barred = answer.months.filter(function (each) { return !each.eligible; });
    find('year').textContent = answer.year + ' 年';
    find('months').replaceChildren(...answer.months.map(tick));
    const why = find('why');
    why.hidden = !barred.length;
    why.querySelector('summary').textContent = '有 ' + barred.length + ' 个月不能选，为什么';
    why.querySelector('ul').replaceChildren(...barred.flatMap(function (each) {
      return each.reasons.map(function (reason) { return made('li', reason.zh); });
    }));
  };

  const look = function (wanted) {
    const mine = asked += 1;
    year = wanted;
    return portal.send('POST', path + '/covers/choices', { employee_id: person.id, year: wanted }).then(function (answer) {
      if (mine === asked) { draw(answer); }
    });
  };

  const open = function (id, name) {
    person = { id: id, name: name };
    find('problem').hidden = true;
    document.getElementById('covers-title').textContent = name + ' 的漏缴月份';
    // The amount must have been saved before there are months to it.
    return sheet.flush().then(load).then(function () {
      chosen = new Set(monthsOf(id));
      const months = Array.from(chosen).sort();
      return look(months.length ? Number(months[0].slice(0, 4)) : Number(dialog.dataset.year));
    }).then(function () {
      count();
      dialog.showModal();
    }).catch(function (xhr) { portal.refuse(null, xhr); });
  };

  const put = function () {
    const people = [{ employee_id: person.id, months: Array.from(chosen).sort() }];
    return portal.send('PUT', path + '/covers', { version: sheet.version(), people: people });
  };

  const report = function (answer) {
    const done = '已把 ' + person.name + ' 的漏缴月份应用到所有已选的人。';
    result.replaceChildren(made('p', done));
    if (answer.skipped_total) {
      const list = made('details');
      list.className = 'month-skipped';
      list.open = answer.skipped_total <= 5;
      list.append(made('summary', '有 ' + answer.skipped_total + ' 人次的月份不能补缴，没有应用：'));
      const items = made('ul');
      items.tabIndex = 0;
      answer.skipped.forEach(function (each) { items.append(made('li', each.zh)); });
      list.append(items);
      if (answer.skipped_total > answer.skipped.length) { list.append(made('p', '只列出前 ' + answer.skipped.length + ' 条。')); }
      result.append(list);
    }
    portal.say(done);
  };

  // Whoever closes the dialog goes on where it was opened, also after the rows were drawn anew.
  const back = function () {
    const button = document.querySelector('[data-column="covers"][data-id="' + CSS.escape(person.id) + '"]');
    if (button) { button.focus(); }
  };

  const act = function (work) {
    if (dialog.getAttribute('aria-busy') === 'true') { return; }
    dialog.setAttribute('aria-busy', 'true');
    find('problem').hidden = true;
    work().then(function () {
      dialog.close();
      return sheet.reload().then(back);
    }).catch(problem).then(function () { dialog.removeAttribute('aria-busy'); });
  };

  find('keep').addEventListener('click', function () {
    act(function () {
      return put().then(function () { portal.say(person.name + ' 的漏缴月份已保存。'); });
    });
  });
  find('all').addEventListener('click', function () {
    act(function () {
      return put().then(function (order) {
        return portal.send('POST', path + '/covers/copy', { version: order.version, employee_id: person.id });
      }).then(report);
    });
  });
  find('months').addEventListener('change', function (event) {
    if (event.target.checked) { chosen.add(event.target.value); } else { chosen.delete(event.target.value); }
    count();
  });
  dialog.addEventListener('click', function (event) {
    const turn = event.target.closest('[data-covers-turn]');
    if (turn) { look(year + Number(turn.dataset.coversTurn)).catch(problem); }
  });
  document.getElementById('sheet').addEventListener('click', function (event) {
    const button = event.target.closest('[data-column="covers"]');
    if (button) { open(button.dataset.id, button.dataset.name); }
  });
  dialog.addEventListener('close', back);
})();
