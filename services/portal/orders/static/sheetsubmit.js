// 立即提交: everything is saved first, the total that is shown goes with it, and however often it is clicked there is one order.
'use strict';
(function () {
  const button = document.getElementById('sheet-submit');
  if (!button) { return; }
  const away = document.getElementById('sheet-throw-away');
  const TRIES_MAX = 5;
  let busy = false;
  let key = '';

  const number = function (count) { return count.toLocaleString('zh-CN'); };
  const fresh = function () {
    return Array.from(window.crypto.getRandomValues(new Uint8Array(16)), function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
  };
  const leave = function (path, text) {
    window.sheet.stop();
    window.portal.sayNext(text);
    window.location.assign(path);
  };
  const stop = function (text) { throw { told: true, text: text }; };

  const prepared = function () {
    const data = window.sheet.data();
    if (window.sheet.problems()) {
      window.sheet.listProblems();
      stop('有金额需要更正，已列出：请改正或清空后再提交。');
    }
    if (window.sheet.conflicts()) {
      document.getElementById('sheet-conflicts').focus();
      stop('有职工不能缴这个月：请先移出，再提交。');
    }
    if (!(data.otherCount + data.chosen)) { stop('还没有选择职工：请先勾选，再提交。'); }
    const lacking = window.sheet.lacking();
    if (lacking) { stop(lacking); }
    return data;
  };
  // What is asked is what the portal has: others may have changed the draft since it was read here.
  const current = function (tries) {
    return window.portal.send('GET', '/api/v1/orders/' + window.sheet.order + '/months').then(function (now) {
      if (now.order.state !== 'draft') { window.sheet.look(); stop('这份草稿已在别处提交，不能再修改。'); }
      if (now.order.version === window.sheet.version() || !tries) { return now; }
      return window.sheet.renew().then(window.sheet.flush).then(function () { return current(tries - 1); });
    });
  };
  const without = function (pages) {
    const empty = pages.filter(function (page) { return !page.lines; }).map(function (page) { return page.month; });
    return empty.length ? '\n' + empty.join('、') + ' 没有职工，不会缴款。' : '';
  };

  const submitted = function (order) {
    const text = order.waits_for_colleague ? '已提交，等待同事复核' : '已提交，等待住建局审核';
    leave('/employer/orders/' + order.id, text);
  };
  const refused = function (xhr) {
    busy = false;
    button.disabled = false;
    window.sheet.going = false;
    if (!xhr || xhr.status >= 400 && xhr.status < 500) { key = ''; } // Without an answer it may have been heard.
    if (xhr && xhr.told) { window.portal.tell(xhr.text); return undefined; }
    if (!xhr || xhr.status === undefined) { throw xhr; }
    const again = xhr.status === 409 || xhr.status === 422;
    // Somebody was faster: who is in conflict is read anew, and stands above the rows with one button for all.
    return (again ? window.sheet.reload().then(function () { return lead(xhr); }) : Promise.resolve()).catch(function () {
      /* It is told below. */
    }).then(function () {
      const place = document.getElementById('sheet-conflicts');
      if (again && !place.hidden) {
        place.focus();
        window.portal.say('没有提交：有职工不能缴这个月。');
        return;
      }
      if (again && codeOf(xhr) === 'STALE_VERSION') {
        window.portal.tell('没有提交：这份草稿刚刚有改动，已更新显示。请核对合计后再提交。');
        return;
      }
      if (xhr.status === 404 || codeOf(xhr) === 'ORDER_STATE') { window.sheet.look(); }
      window.portal.refuse(null, xhr);
    });
  };
  const codeOf = function (xhr) {
    try { return JSON.parse(xhr.responseText).code; } catch (error) { return ''; }
  };
  // To the first month that has something against it, where it is not the one that is shown.
  const lead = function (xhr) {
    if (window.sheet.conflicts()) { return undefined; }
    const found = (JSON.parse(xhr.responseText).violations || []).find(function (each) {
      return each.code === 'MONTH_ALREADY_LIVE' && each.params.month !== window.sheet.month;
    });
    return found && window.sheet.data().otherCount ? window.sheet.show(found.params.month) : undefined;
  };

  button.addEventListener('click', function () {
    if (busy) { return; }
    busy = true;
    button.disabled = true;
    if (document.activeElement && document.activeElement.blur) { document.activeElement.blur(); }
    window.sheet.flush().then(prepared).then(function () { return current(TRIES_MAX); }).then(function (now) {
      const data = prepared();
      const count = data.otherCount + data.chosen;
      const total = data.otherTotal + data.total;
      const unit = data.otherCount ? ' 笔' : ' 人';
      const words = button.dataset.what + '，' + number(count) + unit + '，合计 ' + window.sheetData.shown(total) + ' 元。' + without(now.pages) + '\n' + button.dataset.next;
      return window.portal.ask(words, '确认提交').then(function (sure) {
        if (!sure) { busy = false; button.disabled = false; button.focus(); return undefined; }
        key = key || fresh();
        window.sheet.going = true;
        const body = { version: data.order.version, total: window.sheetData.yuan(total) };
        return window.portal.send('POST', '/api/v1/orders/' + window.sheet.order + '/submit', body, { 'Idempotency-Key': key }).then(submitted);
      });
    }).catch(refused);
  });

  if (away) {
    away.addEventListener('click', function () {
      window.portal.ask('删除这份草稿？已勾选和填写的内容都会丢失。', '删除').then(function (sure) {
        if (!sure) { return undefined; }
        window.sheet.going = true;
        return window.sheet.flush().catch(function () { /* It goes anyway. */ }).then(function () {
          return window.portal.send('DELETE', '/api/v1/orders/' + window.sheet.order);
        }).then(function () { leave('/employer/orders', '草稿已删除'); });
      }).catch(function (xhr) {
        window.sheet.going = false;
        window.sheet.look();
        window.portal.refuse(null, xhr);
      });
    });
  }
})();
