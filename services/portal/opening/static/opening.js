// The form of 职工开户: sex and birth as the ID number tells them, and the way out for somebody who has an account elsewhere.
'use strict';
(function () {
  // Only shown: whether the number is right, its check digit too, is the API's to say.
  const told = function (text) {
    const plain = text.normalize('NFKC').replace(/[\s'’]/g, '').toUpperCase();
    const digits = /^\d{17}[\dX]$/.test(plain) ? plain.slice(6, 17) : /^\d{15}$/.test(plain) ? '19' + plain.slice(6) : '';
    if (!digits) { return null; }
    const born = digits.slice(0, 4) + '-' + digits.slice(4, 6) + '-' + digits.slice(6, 8);
    const day = new Date(born + 'T00:00:00Z');
    if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== born) { return null; }
    return { born: born, sex: Number(digits.slice(10, 11)) % 2 ? '男' : '女' };
  };

  const show = function (field) {
    const person = field.closest('[data-person]');
    const known = told(field.value) || { born: '—', sex: '—' };
    [['[data-sex]', known.sex], ['[data-born]', known.born]].forEach(function (each) {
      const place = person.querySelector(each[0]);
      if (place.textContent !== each[1]) { place.textContent = each[1]; }
    });
  };

  const form = document.querySelector('[data-opening]');
  form.addEventListener('input', function (event) {
    if (event.target.matches('[data-id-number]')) { show(event.target); }
  });
  form.querySelectorAll('[data-id-number]').forEach(show);

  const offer = form.querySelector('[data-transfer]');
  form.addEventListener('portal:refused', function (event) {
    offer.hidden = !event.detail.problem.violations.some(function (each) { return each.code === 'EMPLOYED_ELSEWHERE'; });
  });
})();
