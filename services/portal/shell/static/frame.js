// 扩展栏: the menu that folds (F20), the search in it (F21), and the colours (F22).
'use strict';
(function () {
  const root = document.documentElement;
  const byId = function (id) { return document.getElementById(id); };
  const narrow = window.matchMedia('(max-width: 61.99em)');
  const choices = byId('colour-choices');
  if (!choices) { return; }
  const keeps = 'keeps' in choices.dataset;

  // What is set is shown at once, and kept by the server for every other machine.
  const keep = function (what, place) {
    if (!keeps) { return; }
    portal.send('PUT', '/api/v1/me/preferences', what).then(
      function () { if (place) { place.textContent = '已保存。'; } },
      function () { if (place) { place.textContent = '只在这台电脑上生效：没有保存成功，请检查网络后再选一次。'; } }
    );
  };

  // The menu -------------------------------------------------------------------------------------------------------------
  const fold = byId('fold');
  const side = byId('side');
  const shade = byId('side-shade');
  const folded = function () { return root.dataset.folded === 'true'; };
  const tellFold = function () {
    const open = narrow.matches ? !shade.hidden : !folded();
    fold.setAttribute('aria-expanded', String(open));
    side.inert = narrow.matches && shade.hidden;
  };
  const draw = function (open) { // Over the page, on a narrow screen.
    shade.hidden = !open;
    root.classList.toggle('side-open', open);
    tellFold();
    if (open) { side.focus(); }
  };
  fold.addEventListener('click', function () {
    if (narrow.matches) { draw(shade.hidden); return; }
    window.theme.choose('folded', String(!folded()));
    tellFold();
    keep({ folded: folded() });
  });
  shade.addEventListener('click', function () { draw(false); });
  document.addEventListener('keydown', function (event) {
    if (event.key === 'Escape' && !shade.hidden) { draw(false); fold.focus(); }
  });
  narrow.addEventListener('change', function () { draw(false); });
  tellFold();

  // The search -----------------------------------------------------------------------------------------------------------
  const box = byId('menu-search');
  const found = byId('menu-found');
  const none = byId('menu-none');
  const same = Object.entries(JSON.parse(box.dataset.same));
  const plain = function (text) { return text.normalize('NFKC').toLowerCase().replace(/[\s|]/g, ''); };
  const alike = function (text) {
    return same.reduce(function (read, pair) { return read.replaceAll(pair[0], pair[1]); }, plain(text));
  };
  const entries = Array.from(document.querySelectorAll('#menu a'));
  // Where a name begins with what is looked for comes first; otherwise the menu's order stays.
  const search = function (query) {
    const sought = [plain(query), alike(query)];
    if (!sought[0]) { return []; }
    const has = function (entry, before) {
      const text = '|' + entry.dataset.search;
      return sought.some(function (each) { return text.includes(before + each); });
    };
    const first = entries.filter(function (entry) { return has(entry, '|'); });
    return first.concat(entries.filter(function (entry) { return has(entry, '') && !first.includes(entry); }));
  };

  let marked = -1;
  const mark = function (index) {
    const options = Array.from(found.children);
    marked = options.length ? (index + options.length) % options.length : -1;
    options.forEach(function (option, at) { option.setAttribute('aria-selected', String(at === marked)); });
    if (marked < 0) { box.removeAttribute('aria-activedescendant'); return; }
    box.setAttribute('aria-activedescendant', options[marked].id);
    options[marked].scrollIntoView({ block: 'nearest' });
  };
  const show = function () {
    const hits = search(box.value);
    found.replaceChildren.apply(found, hits.map(function (entry, index) {
      const option = document.createElement('li');
      option.id = 'menu-found-' + index;
      option.role = 'option';
      option.dataset.path = entry.getAttribute('href');
      option.textContent = entry.title;
      if (entry.dataset.group) {
        const group = document.createElement('span');
        group.textContent = entry.dataset.group;
        option.append(group);
      }
      return option;
    }));
    found.hidden = !hits.length;
    box.setAttribute('aria-expanded', String(hits.length > 0));
    none.textContent = box.value.trim() && !hits.length ? '没有找到“' + box.value.trim() + '”：换个说法试试，如“汇缴”或“hj”。' : '';
    mark(0);
  };
  const hide = function () {
    found.hidden = true;
    none.textContent = '';
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  };
  box.addEventListener('input', show);
  box.addEventListener('focus', function () { if (box.value) { show(); } });
  box.addEventListener('blur', hide);
  box.addEventListener('keydown', function (event) {
    if (event.isComposing) { return; } // The input method's own keys.
    if (event.key === 'ArrowDown') { event.preventDefault(); mark(marked + 1); }
    if (event.key === 'ArrowUp') { event.preventDefault(); mark(marked - 1); }
    if (event.key === 'Enter' && marked >= 0 && !found.hidden) {
      event.preventDefault();
      window.location.assign(found.children[marked].dataset.path);
    }
    if (event.key === 'Escape' && box.value) { event.stopPropagation(); box.value = ''; hide(); }
  });
  // Before the box loses the focus, which would take the list away.
  found.addEventListener('mousedown', function (event) {
    const option = event.target.closest('[data-path]');
    if (option) { event.preventDefault(); window.location.assign(option.dataset.path); }
  });
  const reachSearch = function () {
    if (narrow.matches) { draw(true); }
    box.focus();
    box.select();
  };
  document.addEventListener('keydown', function (event) {
    const writing = event.target.closest('input, textarea, select, [contenteditable]');
    const slash = event.key === '/' && !writing && !event.ctrlKey && !event.metaKey && !event.altKey;
    const control = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey);
    if ((slash || control) && !document.querySelector('dialog[open]')) { event.preventDefault(); reachSearch(); }
  });

  // The colours ----------------------------------------------------------------------------------------------------------
  byId('colours').addEventListener('change', function (event) {
    const choice = event.target;
    window.theme.choose(choice.name, choice.value);
    const what = {};
    what[choice.name] = choice.value;
    keep(what, byId('colours-said'));
  });
  // Of whom the server keeps nothing, this browser does.
  if (!keeps) {
    ['colour', 'scheme'].forEach(function (name) {
      const kept = document.querySelector('#colours [name="' + name + '"][value="' + CSS.escape(root.dataset[name] || '') + '"]');
      if (kept) { kept.checked = true; }
    });
  }
  portal.searchMenu = function (query) { return search(query).map(function (entry) { return entry.title; }); };
})();
