// The first login asks for a code besides (403 FIRST_LOGIN_…): the field for it appears, and the same form goes on with it.
'use strict';
(function () {
  const AGAIN_SECONDS = 60;
  const form = document.querySelector('form[data-login]');
  const row = document.getElementById('code-row');
  const field = document.getElementById('code');
  const again = document.getElementById('code-again');
  const said = document.getElementById('code-said');
  let timer = 0;

  const hide = function () {
    row.hidden = true;
    field.required = false;
    field.value = '';
    said.textContent = '';
  };

  const countdown = function () {
    const until = Date.now() + AGAIN_SECONDS * 1000;
    const show = function () {
      const left = Math.ceil((until - Date.now()) / 1000);
      again.disabled = left > 0;
      again.textContent = left > 0 ? left + ' 秒后可重新获取' : '重新获取验证码';
      if (left <= 0) { window.clearInterval(timer); }
    };
    window.clearInterval(timer);
    timer = window.setInterval(show, 500);
    show();
  };

  form.addEventListener('portal:refused', function (event) {
    const found = event.detail.problem.violations[0];
    const sms = found.code === 'FIRST_LOGIN_SMS_CODE';
    if (!sms && found.code !== 'FIRST_LOGIN_ACTIVATION_CODE') { return; }
    event.preventDefault();
    document.getElementById('problem').hidden = true;
    document.getElementById('code-label').textContent = sms ? '短信验证码' : '激活码';
    field.inputMode = sms ? 'numeric' : 'text';
    field.autocomplete = sms ? 'one-time-code' : 'off';
    said.textContent = found.zh;
    row.hidden = false;
    field.required = true;
    field.value = '';
    again.hidden = !sms;
    if (sms) { countdown(); }
    field.focus();
  });

  // Another code is what the same login without one asks for.
  again.addEventListener('click', function () {
    field.required = false;
    field.value = '';
    form.requestSubmit();
  });

  ['login', 'password'].forEach(function (name) {
    form.elements[name].addEventListener('input', hide);
  });
})();
