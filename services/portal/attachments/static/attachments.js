// Files of a form go up as soon as they are chosen; the form is submitted when all of them are stored. And looking at files.
//
// The manual warns eight times that 开始上传 must have succeeded before 提交: here nobody needs to press it, and nobody can
// submit too early. A file is sent as the body of one request; what was stored is compared with what was chosen.
'use strict';
(function () {
  // Each macro of a page brings the script along.
  if ('attachmentsReady' in document.documentElement.dataset) { return; }
  document.documentElement.dataset.attachmentsReady = '';

  const AT_ONCE_MAX = 2;
  const STALLED_MS = 60000;
  const LOST = '网络中断，没有上传成功：请检查网络后点击“重传”。';
  const GARBLED = '收到的文件与您选择的不一致：请点击“重传”。';
  const GONE = '上传的文件已被清除：请点击“重传”。';
  const SHOWN = { waiting: '等待上传', uploading: '正在上传', checking: '正在检查', stored: '上传成功', failed: '上传失败' };
  const TONES = { waiting: 'plain', uploading: 'waits', checking: 'waits', stored: 'done', failed: 'wrong' };
  const files = new WeakMap(); // Of a row: the file, the request under way, and what the server called it.

  const sizeText = function (bytes) {
    return bytes < 1048576 ? (bytes / 1024).toFixed(1) + ' KB' : (bytes / 1048576).toFixed(1) + ' MB';
  };
  const boxOf = function (row) { return row.closest('[data-files]'); };
  const rowsOf = function (place) { return Array.from(place.querySelectorAll('[data-file]')); };
  // A sentence names a file by its beginning and its end.
  const nameOf = function (row) {
    const name = Array.from(row.dataset.name);
    return name.length <= 40 ? row.dataset.name : name.slice(0, 24).join('') + '…' + name.slice(-12).join('');
  };

  // The gate -----------------------------------------------------------------------------------------------------------
  // Says what keeps the form from being submitted; empty when nothing does.
  const missing = function (box) {
    const found = [];
    box.querySelectorAll('[data-slot][data-required]').forEach(function (slot) {
      if (!slot.querySelector('[data-file]')) {
        found.push('缺少必需的附件“' + slot.dataset.zh + '”');
      }
    });
    rowsOf(box).forEach(function (row) {
      const state = row.dataset.state;
      if (state === 'failed') { found.push('“' + nameOf(row) + '”没有上传成功，请重传或删除'); }
      if (state !== 'failed' && state !== 'stored') { found.push('“' + nameOf(row) + '”还在上传'); }
    });
    return found;
  };

  const submitters = function (box) {
    const form = box.closest('form');
    return form ? Array.from(form.elements).filter(function (each) {
      return each.type === 'submit' && !('unfiled' in each.dataset);
    }) : [];
  };

  const update = function (box) {
    const found = missing(box);
    const gate = box.querySelector('[data-gate]');
    const any = rowsOf(box).length > 0;
    const text = found.length ? '还不能提交：' + found.join('；') + '。' : (any ? '附件已全部上传成功，可以提交。' : '');
    if (gate.textContent !== text) { gate.textContent = text; }
    gate.classList.toggle('is-open', !found.length);
    submitters(box).forEach(function (button) {
      button.disabled = found.length > 0;
      const described = (button.getAttribute('aria-describedby') || '').split(' ').filter(function (id) { return id && id !== gate.id; });
      button.setAttribute('aria-describedby', described.concat(gate.id).join(' '));
    });
    box.querySelectorAll('[data-slot]').forEach(function (slot) {
      const empty = !slot.querySelector('[data-file]');
      slot.querySelector('.files-table').hidden = empty;
      slot.querySelector('.files-none').hidden = !empty;
    });
  };

  const say = function (box, text) { box.querySelector('[data-said]').textContent = text; };

  // Rows ---------------------------------------------------------------------------------------------------------------
  const show = function (row, state, why) {
    row.dataset.state = state;
    const badge = row.querySelector('[data-shows]');
    badge.textContent = SHOWN[state];
    badge.className = 'state state-' + TONES[state];
    const bar = row.querySelector('progress');
    bar.hidden = state !== 'uploading' && state !== 'checking';
    if (state === 'checking') { bar.removeAttribute('value'); }
    const told = row.querySelector('[data-why]');
    told.hidden = !why;
    told.textContent = why || '';
    row.querySelector('[data-again]').hidden = state !== 'failed' || !files.get(row).sendable;
    update(boxOf(row));
  };

  const fail = function (row, why) {
    show(row, 'failed', why);
    say(boxOf(row), '“' + nameOf(row) + '”上传失败：' + why);
  };

  const add = function (slot, file) {
    const box = slot.closest('[data-files]');
    const row = box.querySelector('[data-row]').content.firstElementChild.cloneNode(true);
    const full = rowsOf(slot).length >= Number(box.dataset.perSlotMax) || rowsOf(box).length >= Number(box.dataset.filesMax);
    row.dataset.name = file.name;
    row.querySelector('[data-named]').textContent = file.name;
    row.querySelector('[data-size]').textContent = sizeText(file.size);
    row.querySelector('progress').setAttribute('aria-label', '上传进度：' + file.name);
    row.querySelector('[data-again]').setAttribute('aria-label', '重传 ' + file.name);
    row.querySelector('[data-delete]').setAttribute('aria-label', '删除 ' + file.name);
    slot.querySelector('tbody').append(row);
    const why = !file.size ? box.dataset.empty : file.size > Number(box.dataset.bytesMax) ? box.dataset.tooLarge : full ? slot.dataset.tooMany : '';
    files.set(row, { file: file, sendable: !why });
    if (why) { fail(row, why); } else { show(row, 'waiting'); }
  };

  const choose = function (slot, chosen) {
    Array.from(chosen).forEach(function (file) { add(slot, file); });
    start(slot.closest('[data-files]'));
  };

  // Uploading ----------------------------------------------------------------------------------------------------------
  const start = function (box) {
    const rows = rowsOf(box);
    const busy = rows.filter(function (row) { return row.dataset.state === 'uploading' || row.dataset.state === 'checking'; });
    rows.filter(function (row) { return row.dataset.state === 'waiting'; }).slice(0, Math.max(0, AT_ONCE_MAX - busy.length)).forEach(send);
  };

  // Beyond this machine browsers compute digests on https only; the size is compared everywhere.
  const digestOf = function (file) {
    if (!window.crypto || !window.crypto.subtle) { return Promise.resolve(''); }
    return file.arrayBuffer().then(function (bytes) { return window.crypto.subtle.digest('SHA-256', bytes); }).then(function (digest) {
      return Array.from(new Uint8Array(digest), function (byte) { return byte.toString(16).padStart(2, '0'); }).join('');
    });
  };

  const send = function (row) {
    const held = files.get(row);
    held.turn = (held.turn || 0) + 1;
    const turn = held.turn;
    show(row, 'uploading');
    row.querySelector('progress').value = 0;
    digestOf(held.file).then(function (digest) {
      if (row.isConnected && held.turn === turn) { request(row, held, digest); }
    }, function () {
      // It was moved, or changed, since it was chosen.
      held.sendable = false;
      fail(row, '无法读取这个文件：请删除后重新选择。');
      start(boxOf(row));
    });
  };

  const request = function (row, held, digest) {
    const box = boxOf(row);
    const said = new URLSearchParams({ purpose: box.dataset.purpose, slot: row.closest('[data-slot]').dataset.slot, filename: held.file.name });
    if (digest) { said.set('sha256', digest); }
    const xhr = new XMLHttpRequest();
    let stalled = 0;
    const alive = function () {
      window.clearTimeout(stalled);
      stalled = window.setTimeout(function () { xhr.abort(); }, STALLED_MS);
    };
    held.xhr = xhr;
    xhr.open('POST', box.dataset.at + '?' + said);
    const headers = JSON.parse(document.body.getAttribute('hx-headers') || '{}');
    Object.keys(headers).forEach(function (name) { xhr.setRequestHeader(name, headers[name]); });
    xhr.setRequestHeader('Content-Type', 'application/octet-stream');
    xhr.upload.addEventListener('progress', function (event) {
      alive();
      const percent = event.total ? Math.floor(event.loaded / event.total * 100) : 0;
      if (percent < 100) { row.querySelector('progress').value = percent; }
    });
    xhr.upload.addEventListener('load', function () {
      alive();
      if (row.isConnected) { show(row, 'checking'); }
    });
    xhr.addEventListener('loadend', function () {
      window.clearTimeout(stalled);
      held.xhr = null;
      if (!row.isConnected) { return; }
      answered(row, held, xhr, digest);
      start(box);
    });
    alive();
    xhr.send(held.file);
  };

  const answered = function (row, held, xhr, digest) {
    if (xhr.status !== 201) { return fail(row, words(xhr)); }
    const stored = JSON.parse(xhr.responseText);
    if (stored.size !== held.file.size || (digest && stored.sha256 !== digest)) { return fail(row, GARBLED); }
    held.id = stored.id;
    const input = document.createElement('input');
    input.type = 'hidden';
    input.name = 'attachments';
    input.dataset.type = 'list';
    input.value = stored.id;
    row.querySelector('td:last-child').append(input);
    const link = document.createElement('a');
    link.href = boxOf(row).dataset.at + '/' + stored.id + '/pages/1';
    link.dataset.shown = '';
    link.dataset.pages = stored.pages;
    link.dataset.title = stored.filename;
    link.textContent = stored.filename;
    row.querySelector('[data-named]').replaceChildren(link);
    show(row, 'stored');
    say(boxOf(row), '“' + stored.filename + '”上传成功。');
    return undefined;
  };

  const words = function (xhr) {
    if (!xhr.status) { return LOST; }
    try {
      return JSON.parse(xhr.responseText).violations.map(function (each) { return each.zh; }).join(' ');
    } catch (error) {
      return '系统出错（' + xhr.status + '）：请稍后点击“重传”。';
    }
  };

  // What was stored and is not wanted is given back; what an application has already is only left out.
  const remove = function (row) {
    const box = boxOf(row);
    const slot = row.closest('[data-slot]');
    const held = files.get(row) || {};
    const name = nameOf(row);
    row.remove();
    if (held.xhr) { held.xhr.abort(); }
    if (held.id) { portal.send('DELETE', box.dataset.at + '/' + held.id).catch(function () { /* It is forgotten by itself. */ }); }
    say(box, '已删除“' + name + '”。');
    update(box);
    start(box);
    (slot.querySelector('[data-delete]') || slot.querySelector('[data-choose]')).focus();
  };

  const again = function (row) {
    show(row, 'waiting');
    start(boxOf(row));
    row.querySelector('[data-delete]').focus();
  };

  // What people do -----------------------------------------------------------------------------------------------------
  document.addEventListener('change', function (event) {
    const input = event.target.closest('[data-files] [data-choose]');
    if (!input) { return; }
    choose(input.closest('[data-slot]'), input.files);
    input.value = ''; // The same file can be chosen again.
  });
  document.addEventListener('click', function (event) {
    const button = event.target.closest('[data-files] button');
    if (!button) { return; }
    const row = button.closest('[data-file]');
    if (button.matches('[data-delete]')) { remove(row); }
    if (button.matches('[data-again]')) { again(row); }
    if (button.matches('[data-start]')) {
      const box = button.closest('[data-files]');
      rowsOf(box).forEach(function (each) {
        if (each.dataset.state === 'failed' && files.get(each).sendable) { show(each, 'waiting'); }
      });
      start(box);
      const found = missing(box);
      portal.say(found.length ? found.join('；') + '。' : '附件已全部上传成功。');
    }
  });
  ['dragover', 'dragleave', 'drop'].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      const slot = event.target.closest && event.target.closest('[data-files] [data-slot]');
      if (!slot || !event.dataTransfer || !Array.from(event.dataTransfer.types).includes('Files')) { return; }
      event.preventDefault();
      slot.classList.toggle('is-over', kind === 'dragover');
      if (kind === 'drop') { choose(slot, event.dataTransfer.files); }
    });
  });
  // A file that misses its slot must not replace the page.
  ['dragover', 'drop'].forEach(function (kind) {
    window.addEventListener(kind, function (event) {
      if (document.querySelector('[data-files]')) { event.preventDefault(); }
    });
  });
  document.addEventListener('files:changed', function (event) { update(event.target.closest('[data-files]')); });

  const emptied = function (form) {
    form.querySelectorAll('[data-files]').forEach(function (box) {
      rowsOf(box).forEach(function (row) { row.remove(); });
      update(box);
    });
  };
  document.addEventListener('portal:done', function (event) {
    if (!event.target.dataset || !event.target.dataset.then) { emptied(event.target); }
  });
  // What lay about for more than a day is forgotten; whoever left a form open so long uploads anew.
  document.addEventListener('portal:refused', function (event) {
    const codes = event.detail.problem.violations.map(function (each) { return each.code; });
    if (!codes.includes('ABSENT') || !event.target.querySelectorAll) { return; }
    event.target.querySelectorAll('[data-files] [data-file][data-state="stored"]').forEach(function (row) {
      const held = files.get(row);
      if (!held) { return; }
      portal.send('GET', boxOf(row).dataset.at + '/' + held.id).catch(function (xhr) {
        if (xhr.status !== 404) { return; }
        row.querySelectorAll('input[type="hidden"]').forEach(function (each) { each.remove(); });
        held.id = null;
        fail(row, GONE);
      });
    });
  });

  const begin = function () { document.querySelectorAll('[data-files]').forEach(update); };
  document.addEventListener('DOMContentLoaded', begin);
  document.addEventListener('htmx:load', begin);
  if (document.readyState !== 'loading') { begin(); }

  // Looking at files ---------------------------------------------------------------------------------------------------
  let viewer = null;
  const made = function (name, className, text) {
    const element = document.createElement(name);
    element.className = className || '';
    element.textContent = text || '';
    return element;
  };

  const turn = function (page) {
    const base = viewer.dataset.base;
    const pages = Number(viewer.dataset.pages);
    const place = viewer.querySelector('.files-page');
    viewer.dataset.page = page;
    const picture = made('img');
    picture.alt = viewer.dataset.title + '，第 ' + page + ' 页';
    picture.hidden = true;
    const waiting = made('p', '', '正在打开…');
    picture.addEventListener('load', function () { waiting.remove(); picture.hidden = false; });
    picture.addEventListener('error', function () { waiting.textContent = '这一页无法显示：请下载原件后查看。'; });
    picture.src = base + '/pages/' + page;
    place.replaceChildren(waiting, picture);
    viewer.querySelector('[data-place]').textContent = '第 ' + page + ' 页，共 ' + pages + ' 页';
    viewer.querySelectorAll('[data-turn]').forEach(function (button) {
      const to = page + Number(button.dataset.turn);
      button.setAttribute('aria-disabled', String(to < 1 || to > pages));
    });
  };

  const turnBy = function (step) {
    const to = Number(viewer.dataset.page) + step;
    if (to >= 1 && to <= Number(viewer.dataset.pages)) { turn(to); }
  };

  const open = function (link) {
    if (!viewer) {
      viewer = made('dialog', 'dialog files-viewer');
      viewer.setAttribute('aria-labelledby', 'files-viewer-title');
      const head = made('div', 'dialog-head');
      const title = made('h2');
      title.id = 'files-viewer-title';
      const close = made('button', 'btn', '关闭');
      close.type = 'button';
      close.dataset.closes = '';
      head.append(title, close);
      const turning = made('div', 'files-turn');
      [['-1', '上一页'], ['1', '下一页']].forEach(function (each) {
        const button = made('button', 'btn', each[1]);
        button.type = 'button';
        button.dataset.turn = each[0];
        button.addEventListener('click', function () { turnBy(Number(each[0])); });
        turning.append(button);
      });
      const place = made('span', 'num');
      place.dataset.place = '';
      place.setAttribute('role', 'status');
      turning.firstChild.after(place);
      const load = made('a', 'files-load', '下载原件');
      load.setAttribute('download', '');
      turning.append(load);
      viewer.append(head, made('div', 'files-page'), turning);
      viewer.addEventListener('keydown', function (event) {
        if (event.key === 'ArrowLeft' || event.key === 'PageUp') { turnBy(-1); }
        if (event.key === 'ArrowRight' || event.key === 'PageDown') { turnBy(1); }
      });
      viewer.addEventListener('close', function () { viewer.querySelector('.files-page').replaceChildren(); });
      document.body.append(viewer);
    }
    viewer.dataset.base = link.getAttribute('href').replace(/\/pages\/1$/, '');
    viewer.dataset.pages = link.dataset.pages;
    viewer.dataset.title = link.dataset.title;
    viewer.querySelector('h2').textContent = link.dataset.title;
    viewer.querySelector('a').href = viewer.dataset.base + '/content';
    turn(1);
    viewer.showModal();
  };

  document.addEventListener('click', function (event) {
    const link = event.target.closest('a[data-shown]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) { return; }
    event.preventDefault();
    open(link);
  });
})();
