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

  const kind = function () { return range.querySelector('[name="kind"]:checked').value; };
  const isMonth = function (field) { return /^\d{4}-\d{2}$/.test(field.value); };

  // A lump sum has one month, and amounts that only people know.
  const suit = function () {
    const monthly = kind() === 'monthly';
    range.querySelector('[data-back-last]').hidden = !monthly;
    range.querySelector('[data-back-label]').textContent = monthly ? '补缴开始月份' : '补缴月份';
    fill.value = monthly ? 'true' : 'false';
    if (!monthly) { last.value = first.value; }
  };

  const ask = function () {
    window.clearTimeout(asking);
    if (range.disabled || !isMonth(first) || !isMonth(last)) {
      verdict.replaceChildren();
      return;
    }
    asking = window.setTimeout(function () {
      const wanted = new URLSearchParams({ kind: kind(), first: first.value, last: last.value });
      htmx.ajax('GET', '/employer/orders/range?' + wanted, { source: verdict, target: verdict, swap: 'innerHTML' });
    }, ASK_MS);
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
