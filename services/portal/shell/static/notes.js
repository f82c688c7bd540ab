// 便签 (F23): a user's own notes, beside every page; each is kept by itself, shortly after the last letter.
'use strict';
(function () {
  const PAUSE_MS = 500;
  const OPEN = 'subsidy-notes-open';
  const byId = function (id) { return document.getElementById(id); };
  const panel = byId('notes');
  if (!panel) { return; }
  const opener = byId('notes-open');
  const list = byId('notes-list');
  const said = byId('notes-said');
  let loaded = false;

  const words = function (xhr) {
    try { return JSON.parse(xhr.responseText).violations[0].zh; } catch (error) { /* No answer, or none of ours. */ }
    return '没有保存：请检查网络，然后再改一个字重试。';
  };

  // In the bureau's zone, as on every page.
  const moment = function (at) {
    return new Date(at).toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'short' });
  };

  const put = function (note) {
    const item = document.importNode(byId('note').content, true).firstElementChild;
    const area = item.querySelector('textarea');
    const label = item.querySelector('label');
    const state = item.querySelector('.note-state');
    const remove = item.querySelector('[data-note-remove]');
    let version = note.version;
    let timer = 0;
    let sending = Promise.resolve();
    area.id = 'note-' + note.id;
    label.htmlFor = area.id;
    label.textContent = '便签，' + moment(note.changed_at);
    remove.setAttribute('aria-label', '删除便签：' + (note.contents.slice(0, 20) || '空白'));
    area.value = note.contents;
    state.textContent = moment(note.changed_at);
    // One after the other: each change names the version that the last one made.
    const save = function () {
      window.clearTimeout(timer);
      timer = 0;
      sending = sending.then(function () {
        const contents = area.value;
        return portal.send('PUT', '/api/v1/notes/' + note.id, { contents: contents, version: version }).then(
          function (kept) { version = kept.version; item.dataset.kept = contents; state.textContent = '已保存'; },
          function (xhr) { state.textContent = words(xhr); }
        );
      });
    };
    item.dataset.kept = note.contents;
    area.addEventListener('input', function () {
      state.textContent = '正在保存…';
      window.clearTimeout(timer);
      timer = window.setTimeout(save, PAUSE_MS);
    });
    area.addEventListener('blur', function () { if (timer) { save(); } });
    window.addEventListener('pagehide', function () { if (timer) { save(); } });
    remove.addEventListener('click', function () {
      const sure = area.value.trim() ? portal.ask('删除这张便签？删除后不能恢复。', '删除') : Promise.resolve(true);
      sure.then(function (yes) {
        if (!yes) { return; }
        window.clearTimeout(timer);
        portal.send('DELETE', '/api/v1/notes/' + note.id).then(
          function () { item.remove(); tellNone(); said.textContent = '已删除。'; byId('notes-add').focus(); },
          function (xhr) { state.textContent = words(xhr); }
        );
      });
    });
    return item;
  };

  const tellNone = function () { byId('notes-none').hidden = list.children.length > 0; };

  const load = function () {
    if (loaded) { return Promise.resolve(); }
    return portal.send('GET', '/api/v1/notes').then(function (answer) {
      loaded = true;
      list.replaceChildren.apply(list, answer.items.map(put));
      tellNone();
    }, function (xhr) { said.textContent = xhr.status ? words(xhr) : '便签暂时打不开：请检查网络后重试。'; });
  };

  const open = function (wanted) {
    panel.hidden = !wanted;
    opener.setAttribute('aria-expanded', String(wanted));
    document.body.classList.toggle('with-notes', wanted);
    try { window.sessionStorage.setItem(OPEN, wanted ? 'yes' : ''); } catch (error) { /* Closed on the next page. */ }
    return wanted ? load() : Promise.resolve();
  };
  opener.addEventListener('click', function () {
    open(panel.hidden).then(function () {
      if (!panel.hidden) { (list.querySelector('textarea') || byId('notes-add')).focus(); }
    });
  });
  byId('notes-close').addEventListener('click', function () { open(false); opener.focus(); });
  panel.addEventListener('keydown', function (event) {
    if (event.key === 'Escape') { open(false); opener.focus(); }
  });
  byId('notes-add').addEventListener('click', function () {
    said.textContent = '';
    portal.send('POST', '/api/v1/notes', { contents: '' }).then(function (note) {
      const item = put(note);
      list.prepend(item);
      tellNone();
      item.querySelector('textarea').focus();
    }, function (xhr) { said.textContent = words(xhr); });
  });
  // Who goes on to another page finds them as they were.
  try { if (window.sessionStorage.getItem(OPEN)) { open(true); } } catch (error) { /* They stay closed. */ }
})();
