// The end of a session does not take what was typed: one logs in again on top of the page, and is warned before it ends.
'use strict';
(function () {
  const WARNED_SECONDS = 120;
  const LOOK_MS = 10000;
  const again = document.getElementById('again');
  const form = document.getElementById('again-form');
  const login = document.getElementById('again-login');
  const password = document.getElementById('again-password');
  const problem = document.getElementById('again-problem');
  const idle = document.getElementById('idle');
  const idleSeconds = Number(again.dataset.idleSeconds);
  const endsAt = Date.parse(again.dataset.endsAt);
  let seenAt = Date.now();
  let toldOfEnd = false;

  const isOver = function (xhr) {
    if (xhr.status !== 401) { return false; }
    try { return JSON.parse(xhr.responseText).code === 'NOT_LOGGED_IN'; } catch (error) { return !xhr.responseText; }
  };

  // Logging in again ---------------------------------------------------------------------------------------------------
  const open = function () {
    if (idle.open) { idle.close(); }
    if (again.open) { return; }
    problem.hidden = true;
    password.value = '';
    again.showModal();
    (login.value ? password : login).focus();
  };

  const complain = function (text) {
    problem.textContent = text;
    problem.hidden = false;
  };

  const renew = function (me) {
    if (String(me.user_id) !== again.dataset.user || me.must_change) {
      // Somebody else's page, or a password to be changed first: nothing of this page is theirs to send.
      window.location.assign('/');
      return;
    }
    const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
    headers['X-CSRF-Token'] = me.csrf_token;
    document.body.setAttribute('hx-headers', JSON.stringify(headers));
    seenAt = Date.now();
    password.value = '';
    again.close();
    portal.say('已重新登录，填写的内容还在，请再次提交。');
  };

  form.addEventListener('submit', function (event) {
    event.preventDefault();
    if (!login.value || !password.value) { complain('请填写账号和密码。'); (login.value ? password : login).focus(); return; }
    const button = form.querySelector('[type=submit]');
    button.disabled = true;
    portal.send('POST', '/api/v1/session', { login: login.value, password: password.value }).then(renew, function (xhr) {
      let text = '网络不通：请检查网络后重试。';
      try { text = JSON.parse(xhr.responseText).violations[0].zh; } catch (error) { /* The network, or a proxy's page. */ }
      complain(text);
      password.focus();
      password.select();
    }).finally(function () { button.disabled = false; });
  });
  document.getElementById('again-cancel').addEventListener('click', function () { again.close(); });

  document.addEventListener('portal:refused', function (event) {
    if (event.detail.status === 401 && event.detail.problem.code === 'NOT_LOGGED_IN') {
      event.preventDefault();
      open();
    }
  });
  // A part of the page that is asked for anew would lead to the login, and take the form along.
  document.addEventListener('htmx:beforeOnLoad', function (event) {
    const form = event.detail.elt.closest('form');
    const sent = form && event.detail.requestConfig.verb !== 'get';
    if (!sent && isOver(event.detail.xhr) && portal.changed()) {
      event.preventDefault();
      open();
    }
  });

  // The warning ----------------------------------------------------------------------------------------------------------
  // What a page asks for by itself keeps no session open, and is no sign of life.
  document.addEventListener('htmx:afterRequest', function (event) {
    if (!event.detail.elt.matches('.section, [data-follows]') && event.detail.xhr.status && event.detail.xhr.status < 400) {
      seenAt = Date.now();
    }
  });

  const minutes = function (seconds) { return Math.max(1, Math.round(seconds / 60)) + ' 分钟'; };
  window.setInterval(function () {
    if (again.open || idle.open || !portal.changed()) { return; }
    const left = idleSeconds - (Date.now() - seenAt) / 1000;
    const leftInAll = (endsAt - Date.now()) / 1000;
    if (left <= Math.min(WARNED_SECONDS, idleSeconds / 2)) {
      document.getElementById('idle-text').textContent = left > 0
        ? '您已有一段时间没有操作，约 ' + minutes(left) + '后将自动退出。本页有未提交的内容，要继续吗？'
        : '您已很久没有操作。本页有未提交的内容，要继续吗？';
      idle.showModal();
    } else if (!toldOfEnd && leftInAll <= WARNED_SECONDS) {
      toldOfEnd = true;
      portal.say('本次登录约 ' + minutes(leftInAll) + '后结束，请尽快提交；结束后可在本页重新登录，内容不会丢失。');
    }
  }, LOOK_MS);

  document.getElementById('idle-stay').addEventListener('click', function () {
    portal.send('GET', '/api/v1/me').then(function () {
      seenAt = Date.now();
      idle.close();
    }, function (xhr) {
      idle.close();
      if (isOver(xhr)) { open(); } else { portal.refuse(null, xhr); }
    });
  });
})();
