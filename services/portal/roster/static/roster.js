// A new password is shown once, to be handed over; nothing of it is kept in the page's address or history.
'use strict';
(function () {
  const form = document.getElementById('password-reset');
  if (!form) { return; }
  const button = form.querySelector('button');
  form.addEventListener('submit', function (event) {
    event.preventDefault();
    window.portal.ask('确认重置' + form.dataset.name + '的个人平台密码？原密码立即失效，系统会发短信通知本人。', '确认重置').then(function (sure) {
      if (!sure) { return undefined; }
      button.disabled = true;
      return window.portal.send('POST', form.dataset.path).then(function (done) {
        document.getElementById('password-text').textContent = done.password;
        document.getElementById('password-copy').dataset.copy = done.password;
        document.getElementById('password-told').textContent = '请交给职工本人，' + done.days + ' 天内有效，登录后必须修改。离开本页后不再显示。已发短信到 ' + done.told + ' 通知本人。';
        document.getElementById('password-once').hidden = false;
        form.hidden = true;
      }, function (xhr) {
        button.disabled = false;
        window.portal.refuse(null, xhr);
      });
    });
  });
})();
