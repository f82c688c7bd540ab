// The form of 支取申请: which papers a reason needs, whose account it goes to, and the whole amount at once.
'use strict';
(function () {
  // Of somebody who has died the heirs are paid, who prove that they are; otherwise the employee.
  const look = function (form) {
    const choice = form.querySelector('[data-reason]');
    const chosen = choice.selectedOptions[0];
    const toHeir = chosen.dataset.payee === 'heir';
    const words = form.querySelector('p[data-proof]');
    const text = chosen.value ? '需要的证明：' + chosen.dataset.proof + (toHeir ? '；收款人为继承人，另需继承关系证明' : '') + '。' : '';
    if (words.textContent !== text) { words.textContent = text; }
    const payee = form.querySelector('[data-own]');
    if (toHeir && payee.value === payee.dataset.own) { payee.value = ''; }
    if (!toHeir && !payee.value) { payee.value = payee.dataset.own; }
    const slot = form.querySelector('[data-slot="heir_proof"]');
    if (toHeir !== 'required' in slot.dataset) {
      slot.toggleAttribute('data-required', toHeir);
      slot.dispatchEvent(new CustomEvent('files:changed', { bubbles: true }));
    }
  };

  document.addEventListener('DOMContentLoaded', function () {
    document.querySelectorAll('form[data-withdrawal]').forEach(function (form) {
      form.addEventListener('change', function (event) { if (event.target.matches('[data-reason]')) { look(form); } });
      look(form);
      const whole = form.querySelector('[data-whole]');
      if (whole) {
        whole.addEventListener('click', function () {
          const amount = form.elements.amount;
          amount.value = document.querySelector('[data-available]').dataset.available;
          amount.dispatchEvent(new Event('input', { bubbles: true }));
          amount.focus();
        });
      }
    });
  });

  // Nobody has to ask for the window; who is picked has a form of the own.
  window.addEventListener('load', function () {
    const opener = document.querySelector('[data-picked-leads] [data-picker-open]');
    if (opener) { opener.click(); }
  });
  document.addEventListener('picker:picked', function (event) {
    const leads = event.target.closest('[data-picked-leads]');
    if (leads && event.detail.length) { window.location.assign(leads.dataset.pickedLeads + event.detail[0].id); }
  });
})();
