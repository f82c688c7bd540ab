// What htmx does not do by itself: forms as JSON for the API, its problems in words, copying, and the state of the stream.
'use strict';
(function () {
  const SAID_MS = 5000;
  let silence = 0;

  // Forms -------------------------------------------------------------------------------------------------------------
  // The API takes JSON, in which a number is no text.
  htmx.defineExtension('json', {
    onEvent: function (name, event) {
      if (name === 'htmx:configRequest') { event.detail.headers['Content-Type'] = 'application/json'; }
    },
    encodeParameters: function (xhr, parameters, form) {
      xhr.overrideMimeType('text/json');
      const body = {};
      parameters.forEach(function (value, name) {
        const field = form.querySelector('[name="' + name + '"]');
        body[name] = field && field.dataset.type === 'integer' ? Number(value) : value;
      });
      return Object.keys(body).length ? JSON.stringify(body) : null;
    }
  });

  const words = function (xhr) {
    if (!xhr.status) { return '网络不通，没有提交：请检查网络后重试。'; }
    try {
      return JSON.parse(xhr.responseText).violations.map(function (each) { return each.zh; }).join(' ');
    } catch (error) {
      return '系统出错（' + xhr.status + '）：请稍后重试。';
    }
  };

  const complain = function (form, text) {
    const place = document.querySelector(form && form.dataset.problem || '#problem');
    if (!place) { return; }
    place.replaceChildren(document.createElement('p'));
    place.firstChild.textContent = text;
    if (place.classList.contains('problem')) {
      const close = document.createElement('button');
      close.type = 'button';
      close.className = 'btn btn-sm';
      close.textContent = '关闭';
      close.addEventListener('click', function () { place.hidden = true; });
      place.append(close);
    }
    place.hidden = false;
  };

  const say = function (text) {
    const place = document.getElementById('said');
    if (!place) { return; }
    place.textContent = text;
    window.clearTimeout(silence);
    silence = window.setTimeout(function () { place.textContent = ''; }, SAID_MS);
  };

  document.addEventListener('htmx:afterRequest', function (event) {
    const form = event.detail.elt.closest('form');
    if (!form) { return; }
    const section = form.closest('.section');
    if (!event.detail.successful) {
      complain(form, words(event.detail.xhr));
    } else {
      const problem = document.querySelector(form.dataset.problem || '#problem');
      if (problem) { problem.hidden = true; }
      if (form.dataset.then) { window.location.assign(form.dataset.then); }
      if (form.dataset.done) { say(form.dataset.done); }
    }
    if (section && (event.detail.successful || event.detail.xhr.status === 409)) {
      section.querySelectorAll('details[open]').forEach(function (each) { each.open = false; });
      htmx.trigger(section, 'refresh');
    }
  });

  // Copying -----------------------------------------------------------------------------------------------------------
  const copied = function (text) {
    if (navigator.clipboard) { return navigator.clipboard.writeText(text); }
    const field = document.createElement('textarea'); // Beyond this machine browsers lend the clipboard to https only.
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done ? Promise.resolve() : Promise.reject(new Error('not copied'));
  };

  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-copy]');
    if (!button) { return; }
    copied(button.dataset.copy).then(
      function () { say('已复制：' + button.dataset.copy); },
      function () { complain(null, '浏览器不允许复制：请选中文字后复制。'); }
    );
  });

  // Sections ----------------------------------------------------------------------------------------------------------
  const sections = function () { return document.querySelectorAll('.section'); };

  // What somebody has opened, and perhaps is writing in, is not taken away; it is refreshed when it is closed.
  document.addEventListener('htmx:beforeRequest', function (event) {
    const section = event.detail.elt;
    if (section.classList.contains('section') && section.querySelector('details[open]')) {
      event.preventDefault();
      section.dataset.stale = 'true';
    }
  });
  // What is shown already is left alone: nothing flickers, and whoever is about to press a button does.
  document.addEventListener('htmx:beforeSwap', function (event) {
    const tag = event.detail.xhr.getResponseHeader('X-Section-Tag');
    if (!tag) { return; }
    event.detail.shouldSwap = tag !== event.detail.target.dataset.tag;
    event.detail.target.dataset.tag = tag;
  });
  document.addEventListener('toggle', function (event) {
    const section = event.target.closest('.section');
    if (!section) { return; }
    const opened = Boolean(section.querySelector('details[open]'));
    section.closest('.card').classList.toggle('is-paused', opened);
    if (!opened && section.dataset.stale) {
      delete section.dataset.stale;
      htmx.trigger(section, 'refresh');
    }
  }, true);
  document.addEventListener('htmx:afterSwap', function (event) {
    const card = event.target.closest('.card');
    if (card) { card.classList.remove('is-paused'); }
  });

  // The stream --------------------------------------------------------------------------------------------------------
  const live = function (state, text) {
    const place = document.getElementById('live');
    if (!place || place.dataset.state === state) { return; }
    place.dataset.state = state;
    place.querySelector('.live-text').textContent = text;
  };
  const refresh = function () { sections().forEach(function (each) { htmx.trigger(each, 'refresh'); }); };
  // What happened before the stream began, or while it was away, is in nobody's news.
  document.addEventListener('htmx:sseOpen', function () { live('open', '实时更新'); refresh(); });
  document.addEventListener('htmx:sseError', function (event) {
    live('lost', '连接中断，正在重连');
    // Refused, not broken: perhaps the session is over, and the server says where to go.
    if (event.detail.source && event.detail.source.readyState === EventSource.CLOSED) { refresh(); }
  });
})();
