// Standard reasons: what is picked goes into the text, where it can be added to.
'use strict';
(function () {
  document.addEventListener('change', function (event) {
    const select = event.target.closest('[data-fills]');
    if (!select || !select.value) { return; }
    const field = document.getElementById(select.dataset.fills);
    field.value = field.value.trim() ? field.value.trim() + '\n' + select.value : select.value;
    field.dispatchEvent(new Event('input', { bubbles: true }));
    select.value = '';
    field.focus();
  });
})();
