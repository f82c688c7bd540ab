// 补缴起止月份: says at once how many months they are, and when they are too many why, and offers the split.
'use strict';
document.addEventListener('DOMContentLoaded', function () {
  const ASK_MS = 250;
  const range = document.getElementById('back-payment');
  if (!range) { return; }
  const first = document.getElementById('back-first');
  const last = document.getElementById('back-last');
  const verdict = document.getElementById('back-verdict');
  const fill = range.querySelector('[name="fill"]');
  let asking = 0;
  let kept = null; // The last month that was chosen, while a lump sum has one month only.

  const kind = function () { return range.querySelector('[name="kind"]:checked').value; };
  const isMonth = function (field) { return /^\d{4}-\d{2}$/.test(field.value); };

  // A lump sum has one month, and amounts that only people know.
  const suit = function () {
    const monthly = kind() === 'monthly';
    range.querySelector('[data-back-last]').hidden = !monthly;
    range.querySelector('[data-back-label]').textContent = monthly ? '补缴开始月份' : '补缴月份';
    fill.value = monthly ? 'true' : 'false';
    if (monthly && kept !== null) {
      last.value = kept > first.value ? kept : first.value;
      kept = null;
    }
    if (!monthly) {
      if (kept === null) { kept = last.value; }
      last.value = first.value;
    }
  };

  const judgeable = function () { return !range.disabled && isMonth(first) && isMonth(last); };
  const look = function () {
    const wanted = new URLSearchParams({ kind: kind(), first: first.value, last: last.value });
    return htmx.ajax('GET', '/employer/orders/range?' + wanted, { source: verdict, target: verdict, swap: 'innerHTML' });
  };
  const ask = function () {
    window.clearTimeout(asking);
    if (!judgeable()) {
      verdict.replaceChildren();
      delete verdict.dataset.tag; // Nothing is shown any more: the same answer is to be shown again (page.js).
      return;
    }
    asking = window.setTimeout(look, ASK_MS);
  };

  // Whoever chooses the first month has most often one month in mind.
  const changed = function (event) {
    if (event.target === first && (!last.value || last.value < first.value)) { last.value = first.value; }
    suit();
    ask();
  };
  range.addEventListener('input', changed);
  range.addEventListener('change', changed);
  new MutationObserver(ask).observe(range, { attributes: true, attributeFilter: ['disabled'] });
  suit();
  ask();
  // What 查询 was refused may be had in several orders: whoever has pressed it is led there.
  range.closest('form').addEventListener('order:refused', function () {
    if (!judgeable()) { return; }
    window.clearTimeout(asking);
    look().then(function () {
      const button = verdict.querySelector('[data-back-split]');
      if (button) { button.focus(); }
    });
  });

  verdict.addEventListener('click', function (event) {
    const button = event.target.closest('[data-back-split]');
    if (!button || button.disabled) { return; }
    const form = range.closest('form');
    const body = { months: { first: first.value, last: last.value }, fill: true };
    button.disabled = true;
    form.setAttribute('aria-busy', 'true');
    const once = { 'Idempotency-Key': portal.key(verdict, JSON.stringify(body)) };
    portal.send('POST', '/api/v1/orders/split', body, once).then(function (made) {
      window.location.assign('/employer/orders/' + made.id);
    }, function (xhr) {
      button.disabled = false;
      form.removeAttribute('aria-busy');
      portal.refuse(form, xhr);
    });
  });
});
