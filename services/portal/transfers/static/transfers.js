// 新增职工转出 and 批量操作员工转出: who goes, to whom, from when, with which papers.
'use strict';
document.addEventListener('DOMContentLoaded', function () {
  const SHOWN = 60;
  const form = document.getElementById('transfer-form');
  const many = form.dataset.many === 'true';
  const picker = document.getElementById('picker-employees');
  const effective = form.elements.effective;
  const find = function (name) { return form.querySelector('[data-transfer-' + name + ']'); };
  let people = [];
  let shown = SHOWN;
  let asked = 0;

  const number = function (count) { return count.toLocaleString('zh-CN'); };
  const made = function (name, className, text) {
    const element = document.createElement(name);
    if (className) { element.className = className; }
    if (text !== undefined) { element.textContent = text; }
    return element;
  };

  const draw = function () {
    if (!many) { return; }
    find('count').textContent = people.length ? '等待框中共 ' + number(people.length) + ' 人。' : '还没有选择员工。';
    find('people').hidden = !people.length;
    find('people').replaceChildren(...people.slice(0, shown).map(function (person) {
      const item = made('li');
      const who = made('span', '', person.name);
      who.append(made('span', 'num', person.id_number_masked));
      const drop = made('button', 'btn btn-sm', '移出');
      drop.type = 'button';
      drop.dataset.drop = person.id;
      drop.setAttribute('aria-label', '移出 ' + person.name + ' ' + person.id_number_masked);
      item.append(who, drop);
      return item;
    }));
    find('more').hidden = people.length <= shown;
    find('more').textContent = '显示更多（还有 ' + number(people.length - shown) + ' 人）';
  };

  // Months that orders hold stay with this employer: it is said before, and keeps nothing back.
  const advise = function () {
    const mine = asked += 1;
    const place = find('advice');
    place.hidden = true;
    if (!people.length || !/^\d{4}-\d{2}$/.test(effective.value)) { return; }
    portal.send('POST', '/api/v1/transfers/advice', {
      employees: people.map(function (person) { return person.id; }), effective: effective.value
    }).then(function (answer) {
      if (mine !== asked || !answer.total) { return; }
      const list = made('ul');
      list.tabIndex = 0;
      answer.zh.forEach(function (text) { list.append(made('li', '', text)); });
      place.replaceChildren(made('p', '', '请留意（不影响提交）：'), list);
      place.hidden = false;
    }, function () { /* It is only advice. */ });
  };

  document.addEventListener('picker:picked', function (event) {
    people = event.detail;
    shown = SHOWN;
    draw();
    advise();
    effective.dispatchEvent(new Event('input', { bubbles: true })); // What was gathered is not left unasked.
    if (many) { portal.say('已选择 ' + number(people.length) + ' 人。'); }
  });
  effective.addEventListener('change', advise);

  form.addEventListener('click', function (event) {
    const drop = event.target.closest('[data-transfer-people] [data-drop]');
    if (event.target.closest('[data-transfer-more]')) {
      shown += SHOWN;
      draw();
    } else if (drop) {
      const id = drop.dataset.drop;
      people = people.filter(function (person) { return person.id !== id; });
      picker.dispatchEvent(new CustomEvent('picker:drop', { detail: [id] }));
      draw();
      advise();
      picker.querySelector('[data-picker-open]').focus();
    }
  });

  // The employer to which they go.
  const targets = document.getElementById('targets');
  targets.addEventListener('click', function (event) {
    const button = event.target.closest('[data-target]');
    if (!button) { return; }
    form.elements.to_employer_id.value = button.dataset.target;
    form.querySelector('[data-chosen]').textContent = button.dataset.targetName + '（' + button.dataset.targetCode + '）';
    targets.close();
  });

  const lacking = function () {
    if (!people.length) { return '请先选择要转出的员工。'; }
    if (!form.elements.to_employer_id.value) { return '请选择要转出的单位。'; }
    return effective.value ? '' : '请选择生效月份。';
  };

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (form.getAttribute('aria-busy') === 'true') { return; }
    const missing = lacking();
    if (missing) {
      const answer = { violations: [{ zh: missing }] };
      portal.refuse(form, { status: 422, responseText: JSON.stringify(answer) });
      return;
    }
    const body = portal.json(form);
    body.employees = people.map(function (person) { return person.id; });
    form.setAttribute('aria-busy', 'true');
    portal.send('POST', '/api/v1/transfers', body).then(function (answer) {
      portal.sayNext('已提交 ' + number(answer.people) + ' 人转出，请等待转入单位确认。');
      window.location.assign('/employer/transfers?direction=out');
    }, function (xhr) {
      form.removeAttribute('aria-busy');
      portal.refuse(form, xhr);
    });
  });
  draw();
});
