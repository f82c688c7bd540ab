// 缴费通知: what ticked notices come to together, what would become of a transfer, and printing.
'use strict';
(function () {
  const PAUSE_MS = 400;

  // 合并缴款: exact, for a sum of amounts may be longer than a number of JavaScript is exact.
  const yuan = function (fen) {
    const whole = (fen / 100n).toString().replace(/\B(?=(\d{3})+$)/g, ',');
    return whole + '.' + (fen % 100n).toString().padStart(2, '0');
  };
  document.addEventListener('change', function (event) {
    const form = event.target.closest('[data-merge]');
    if (!form) { return; }
    const ticked = Array.from(form.querySelectorAll('[data-fen]:checked'));
    const fen = ticked.reduce(function (sum, each) { return sum + BigInt(each.dataset.fen); }, 0n);
    const words = ['还没有选择通知。', '请再选择一张。'];
    form.querySelector('[data-merge-total]').textContent =
      words[ticked.length] || '合并 ' + ticked.length + ' 张通知，共 ' + yuan(fen) + ' 元';
    form.querySelector('[type=submit]').disabled = ticked.length < 2;
  });

  // 摘要检查 ------------------------------------------------------------------------------------------------------------
  const element = function (name, text, css) {
    const made = document.createElement(name);
    if (text) { made.textContent = text; }
    if (css) { made.className = css; }
    return made;
  };
  const suggestion = function (memo) {
    const line = element('p', '您可能想写的是 ', 'verdict-suggestion');
    const copy = element('button', '复制', 'btn btn-sm');
    copy.type = 'button';
    copy.dataset.copy = memo;
    copy.setAttribute('aria-label', '复制建议的摘要 ' + memo);
    line.append(element('code', memo, 'memo-face'), copy);
    return line;
  };
  const checks = function (all) {
    const details = element('details', '', 'verdict-checks');
    const list = element('ol');
    all.forEach(function (each) {
      const item = element('li', '', each.passed ? 'check-passed' : 'check-failed');
      item.append(element('span', each.passed ? '通过：' : '不通过：'), each.zh);
      list.append(item);
    });
    details.append(element('summary', '逐项检查'), list);
    return details;
  };
  const show = function (place, found) {
    const head = element('p', '', 'verdict-head ' + (found.settles ? 'verdict-good' : 'verdict-bad'));
    head.append(element('strong', found.settles ? found.verdict_zh : '不能自动入账。'), found.settles ? '' : found.verdict_zh);
    place.replaceChildren(head);
    found.problems.forEach(function (each) { place.append(element('p', each.zh, 'verdict-problem')); });
    if (found.suggestion) { place.append(suggestion(found.suggestion)); }
    if (found.settles && found.amount_assumed) {
      place.append(element('p', '没有填写金额，按应缴金额 ' + found.due + ' 元判断。', 'verdict-problem'));
    }
    place.append(checks(found.checks));
  };

  let asked = 0;
  const check = function (form, told) {
    const place = form.querySelector('[data-verdict]');
    const body = portal.json(form);
    const number = asked += 1;
    if (!body.text) {
      place.replaceChildren();
      if (told) { portal.wrong(form, form.elements.text, '请先填写或粘贴，再检查。'); } else { portal.clear(form); }
      return;
    }
    portal.send('POST', '/api/v1/memo/check', body).then(
      function (found) { if (number === asked) { portal.clear(form); show(place, found); } },
      // While it is typed an amount is not whole yet; whoever presses the button is told.
      function (refused) { if (number === asked) { place.replaceChildren(); if (told) { portal.refuse(form, refused); } } }
    );
  };
  let pause = 0;
  document.addEventListener('input', function (event) {
    const form = event.target.closest('[data-memo-check]');
    if (!form) { return; }
    window.clearTimeout(pause);
    pause = window.setTimeout(check, PAUSE_MS, form, false);
  });
  document.addEventListener('submit', function (event) {
    if (!event.target.matches('[data-memo-check]')) { return; }
    event.preventDefault();
    window.clearTimeout(pause);
    check(event.target, true);
  });

  document.addEventListener('click', function (event) {
    if (event.target.closest('[data-print]')) { window.print(); }
  });
})();
