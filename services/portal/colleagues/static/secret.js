// What is shown this once: the answer of a form with `data-secret` is put into the dialog, and stays until it is closed.
'use strict';
(function () {
  const dialog = document.getElementById('secret');
  const text = document.getElementById('secret-text');
  const copy = document.getElementById('secret-copy');

  document.addEventListener('portal:done', function (event) {
    const name = event.target.dataset.secret;
    if (!name) { return; }
    if (!event.detail[name]) { // There is none this time.
      window.location.assign(event.target.dataset.otherwise);
      return;
    }
    const open = event.target.closest('dialog[open]');
    if (open) { open.close(); }
    document.getElementById('secret-whose').textContent = event.detail.login ? '账号：' + event.detail.login : '';
    text.textContent = event.detail[name];
    copy.dataset.copy = event.detail[name];
    dialog.showModal();
    copy.focus();
  });
  // What was made stands in the list then; the secret is nowhere any more.
  dialog.addEventListener('close', function () {
    text.textContent = '';
    window.location.reload();
  });
  document.getElementById('secret-close').addEventListener('click', function () { dialog.close(); });
})();
