// 每月一页 above the sheet of a back-payment: which month is shown, how much stands on each page, 全部应用第一页信息; and whom the
// start-month rule keeps out of the month that is shown.
'use strict';
document.addEventListener('sheet:loaded', function (event) {
  const place = document.querySelector('[data-limited]');
  const wanted = new URLSearchParams({ kind: place.dataset.limited, first: event.detail.month });
  portal.send('GET', '/api/v1/orders/months?' + wanted).then(function (answer) {
    if (event.detail.month !== sheet.month) { return; } // Another month is shown by now.
    const total = answer.limited_total;
    const more = total - answer.limited.length;
    place.hidden = !total;
    place.querySelector('summary').textContent = event.detail.month + ' 有 ' + total.toLocaleString('zh-CN') + ' 名职工受起缴月规则限制，不在下面的名单中';
    place.querySelector('ul').replaceChildren(...answer.limited.map(function (each) { return each.zh; }).concat(
      more > 0 ? ['……另有 ' + more.toLocaleString('zh-CN') + ' 名。'] : []
    ).map(function (text) {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }));
  }, function () { place.hidden = true; });
});

document.addEventListener('DOMContentLoaded', function () {
  const place = document.getElementById('month-pages');
  if (!place || !window.sheet) { return; }
  const path = '/api/v1/orders/' + place.dataset.order;
  const apply = place.querySelector('[data-pages-apply]');
  const parts = place.querySelector('[data-pages-parts]');
  const result = place.querySelector('[data-pages-result]');
  const tabs = Array.from(place.querySelectorAll('[role="tab"]'));
  let later = []; // The other drafts of a back-payment that was split.

  const made = function (name, text, className) {
    const element = document.createElement(name);
    if (text) { element.textContent = text; }
    if (className) { element.className = className; }
    return element;
  };
  const number = function (count) { return count.toLocaleString('zh-CN'); };
  const grouped = function (yuan) { return yuan.replace(/\B(?=(\d{3})+(?=\.))/g, ','); };
  const inYuan = function (fen) {
    const digits = String(fen).padStart(3, '0');
    return digits.slice(0, -2) + '.' + digits.slice(-2);
  };

  // The pages -------------------------------------------------------------------------------------------------------------
  const tell = function (tab, count, total) {
    tab.querySelector('[data-month-sum]').textContent = count ? number(count) + ' 人 ' + grouped(total) : '未填写';
    tab.classList.toggle('is-empty', !count);
  };

  const select = function (month) {
    tabs.forEach(function (tab) {
      const chosen = tab.dataset.month === month;
      tab.setAttribute('aria-selected', String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen && tab.scrollIntoView) { tab.scrollIntoView({ block: 'nearest', inline: 'nearest' }); }
    });
  };

  const months = function (order) {
    const one = order.months.first === order.months.last;
    return one ? order.months.first : order.months.first + ' 至 ' + order.months.last;
  };

  const drawParts = function (orders) {
    parts.hidden = !orders.length;
    parts.replaceChildren();
    if (!orders.length) { return; }
    parts.append(made('p', '这次补缴超过十二个月，分成 ' + orders.length + ' 张，分别提交、分别缴款：'));
    const list = made('ol');
    orders.forEach(function (order, index) {
      const item = made('li');
      const text = '第 ' + (index + 1) + ' 张 ' + months(order);
      if (order.id === place.dataset.order) {
        const here = made('strong', text + '（本张）');
        here.setAttribute('aria-current', 'page');
        item.append(here);
      } else {
        const link = made('a', text);
        link.href = '/employer/orders/' + order.id;
        item.append(link);
      }
      item.append(made('span', order.state_zh + '，' + (order.person_count ? number(order.person_count) + ' 人 ' + grouped(order.total) + ' 元' : '未填写'), 'month-part'));
      list.append(item);
    });
    parts.append(list);
  };

  const load = function () {
    return portal.send('GET', path + '/months').then(function (answer) {
      answer.pages.forEach(function (page) {
        const tab = tabs.find(function (each) { return each.dataset.month === page.month; });
        if (tab) { tell(tab, page.lines, page.total); }
      });
      drawParts(answer.parts);
      const here = answer.order.months.first;
      later = answer.parts.filter(function (order) { return order.state === 'draft' && order.months.first > here; });
      const first = answer.parts.length ? answer.parts[0] : answer.order;
      place.dataset.source = first.id;
      place.dataset.sourceMonth = first.months.first;
    });
  };

  // Whoever is faster than the page waits until it is there.
  const listed = load();
  const shown = new Promise(function (resolve) { document.addEventListener('sheet:loaded', resolve, { once: true }); });

  document.addEventListener('sheet:loaded', function (event) { select(event.detail.month); });
  document.addEventListener('sheet:changed', function (event) {
    const tab = tabs.find(function (each) { return each.dataset.month === event.detail.month; });
    if (tab) { tell(tab, event.detail.count, inYuan(event.detail.total)); }
  });

  // Nothing is typed into rows that are about to be another month's.
  const show = function (tab) {
    const root = document.getElementById('sheet');
    result.replaceChildren();
    root.inert = true;
    return sheet.show(tab.dataset.month).catch(function (xhr) { portal.refuse(null, xhr); }).then(function () {
      root.inert = false;
    });
  };
  place.addEventListener('click', function (event) {
    const tab = event.target.closest('[role="tab"]');
    if (tab && tab.getAttribute('aria-selected') !== 'true') { show(tab); }
  });
  // Arrows move among the tabs, Enter or the space bar opens one: each opening reads a whole month.
  place.addEventListener('keydown', function (event) {
    const at = tabs.indexOf(document.activeElement);
    const steps = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
    if (at < 0 || !(event.key in steps)) { return; }
    event.preventDefault();
    tabs[(steps[event.key] + tabs.length) % tabs.length].focus();
  });

  // 全部应用第一页信息 ----------------------------------------------------------------------------------------------------
  const skippedOf = function (answers) {
    return answers.reduce(function (all, each) { return all.concat(each.skipped); }, []);
  };
  const sum = function (answers, name) {
    return answers.reduce(function (total, each) { return total + each[name]; }, 0);
  };

  const report = function (answers) {
    const changed = sum(answers, 'changed');
    const skipped = skippedOf(answers);
    const total = sum(answers, 'skipped_total');
    const whole = changed || !total;
    const done = changed ? '已应用第一页（' + place.dataset.sourceMonth + '）：改动 ' + number(changed) + ' 行。' :
      total ? '没有改动：第一页的人有 ' + number(total) + ' 人次不能补缴，其他月份仍与第一页不同。' : '各月已与第一页相同，没有改动。';
    result.replaceChildren(made('p', done, whole ? 'month-done' : 'month-undone'));
    if (total) {
      const list = made('details', '', 'month-skipped');
      list.open = total <= 5;
      list.append(made('summary', '有 ' + number(total) + ' 人次不能补缴，没有应用：'));
      const items = made('ul');
      items.tabIndex = 0;
      skipped.forEach(function (each) { items.append(made('li', each.zh)); });
      list.append(items);
      if (total > skipped.length) { list.append(made('p', '只列出前 ' + number(skipped.length) + ' 条。')); }
      result.append(list);
    }
    portal.say(done);
  };

  // Edits of other months are overwritten only after a yes; the API says which they are.
  const applied = function (order, version) {
    const body = { version: version, first_page_of: place.dataset.source, overwrite: false };
    const target = '/api/v1/orders/' + order + '/apply-first-page';
    return portal.send('POST', target, body).catch(function (xhr) {
      let found = [];
      try { found = JSON.parse(xhr.responseText).violations || []; } catch (error) { /* Not ours. */ }
      const edited = found.find(function (each) { return each.code === 'PAGES_EDITED'; });
      if (!edited) { throw xhr; }
      return portal.ask(edited.zh, '覆盖').then(function (sure) {
        return sure ? portal.send('POST', target, Object.assign({}, body, { overwrite: true })) : null;
      });
    });
  };

  const applyAll = function () {
    const answers = [];
    const keep = function (answer) { if (answer) { answers.push(answer); } return Boolean(answer); };
    return Promise.all([shown, listed]).then(sheet.flush).then(function () {
      return applied(place.dataset.order, sheet.version());
    }).then(function (answer) {
      if (!keep(answer)) { return null; }
      return later.reduce(function (before, order) {
        return before.then(function () {
          return portal.send('GET', '/api/v1/orders/' + order.id);
        }).then(function (seen) { return applied(order.id, seen.version); }).then(keep);
      }, Promise.resolve());
    }).then(function () {
      if (!answers.length) { return null; }
      return Promise.all([sheet.reload(), load()]).then(function () { report(answers); });
    });
  };

  if (apply) {
    apply.addEventListener('click', function () {
      if (apply.getAttribute('aria-disabled') === 'true') { return; }
      apply.setAttribute('aria-disabled', 'true');
      result.replaceChildren(made('p', '正在应用…'));
      applyAll().catch(function (xhr) { portal.refuse(null, xhr); }).then(function () {
        apply.removeAttribute('aria-disabled');
        if (result.textContent === '正在应用…') { result.replaceChildren(); }
      });
    });
  }

  // The other orders of it are handed in, sent back and paid meanwhile: the sheet hears of it (sheet-state).
  document.addEventListener('htmx:afterRequest', function (event) {
    if (event.detail.elt.id !== 'sheet-state' || parts.hidden) { return; }
    portal.send('GET', path + '/months').then(function (answer) { drawParts(answer.parts); }, function () { /* As it was. */ });
  });

  listed.catch(function (xhr) { portal.refuse(null, xhr); });
});
