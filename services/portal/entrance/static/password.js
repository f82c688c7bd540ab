// What is typed twice must be the same both times; and who wants to may see it.
'use strict';
(function () {
  const differ = '两次输入的新密码不一样：请重新输入。';

  const compare = function (repeated) {
    const first = document.getElementById(repeated.dataset.repeats);
    repeated.setCustomValidity(!repeated.value || first.value === repeated.value ? '' : differ);
  };

  document.addEventListener('input', function (event) {
    event.target.form && event.target.form.querySelectorAll('[data-repeats]').forEach(compare);
  });

  document.addEventListener('change', function (event) {
    if (!event.target.matches('[data-shows-passwords]')) { return; }
    event.target.form.querySelectorAll('[autocomplete$="-password"]').forEach(function (field) {
      field.type = event.target.checked ? 'text' : 'password';
    });
  });
})();
