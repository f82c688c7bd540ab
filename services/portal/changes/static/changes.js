// The form of a change: what differs from what is on file is marked, with what it was; a name or number asks for more proof.
'use strict';
(function () {
  const plain = function (field) {
    const text = field.value.trim();
    // 500 and 500.00 are one amount.
    return field.dataset.type === 'money' && /^[0-9]+(\.[0-9]{1,2})?$/.test(text) ? Number(text).toFixed(2) : text;
  };

  const labelOf = function (field) {
    return field.labels[0].firstChild.textContent.trim();
  };

  const mark = function (field, changed) {
    const wrapper = field.closest('.field');
    let before = wrapper.querySelector('.field-before');
    if (changed && !before) {
      before = document.createElement('p');
      before.className = 'field-before';
      before.id = field.id + '-before';
      before.textContent = '变更前：' + field.dataset.nowZh;
      field.after(before);
      const described = (field.getAttribute('aria-describedby') || '').split(' ').filter(Boolean);
      field.setAttribute('aria-describedby', described.concat(before.id).join(' '));
    } else if (!changed && before) {
      const described = field.getAttribute('aria-describedby').split(' ').filter(function (id) { return id !== before.id; });
      if (described.length) { field.setAttribute('aria-describedby', described.join(' ')); } else { field.removeAttribute('aria-describedby'); }
      before.remove();
    }
    wrapper.classList.toggle('is-changed', changed);
  };

  // Who somebody is asks for one more file (F57, F58).
  const prove = function (form, strict) {
    const words = form.querySelector('[data-strict-proof]');
    const slot = form.querySelector('[data-slot="' + form.dataset.strictSlot + '"]');
    if (words) { words.hidden = !strict; }
    if (slot && strict !== 'required' in slot.dataset) {
      slot.toggleAttribute('data-required', strict);
      slot.dispatchEvent(new CustomEvent('files:changed', { bubbles: true }));
    }
  };

  const look = function (form) {
    const fields = Array.from(form.querySelectorAll('[data-now]'));
    const changed = fields.filter(function (field) { return plain(field) !== field.dataset.now; });
    fields.forEach(function (field) { mark(field, changed.includes(field)); });
    const count = form.querySelector('[data-changed]');
    const text = changed.length ? '将变更 ' + changed.length + ' 项：' + changed.map(labelOf).join('、') + '。' : '还没有改动。';
    if (count.textContent !== text) { count.textContent = text; }
    prove(form, changed.some(function (field) { return 'strict' in field.dataset; }));
    const effective = form.querySelector('[data-effective]');
    if (effective) { effective.required = changed.some(function (field) { return field.name === 'after.monthly_amount'; }); }
  };

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('form[data-change]').forEach(function (form) {
      form.addEventListener('input', function () { look(form); });
      form.addEventListener('change', function () { look(form); });
      look(form);
    });
  });

  // 弹出选择员工窗口 (manual L117): nobody has to ask for it. Who is picked has a form of the own.
  window.addEventListener('load', function () {
    const opener = document.querySelector('[data-picked-leads] [data-picker-open]');
    if (opener) { opener.click(); }
  });
  document.addEventListener('picker:picked', function (event) {
    const leads = event.target.closest('[data-picked-leads]');
    if (leads && event.detail.length) { window.location.assign(leads.dataset.pickedLeads + event.detail[0].id); }
  });
})();
