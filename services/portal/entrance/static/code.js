// 获取验证码: a button that has a code sent, and says when there can be another one.
//
//   <button type="button" data-sends-code="/api/v1/password-reset-codes" data-code-fields="login mobile">获取验证码</button>
//
// What the named fields of its form hold is sent as JSON; what is refused is shown at the fields.
'use strict';
(function () {
  const AGAIN_SECONDS = 60;

  const wait = function (button, seconds) {
    const text = button.dataset.text || (button.dataset.text = button.textContent);
    const until = Date.now() + seconds * 1000;
    button.disabled = true;
    const timer = window.setInterval(show, 500);
    function show() {
      const left = Math.ceil((until - Date.now()) / 1000);
      button.textContent = left > 0 ? left + ' 秒后可重新获取' : '重新获取验证码';
      if (left <= 0) { window.clearInterval(timer); button.disabled = false; }
    }
    show();
    return text;
  };

  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-sends-code]');
    if (!button) { return; }
    const form = button.form;
    const body = {};
    const lacking = button.dataset.codeFields.split(' ').find(function (name) {
      const field = form.elements[name];
      body[name] = field.value;
      return !field.checkValidity();
    });
    if (lacking) { form.elements[lacking].focus(); form.elements[lacking].reportValidity(); return; }
    button.disabled = true;
    portal.send('POST', button.dataset.sendsCode, body).then(function () {
      wait(button, AGAIN_SECONDS);
      const refused = form.querySelector('[data-problems]'); // What was wrong before is not any more.
      if (refused) { refused.hidden = true; }
      const said = form.querySelector('[data-code-said]');
      if (said) { said.textContent = '如果填写的信息正确，验证码会在一分钟内发到手机。'; }
      const code = form.elements.code;
      if (code) { code.focus(); }
    }, function (xhr) {
      button.disabled = false;
      let seconds = 0;
      try { seconds = Number(JSON.parse(xhr.responseText).violations[0].params.seconds) || 0; } catch (error) { seconds = 0; }
      if (seconds) { wait(button, seconds); }
      portal.refuse(form, xhr);
    });
  });
})();
