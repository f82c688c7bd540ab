// What htmx does not do by itself: copying, cards that follow the news, and the state of the stream.
'use strict';
(function () {
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
      function () { portal.say('已复制：' + button.dataset.copy); },
      function () { portal.tell('浏览器不允许复制：请选中文字后复制。'); }
    );
  });

  // Lists -------------------------------------------------------------------------------------------------------------
  // The user's choice is kept for all lists, and this one is asked for anew.
  document.addEventListener('change', function (event) {
    const select = event.target.closest('[data-page-size]');
    if (!select) { return; }
    const to = select.selectedOptions[0].dataset.to;
    portal.send('PUT', '/api/v1/me/preferences', { page_size: Number(select.value) }).finally(function () {
      window.location.assign(to);
    });
  });
  // What is shown has an address of its own, to be kept, sent and come back to.
  document.addEventListener('htmx:afterSwap', function (event) {
    const elt = event.detail.requestConfig.elt;
    if (!elt.matches('[data-address]')) { return; }
    const query = event.detail.pathInfo.finalRequestPath.split('?')[1] || '';
    const filled = Array.from(new URLSearchParams(query)).filter(function (pair) { return pair[1]; });
    const address = new URLSearchParams(filled).toString();
    window.history.replaceState(null, '', window.location.pathname + (address ? '?' + address : ''));
    frames();
  });
  // What scrolls is reached by keyboard, too.
  const frames = function () {
    document.querySelectorAll('.table-frame').forEach(function (frame) {
      const scrolls = frame.scrollHeight > frame.clientHeight || frame.scrollWidth > frame.clientWidth;
      if (!scrolls) { return frame.removeAttribute('tabindex'); }
      frame.tabIndex = 0;
      frame.setAttribute('role', 'region');
      if (!frame.hasAttribute('aria-label')) { frame.setAttribute('aria-label', '列表'); }
      return undefined;
    });
  };
  window.addEventListener('resize', frames);
  window.addEventListener('load', frames);
  document.addEventListener('htmx:afterSettle', frames);

  // Sections ----------------------------------------------------------------------------------------------------------
  // What somebody has opened, perhaps is writing in, or has just sent, is not taken away; it is refreshed when that is over.
  const held = function (section) {
    return section.classList.contains('section') && section.querySelector('details[open], dialog[open], [data-asking], form[aria-busy="true"]');
  };
  document.addEventListener('htmx:beforeRequest', function (event) {
    const section = event.detail.elt;
    if (held(section)) {
      event.preventDefault();
      section.dataset.stale = 'true';
    }
  });
  // What is shown already is left alone: nothing flickers, and whoever is about to press a button does.
  document.addEventListener('htmx:beforeSwap', function (event) {
    const tag = event.detail.xhr.getResponseHeader('X-Section-Tag');
    if (!tag) { return; }
    const section = event.detail.target;
    if (held(section)) {
      event.detail.shouldSwap = false;
      section.dataset.stale = 'true';
      return;
    }
    event.detail.shouldSwap = tag !== section.dataset.tag;
    section.dataset.tag = tag;
  });
  const released = function (event) {
    const section = event.target.closest('.section');
    if (!section) { return; }
    const card = section.closest('.card');
    if (card) { card.classList.toggle('is-paused', Boolean(section.querySelector('details[open]'))); }
    if (!held(section) && section.dataset.stale) {
      delete section.dataset.stale;
      htmx.trigger(section, 'refresh');
    }
  };
  document.addEventListener('toggle', released, true);
  document.addEventListener('close', released, true);
  document.addEventListener('portal:answered', released);
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
  const refresh = function () {
    document.querySelectorAll('.section, [data-follows]').forEach(function (each) { htmx.trigger(each, 'refresh'); });
  };
  // What happened before the stream began, or while it was away, is in nobody's news.
  document.addEventListener('htmx:sseOpen', function () { live('open', '实时更新'); refresh(); });
  document.addEventListener('htmx:sseError', function (event) {
    live('lost', '连接中断，正在重连');
    // Refused, not broken: perhaps the session is over, and the server says where to go.
    if (event.detail.source && event.detail.source.readyState === EventSource.CLOSED) { refresh(); }
  });
})();
