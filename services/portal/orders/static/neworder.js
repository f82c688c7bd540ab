// 查询: makes the draft with everybody who can be paid and opens its sheet; a draft that is there already is offered first.
'use strict';
(function () {
  const form = document.getElementById('new-order');
  if (!form) { return; }
  const button = form.querySelector('[type="submit"]');

  const back = document.getElementById('back-payment');
  const month = document.getElementById('new-month-field');

  const way = function () { return form.elements.way.value; };
  const turn = function () {
    const isBack = way() === 'back';
    back.hidden = back.disabled = !isBack;
    document.getElementById('new-month').hidden = month.disabled = isBack;
  };
  form.addEventListener('change', function (event) { if (event.target.name === 'way') { turn(); } });
  window.addEventListener('pageshow', turn); // The browser may have kept another choice.

  const regular = function () {
    const text = month.value.trim();
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) {
      window.portal.refuse(form, { status: 422, responseText: JSON.stringify({ violations: [{ zh: '请选择汇缴月份，如 2020-04。', pointer: '/month' }] }) });
      return null;
    }
    return { kind: 'regular', months: { first: text, last: text }, fill: true };
  };
  const wanted = function () {
    if (way() === 'regular') { return regular(); }
    const body = window.portal.json(form);
    delete body.way;
    return body;
  };

  const busy = function (is) {
    button.disabled = is;
    if (is) { form.setAttribute('aria-busy', 'true'); } else { form.removeAttribute('aria-busy'); }
  };
  const open = function (id) { window.location.assign('/employer/orders/' + id); };
  const make = function (body) {
    return window.portal.send('POST', '/api/v1/orders', body).then(function (order) { open(order.id); });
  };
  const problemOf = function (xhr) {
    try { return JSON.parse(xhr.responseText); } catch (error) { return {}; }
  };
  const there = function (problem, body) {
    const found = problem.violations[0];
    return window.portal.ask(found.zh, '继续填写草稿', '另建一份').then(function (answer) {
      if (answer === true) { return open(found.params.order); }
      if (answer === 'other') { return make(Object.assign({}, body, { unless_drafted: false })); }
      busy(false);
      return undefined;
    });
  };

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (button.disabled) { return; }
    const body = wanted();
    if (!body) { return; }
    busy(true);
    make(Object.assign({ unless_drafted: true }, body)).catch(function (xhr) {
      const problem = problemOf(xhr);
      if (problem.code === 'DRAFT_THERE') { return there(problem, body); }
      throw xhr;
    }).catch(function (xhr) {
      busy(false);
      window.portal.refuse(form, way() === 'regular' ? atMonth(xhr) : xhr);
      form.dispatchEvent(new CustomEvent('order:refused'));
    });
  });
  // What is refused of 汇缴 is its month: there is nothing else to choose.
  const atMonth = function (xhr) {
    const problem = problemOf(xhr);
    if (!problem.violations || xhr.status !== 422) { return xhr; }
    const violations = problem.violations.map(function (each) { return Object.assign({}, each, { pointer: '/month' }); });
    return { status: xhr.status, responseText: JSON.stringify(Object.assign({}, problem, { violations: violations })) };
  };
  // Whoever comes back by the browser's own button finds the form usable.
  window.addEventListener('pageshow', function (event) { if (event.persisted) { busy(false); } });
})();
